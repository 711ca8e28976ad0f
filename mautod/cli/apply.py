"""`mautod apply`: what is written becomes what runs."""

from __future__ import annotations

import json

import click
import msgspec

from mautod import clock, config
from mautod.cli import Place
from mautod.services.apply import Changes, drift
from mautod.services.apply import apply as put_in_force
from mautod.store.db import Database


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.pass_obj
def apply(place: Place, dry_run: bool, as_json: bool) -> None:
    """Check all definition files of the workspace and put them in force, all or none.

    Prints what changed: + added, ~ changed, - removed.
    """
    settings = config.load(place.folder)
    database = Database(settings.data / "mautod.db").open()
    try:
        if dry_run:
            changes = drift(database, settings.workspace)
        else:
            zone = settings.config.workspace.timezone
            changes = put_in_force(database, settings.workspace, clock.now_ms(), zone)
    finally:
        database.close()
    click.echo(json.dumps(msgspec.to_builtins(changes)) if as_json else _text(changes, dry_run))


def _text(changes: Changes, dry_run: bool) -> str:
    lines = [str(change) for change in changes.items]
    lines += [f"! {warning}" for warning in changes.warnings]
    count = len(changes.items)
    if not count:
        lines.append("Nothing differs.")
    elif dry_run:
        lines.append(f"{count} would change; nothing was written.")
    else:
        lines.append(f"{count} changed, in force now.")
    return "\n".join(lines)
