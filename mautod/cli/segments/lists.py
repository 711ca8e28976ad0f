"""Static segments: made, filled by hand or from a file, taken away."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.desk import Desk

BATCH: Final = 500
"""People in one request."""

COLUMNS: Final = ("user_id", "email", "id")
"""Heads by which a column of people is known; where a file has several, the first of these."""

LONGEST: Final = 255
NOT_UTF8: Final = "this is no UTF-8 text"


@click.command()
@click.argument("segment")
@click.option("--name", default="", help="What to call it; else the key.")
@as_json
@click.pass_obj
def create(place: Place, segment: str, name: str, json_: bool) -> None:
    """Make the static segment SEGMENT, a key: people enter it by `add` and `import` alone."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.create_segment(wire.CreateAsk(segment, name))
    print_json(done) if json_ else click.echo(visible(done.text))


@click.command()
@click.argument("segment")
@as_json
@click.pass_obj
def delete(place: Place, segment: str, json_: bool) -> None:
    """Take the static segment SEGMENT away, if no rule and no chain asks it.

    One that stands in workspace/segments.toml is taken out there.
    """
    with open_desk(place) as desk:
        done = desk.delete_segment(segment)
    print_json(done) if json_ else click.echo(visible(done.text))


@click.command()
@click.argument("segment")
@click.argument("people", nargs=-1, required=True)
@as_json
@click.pass_obj
def add(place: Place, segment: str, people: tuple[str, ...], json_: bool) -> None:
    """Put PEOPLE on the list of the static SEGMENT: ids, user ids, anonymous ids or emails."""
    from mautod import wire

    with open_desk(place) as desk:
        _told(desk.list_people(segment, wire.ListAsk(add=list(people))), json_=json_)


@click.command()
@click.argument("segment")
@click.argument("people", nargs=-1, required=True)
@as_json
@click.pass_obj
def remove(place: Place, segment: str, people: tuple[str, ...], json_: bool) -> None:
    """Take PEOPLE off the list of the static SEGMENT: ids, user ids, anonymous ids or emails."""
    from mautod import wire

    with open_desk(place) as desk:
        _told(desk.list_people(segment, wire.ListAsk(remove=list(people))), json_=json_)


def _told(done: wire.Listed, *, json_: bool) -> None:
    if json_:
        print_json(done)
    else:
        for each in done.unknown:
            click.echo(visible(each.reason), err=True)
        click.echo(_counts(done.added, done.removed, done.unchanged))
    if done.unknown:
        raise click.exceptions.Exit(1)


def _counts(added: int, removed: int, unchanged: int) -> str:
    parts = ((added, "added"), (removed, "removed"), (unchanged, "so already"))
    return ", ".join(f"{count} {what}" for count, what in parts if count) or "nobody"


@click.command("import")
@click.argument("segment")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--column", default="", help="The head of the column that names people.")
@as_json
@click.pass_obj
def import_(place: Place, segment: str, file: Path, column: str, json_: bool) -> None:
    """Put the people of the CSV FILE on the list of the static SEGMENT.

    Without --column it is the one called user_id, email or id. A file without heads has a person
    on each line. Lines that name nobody are reported, the others are taken; it may be run again.
    """
    with open_desk(place) as desk:
        report = _import(desk, segment, file, column)
    if json_:
        unknown = [each._asdict() for each in report.unknown]
        print_json({**report._asdict(), "unknown": unknown})
    else:
        for each in report.unknown:
            click.echo(f"{file.name}:{each.line}: {visible(each.reason)}", err=True)
        click.echo(_counts(report.added, 0, report.unchanged))
    if report.unknown:
        raise click.exceptions.Exit(1)


class _Line(NamedTuple):
    """One line of the file; `reason` says why it names nobody."""

    line: int
    person: str
    reason: str = ""


class _Report(NamedTuple):
    added: int
    unchanged: int
    unknown: list[_Line]


def _import(desk: Desk, segment: str, file: Path, column: str) -> _Report:
    from mautod import wire

    by, lines = _lines(file, column)
    added = unchanged = 0
    unknown: list[_Line] = []
    while batch := list(islice(lines, BATCH)):
        named = [line for line in batch if not line.reason]
        unknown += (line for line in batch if line.reason)
        done = desk.list_people(segment, wire.ListAsk(add=[line.person for line in named], by=by))
        added, unchanged = added + done.added, unchanged + done.unchanged
        unknown += (_Line(named[no.index].line, no.person, no.reason) for no in done.unknown)
    return _Report(added, unchanged, sorted(unknown))


def _lines(file: Path, column: str) -> tuple[str, Iterator[_Line]]:
    """By what the lines name people, and the lines."""
    rows = _rows(file)
    first = next(rows, None)
    if first is None:
        return "", iter(())
    heads = [cell.strip().casefold() for cell in first[1]]
    wanted = [column.casefold()] if column else list(COLUMNS)
    head = next((name for name in wanted if name in heads), "")
    if column and not head:
        known = ", ".join(heads)
        raise BadInput(
            f"there is no column {column!r}", field="column", hint=f"There are: {known}."
        )
    if not head:
        return "", _people([first], rows, 0)
    return head if head in COLUMNS else "", _people([], rows, heads.index(head))


_Row = tuple[int, list[str], str]
"""(line, cells, why it cannot be read)"""


def _people(first: Iterable[_Row], rows: Iterable[_Row], at: int) -> Iterator[_Line]:
    for line, cells, reason in chain(first, rows):
        person = cells[at].strip() if at < len(cells) else ""
        if len(person) > LONGEST:
            yield _Line(line, person[:20], f"nobody has a name of over {LONGEST} characters")
        elif reason or person:
            yield _Line(line, person, reason)
        elif any(cell.strip() for cell in cells):
            yield _Line(line, "", "nobody is named here")


def _rows(file: Path) -> Iterator[_Row]:
    """The rows of a file with the line on which each ends, and what is wrong with each."""
    import csv

    with file.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as opened:
        reader = csv.reader(line.replace("\0", "\ufffd") for line in opened)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield reader.line_num, [], str(error)
                continue
            broken = any("\udc80" <= sign <= "\udcff" for cell in cells for sign in cell)
            yield reader.line_num, [] if broken else cells, NOT_UTF8 if broken else ""
