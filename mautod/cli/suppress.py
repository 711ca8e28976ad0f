"""`mautod suppress`."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.exporting import PAGE, Form, Told, form, whole
from mautod.cli.exporting import export as write
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table, visible, when
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.desk import Desk

USUAL: Final = ("address", "channel", "reason", "at", "note")
STEP: Final = 1000
SHOWN: Final = 20
_COLUMNS: Final = ("address", "channel", "reason", "note")
LONGEST_CELL: Final = 2000


class _Addresses(click.Group):
    """A group whose first word may be an address, which is then added."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        own = {*self.commands, "-h", "--help"}
        if args and args[0] not in own:
            args = ["add", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Addresses)
def suppress() -> None:
    """Keep the list of addresses never to be used, whoever has them.

    `mautod suppress ADDRESS` is short for `mautod suppress add ADDRESS`.
    """


@suppress.command()
@click.argument("address")
@click.option("--channel", default="email", show_default=True, help="On this channel, or all.")
@click.option("--reason", default="manual", show_default=True, help="Kept with it.")
@click.option("--note", default="", help="Kept with it too, for people.")
@as_json
@click.pass_obj
def add(place: Place, address: str, channel: str, reason: str, note: str, json_: bool) -> None:
    """Never send to ADDRESS again; *@example.com is every address of a domain."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.suppress(wire.SuppressAsk(address, channel, reason, note))
    print_json(done) if json_ else click.echo(visible(done.text))


@suppress.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@as_json
@click.pass_obj
def list_(place: Place, limit: int, json_: bool) -> None:
    """List the latest addresses and domains; of erased people a mark alone is kept."""
    with open_desk(place) as desk:
        found = desk.suppressions(limit)
    if json_:
        print_json(found)
        return
    rows = [
        (each.address or "(erased)", each.channel, each.reason, when(each.at), each.note)
        for each in found.items
    ]
    table(("ADDRESS", "CHANNEL", "REASON", "SINCE", "NOTE"), rows, empty="no address is suppressed")


@suppress.command()
@click.argument("address")
@click.option("--channel", default="email", show_default=True, help="On this channel, or all.")
@as_json
@click.pass_obj
def remove(place: Place, address: str, channel: str, json_: bool) -> None:
    """Let ADDRESS be used again; what its owner said no to stays a no."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.unsuppress(wire.UnsuppressAsk(address, channel))
    print_json(done) if json_ else click.echo(visible(done.text))


@suppress.command()
@form
@click.pass_obj
def export(place: Place, format_: str, columns: str, out: Path | None) -> None:
    """Write the whole list, but for erased people: of them there is no address."""
    with open_desk(place) as desk:

        def page(after: str | None) -> tuple[Iterable[Told], str | None]:
            found = desk.suppressions_whole(after or "", PAGE)
            return [whole(each) for each in found.items if each.address], found.next or None

        write(page, Form(format_, columns, USUAL, out), "addresses", 0)


@suppress.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--channel", default="email", show_default=True, help="Where the file names none.")
@click.option("--reason", default="imported", show_default=True, help="Where the file names none.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each line, and do nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file that says of every line what became of it.",
)
@as_json
@click.pass_obj
def import_(
    place: Place,
    file: Path,
    channel: str,
    reason: str,
    dry_run: bool,
    report: Path | None,
    json_: bool,
) -> None:
    """Take in the CSV FILE: its first line names the columns address, channel, reason, note.

    A file of one column may hold addresses from its first line on. A line that makes no sense is
    refused, the others are taken; taken twice, a file changes nothing.
    """
    if report is not None and report.exists():
        raise BadInput(f"{report} is there already", field="report", hint="Name another file.")
    with open_desk(place) as desk:
        outcomes = list(_take(desk, _lines(file, channel, reason), dry=dry_run))
    if report is not None:
        _report(report, outcomes)
    found = Counter(outcome.what for outcome in outcomes)
    if json_:
        print_json({"dry": dry_run, "counts": found})
    else:
        _say(file, outcomes, found, dry=dry_run)
    if found["refused"]:
        raise click.exceptions.Exit(1)


def _take(
    desk: Desk, lines: Iterator[wire.SuppressLine], *, dry: bool
) -> Iterator[wire.SuppressOutcome]:
    from mautod import wire

    while some := list(islice(lines, STEP)):
        yield from desk.suppress_lines(wire.SuppressRows(some, dry)).items


def _lines(file: Path, channel: str, reason: str) -> Iterator[wire.SuppressLine]:
    from mautod import wire

    with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
        reader = csv.reader(line.replace("\0", "\ufffd") for line in opened)
        heads: list[str] | None = None
        try:
            for cells in reader:
                if heads is None:
                    heads = _heads(file, cells)
                    if heads == [cell.strip().lower() for cell in cells]:
                        continue
                if any(cell.strip() for cell in cells):
                    told = {
                        head: cell.strip()[:LONGEST_CELL]
                        for head, cell in zip(heads, cells, strict=False)
                    }
                    yield wire.SuppressLine(
                        reader.line_num,
                        told.get("address", "").lstrip("'"),
                        told.get("channel") or channel,
                        told.get("reason") or reason,
                        told.get("note", ""),
                    )
        except csv.Error as error:
            raise BadInput(f"{file.name}:{reader.line_num}: {error}", field="file") from error


def _heads(file: Path, cells: list[str]) -> list[str]:
    """The columns by their names; of a file without names, the one that holds addresses."""
    heads = [cell.strip().lower() for cell in cells]
    if "address" in heads:
        return heads
    if "email" in heads:
        return ["address" if head == "email" else head for head in heads]
    if len(cells) == 1:
        return ["address"]
    hint = f"The first line names the columns: {', '.join(_COLUMNS)}."
    raise BadInput(f"{file.name}: there is no column address", field="file", hint=hint)


def _report(path: Path, outcomes: Iterable[wire.SuppressOutcome]) -> None:
    with path.open("x", encoding="utf-8", newline="") as opened:
        rows = csv.writer(opened)
        rows.writerow(("line", "what", "why"))
        rows.writerows((each.line, each.what, each.why) for each in outcomes)


def _say(
    file: Path, outcomes: list[wire.SuppressOutcome], found: Counter[str], *, dry: bool
) -> None:
    refused = [outcome for outcome in outcomes if outcome.what == "refused"]
    for each in refused[:SHOWN]:
        click.echo(f"{file.name}:{each.line}: {visible(each.why)}", err=True)
    if len(refused) > SHOWN:
        click.echo(f"… and {len(refused) - SHOWN} more; --report FILE names all", err=True)
    words = (("new", "new"), ("known", "there already"), ("refused", "refused"))
    told = ", ".join(f"{found[key]} {word}" for key, word in words if found[key]) or "no lines"
    click.echo(f"{'would be ' if dry else ''}{told}")
