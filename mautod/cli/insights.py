"""What people do over time: `mautod funnel`, `retention` and `journey`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli import Place
from mautod.cli.goals import instant
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import cut, lasting, print_csv, print_json, table, visible, width_of
from mautod.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mautod import wire

_BAR: Final = 20


@click.command()
@click.argument("events", nargs=-1, required=True)
@click.option("--within", default="", help="From the first event to the last: 7d.")
@click.option("--by", default="", help="Apart by a property of the first event or its person.")
@click.option("--where", default="", help="Only first events for which this holds.")
@click.option("--since", default="30d", show_default=True, help="First events since then.")
@click.option("--until", default="", help="First events before then.")
@as_json
@click.pass_obj
def funnel(
    place: Place,
    events: tuple[str, ...],
    within: str,
    by: str,
    where: str,
    since: str,
    until: str,
    json_: bool,
) -> None:
    """Say how many people did the first of EVENTS, then the second, and so on, and how fast.

    mautod funnel "Product Viewed" "Product Added" "Order Completed" --within 7d --by source

    mautod funnel '"Product Viewed" > "Order Completed" within 7d by source'
    """
    from mautod import wire

    ask = wire.FunnelAsk(
        list(events), within, by, where, instant(since, "since"), instant(until, "until")
    )
    with open_desk(place) as desk:
        found = desk.funnel(_written(ask))
    if json_:
        print_json(found)
        return
    _print(found)


def _written(ask: wire.FunnelAsk) -> wire.FunnelAsk:
    """The same, where all stands in one argument; what options say goes first."""
    import msgspec

    from mautod.core.reports.funnel import split_funnel

    if len(ask.events) > 1:
        return ask
    line = split_funnel(ask.events[0])
    return msgspec.structs.replace(
        ask,
        events=list(line.events),
        within=ask.within or line.within,
        by=ask.by or line.by,
        where=ask.where or line.where,
    )


def _print(found: wire.Funnel) -> None:
    rows = [
        (
            step.event,
            step.people,
            bar(step.of_first),
            f"{step.of_first:.1%}",
            f"{step.of_previous:.1%}" if number else "",
            lasting(step.median_ms),
        )
        for number, step in enumerate(found.steps)
    ]
    table(("EVENT", "PEOPLE", "", "OF FIRST", "OF LAST", "MEDIAN TIME"), rows)
    click.echo(f"{found.steps[-1].of_first:.1%} came to the end within {found.within}")
    if found.by:
        click.echo()
        heads = (found.by, *(visible(step.event) for step in found.steps), "TO THE END")
        table(heads, [_group(each) for each in found.groups], empty="nobody")


def _group(group: wire.FunnelGroup) -> Sequence[Any]:
    name = "(others)" if group.rest else group.value or "(none)"
    return name, *(step.people for step in group.steps), f"{group.steps[-1].of_first:.1%}"


def bar(share: float) -> str:
    """A share as a bar; something is never nothing."""
    return "█" * (round(share * _BAR) or int(share > 0))


@click.command()
@click.option("--first", required=True, help="The event with which people begin.")
@click.option("--again", default="", help="The event that counts later; the same if left out.")
@click.option("--by", default="week", show_default=True, help="Cohorts by day, week or month.")
@click.option(
    "--weeks", "--spans", "spans", type=int, default=12, show_default=True, help="How many of them."
)
@click.option("--csv", "csv_", is_flag=True, help="Print CSV.")
@as_json
@click.pass_obj
def retention(
    place: Place, first: str, again: str, by: str, spans: int, csv_: bool, json_: bool
) -> None:
    """Say how many people who did something for the first time did it, or another, again.

    A row is a cohort, by the day, week or month of the first event. Columns count weeks (days, 30
    days) from each person's own first event, in percent; a plus is not over yet for everybody.

    mautod retention --first "Order Completed" --by week --weeks 12
    """
    if spans < 1:
        raise BadInput("at least 1", field="weeks")
    with open_desk(place) as desk:
        found = desk.retention(first, again, by, spans)
    if json_:
        print_json(found)
    elif csv_:
        print_csv(_retention_csv(found))
    else:
        for line in heat_map(found):
            click.echo(line)


def _retention_csv(found: wire.Retention) -> Iterator[tuple[Any, ...]]:
    yield (found.by, "people", *range(found.spans), "complete")
    for each in found.cohorts:
        rest = [""] * (found.spans - len(each.again))
        yield (each.date, each.people, *each.again, *rest, each.complete)


_SHADES: Final = ((50, "█"), (25, "▓"), (10, "▒"), (1, "░"))
_CELL: Final = 5
_HEAD: Final = 19


def heat_map(found: wire.Retention) -> Iterator[str]:
    """The cohorts as shades with numbers, as many columns as the terminal has room for."""
    shown = min(found.spans, (shutil.get_terminal_size((80, 24)).columns - _HEAD) // _CELL)
    yield f"{visible(found.first)} → {visible(found.again_event)}, in percent by {found.by}"
    yield f"{'':<11}{'PEOPLE':>7} " + "".join(f"{number:>4} " for number in range(shown)).rstrip()
    for each in found.cohorts:
        shares = [count / each.people if each.people else None for count in each.again]
        cells = [
            _cell(share, over=number < each.complete) for number, share in enumerate(shares[:shown])
        ]
        yield f"{each.date:<11}{each.people:>7} {''.join(cells)}".rstrip()
    average = "".join(_cell(share, over=True) for share in found.average[:shown])
    yield f"{'average':<11}{'':>7} {average}".rstrip()
    if shown < found.spans:
        yield f"… {found.spans - shown} more columns: --json or --csv"


def _cell(share: float | None, *, over: bool) -> str:
    if share is None:
        return " " * _CELL
    percent = share * 100
    shade = next((sign for least, sign in _SHADES if percent >= least), "·")
    return f"{shade}{percent:>3.0f}{' ' if over else '+'}"


@click.command()
@click.option("--since", default="30d", show_default=True, help="What happened since then.")
@click.option("--until", default="", help="What happened before then.")
@as_json
@click.pass_obj
def journey(place: Place, since: str, until: str, json_: bool) -> None:
    """Show the stages of the journey: who is at them, how many move on and after how long.

    A segment is a stage by `stage = 1` in segments.toml, the higher the further. Everybody is at
    the furthest of theirs; messages are those that people got while they were there.
    """
    with open_desk(place) as desk:
        found = desk.journey(instant(since, "since"), instant(until, "until"))
    if json_:
        print_json(found)
        return
    for line in journey_lines(found):
        click.echo(line)


_NAME: Final = 26
_MOST_CHAINS: Final = 3


def journey_lines(found: wire.Journey) -> Iterator[str]:
    """The map from the first stage down."""
    if not found.stages:
        yield "(no stages: write stage = 1, stage = 2 … into segments of segments.toml)"
    most = max((each.people for each in found.stages), default=0) or 1
    for number, each in enumerate(found.stages):
        name = cut(visible(each.name), _NAME)
        name += " " * (_NAME - width_of(name))
        yield f"{each.stage:>3}  {name} {each.people:>9}  {bar(each.people / most)}".rstrip()
        last = number == len(found.stages) - 1
        rail = " " if last else "│"
        if not last:
            yield f"     {rail}  {_moved(each)}"
        if each.messages:
            yield f"     {rail}  ✉ {_at_work(each)}"
        if not last:
            yield "     ▼"


def _moved(stage: wire.JourneyStage) -> str:
    took = f", {lasting(stage.median_ms)} in the middle" if stage.median_ms is not None else ""
    fell = f"; {stage.fell} fell back" if stage.fell else ""
    return f"{stage.moved} of {stage.seen} moved on ({stage.share:.1%}){took}{fell}"


def _at_work(stage: wire.JourneyStage) -> str:
    shown = stage.messages[:_MOST_CHAINS]
    told = [f"{visible(each.chain)} {each.messages}" for each in shown]
    more = sum(each.messages for each in stage.messages[_MOST_CHAINS:])
    return " · ".join([*told, f"others {more}"] if more else told)
