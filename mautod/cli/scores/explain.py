"""Why somebody has the points that they have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import exactly, print_json, visible, when

if TYPE_CHECKING:
    from mautod import wire

SHOWN: Final = 3
"""How many events of a row are told."""
TOO_MANY: Final = "too many events to say when it will change"


@click.command()
@click.argument("score")
@click.argument("person")
@as_json
@click.pass_obj
def explain(place: Place, score: str, person: str, json_: bool) -> None:
    """Say why PERSON has their points of SCORE, and when time alone will change them."""
    with open_desk(place) as desk:
        found = desk.score_explain(score, person)
    if json_:
        print_json(found)
        return
    who, level = visible(found.person.label), f", {found.level}" if found.level else ""
    click.echo(f"{who} has {_points(found.points)} of {visible(found.name)}{level}")
    if found.unsure:
        click.echo(TOO_MANY)
    elif found.turns_at is not None:
        click.echo(f"{found.turns_to} from {exactly(found.turns_at)} on if nothing happens")
    for row in found.rows:
        _print_row(row)


def _print_row(row: wire.RowReason) -> None:
    click.echo(f"{row.points:>+6}  {visible(row.rule)}")
    for line in (_how(row), _latest(row), _turn(row)):
        if line:
            click.echo(f"        {line}")


def _how(row: wire.RowReason) -> str:
    if row.times is None:
        return f"{row.terms}, {'true' if row.holds else 'false'}"
    return f"{row.terms}: {row.times} counted"


def _latest(row: wire.RowReason) -> str:
    shown = row.latest[:SHOWN]
    told = ", ".join(f"{each.points:+} of {when(each.at)}" for each in shown)
    older = (row.times or 0) - len(shown)
    return f"{told}, and {older} older" if older > 0 else told


def _turn(row: wire.RowReason) -> str:
    if row.unsure:
        return TOO_MANY
    if row.turns_at is None:
        return ""
    return f"{row.turns_to:+} from {exactly(row.turns_at)} on if nothing happens"


def _points(number: int) -> str:
    return "1 point" if number == 1 else f"{number} points"
