"""A made-up shop of any size, the same for the same size: people and their stored history.

Written straight into the tables in the order of time, as years of digesting would have left them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from mautod.duration import DAY
from mautod.store.db import Database, Tx
from mautod.store.people import words

NAMES: Final = (
    "Page Viewed", "Page Viewed", "Page Viewed", "Page Viewed", "Product Viewed", "Product Viewed",
    "Session Started", "Product Added", "Message Opened", "Order Completed",
)  # fmt: skip
CATEGORIES: Final = ("sofas", "chairs", "lamps", "rugs", "tables")
COUNTRIES: Final = ("RU", "KZ", "DE", "US", "GB")
SPAN_MS: Final = 60 * DAY
CHUNK: Final = 20_000

_MULTIPLIER: Final = 6364136223846793005
_INCREMENT: Final = 1442695040888963407
_MASK: Final = 2**64 - 1


def numbers(seed: int) -> Iterator[int]:
    """Well-mixed 31-bit numbers, for ever the same for one seed (Knuth's MMIX generator)."""
    state = seed
    while True:
        state = (state * _MULTIPLIER + _INCREMENT) & _MASK
        yield state >> 33


@dataclass(frozen=True, slots=True)
class Population:
    """How many people and stored events there are, and the instant at which history ends."""

    people: int
    events: int
    now: int


def fill(db: Database, population: Population) -> None:
    """Write the population into an empty database."""
    with db.write() as tx:
        tx.executemany(
            "INSERT INTO event_name (id, name) VALUES (?, ?)", enumerate(dict.fromkeys(NAMES), 1)
        )
    with _without_indexes(db):
        for write, total in ((_people, population.people), (_events, population.events)):
            for start in range(0, total, CHUNK):
                with db.write() as tx:
                    write(tx, population, start, min(CHUNK, total - start))
    _summarise(db)


@contextmanager
def _without_indexes(db: Database) -> Iterator[None]:
    """Indexes of big tables are built at the end: sorting is ten times faster than inserting."""
    with db.write() as tx:
        found = tx.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            " AND tbl_name IN ('event', 'person')"
        ).fetchall()
        for name, _ in found:
            tx.execute(f"DROP INDEX {name}")
    yield
    with db.write() as tx:
        for _, sql in found:
            tx.execute(sql)


def _people(tx: Tx, population: Population, start: int, count: int) -> None:
    rows = []
    for number in range(start + 1, start + count + 1):
        seen = population.now - number * 7919 % SPAN_MS
        email = f"p{number}@example.org" if number % 3 else None
        props = f'{{"plan":"{("free", "pro")[number % 2]}","orders_count":{number % 5}}}'
        rows.append((number, seen, seen, seen, email, COUNTRIES[number % 5], 1, seen, props))
    tx.executemany(
        "INSERT INTO person (id, created_at, first_seen, last_seen, email, country, sessions,"
        " session_start, props) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    tx.executemany(
        "INSERT INTO identity (kind, value, person_id, created_at) VALUES ('anonymous', ?, ?, ?)",
        ((anonymous_id(row[0]), row[0], row[1]) for row in rows),
    )


def anonymous_id(number: int) -> str:
    """The anonymous id of person `number`."""
    return f"a{number:08d}"


def _events(tx: Tx, population: Population, start: int, count: int) -> None:
    draw = numbers(start + 1)
    ids = {name: number for number, name in enumerate(dict.fromkeys(NAMES), 1)}
    step = SPAN_MS / max(1, population.events)
    began = population.now - SPAN_MS
    rows = []
    for number in range(start, start + count):
        ts = began + int(number * step)
        chance = next(draw)
        name = NAMES[chance % len(NAMES)]
        category = CATEGORIES[chance // 16 % len(CATEGORIES)]
        props = f'{{"category":"{category}","price":{chance % 900 + 10},"path":"/{category}"}}'
        rows.append((number + 1, next(draw) % population.people + 1, ids[name], ts, ts, 1, props))
    tx.executemany(
        "INSERT INTO event (id, person_id, name_id, ts, received_at, source_id, props)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        rows,
    )


def _summarise(db: Database) -> None:
    with db.write() as tx:
        tx.execute(
            "INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts)"
            " SELECT person_id, name_id, count(*), min(ts), max(ts) FROM event"
            " GROUP BY person_id, name_id"
        )
        tx.execute(
            "UPDATE event_name SET count ="
            " (SELECT count(*) FROM event WHERE event.name_id = event_name.id)"
        )
        tx.execute(words.FILL)
        tx.execute("ANALYZE")


def rules(count: int) -> list[str]:
    """`count` segment rules such as shops write: all different, most about one part of people."""
    return [
        _RULES[number % len(_RULES)].format(
            n=number // len(_RULES) + 1,
            category=CATEGORIES[number // len(_RULES) % len(CATEGORIES)],
            country=COUNTRIES[number // len(_RULES) % len(COUNTRIES)],
        )
        for number in range(count)
    ]


_RULES: Final = (
    'did "Product Viewed" where category = "{category}" and price > {n}50 >= 3 times in 30d',
    'country = "{country}" and did "Product Added" in {n}2h and not did "Order Completed" in {n}2h',
    "orders_count >= {n} and email is known",
    'did "Order Completed" where category = "{category}" >= 2 times in 6{n}d',
    'country = "{country}" and did "Message Opened" in {n}7d',
    'country = "{country}" and did "Product Viewed" in {n}5d',
    'email is known and country = "{country}" and last_seen before 3{n}d ago',
    'did "Page Viewed" >= 1{n} times in 7d',
    'country = "{country}" and did "Session Started" in 1{n}d and plan = "pro"',
    'did "Product Added" where category = "{category}" and price > {n}00 in 30d',
)
