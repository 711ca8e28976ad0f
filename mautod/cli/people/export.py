"""Write down what is held of people."""

from __future__ import annotations

import os
from pathlib import Path

import click

from mautod.cli import Place
from mautod.cli.remote import open_desk
from mautod.cli.show import print_json
from mautod.errors import BadInput


@click.command()
@click.argument("person")
@click.option("--all-data", is_flag=True, help="From every table and the journal, as JSON.")
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="A new file, for you alone."
)
@click.pass_obj
def export(place: Place, person: str, all_data: bool, out: Path | None) -> None:
    """Write down all that is held of PERSON: an id, a user id, an anonymous id or an email.

    It is what a person may ask for, and what `erase` takes away.
    """
    if not all_data:
        raise BadInput("say what to export", field="all-data", hint="Add --all-data.")
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
