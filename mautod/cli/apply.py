"""`mautod apply`: what is written becomes what runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, finish, open_desk
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod import wire

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}


@click.command()
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@as_json
@click.pass_obj
def apply(place: Place, dry_run: bool, json_: bool) -> None:
    """Check all definition files of the workspace and put them in force, all or none.

    Prints what changed: + added, ~ changed, - removed. With --url these are the files in the
    daemon's own folder.
    """
    with open_desk(place) as desk:
        found = desk.drift() if dry_run else finish(desk, desk.apply()).changes
    assert found is not None
    if json_:
        print_json(found)
    else:
        click.echo(_text(found, dry_run))


def _text(changes: wire.Changes, dry_run: bool) -> str:
    lines = [
        line for one in changes.items for line in (change_line(one), *map(_indented, one.effects))
    ]
    lines += [f"! {visible(warning)}" for warning in changes.warnings]
    count = len(changes.items)
    if not count:
        lines.append("Nothing differs.")
    elif dry_run:
        lines.append(f"{count} would change; nothing was written.")
    else:
        lines.append(f"{count} changed, in force now.")
    return "\n".join(lines)


def change_line(change: wire.Change) -> str:
    """`~ chain welcome v3 (chains/welcome.toml)`."""
    version = "" if change.verb == "removed" else f" v{change.version}"
    return visible(f"{_SIGNS[change.verb]} {change.kind} {change.key}{version} ({change.file})")


def _indented(effect: str) -> str:
    return f"    {visible(effect)}"
