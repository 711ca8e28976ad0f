"""The file beside an import that lists the lines that were refused, each once."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from os import SEEK_END
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final, Self

from mautod.errors import Unavailable

if TYPE_CHECKING:
    from mautod import wire

HEADS: Final = ("line", "field", "reason")
SHOWN: Final = 10
TAIL: Final = 1 << 16
"""Bytes at the end of the list, longer than any line of it."""


class Rejects:
    """Refused lines of an import, in order; the file is made when there is the first.

    An import that goes on where it was cut off completes it: what was refused in its last step
    and is not there yet is added.

    Raises:
        Unavailable: the file cannot be written.
    """

    def __init__(self, path: Path, begun: wire.Import) -> None:
        self.path = path
        self.shown: list[wire.Refused] = []
        self._file: IO[str] | None = None
        self._goes_on = begun.place > 0
        self._check()
        if self._goes_on and begun.counts.refused:
            last = self._mend()
            self.write([each for each in begun.last if each.line > last])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def write(self, refused: Sequence[wire.Refused]) -> None:
        """Add lines; they are in the file when this returns."""
        if not refused:
            return
        file = self._opened()
        csv.writer(file).writerows(map(_row, refused))
        file.flush()
        self.shown += refused[: SHOWN - len(self.shown)] if len(self.shown) < SHOWN else []

    def _check(self) -> None:
        """Leave a file alone that is something else."""
        if not self.path.exists():
            return
        with self.path.open("rb") as file:
            if file.readline(64).strip() not in {b"", ",".join(HEADS).encode()}:
                raise Unavailable(
                    f"{self.path} is there already and lists no refused lines",
                    hint="Name another file with --rejects.",
                )

    def _opened(self) -> IO[str]:
        if self._file is not None:
            return self._file
        goes_on = self._goes_on and self.path.exists()
        try:
            self._file = file = self.path.open(
                "a" if goes_on else "w", encoding="utf-8", newline=""
            )
        except OSError as error:
            raise Unavailable(
                f"{self.path}: {error.strerror}", hint="Name another file with --rejects."
            ) from error
        if not goes_on:
            csv.writer(file).writerow(HEADS)
        return file

    def _mend(self) -> int:
        """Drop a line that was cut off in the middle; the number of the last whole one."""
        if not self.path.exists():
            return 0
        with self.path.open("rb+") as file:
            end = file.seek(0, SEEK_END)
            file.seek(max(0, end - TAIL))
            tail = file.read()
            whole = tail[: tail.rfind(b"\n") + 1]
            file.truncate(end - len(tail) + len(whole))
        last = next(reversed(whole.splitlines()), b"").partition(b",")[0]
        return int(last) if last.isdigit() else 0


def _row(refused: wire.Refused) -> tuple[int, str, str]:
    """On one line, whatever stands in the head of a column."""
    return refused.line, " ".join(refused.field.split()), refused.reason
