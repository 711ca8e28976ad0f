"""`mautod tail`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.remote import new_client, open_desk
from mautod.cli.show import clock_time, cut, telling, visible, width_of
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire

LOOK_S: Final = 0.5
WHO: Final = 20
WHAT: Final = 20
Show = Callable[["wire.Update"], None]


@click.command()
@click.option(
    "--topics", default="", help="Some of events,segments,chains,messages,alarms; else all."
)
@click.option("-n", "--lines", type=click.IntRange(0, 500), default=10, show_default=True,
              help="Latest events to begin with.")  # fmt: skip
@click.option("--no-follow", is_flag=True, help="Stop after those.")
@click.option("--json", "json_", is_flag=True, help="Print a JSON object a line.")
@click.pass_obj
def tail(place: Place, topics: str, lines: int, no_follow: bool, json_: bool) -> None:
    """Follow events, segments, chains, messages and alarms as they happen."""
    wanted = _topics(topics)
    show = _show_json if json_ else _show_line
    last = _show_latest(place, lines, wanted, show)
    if no_follow:
        return
    if place.url:
        _follow_far(place, wanted, last, show)
    else:
        _follow_near(place, wanted, last, show)


def _topics(text: str) -> frozenset[str]:
    from mautod.wire import TOPICS

    topics = frozenset(text.split(",")) if text else frozenset(TOPICS)
    unknown = sorted(topics.difference(TOPICS))
    if unknown:
        raise BadInput(
            f"{unknown[0]!r} is no topic", field="topics", hint=f"Some of: {', '.join(TOPICS)}."
        )
    return topics


def _show_latest(place: Place, lines: int, wanted: Iterable[str], show: Show) -> int:
    """Show the latest events, oldest first; the id of the last one."""
    from mautod import wire

    with open_desk(place) as desk:
        items = desk.events(limit=max(lines, 1)).items
    if "events" in wanted and lines:
        for event in reversed(items):
            show(wire.Update("events", event.id, event))
    return items[0].id if items else 0


def _follow_near(place: Place, wanted: Iterable[str], last: int, show: Show) -> None:
    import time

    from mautod.services.watch import Watch

    with open_desk(place) as desk:
        watch = Watch(desk.db, last)
        while True:
            for update in watch.look():
                if update.topic in wanted:
                    show(update)
            time.sleep(LOOK_S)


def _follow_far(place: Place, wanted: Iterable[str], last: int, show: Show) -> None:
    import asyncio

    async def follow() -> None:
        async with new_client(place) as client:
            async for update in client.stream(wanted, last):
                show(update)

    asyncio.run(follow())


def _show_json(update: wire.Update) -> None:
    import msgspec

    if update.topic != "link":
        click.echo(msgspec.json.encode(update).decode())


def _show_line(update: wire.Update) -> None:
    line = _line(update)
    click.echo(visible(line), err=update.topic == "link")


def _line(update: wire.Update) -> str:
    from mautod import wire

    match update.body:
        case wire.EventItem() as event:
            who, what = _cell(event.person, WHO), _cell(event.name, WHAT)
            return f"{clock_time(event.ts)} {who} {what} {telling(event.props)}"
        case wire.Link(up=up, detail=detail):
            return "connected" if up else f"no connection: {detail}"
        case state:
            who, what, told = _state(state)
            return f"{'':8} {_cell(who, WHO)} {_cell(what, WHAT)} {told}"


def _state(
    body: wire.SegmentSize | wire.ChainChange | wire.Message | wire.Chat | wire.Alarm,
) -> tuple[str, str, str]:
    """Who or what changed, its name, and how it is now."""
    from mautod import wire

    match body:
        case wire.SegmentSize():
            return "segment", body.key, f"{body.size} people"
        case wire.ChainChange():
            counted = f"{body.state}, {body.active} under way, {body.entered} entered"
            return "chain", body.key, counted
        case wire.Message():
            return body.person, body.template, f"{body.state} {body.reason}".strip()
        case wire.Chat():
            return body.person, f"chat {body.id}", f"{body.state}: {body.last}"
        case wire.Alarm():
            over = "over: " if body.ended_at else ""
            return "alarm", body.kind, f"{over}{body.text}"


def _cell(text: str, width: int) -> str:
    shown = cut(visible(text), width)
    return shown + " " * (width - width_of(shown))
