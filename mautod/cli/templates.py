"""`mautod templates`: letters as files, and what is ready-made of them."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.letters import check, list_, preview, test
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, table


@click.group()
def templates() -> None:
    """List, preview, test and check letters; add ready-made scenarios."""


for _command in (list_, preview, test, check):
    templates.add_command(_command)


@templates.command()
@as_json
def scenarios(json_: bool) -> None:
    """List the ready-made scenarios: a chain, its letters and its tests."""
    from mautod.services.definitions import scenarios as ready

    found = ready.scenarios()
    if json_:
        print_json(found)
        return
    table(("KEY", "STARTS", "GOAL"), [(each.key, each.starts, each.goal) for each in found])
    for each in found:
        if each.instead:
            click.echo(f"{each.key}: email goes out in place of {each.instead}.")
    click.echo(
        "\nmautod templates add KEY puts one into workspace/; mautod init DIR --template KEY"
    )


@templates.command()
@click.argument("key")
@as_json
@click.pass_obj
def add(place: Place, key: str, json_: bool) -> None:
    """Add scenario KEY to the workspace; what is there stays as it is."""
    from mautod import config
    from mautod.services.definitions import scenarios as ready
    from mautod.store.db import Database
    from mautod.store.segments import membership as segments

    settings = config.load(in_folder(place))
    made: list[str] = []
    if (settings.data / "mautod.db").exists():
        database = Database(settings.data / "mautod.db").open()
        made = segments.made(database.read())
        database.close()
    laid = ready.add(key, settings.workspace, made)
    if json_:
        print_json(laid)
        return
    signs = {"added": "+", "changed": "~", "kept": "="}
    for each in laid:
        tables = f"  {', '.join(each.tables)}" if each.tables else ""
        click.echo(f"{signs[each.verb]} {settings.workspace.name}/{each.file}{tables}")
    click.echo("\nTry it: mautod test; put it in force: mautod apply")


@templates.command()
@as_json
def starters(json_: bool) -> None:
    """List letters to begin with: layouts with an example, in English and Russian."""
    from mautod.services.definitions import starters as ready

    found = ready.starters()
    if json_:
        print_json(found)
        return
    table(
        ("KEY", "WRITTEN IN", "LAYOUT", "SUBJECT"),
        [(each.key, each.format, each.layout, each.subject) for each in found],
    )
    click.echo("\nmautod templates start KEY puts one into workspace/templates/")


@templates.command()
@click.argument("key")
@as_json
@click.pass_obj
def start(place: Place, key: str, json_: bool) -> None:
    """Put the letter KEY, its layout and its pieces into the workspace."""
    from mautod import config
    from mautod.services.definitions import starters as ready

    settings = config.load(in_folder(place))
    laid = ready.start(key, settings.workspace)
    if json_:
        print_json(laid)
        return
    for each in laid:
        sign = "+" if each.verb == "added" else "="
        click.echo(f"{sign} {settings.workspace.name}/{each.file}")
    click.echo(f"\nLook at it: mautod templates preview {key} --html")
