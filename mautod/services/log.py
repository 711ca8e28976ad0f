"""The log of the daemon's processes: a file each, short, without what visitors said.

What a failure says of the data at hand goes to standard error alone: people who are erased must be
gone from every file.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from logging.handlers import RotatingFileHandler
from os import SEEK_END
from pathlib import Path
from typing import Any, Final

from mautod import wire

FOLDER: Final = "log"
LONGEST_BYTES: Final = 1 << 20
TAIL_BYTES: Final = 1 << 17
_PARTS: Final = 4


class _Formatter(logging.Formatter):
    """`2026-11-24T18:23:27.123+00:00 WARNING mautod.app: what happened [ErrorType]`."""

    def format(self, record: logging.LogRecord) -> str:
        when = (
            datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")
        )
        kind = record.exc_info[0] if record.exc_info else None
        failure = f" [{kind.__name__}]" if kind else ""
        text = " ".join(record.getMessage().split())
        return f"{when} {record.levelname} {record.name}: {text}{failure}"


class _File(RotatingFileHandler):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """A full disk is told on standard error, as all is; the work goes on."""


def open_log(data: Path, process: str) -> logging.Handler:
    """A handler that writes the log of `process` under the folder `data`."""
    folder = data / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{process}.log"
    handler = _File(path, maxBytes=LONGEST_BYTES, backupCount=1, encoding="utf-8", delay=True)
    handler.setFormatter(_Formatter())
    return handler


def tail(data: Path, limit: int) -> list[wire.LogLine]:
    """The last lines of all processes, the newest first."""
    lines = [line for path in sorted((data / FOLDER).glob("*.log")) for line in _lines(path)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:limit]


def _lines(path: Path) -> Iterator[wire.LogLine]:
    for raw in _end(path).decode(errors="replace").splitlines():
        parts: Any = raw.split(" ", _PARTS - 1)
        if len(parts) == _PARTS:
            at, level, name, text = parts
            try:
                instant = datetime.fromisoformat(at).timestamp()
            except ValueError:
                continue  # the first line may be cut in the middle
            where = name.removesuffix(":")
            yield wire.LogLine(round(instant * 1000), path.stem, level, where, text)


def _end(path: Path) -> bytes:
    with path.open("rb") as file:
        size = file.seek(0, SEEK_END)
        file.seek(max(0, size - TAIL_BYTES))
        return file.read()
