"""How good the data about people is."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

BAR: Final = 20
"""How wide a bar is that stands for everybody."""


@click.command()
@click.argument("group", default="")
@click.option("--stale", default="180d", show_default=True, help="Not seen for so long is stale.")
@click.option("--fresh", is_flag=True, help="Count now, however long it takes.")
@after
@limit
@as_json
@click.pass_obj
def quality(place: Place, /, group: str, json_: bool, **given: Any) -> None:
    """Say who is unreachable, invalid, duplicate or stale; with GROUP, list them.

    Of many people the report is held for up to two hours, and says how old it is.

    mautod people quality invalid-phone
    """
    stale, age = given["stale"], "0s" if given["fresh"] else "2h"
    with open_desk(place) as desk:
        report = None if group else desk.quality(stale, age)
        page = desk.quality_people(group, given["after"], given["limit"], stale) if group else None
    if json_:
        print_json(report or page)
    elif report:
        _print_report(report)
    elif page:
        _print_people(page)


def _print_report(report: wire.Quality) -> None:
    click.echo(f"{report.people} people, counted {when(report.at)}")
    for about, doubts in groupby(report.groups, key=lambda each: each.about):
        click.echo(f"\n{visible(about)}")
        table(
            ("GROUP", "", "PEOPLE", "SHARE", ""),
            [
                (each.key, each.title, each.count, f"{each.share:.1%}", bar(each.share))
                for each in doubts
            ],
        )


def bar(share: float) -> str:
    """A share of everybody as a bar; something is never nothing."""
    full = round(share * BAR) or int(share > 0)
    return "█" * full + "·" * (BAR - full)


def _print_people(page: wire.PersonPage) -> None:
    rows = [
        (each.id, each.label, each.email, each.phone, each.timezone, when(each.last_seen))
        for each in page.items
    ]
    table(("ID", "NAME", "EMAIL", "PHONE", "ZONE", "LAST SEEN"), rows, empty="nobody")
    more(page.next)
