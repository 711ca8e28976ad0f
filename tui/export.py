"""People written to a file on this machine, page by page."""

from __future__ import annotations

import csv
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from mautod import wire
from mautod.client import Client
from mautod.errors import Unavailable
from tui.words import tr

PAGE: Final = 1000
COLUMNS: Final = tuple(
    name for name in wire.Person.__struct_fields__ if name not in {"label", "online"}
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


async def matching(client: Client, query: str) -> AsyncIterator[list[wire.Person]]:
    """Everybody whom a search finds, page by page."""
    after: int | None = None
    while True:
        page = await client.people(query, after=after, limit=PAGE)
        yield page.items
        after = page.next
        if after is None:
            return


class Export:
    """A CSV file that is being written; a spreadsheet takes no cell of it for a formula.

    Raises:
        Unavailable: the file is there already, or cannot be written.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("x", encoding="utf-8", newline="")
        except OSError as error:
            why = tr("is there already") if isinstance(error, FileExistsError) else error.strerror
            raise Unavailable(f"{path}: {why}", hint=tr("Name another file.")) from error
        self._rows = csv.writer(self._file)
        self._rows.writerow(COLUMNS)
        self.count = 0

    def write(self, people: Sequence[wire.Person]) -> None:
        """Add people."""
        self._rows.writerows(_row(person) for person in people)
        self.count += len(people)

    def close(self) -> None:
        """The file is whole."""
        self._file.close()


def _row(person: wire.Person) -> Iterable[str]:
    return (_cell(getattr(person, name)) for name in COLUMNS)


def _cell(value: Any) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
