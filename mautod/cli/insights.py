"""What people do over time: `mautod funnel`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli import Place
from mautod.cli.goals import instant
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import lasting, print_json, table, visible

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

    from mautod.core.funnel import split_funnel

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
