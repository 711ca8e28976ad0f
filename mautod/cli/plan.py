"""`mautod plan`, `versions` and `rollback`: definitions before, now and then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.apply import change_line
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible, when

if TYPE_CHECKING:
    from mautod import wire

LONGEST_NEW = 40
"""A new definition of more lines is not printed; its file shows as much."""
HEAD = 3

_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@as_json
@click.pass_obj
def plan(place: Place, json_: bool) -> None:
    """Show what an apply would change, line by line, and what that means for people.

    Writes nothing. With --url these are the files in the daemon's own folder.
    """
    with open_desk(place) as desk:
        found = desk.plan()
    if json_:
        print_json(found)
        return
    for item in found.items:
        _print_planned(item)
    for warning in found.warnings:
        click.echo(f"! {visible(warning)}")
    count = len(found.items)
    hint = f"{count} would change. To put them in force: mautod apply"
    click.echo(hint if count else "Nothing differs from what runs.")


def _print_planned(item: wire.Planned) -> None:
    click.secho(change_line(item), bold=True)
    for effect in item.effects:
        click.echo(f"  {visible(effect)}")
    lines = item.diff.splitlines()
    if item.verb == "added" and len(lines) > LONGEST_NEW:
        click.secho(f"  + {len(lines) - HEAD} lines, all new", fg="green")
    else:
        _print_diff(item.diff)
    click.echo()


def _print_diff(diff: str) -> None:
    for line in diff.splitlines():
        click.secho(f"  {visible(line)}", fg=_COLOURS.get(line[:1]))


@click.command()
@click.argument("kind")
@click.argument("key")
@click.option("--brief", is_flag=True, help="Leave out what differs.")
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="Most to show."
)
@as_json
@click.pass_obj
def versions(place: Place, kind: str, key: str, brief: bool, limit: int, json_: bool) -> None:
    """List the versions of a definition; KIND is chain, segment and so on.

    The newest first, each with its time and its difference to the one before.
    """
    with open_desk(place) as desk:
        found = desk.versions(kind, key, limit).items
    if json_:
        print_json(found)
        return
    for version in found:
        _print_version(version)
        if not brief:
            _print_diff(version.diff)
            click.echo()


def _print_version(version: wire.Version) -> None:
    state = ", in force" if version.in_force else ""
    place = f"{when(version.applied_at)}  {visible(version.file)}"
    click.secho(f"v{version.version}  {place}{state}", bold=True)


@click.command()
@click.argument("kind")
@click.argument("key")
@click.option("--to", type=click.IntRange(1), help="Which version; the one before by default.")
@as_json
@click.pass_obj
def rollback(place: Place, kind: str, key: str, to: int | None, json_: bool) -> None:
    """Put an old version of a definition in force again, as a new one. Files stay as they are."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.rollback(kind, key, wire.RollbackAsk(to))
    if json_:
        print_json(done)
        return
    change = done.change
    click.echo(f"{change.kind} {change.key} is v{change.version} now, as it was in v{done.like}.")
    for effect in change.effects:
        click.echo(f"    {visible(effect)}")
    if done.drifts:
        click.echo(
            f"{visible(change.file)} says something else now, and the next apply would put that in"
            " force. See: mautod plan"
        )
