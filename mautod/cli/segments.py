"""`mautod segments list`, `preview`, `people`, `explain`, `moves`, `overlap`, `sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, spark, table, visible, when

if TYPE_CHECKING:
    from mautod import wire


@click.group()
def segments() -> None:
    """List segments, preview rules, show members, explain."""


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
    rows = [
        (each.key, each.name, each.size, spark(each.days, 14), each.error or each.rule)
        for each in found.items
    ]
    table(("KEY", "NAME", "SIZE", "14 DAYS", "RULE"), rows, empty="no segments: mautod apply")


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
    for span, sizes in (("24 hours", page.segment.hours), ("30 days", page.segment.days)):
        if len(sizes) > 1:
            click.echo(f"{span}  {min(sizes)}-{max(sizes)}  {spark(sizes, 30)}")
    rows = [
        (each.person.id, each.person.label, each.person.email, when(each.since))
        for each in page.items
    ]
    table(("ID", "NAME", "EMAIL", "SINCE"), rows, empty="nobody")
    more(page.next)


@segments.command()
@click.argument("segment")
@click.argument("person")
@as_json
@click.pass_obj
def explain(place: Place, segment: str, person: str, json_: bool) -> None:
    """Say why PERSON is in SEGMENT or is not, and when time alone will turn it."""
    with open_desk(place) as desk:
        found = desk.explain(segment, person)
    if json_:
        print_json(found)
        return
    _headline(found)
    _tree(found.rule, "")


@segments.command()
@click.argument("segment")
@after
@limit
@as_json
@click.pass_obj
def moves(place: Place, segment: str, after: int | None, limit: int, json_: bool) -> None:
    """List who entered SEGMENT and who left it, newest first."""
    with open_desk(place) as desk:
        page = desk.moves(segment, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (when(each.at), "entered" if each.entered else "left", each.person_id, each.person)
        for each in page.items
    ]
    table(("TIME", "MOVE", "ID", "PERSON"), rows, empty="nobody moved")
    more(page.next)


@segments.command()
@click.argument("keys", nargs=-1, required=True)
@as_json
@click.pass_obj
def overlap(place: Place, keys: tuple[str, ...], json_: bool) -> None:
    """Count the people that the segments KEYS have in common, pair by pair.

    Each cell says how many of the row's people are in the column's segment too.
    """
    from mautod import wire

    with open_desk(place) as desk:
        found = desk.overlap(wire.OverlapAsk(list(keys)))
    if json_:
        print_json(found)
        return
    rows = [
        (item.key, *(_share(people, item.size) for people in line))
        for item, line in zip(found.items, found.people, strict=True)
    ]
    table(("", *(item.key for item in found.items)), rows)


def _share(people: int, size: int) -> str:
    return f"{people} {100 * people // size}%" if size else f"{people}"


@segments.command()
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


def _headline(found: wire.Explanation) -> None:
    who, name = visible(found.person.label), visible(found.segment.name)
    stands = "is not in" if found.since is None else f"has been since {when(found.since)} in"
    click.echo(f"{who} {stands} {name}")
    if found.matches is (found.since is None):
        becomes = "enters" if found.matches else "leaves"
        click.echo(f"{becomes} at the next event or sweep")
    if found.segment.error:
        click.echo(f"the segment is not kept up to date: {visible(found.segment.error)}")
    if found.turns_at is not None:
        click.echo(f"the whole rule {_turns(found.rule.holds, found.turns_at)}")


def _turns(holds: bool, at: int) -> str:
    return f"turns {'false' if holds else 'true'} at {_exactly(at)} if nothing happens"


def _exactly(at: int) -> str:
    return f"{when(at)}.{at % 1000:03}" if at % 1000 else when(at)


def _tree(reason: wire.Reason, indent: str) -> None:
    click.echo(f"{indent}{'✓' if reason.holds else '✗'} {_said(reason)}")
    for text in _details(reason):
        click.echo(f"{indent}    {text}")
    for part in reason.parts:
        _tree(part, f"{indent}  ")


def _said(reason: wire.Reason) -> str:
    if reason.kind == "leaf":
        return visible(reason.rule)
    words = {"and": "all of", "or": "any of", "not": "not"}[reason.kind]
    return f"{words} ({reason.why})" if reason.why else words


def _details(reason: wire.Reason) -> list[str]:
    if reason.kind != "leaf":
        return []
    first, last = reason.first_at, reason.last_at
    told = [visible(reason.why)]
    if last is not None:
        told.append(f"last at {when(last)}")
    elif first is not None:
        told.append(f"since {when(first)}")
    turns = "" if reason.turns_at is None else _turns(reason.holds, reason.turns_at)
    return [line for line in (", ".join(filter(None, told)), turns) if line]
