"""Scores, how points are spread, and who has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

BAR: Final = 30
"""How wide the bar of the largest bin is."""
LOWEST: Final = -1_000_000_000


@click.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List the scores, and how many people reached their thresholds."""
    with open_desk(place) as desk:
        found = desk.scores()
    if json_:
        print_json(found)
        return
    rows = [
        (each.key, each.name, each.people, _span(each), each.error or _reached(each))
        for each in found.items
    ]
    heads = ("KEY", "NAME", "PEOPLE", "POINTS", "THRESHOLDS")
    table(heads, rows, empty="no scores: write workspace/scoring.toml, then mautod apply")


def _span(score: wire.Score) -> str:
    return "" if score.low is None else f"{score.low} to {score.high}"


def _reached(score: wire.Score) -> str:
    return ", ".join(f"{each.name} {each.points}: {each.people}" for each in score.thresholds)


@click.command()
@click.argument("score")
@as_json
@click.pass_obj
def show(place: Place, score: str, json_: bool) -> None:
    """Show what gives points of SCORE, a key, and how they are spread."""
    with open_desk(place) as desk:
        found = desk.score(score)
    if json_:
        print_json(found)
        return
    _headline(found)
    table(("POINTS", "FOR"), [(row.terms, row.rule) for row in found.score.rows])
    if found.score.thresholds:
        click.echo("\nthresholds")
        table(
            ("NAME", "FROM", "PEOPLE"),
            [(each.name, each.points, each.people) for each in found.score.thresholds],
        )
    if found.bins:
        click.echo("\nhow points are spread")
        most = max(each.people for each in found.bins)
        table(("POINTS", "PEOPLE", ""), [_bin(each, most) for each in found.bins])


def _headline(found: wire.Distribution) -> None:
    score = found.score
    spread = f", from {_span(score)}" if score.people else ""
    click.echo(f"{visible(score.name)}: {score.people} people have points{spread}")
    click.echo(f"{found.without} have none")
    if score.error:
        click.echo(f"the score is not kept up to date: {visible(score.error)}")
    click.echo("")


def _bin(each: wire.Bin, most: int) -> tuple[str, int, str]:
    points = f"{each.low}" if each.low == each.high else f"{each.low} to {each.high}"
    return points, each.people, bar(each.people, most)


def bar(people: int, most: int) -> str:
    """A number of people as a bar beside the largest; somebody is never nothing."""
    return "█" * (people * BAR // most or int(people > 0))


@click.command()
@click.argument("score")
@click.option(
    "--from",
    "least",
    type=click.IntRange(LOWEST, -LOWEST),
    help="Only who has so many points or more.",
)
@click.option("--after", default="", help="Go on after this page's `next`.")
@limit
@as_json
@click.pass_obj
def people(
    place: Place, score: str, least: int | None, after: str, limit: int, json_: bool
) -> None:
    """List who has points of SCORE, a key, the highest first."""
    with open_desk(place) as desk:
        page = desk.score_people(score, LOWEST if least is None else least, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (
            each.points,
            each.person.id,
            each.person.label,
            each.person.email,
            when(each.person.last_seen),
        )
        for each in page.items
    ]
    table(("POINTS", "ID", "NAME", "EMAIL", "LAST SEEN"), rows, empty="nobody")
    more(page.next)
