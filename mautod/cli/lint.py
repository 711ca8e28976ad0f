"""`mautod lint`: well formed, and wrong all the same."""

from __future__ import annotations

import sys

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible


@click.command()
@click.option(
    "--most-a-week",
    type=click.IntRange(1, 1000),
    default=7,
    show_default=True,
    help="How many messages of one chain a person may get in a week.",
)
@as_json
@click.pass_obj
def lint(place: Place, most_a_week: int, json_: bool) -> None:
    """Look all definition files over for mistakes that apply would not refuse; exit 1 if any.

    Only what is proven is said. With people in the database, variables that nobody ever had too.
    With --url these are the files in the daemon's own folder.
    """
    with open_desk(place, stored=False) as desk:
        found = desk.lint(most_a_week).items
    if json_:
        print_json(found)
    for one in [] if json_ else found:
        place_ = click.style(visible(f"{one.file}:{one.line}:"), bold=True)
        click.echo(f"{place_} {visible(one.what)}")
        for line in one.todo.splitlines():
            click.echo(f"    {visible(line)}")
    if not json_:
        noun = "thing is" if len(found) == 1 else "things are"
        click.echo(f"{len(found)} {noun} wrong." if found else "Nothing is wrong.")
    sys.exit(1 if found else 0)
