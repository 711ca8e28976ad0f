"""Segments, who is in them, and how they move."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.exporting import PAGE, Form, Told, form, whole
from mautod.cli.exporting import export as write
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, spark, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

USUAL: Final = ("id", "name", "email", "phone", "user_id", "since")


@click.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List the segments with their sizes."""
    with open_desk(place) as desk:
        found = desk.segments()
    if json_:
        print_json(found)
        return
    rows = [
        (each.key, each.name, _kind(each), each.size, spark(each.days, 14), _rule(each))
        for each in found.items
    ]
    heads = ("KEY", "NAME", "KIND", "SIZE", "14 DAYS", "RULE")
    table(heads, rows, empty="no segments: mautod apply")


def _kind(segment: wire.Segment) -> str:
    return segment.kind if segment.stage is None else f"{segment.kind}, stage {segment.stage}"


def _rule(segment: wire.Segment) -> str:
    if segment.error:
        return segment.error
    without = f"not those in {', '.join(segment.exclude)}" if segment.exclude else ""
    return "; ".join(filter(None, (segment.rule, without)))


@click.command()
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


@click.command()
@click.argument("segment")
@click.option("--after", default="", help="Go on after this page's `next`.")
@limit
@as_json
@click.pass_obj
def moves(place: Place, segment: str, after: str, limit: int, json_: bool) -> None:
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


@click.command()
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


@click.command()
@click.argument("segment")
@form
@click.pass_obj
def export(place: Place, segment: str, format_: str, columns: str, out: Path | None) -> None:
    """Write who is in SEGMENT, a key, and since when.

    For their properties: mautod people export 'in segment "SEGMENT"' --columns email,city
    """
    with open_desk(place) as desk:
        total = desk.segment(segment, limit=1).segment.size

        def page(after: int | None) -> tuple[Iterable[Told], int | None]:
            found = desk.segment(segment, after, PAGE)
            return map(_told, found.items), found.next

        write(page, Form(format_, columns, USUAL, out), "people", total)


def _told(member: wire.Member) -> Told:
    told = {**whole(member.person), "since": member.since}
    del told["label"], told["online"]
    return told
