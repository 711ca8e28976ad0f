"""People: what it costs to find them by words, and to take them in from a file.

Search is the first page of 50 for what one types: a letter, names, a domain that most have, nobody,
and two words that many have each and nobody both.
Beside it the same beginnings read by bare SQL, up to 50 people, in whatever order they lie. Import
is lines of a file in steps of 20 000, read, looked up and written; beside it the same rows written
into the same tables by bare SQL. The words by which they are found follow, also beside bare SQL.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any, Final

from mautod import wire
from mautod.bench.population import numbers
from mautod.clock import monotonic_s, now_ms
from mautod.core.people.words import words
from mautod.services.people.find import Finder
from mautod.services.people.imports import Importer
from mautod.services.people.words import settle
from mautod.store.db import Database, Tx
from mautod.store.people import identities as cards
from mautod.store.people import words as index

FIRST: Final = (
    "Anna", "Boris", "Vera", "Ivan", "Maria", "Olga", "Pavel", "Elena", "Sergey", "Dmitry", "John",
    "Mary", "Peter", "Paul", "Susan", "Linda", "Zoe", "Lars", "Kari", "Nils",
)  # fmt: skip
LAST: Final = tuple(
    f"{stem}{end}"
    for stem in (
        "Petr",
        "Ivan",
        "Smirn",
        "Kuzn",
        "Sokol",
        "Popov",
        "Kozl",
        "Novik",
        "Moroz",
        "Volk",
    )
    for end in ("ov", "enko", "sky", "son", "berg", "in", "sen", "ina", "off", "man")
)
DOMAINS: Final = ("gmail.com", "gmail.com", "mail.ru", "yandex.ru", "example.com")
TYPED: Final = (
    "a", "anna", "anna petrov", "zoe volkberg", "gmail", "anna gmail", "7912", "qqqq",
    "lars kari", "gmail yandex",
)  # fmt: skip
LINES: Final = 20_000
STEPS: Final = 4
ROUNDS: Final = 5
CHUNK: Final = 50_000
SEARCH_GOAL_MS: Final = 50.0
IMPORT_GOAL: Final = 50_000.0

Told = list[tuple[str, list[Any]]]
"""Statements, each with the values of its rows."""


def run(people: int = 100_000) -> bool:
    """Print the figures with so many people stored, and say whether the goals are kept."""
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        db = Database(Path(folder) / "mautod.db", cache_mb=128).open()
        print(f"people    {people:,} people")
        _fill(db, people)
        kept = [_search(db), _import(db, people)]
        db.close()
    return all(kept)


def _made(first: int, count: int) -> Iterator[tuple[str, str, str]]:
    """Email, name and phone of people from number `first` on."""
    draw = numbers(first + 1)
    for _ in range(count):
        name, last, chance = FIRST[next(draw) % 20], LAST[next(draw) % 100], next(draw)
        email = f"{name}.{last}{chance % 1_000_000}@{DOMAINS[chance % 5]}".lower()
        yield email, f"{name} {last}", f"+79{next(draw) % 10**9:09d}"


def _fill(db: Database, people: int) -> None:
    for start in range(0, people, CHUNK):
        some = enumerate(_made(start, min(CHUNK, people - start)), start + 1)
        with db.write() as tx:
            tx.executemany(_PERSON, [(number, *made) for number, made in some])
    with db.write() as tx:
        tx.execute(
            "INSERT INTO identity (kind, value, person_id, created_at)"
            " SELECT 'email', email, min(id), 1 FROM person GROUP BY email ORDER BY email"
        )
        tx.execute(index.FILL)


def _search(db: Database) -> bool:
    finder = Finder(db.read(), "UTC", now_ms())
    slowest = 0.0
    for typed in TYPED:
        ours = _timed(lambda typed=typed: finder.page(typed, None, 50))  # type: ignore[misc]
        bare = _timed(lambda typed=typed: _read(db.read(), typed))  # type: ignore[misc]
        slowest = max(slowest, ours)
        print(f"search    {ours:9.2f} ms, limit {bare:.2f}, ratio {bare / ours:.2f}  {typed}")
    return _judge(slowest <= SEARCH_GOAL_MS, f"< {SEARCH_GOAL_MS:g} ms")


def _read(tx: Tx, typed: str) -> None:
    sql = "SELECT person_id FROM word WHERE word >= ? AND word < ? LIMIT 50"
    for beginning in typed.split():
        tx.execute(sql, (beginning, beginning + index.LAST)).fetchall()


def _timed(call: Callable[[], object]) -> float:
    """Milliseconds, the middle of some."""
    took = []
    for _ in range(ROUNDS):
        began = monotonic_s()
        call()
        took.append((monotonic_s() - began) * 1e3)
    return median(took)


def _import(db: Database, people: int) -> bool:
    importer, size = Importer(db, "UTC", "EUR"), LINES * STEPS
    ask = wire.ImportAsk("bench.csv", "bench", size, ["email", "name", "phone"])
    begun = importer.begin(ask, now_ms())
    ours = bare = spoken = bare_words = 0.0
    for step in range(STEPS):
        made = list(_made(people + step * LINES, LINES))
        rows = [(line, list(cells)) for line, cells in enumerate(made, 2)]
        ask_ = wire.ImportRows(step * LINES, (step + 1) * LINES, rows)
        ours += _took(lambda ask_=ask_: importer.take(begun.id, ask_, now_ms()))  # type: ignore[misc]
        spoken += _took(lambda: _settle(db))
        more = list(_made(2 * people + size + step * LINES, LINES))
        told, said = _written(db, more)
        bare += _took(lambda told=told: _write(db, told))  # type: ignore[misc]
        bare_words += _took(lambda said=said: _write(db, said))  # type: ignore[misc]
    _tell("import", size / ours, size / bare)
    _tell("words", size / spoken, size / bare_words)
    _tell("both", size / (ours + spoken), size / (bare + bare_words))
    return _judge(size / ours >= IMPORT_GOAL, f">= {IMPORT_GOAL:,.0f} lines/s taken in")


def _settle(db: Database) -> None:
    while settle(db):
        pass


def _write(db: Database, told: Told) -> None:
    with db.write() as tx:
        for sql, values in told:
            tx.executemany(sql, values)


def _tell(what: str, rate: float, limit: float) -> None:
    print(f"{what:9} {rate:9,.0f} lines/s, limit {limit:,.0f}, ratio {rate / limit:.2f}")


def _took(call: Callable[[], object]) -> float:
    """Seconds."""
    began = monotonic_s()
    call()
    return monotonic_s() - began


def _written(db: Database, made: list[tuple[str, str, str]]) -> tuple[Told, Told]:
    """The statements that an import of these people comes to, and those of their words."""
    numbered = list(enumerate(made, cards.next_id(db.read())))
    spoken = (
        (number, words(name, email, phone, None)) for number, (email, name, phone) in numbered
    )
    told: Told = [
        (_PERSON, [(number, *each) for number, each in numbered]),
        (_IDENTITY, sorted((each[0], number) for number, each in numbered)),
        (_EVENT, [(number,) for number, _ in numbered]),
        (_STAT, [(number,) for number, _ in numbered]),
    ]
    return told, [
        (index.INSERT, sorted((word, number) for number, some in spoken for word in some))
    ]


_PERSON: Final = "INSERT INTO person (id, created_at, email, name, phone) VALUES (?, 1, ?, ?, ?)"
_IDENTITY: Final = """
INSERT INTO identity (kind, value, person_id, created_at) VALUES ('email', ?, ?, 1)
ON CONFLICT (kind, value) DO NOTHING"""
_EVENT: Final = """
INSERT INTO event (person_id, name_id, ts, received_at, props) VALUES (?, 1, 1, 1, '{}')"""
_STAT: Final = """
INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts) VALUES (?, 1, 1, 1, 1)"""


def _judge(kept: bool, goal: str) -> bool:  # noqa: FBT001
    print(f"{'':9} goal {goal}: {'kept' if kept else 'MISSED'}")
    return kept
