"""The result of a show, as lines to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final

from mautod import wire
from mautod.demo.play import Result

BAR: Final = "█"
WIDTH: Final = 24


def story(result: Result) -> Iterator[str]:
    """What happened, in numbers, then the books line by line."""
    books = result.books
    people, events = books.status.people, books.status.events
    yield f"\n{people} people, {events} events in {result.seconds:.0f} s\n"
    yield from _bars("Events", books.counts)
    sizes = {segment.key: segment.size for segment in books.segments.items if segment.size}
    yield from _bars("Segments", sizes)
    yield from _bars("Messages", books.status.messages)
    yield from _bars("Why not sent", books.status.reasons)
    yield from _earned(books.report)
    yield from _books(result)


def _bars(title: str, counts: Mapping[str, int]) -> Iterator[str]:
    if not counts:
        return
    yield title
    most = max(counts.values()) or 1
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        yield f"  {name:<28} {count:>6}  {BAR * max(1, round(WIDTH * count / most))}"
    yield ""


def _earned(report: wire.GoalReport) -> Iterator[str]:
    yield f"{'Chain and step':<34} {'sent':>5} {'open':>5} {'click':>5} {'goal':>5}  money"
    for row in report.rows:
        money = " + ".join(f"{m.amount:,.2f} {m.currency}" for m in row.money)
        yield (
            f"  {row.chain + ' · ' + row.step:<32} {row.sent:>5} {row.opened:>5}"
            f" {row.clicked:>5} {row.goals:>5}  {money}"
        )
    total = " + ".join(f"{m.amount:,.2f} {m.currency}" for m in report.money)
    yield f"  {'all':<32} {'':>5} {'':>5} {'':>5} {report.goals:>5}  {total}\n"


def _books(result: Result) -> Iterator[str]:
    for line in result.lines:
        if line.holds and type(line.played) in {int, Decimal}:
            yield f"  ✓ {line.what}: {line.played}"
        elif line.holds:
            yield f"  ✓ {line.what}"
        else:
            yield f"  ✗ {line.what}: played {line.played}, counted {line.counted}"
    yield "\nEvery number adds up." if result.holds else "\nThe books do not balance."
