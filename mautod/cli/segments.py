"""`mautod segments list`, `preview` and `people`."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, visible, when


@click.group()
def segments() -> None:
    """List segments, preview rules, show members."""


@segments.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List the living segments with their sizes."""
    with open_desk(place) as desk:
        found = desk.segments()
    if json_:
        print_json(found)
        return
    rows = [(each.key, each.name, each.size, each.error or each.rule) for each in found.items]
    table(("KEY", "NAME", "SIZE", "RULE"), rows, empty="no segments: mautod apply")


@segments.command()
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


@segments.command()
@click.argument("segment")
@after
@limit
@as_json
@click.pass_obj
def people(place: Place, segment: str, after: int | None, limit: int, json_: bool) -> None:
    """List the people who are in SEGMENT, a key, and since when."""
    with open_desk(place) as desk:
        page = desk.segment(segment, after, limit)
    if json_:
        print_json(page)
        return
    click.echo(f"{visible(page.segment.name)}: {page.segment.size} people")
    rows = [
        (each.person.id, each.person.label, each.person.email, when(each.since))
        for each in page.items
    ]
    table(("ID", "NAME", "EMAIL", "SINCE"), rows, empty="nobody")
    more(page.next)
