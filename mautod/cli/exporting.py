"""Listings written whole, page by page: CSV that no spreadsheet takes for formulas, or JSON Lines.

To a file it appears when it is whole, for its owner alone; a file that is there is not touched.
"""

from __future__ import annotations

import csv
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import click

from mautod.cli.show import visible
from mautod.core.files.sheet import FORMULA
from mautod.errors import BadInput

PAGE: Final = 1000
INSTANTS: Final = frozenset(
    {"ts", "received_at", "created_at", "first_seen", "last_seen", "since", "queued_at", "due_at",
     "expires_at", "sending_at", "done_at", "opened_at", "clicked_at", "at"}
)  # fmt: skip

Told = Mapping[str, Any]
"""One line: its values by the names of columns; what is not there is looked for in `props`."""

Pages = Callable[[Any], tuple[Iterable[Told], Any]]
"""`after` → the lines of a page, and where the next one begins; None at the end."""


def form(command: Any) -> Any:
    """The options of every export."""
    for option in (
        click.option("--out", type=click.Path(dir_okay=False, path_type=Path),
                     help="A new file, for you alone; else standard output."),
        click.option("--columns", default="", metavar="A,B,…",
                     help="Columns by name, properties too; else the usual ones."),
        click.option("--format", "format_", type=click.Choice(["csv", "jsonl"]), default="csv",
                     show_default=True, help="CSV, or a JSON object a line."),
    ):  # fmt: skip
        command = option(command)
    return command


def whole(shape: Any) -> Told:
    """A shape of the API as a line."""
    import msgspec

    told: Told = msgspec.structs.asdict(shape)
    return told


@dataclass(frozen=True, slots=True)
class Form:
    """How an export is written; `chosen` is what was asked for, `usual` what CSV has otherwise."""

    kind: str
    chosen: str
    usual: Sequence[str]
    out: Path | None

    @property
    def columns(self) -> list[str]:
        """The columns that were asked for.

        Raises:
            BadInput: one has no name.
        """
        if not self.chosen:
            return []
        names = [name.strip() for name in self.chosen.split(",")]
        if not all(names):
            raise BadInput("a column has no name", field="columns", hint="Write email,name,city.")
        return names


def export(pages: Pages, form: Form, what: str, total: int) -> None:
    """Write every page. A `total` of 0 is not known."""
    from mautod.cli.progress import Progress

    lines, after = pages(None)  # what is wrong with the question is told before a line is written
    count = 0
    with _opened(form.out) as file, Progress() as bars:
        writer = _Writer(file, form)
        while True:
            count += writer.write(lines)
            bars.tell(what, count, max(total, count) if total else 0)
            if after is None:
                break
            lines, after = pages(after)
    if count and writer.blank:
        click.echo(f"nobody has: {', '.join(map(visible, writer.blank))}", err=True)
    if form.out is not None:
        click.echo(f"{form.out}: {count} {what}", err=True)


class _Writer:
    """Lines to one file; `blank` are columns that were asked for and that no line has had."""

    def __init__(self, file: IO[str], form: Form) -> None:
        chosen = form.columns
        self.blank = dict.fromkeys(chosen)
        self._file = file
        self._columns = chosen or (form.usual if form.kind == "csv" else ())
        self._rows = csv.writer(file) if form.kind == "csv" else None
        if self._rows is not None:
            self._rows.writerow(map(_text, self._columns))

    def write(self, lines: Iterable[Told]) -> int:
        """Write lines; how many."""
        count = 0
        for count, told in enumerate(lines, 1):  # noqa: B007 - it is the answer
            line = {name: self._value(told, name) for name in self._columns} or told
            if self._rows is not None:
                self._rows.writerow([_cell(name, value) for name, value in line.items()])
            else:
                self._file.write(_json(line) + "\n")
        return count

    def _value(self, told: Told, name: str) -> Any:
        value = told[name] if name in told else told.get("props", {}).get(name)
        if value is not None:
            self.blank.pop(name, None)
        return value


def _json(value: Any) -> str:
    import msgspec

    return msgspec.json.encode(value).decode()


def _cell(name: str, value: Any) -> Any:
    if name in INSTANTS and type(value) is int:
        from mautod.core.times.instants import iso

        return iso(value)
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float() | None:
            return value
        case str():
            return _text(value)
        case list() if all(isinstance(each, str) and ";" not in each for each in value):
            return _text("; ".join(value))
    return _text(_json(value))


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that takes its name once it is whole."""
    if out is None:
        yield sys.stdout
        sys.stdout.flush()
        return
    if out.exists():
        raise BadInput(f"{out} is there already", field="out", hint="Name another file.")
    part = out.with_name(f"{out.name}.part")
    try:
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise BadInput(f"{out}: {error.strerror}", field="out") from error
    try:
        with os.fdopen(number, "w", encoding="utf-8", newline="") as file:
            yield file
        part.rename(out)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
