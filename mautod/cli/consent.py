"""`mautod consent`, `mautod subscribe` and `mautod unsubscribe`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.exporting import PAGE, Form, Told, form, whole
from mautod.cli.exporting import export as write
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import facts, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

USUAL: Final = (
    "id", "person", "at", "channel", "topic", "state", "source", "address", "ip", "agent",
    "language", "text", "message",
)  # fmt: skip


@click.group()
def consent() -> None:
    """Show and export the proof of who said yes and no."""


@consent.command()
@click.argument("person")
@as_json
@click.pass_obj
def show(place: Place, person: str, json_: bool) -> None:
    """Show what PERSON said yes and no to: when, from where, in which words."""
    with open_desk(place) as desk:
        found = desk.consent(person)
    if json_:
        print_json(found)
        return
    _show(found)


@consent.command()
@click.option("--topic", default="", metavar="KEY", help="Of this topic alone.")
@form
@click.pass_obj
def export(place: Place, topic: str, format_: str, columns: str, out: Path | None) -> None:
    """Write the ledger of consent: every yes and no of everybody, in their order."""
    with open_desk(place) as desk:

        def page(after: int | None) -> tuple[Iterable[Told], int | None]:
            found = desk.consents(topic, after, PAGE)
            return map(whole, found.items), found.next

        write(page, Form(format_, columns, USUAL, out), "entries", 0)


@click.command()
@click.argument("person")
@click.argument("topic", nargs=-1, required=True)
@click.option("--source", required=True, metavar="TEXT", help="Where they said so; kept as proof.")
@click.option("--channel", default="*", help="Only on this channel.")
@click.option("--text", default="", help="In reply to which words they said yes.")
@click.option("--confirmed", is_flag=True, help="Send no letter: they have confirmed it elsewhere.")
@as_json
@click.pass_obj
def subscribe(
    place: Place,
    person: str,
    topic: tuple[str, ...],
    source: str,
    channel: str,
    text: str,
    confirmed: bool,
    json_: bool,
) -> None:
    """Record that PERSON wants each TOPIC; * lifts a no to everything.

    It lifts an earlier no to the same. A topic with double opt-in asks them by a letter first.
    """
    from mautod import wire

    ask = wire.SubscribeAsk(person, list(topic), source, channel, confirmed, text)
    with open_desk(place) as desk:
        done = desk.subscribe(ask)
    print_json(done) if json_ else click.echo(visible(done.text))


@click.command()
@click.argument("person")
@click.option("--topic", default="*", help="Only this topic.")
@click.option("--channel", default="*", help="Only on this channel.")
@as_json
@click.pass_obj
def unsubscribe(place: Place, person: str, topic: str, channel: str, json_: bool) -> None:
    """Take PERSON off a topic, or off all: an id, a user id, an anonymous id or an email."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.unsubscribe(wire.UnsubscribeAsk(person, topic, channel))
    print_json(done) if json_ else click.echo(visible(done.text))


def _show(found: wire.PersonConsent) -> None:
    rows = [(each.topic, each.channel, each.state, when(each.at), each.source)
            for each in found.consent]  # fmt: skip
    table(("TOPIC", "CHANNEL", "STATE", "SINCE", "SOURCE"), rows, empty="nothing was said")
    wishes = [(f"at most, of {about}", often) for about, often in found.frequency.items()]
    if found.pause_until:
        wishes.append(("nothing before", when(found.pause_until)))
    if wishes:
        click.echo()
        facts(wishes)
    for each in found.said:
        _tell(each)


def _tell(said: wire.Said) -> None:
    """One entry of the ledger, with its words below."""
    click.echo()
    scope = f"{said.topic} on {said.channel}"
    click.echo(visible(f"{when(said.at)}  {said.state} {scope}, {said.source}"))
    place = [
        ("address", said.address), ("from", said.ip), ("by", said.agent),
        ("read", f"[{said.language}] {said.text}" if said.language else said.text),
        ("message", said.message),
    ]  # fmt: skip
    facts([(f"  {name}", value) for name, value in place if value])
