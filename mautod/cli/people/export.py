"""Write people to a file, or all that is held of one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.exporting import PAGE, Form, Pages, Told, form
from mautod.cli.exporting import export as write
from mautod.cli.remote import open_desk
from mautod.cli.show import print_json
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.desk import Desk

USUAL: Final = (
    "id", "name", "email", "phone", "user_id", "created_at", "first_seen", "last_seen", "sessions",
    "country", "language", "timezone", "page",
)  # fmt: skip


@click.command()
@click.argument("query", default="")
@click.option(
    "--all-data",
    is_flag=True,
    help="All that is held of the person QUERY names, from every table and the journal, as JSON.",
)
@form
@click.pass_obj
def export(
    place: Place, query: str, all_data: bool, format_: str, columns: str, out: Path | None
) -> None:
    """Write everybody whom QUERY finds, words or a rule; without one everybody there is.

    A cell that a spreadsheet would take for a formula begins with an apostrophe.

    With --all-data it is one person, an id, a user id, an anonymous id or an email: what they may
    ask for, and what `erase` takes away.
    """
    if all_data:
        if columns or format_ != "csv":
            raise BadInput("--all-data is JSON, and whole", field="all-data")
        _dossier(place, query, out)
        return
    with open_desk(place) as desk:
        total = 0 if query else desk.status().people
        write(_pages(desk, query), Form(format_, columns, USUAL, out), "people", total)


def _pages(desk: Desk, query: str) -> Pages:
    def page(after: int | None) -> tuple[Iterable[Told], int | None]:
        found = desk.people_whole(query, after, PAGE)
        return (_told(each) for each in found.items), found.next

    return page


def _told(whole: wire.WholePerson) -> Told:
    import msgspec

    told = msgspec.structs.asdict(whole.person)
    del told["label"], told["online"]
    return {**told, "props": whole.props}


def _dossier(place: Place, person: str, out: Path | None) -> None:
    if not person:
        raise BadInput("whose data?", field="query", hint="Name a person before --all-data.")
    with open_desk(place) as desk:
        found = desk.dossier(person)
    if out is None:
        print_json(found)
        return
    _write(out, found)
    rows = sum(map(len, found.tables.values()))
    click.echo(f"{out}: {rows} rows of {len(found.tables)} tables, {len(found.journal)} requests")


def _write(out: Path, found: object) -> None:
    import msgspec

    try:
        number = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise BadInput(f"{out}: {error.strerror}", field="out") from error
    with os.fdopen(number, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(found), indent=2))
