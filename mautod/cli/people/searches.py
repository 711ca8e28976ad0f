"""Searches under a name, for everybody at the desk."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table, visible


@click.group()
def searches() -> None:
    """List, save and delete searches that everybody may use."""


@searches.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List the saved searches."""
    with open_desk(place) as desk:
        found = desk.searches()
    if json_:
        print_json(found)
        return
    rows = [(each.name, each.query) for each in found.items]
    table(("NAME", "SEARCH"), rows, empty="none: mautod people searches save NAME QUERY")


@searches.command()
@click.argument("name")
@click.argument("query")
@as_json
@click.pass_obj
def save(place: Place, name: str, query: str, json_: bool) -> None:
    """Keep QUERY, words or a rule, under NAME."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.save_search(wire.SaveAsk(name, query))
    print_json(done) if json_ else click.echo(visible(done.text))


@searches.command()
@click.argument("name")
@as_json
@click.pass_obj
def delete(place: Place, name: str, json_: bool) -> None:
    """Forget the search NAME."""
    with open_desk(place) as desk:
        done = desk.delete_search(name)
    print_json(done) if json_ else click.echo(visible(done.text))
