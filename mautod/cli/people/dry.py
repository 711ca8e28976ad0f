"""A dry run of an import: what would become of each line."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire

HEADS: Final = ("line", "outcome", "field", "reason")


class DryRun:
    """Counts who comes twice as new once, and with `path` writes a line of a report for each.

    Of an import that is no dry run it changes nothing.

    Raises:
        BadInput: the report is there already, or cannot be written.
    """

    def __init__(self, path: Path | None, *, known: str) -> None:
        self._known = known
        self._seen: set[int] = set()
        self._again = 0
        self._file = _opened(path)
        self._rows = None if self._file is None else csv.writer(self._file)
        if self._rows is not None:
            self._rows.writerow(HEADS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def counted(self, told: wire.Import) -> wire.Import:
        """A step with the counts of all steps until now."""
        import msgspec

        rows = [(each.line, "refused", each.field, each.reason) for each in told.last]
        rows += [(each.line, self._outcome(each), "", "") for each in told.lines]
        if self._rows is not None:
            self._rows.writerows(sorted(rows))
        counts = told.counts
        known = {self._known: getattr(counts, self._known) + self._again}
        counts = msgspec.structs.replace(counts, new=counts.new - self._again, **known)
        return msgspec.structs.replace(told, counts=counts, lines=[])

    def _outcome(self, line: wire.Outcome) -> str:
        if not line.mark:
            return line.what
        if line.mark in self._seen:
            self._again += 1
            return self._known
        self._seen.add(line.mark)
        return line.what


def _opened(path: Path | None) -> IO[str] | None:
    if path is None:
        return None
    try:
        return path.open("x", encoding="utf-8", newline="")
    except OSError as error:
        why = "is there already" if isinstance(error, FileExistsError) else error.strerror
        raise BadInput(f"{path}: {why}", field="report", hint="Name another file.") from error
