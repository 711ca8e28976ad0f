"""`mautod apply`: what is written becomes what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod.services.definitions.apply import Change, Changes


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@as_json
@click.pass_obj
def apply(place: Place, dry_run: bool, json_: bool) -> None:
    """Check all definition files of the workspace and put them in force, all or none.

    Prints what changed: + added, ~ changed, - removed.
    """
    changes = _changes(place, dry_run)
    if json_:
        print_json(changes)
    else:
        click.echo(_text(changes, dry_run))


def _changes(place: Place, dry_run: bool) -> Changes:
    from mautod import clock, config
    from mautod.services.definitions import apply as service
    from mautod.store.db import Database

    settings = config.load(in_folder(place))
    database = Database(settings.data / "mautod.db").open()
    try:
        if dry_run:
            return service.drift(database, settings.workspace)
        zone = settings.config.workspace.timezone
        return service.apply(database, settings.workspace, clock.now_ms(), zone)
    finally:
        database.close()


def _text(changes: Changes, dry_run: bool) -> str:
    lines = [line for change in changes.items for line in (str(change), *_effects(change))]
    lines += [f"! {visible(warning)}" for warning in changes.warnings]
    count = len(changes.items)
    if not count:
        lines.append("Nothing differs.")
    elif dry_run:
        lines.append(f"{count} would change; nothing was written.")
    else:
        lines.append(f"{count} changed, in force now.")
    return "\n".join(lines)


def _effects(change: Change) -> list[str]:
    return [f"    {visible(effect)}" for effect in change.effects]
