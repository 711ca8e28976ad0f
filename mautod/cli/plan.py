"""`mautod plan`, `versions` and `rollback`: definitions before, now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, visible, when

if TYPE_CHECKING:
    from mautod.config import Settings
    from mautod.services.definitions.history import Version
    from mautod.services.definitions.plan import Planned
    from mautod.store.db import Database

LONGEST_NEW = 40
"""A new definition of more lines is not printed; its file shows as much."""
HEAD = 3

_SIGNS = {"added": "+", "changed": "~", "removed": "-"}
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


@click.command()
@as_json
@click.pass_obj
def plan(place: Place, json_: bool) -> None:
    """Show what an apply would change, line by line, and what that means for people.

    Writes nothing.
    """
    from mautod import clock
    from mautod.services.definitions.plan import plan as service

    with _opened(place) as (settings, database):
        zone = settings.config.workspace.timezone
        found = service(database, settings.workspace, clock.now_ms(), zone)
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


def _print_planned(item: Planned) -> None:
    version = "" if item.verb == "removed" else f" v{item.version}"
    head = f"{_SIGNS[item.verb]} {item.kind} {item.key}{version} ({item.file})"
    click.secho(visible(head), bold=True)
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
    from mautod.services.definitions.history import versions as service

    with _opened(place) as (_, database):
        found = service(database.read(), kind, key, limit)
    if json_:
        print_json(found)
        return
    for version in found:
        _print_version(version)
        if not brief:
            _print_diff(version.diff)
            click.echo()


def _print_version(version: Version) -> None:
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
    from mautod import clock
    from mautod.services.definitions.history import rollback as service

    with _opened(place) as (settings, database):
        at = clock.now_ms(), settings.config.workspace.timezone
        done = service(database, settings.workspace, kind, key, to, at)
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


@contextmanager
def _opened(place: Place) -> Iterator[tuple[Settings, Database]]:
    from mautod import config
    from mautod.store.db import Database

    settings = config.load(in_folder(place))
    database = Database(settings.data / "mautod.db").open()
    try:
        yield settings, database
    finally:
        database.close()
