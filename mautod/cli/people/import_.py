"""Take people in from a CSV file, and go on where it was cut off."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table, visible, when
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire
    from mautod.cli.people.lines import Shape
    from mautod.cli.people.rejects import Rejects
    from mautod.services.desk import Desk

CACHE_MB: Final = 128
"""Pages that are kept in memory: every line touches several, far apart."""


@click.command("import")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "--map",
    "map_",
    multiple=True,
    metavar='"HEAD=PROPERTY[:KIND]"',
    help="What a column is; KIND is number, bool, date or list. HEAD= leaves it out.",
)
@click.option(
    "--key",
    type=click.Choice(["email", "user_id", "phone"]),
    default="email",
    show_default=True,
    help="By what people are told apart.",
)
@click.option(
    "--update/--skip", default=True, help="What becomes of people who are known.  [update]"
)
@click.option(
    "--typed", is_flag=True, help="Who only typed an address on the site counts as its owner."
)
@click.option("--tag", multiple=True, help="Put this tag on everybody; several times for several.")
@click.option(
    "--segment", default="", metavar="KEY", help="Put them on this static segment's list."
)
@click.option(
    "--topic", default="", metavar="KEY", help="Subscribe them, but for those who said no."
)
@click.option("--consent", default="", metavar="TEXT", help="Where they said yes to the topic.")
@click.option(
    "--ask", is_flag=True, help="Subscribe nobody: ask each by a letter to confirm the topic."
)
@click.option(
    "--delimiter", default="", help="What parts the cells; else told from the first line."
)
@click.option("--encoding", default="", help="As cp1251; else utf-8.")
@click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A new file that says of every line what would become of it.",
)
@click.option(
    "--rejects",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where refused lines are listed; else FILE.rejects.csv.",
)
@click.option(
    "--drop",
    type=click.IntRange(1),
    metavar="ID",
    help="Give up an import that is not done; whom it took in stay.",
)
@as_json
@click.pass_obj
def import_(
    place: Place, /, file: Path | None, drop: int | None, json_: bool, **given: Any
) -> None:
    """Take in the people of the CSV FILE, whose first line names its columns.

    Columns called as a property that is known map by themselves. A line that makes no sense is
    refused, the others are taken. Cut off, it goes on where it was when it is run again. No chain
    starts by an import, and nobody who said no is subscribed.

    Without FILE, the latest imports are listed.
    """  # fmt: skip
    if drop is not None and file is not None:
        raise BadInput("--drop takes no file", field="drop", hint="Give one or the other.")
    with open_desk(place, cache_mb=CACHE_MB) as desk:
        if drop is not None:
            _drop(desk, drop, json_)
            return
        if file is None:
            _list(desk, json_)
            return
        told = _import(desk, file, given, quiet=json_)
    if json_:
        print_json(told._asdict())
    else:
        _say(told)
    if told.counts.refused:
        raise click.exceptions.Exit(1)


class _Told(NamedTuple):
    """What came of an import."""

    id: int
    file: str
    dry: bool
    counts: wire.ImportCounts
    left_out: list[str]
    rejects: str


def _import(desk: Desk, file: Path, given: dict[str, Any], *, quiet: bool) -> _Told:
    from mautod.cli.people.dry import DryRun
    from mautod.cli.people.lines import shape
    from mautod.cli.people.rejects import Rejects
    from mautod.cli.people.sending import Reader, send

    if given["report"] and not given["dry_run"]:
        raise BadInput("a report is of a dry run", field="report", hint="Add --dry-run.")
    found = shape(file, given["encoding"], given["delimiter"])
    begun = desk.begin_import(_ask(file, found, given))
    if not quiet:
        _announce(begun)
    known = "updated" if given["update"] else "skipped"
    with (
        Rejects(given["rejects"] or file.with_suffix(".rejects.csv"), begun) as rejects,
        DryRun(given["report"], known=known) as dry,
    ):
        try:
            done = send(desk, file, found, begun, Reader(rejects, dry))
        except KeyboardInterrupt:
            click.echo("stopped; run the same again, and it goes on", err=True)
            raise
        path = str(rejects.path) if done.counts.refused else ""
        if not quiet:
            _show_refused(file, rejects)
    return _Told(begun.id, file.name, given["dry_run"], done.counts, begun.left_out, path)


def _ask(file: Path, found: Shape, given: dict[str, Any]) -> wire.ImportAsk:
    from mautod import wire
    from mautod.cli.people.lines import digest
    from mautod.cli.people.sending import records

    with records(file, found, 0) as lines:
        heads = next(lines, None)
    if heads is None or heads.reason:
        why = heads.reason if heads else "is empty"
        raise BadInput(f"{file.name}: the first line {why}", hint="It names the columns.")
    return wire.ImportAsk(
        file=file.name,
        digest=digest(file),
        size=file.stat().st_size,
        heads=heads.cells,
        map=list(given["map_"]),
        key=given["key"],
        known="update" if given["update"] else "skip",
        typed=given["typed"],
        tags=list(given["tag"]),
        segment=given["segment"],
        topic=given["topic"],
        consent=given["consent"],
        ask=given["ask"],
        delimiter=found.delimiter,
        encoding=found.encoding,
        dry=given["dry_run"],
    )


# --- what is said ---


def _announce(begun: wire.Import) -> None:
    for column in begun.columns:
        click.echo(f"  {visible(column)}", err=True)
    if begun.left_out:
        heads = ", ".join(map(visible, begun.left_out))
        click.echo(f'left out: {heads} (take them with --map "HEAD=property")', err=True)
    if begun.place:
        click.echo(f"it goes on where it was cut off, after {_percent(begun)} %", err=True)


def _percent(told: wire.Import) -> int:
    return 100 * told.place // max(told.size, 1)


def _show_refused(file: Path, rejects: Rejects) -> None:
    for each in rejects.shown:
        cell = f"{visible(each.field)} " if each.field else ""
        click.echo(f"{file.name}:{each.line}: {cell}{visible(each.reason)}", err=True)


def _say(told: _Told) -> None:
    counts = told.counts
    parts = (
        (counts.new, "new"), (counts.updated, "updated"), (counts.same, "so already"),
        (counts.skipped, "known and skipped"), (counts.refused, "refused"),
    )  # fmt: skip
    what = ", ".join(f"{number} {word}" for number, word in parts if number) or "nobody"
    click.echo(f"{'would be ' if told.dry else ''}{what}")
    if counts.subscribed or counts.declined or counts.asked:
        no = f"; {counts.declined} said no and stay so" if counts.declined else ""
        yes = f"{counts.asked} asked" if counts.asked else f"{counts.subscribed} subscribed"
        click.echo(f"{yes}{no}")
    if told.rejects:
        click.echo(f"refused lines are in {told.rejects}", err=True)


def _drop(desk: Desk, number: int, json_: bool) -> None:
    dropped = desk.drop_import(number)
    if json_:
        print_json(dropped)
        return
    click.echo(f"{visible(dropped.file)} is given up after {_percent(dropped)} %")
    if dropped.counts.new + dropped.counts.updated:
        click.echo("whom it took in stay; the same file begins anew", err=True)


def _list(desk: Desk, json_: bool) -> None:
    page = desk.imports()
    if json_:
        print_json(page)
        return
    rows = [
        (each.id, when(each.at), each.file, each.state, f"{_percent(each)} %", when(each.moved_at),
         each.counts.new, each.counts.updated, each.counts.refused)
        for each in page.items
    ]  # fmt: skip
    heads = ("ID", "BEGUN", "FILE", "STATE", "READ", "LAST LINES", "NEW", "UPDATED", "REFUSED")
    table(heads, rows, empty="no imports yet")
