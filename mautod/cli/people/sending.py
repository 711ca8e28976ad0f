"""A file sent step by step: the next lines are read while the last ones are written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from mautod import wire
from mautod.cli.people.lines import Record, Shape, Source
from mautod.cli.progress import Progress
from mautod.clock import monotonic_s

if TYPE_CHECKING:
    from mautod.cli.people.dry import DryRun
    from mautod.cli.people.rejects import Rejects
    from mautod.services.desk import Desk

STEP_S: Final = 0.3
"""How long a step may take while a daemon works here: so long nobody else writes."""

REST_S: Final = 0.1
"""A pause after each, as long as SQLite lets a writer sleep that waits for its turn."""

ALONE_S: Final = 2.0
"""How long it may take otherwise; longer steps write fewer pages a line."""

FEWEST: Final = 100
MOST: Final = 50_000
MOST_BYTES: Final = 2 << 20
"""Of one step, which at a distance is one request."""


class Reader(NamedTuple):
    """Who hears what became of each step."""

    rejects: Rejects
    dry: DryRun


def send(desk: Desk, file: Path, found: Shape, begun: wire.Import, reader: Reader) -> wire.Import:
    """Send what is left of the file, in steps as long as others who write can wait."""
    told, size, is_alone = begun, FEWEST, _is_alone(desk)
    with (
        records(file, found, begun.place) as lines,
        Progress() as bars,
        ThreadPoolExecutor(1) as pool,
    ):
        if begun.place == 0:
            next(lines)
        ahead = _read(pool, lines, (told.place, told.size), size)
        while told.place < told.size:
            ask = ahead.result()
            ahead = _read(pool, lines, (ask.end, told.size), size)
            began = monotonic_s()
            told = reader.dry.counted(desk.import_rows(begun.id, ask))
            reader.rejects.write(told.last)
            bars.tell(file.name, told.place, told.size)
            size = _paced(size, monotonic_s() - began, ALONE_S if is_alone else STEP_S)
            if not is_alone:
                time.sleep(REST_S)
        if is_alone and told.state != "dry":
            _settle(desk, bars)
    return told


@contextmanager
def records(file: Path, found: Shape, start: int) -> Iterator[Iterator[Record]]:
    """The records of a file from byte `start`."""
    with file.open("rb") as opened:
        yield Source(opened, found).records(start)


def _is_alone(desk: Desk) -> bool:
    return not any(pump.alive for pump in desk.status().pumps)


def _paced(size: int, took_s: float, longest_s: float) -> int:
    """Lines of the step after one of `size` that took so long."""
    pace = longest_s / max(took_s, 0.001)
    return int(min(max(size * min(pace, 2.0), FEWEST), MOST))


def _settle(desk: Desk, bars: Progress) -> None:
    """Let the people be found by words, as a worker does where one is running."""
    left = whole = desk.settle_words().left
    while left:
        bars.tell("words to find them by", whole - left, whole)
        left = desk.settle_words().left


def _read(
    pool: ThreadPoolExecutor, lines: Iterator[Record], span: tuple[int, int], most: int
) -> Future[wire.ImportRows]:
    return pool.submit(_step, lines, span, most)


def _step(lines: Iterator[Record], span: tuple[int, int], most: int) -> wire.ImportRows:
    """The next records, no more than a request holds; after the last one the end of the file."""
    start, size = span
    rows: list[tuple[int, list[str]]] = []
    refused: list[wire.Refused] = []
    end = start
    for record in lines:
        if record.reason:
            refused.append(wire.Refused(record.line, "", record.reason))
        else:
            rows.append((record.line, record.cells))
        end = record.end
        if len(rows) + len(refused) >= most or end - start >= MOST_BYTES:
            break
    else:
        end = size
    return wire.ImportRows(start, end, rows, refused)
