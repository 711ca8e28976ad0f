"""`mautod log`: what the daemon's processes said last."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, limit, open_desk
from mautod.cli.show import print_json, visible, when


@click.command()
@limit
@as_json
@click.pass_obj
def log(place: Place, limit: int, json_: bool) -> None:
    """Show the last lines of the daemon's log, the newest at the end."""
    with open_desk(place, stored=False) as desk:
        found = desk.log(limit)
    if json_:
        print_json(found)
        return
    for line in reversed(found.items):
        click.echo(f"{when(line.at)}  {line.process:<6}  {line.level:<7}  {visible(line.text)}")
    if not found.items:
        click.echo("The daemon has said nothing yet.")
