"""`mautod simulate`: what a chain would do with an invented person."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, finish, open_desk
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod import wire

_EXAMPLE = """
\b
A person's file says who comes, does what, and how they answer:
    zone = "Europe/Berlin"
    [person]
    email = "anna@example.com"
    [[event]]
    at = "+1h"
    name = "Product Added"
    props = { name = "Mug", price = 14.5 }
    [[reaction]]
    to = "cart-1"
    after = "10m"
    click = true
"""


@click.command(epilog=_EXAMPLE)
@click.argument("chain")
@click.option(
    "--person",
    "file",
    required=True,
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Who, and what they do: a TOML file.",
)
@click.option("--all", "everything", is_flag=True, help="Show other chains and segments too.")
@click.option(
    "--html",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write the letters into DIR as HTML.",
)
@as_json
@click.pass_obj
def simulate(
    place: Place, chain: str, file: Path, everything: bool, folder: Path | None, json_: bool
) -> None:
    """Play CHAIN, a key, as its file has it, on a virtual clock. Nobody is written to.

    Prints what happens when, in UTC and on the person's clock; the same files, the same bytes.
    With --url the chain is that of the daemon's own folder; FILE and DIR are here.
    """
    from mautod import wire

    ask = wire.SimulateAsk(chain, _read(file), file.name, everything)
    with open_desk(place, stored=False) as desk:
        found = finish(desk, desk.simulate(ask)).simulated
    assert found is not None
    if folder is not None:
        _write(found.letters, folder)
    if json_:
        print_json(found.values)
        return
    for line in found.lines:
        click.echo(visible(line))


def _read(file: Path) -> str:
    from mautod.errors import NotFound

    try:
        return file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise NotFound(f"{file} cannot be read: {reason}", field="person") from error


def _write(letters: list[wire.Letter], folder: Path) -> None:
    from mautod.errors import Unavailable

    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, letter in enumerate(letters, 1):
            name = re.sub(r"[^A-Za-z0-9._-]", "-", f"{number:03}-{letter.template}.html")
            (folder / name).write_text(letter.html or letter.text, encoding="utf-8")
    except OSError as error:
        raise Unavailable(f"{folder} cannot be written: {error.strerror}") from error
