"""Rules tried, and what they become."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table, visible, when


@click.command()
@click.argument("rule")
@click.option(
    "--limit",
    type=click.IntRange(0, 1000),
    default=10,
    show_default=True,
    help="Most people to show.",
)
@as_json
@click.pass_obj
def preview(place: Place, rule: str, limit: int, json_: bool) -> None:
    """Count whom RULE finds now, and show some of them; nothing is stored."""
    from mautod import wire

    with open_desk(place) as desk:
        found = desk.preview(wire.PreviewAsk(rule, limit))
    if json_:
        print_json(found)
        return
    for warning in found.warnings:
        click.echo(f"warning: {visible(warning)}", err=True)
    click.echo(f"{found.count} people ({found.took_ms} ms): {visible(found.rule)}")
    rows = [(each.id, each.label, each.email, when(each.last_seen)) for each in found.sample]
    table(("ID", "NAME", "EMAIL", "LAST SEEN"), rows, empty="nobody")


@click.command()
@click.argument("rule")
@click.option("--at", type=click.IntRange(0), help="The cursor; the end of RULE if not given.")
@as_json
@click.pass_obj
def complete(place: Place, rule: str, at: int | None, json_: bool) -> None:
    """List what may stand next in RULE, the beginning of a rule."""
    from mautod import wire

    with open_desk(place) as desk:
        found = desk.complete(wire.CompleteAsk(rule, len(rule) if at is None else at))
    if json_:
        print_json(found)
        return
    rows = [(each.text, each.kind, each.note) for each in found.items]
    table(("TEXT", "KIND", ""), rows, empty="nothing fits here")


@click.command()
@click.argument("segment")
@click.argument("rule")
@click.option("--name", default="", help="What to call it; else the name stays.")
@as_json
@click.pass_obj
def define(place: Place, segment: str, rule: str, name: str, json_: bool) -> None:
    """Give SEGMENT, a key, this RULE: in workspace/segments.toml, and in force at once.

    A key that is not there yet becomes a new segment. Comments and the rest of the file stay. Where
    files and what runs differ already, nothing is done.
    """
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.define(segment, wire.DefineAsk(rule, name))
    if json_:
        print_json(done)
        return
    for warning in done.warnings:
        click.echo(f"warning: {visible(warning)}", err=True)
    for change in done.changes:
        click.echo(visible(change))
    click.echo(f"{segment}: {done.segment.size} people, {visible(done.file)}:{done.line}")


@click.command()
@click.argument("rule")
@as_json
@click.pass_obj
def sql(place: Place, rule: str, json_: bool) -> None:
    """Print the SQL that RULE becomes, the values it binds and its query plan."""
    from mautod import wire

    with open_desk(place) as desk:
        found = desk.sql(wire.SqlAsk(rule))
    if json_:
        print_json(found)
        return
    click.echo(f"-- {visible(found.rule)}\n{visible(found.sql)}")
    click.echo("\n-- values")
    for name, value in found.values.items():
        click.echo(f":{name} = {visible(repr(value))}")
    click.echo("\n-- plan")
    for line in found.plan:
        click.echo(visible(line))
