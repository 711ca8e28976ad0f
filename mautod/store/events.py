"""The events of people: append, count, and know what was seen before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from mautod.core.event import Happened
from mautod.duration import DAY, MINUTE
from mautod.store.db import Tx, to_json

KEPT_DAYS: Final = 30

# primary key of seen; `WHERE true` tells the parser that ON CONFLICT is not a join
MARK: Final = (
    "INSERT INTO seen (day, hash, received_day)"
    " SELECT k.value ->> 0, k.value ->> 1, ? FROM json_each(?) k WHERE true"
    " ON CONFLICT (day, hash) DO NOTHING RETURNING day, hash"
)
# primary key of seen
SEEN: Final = (
    "SELECT s.day, s.hash FROM json_each(?) k CROSS JOIN seen s"
    " ON s.day = k.value ->> 0 AND s.hash = k.value ->> 1"
)
INSERT: Final = (
    "INSERT INTO event (id, person_id, name_id, ts, received_at, source_id, props)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
# one event for each of many people, in the order of their ids
ALIKE: Final = """
INSERT INTO event (id, person_id, name_id, ts, received_at, source_id, props)
SELECT :first + k.key, k.value, :name, :ts, :received, :source, :props
FROM json_each(:people) k ORDER BY k.key"""
COUNT_ALIKE: Final = """
INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts)
SELECT k.value, :name, count(*), :ts, :ts FROM json_each(:people) k GROUP BY k.value
ON CONFLICT (person_id, name_id) DO UPDATE SET count = event_stat.count + excluded.count,
first_ts = min(event_stat.first_ts, excluded.first_ts),
last_ts = max(event_stat.last_ts, excluded.last_ts)"""
MOVED: Final = "INSERT INTO merge_event (merge_id, event_id) VALUES (?, ?)"
COUNT: Final = (
    "INSERT INTO event_stat (person_id, name_id, count, first_ts, last_ts) VALUES (?, ?, ?, ?, ?)"
    " ON CONFLICT (person_id, name_id) DO UPDATE SET count = event_stat.count + excluded.count,"
    " first_ts = min(event_stat.first_ts, excluded.first_ts),"
    " last_ts = max(event_stat.last_ts, excluded.last_ts)"
)

SeenKey = tuple[int, int]
"""(UTC day of the client's own timestamp, signed 64-bit hash of source and message id)"""


class Fresh(msgspec.Struct, frozen=True, gc=False):
    """An event about to be stored; `merges` are those that it went through before that."""

    person_id: int
    name: str
    ts: int
    received_at: int
    source_id: int | None
    props: dict[str, Any]
    merges: tuple[int, ...] = ()


def mark_seen(tx: Tx, keys: Iterable[SeenKey], received_day: int) -> set[SeenKey]:
    """Remember `keys`; those that were new. Call inside `write`."""
    wanted = sorted(set(keys))
    rows = tx.execute(MARK, (received_day, to_json(wanted)))
    return {(day, digest) for day, digest in rows}


def seen_of(tx: Tx, keys: Iterable[SeenKey]) -> set[SeenKey]:
    """Those of `keys` that were marked before."""
    rows = tx.execute(SEEN, (to_json(sorted(keys)),))
    return {(day, digest) for day, digest in rows}


def forget_seen(tx: Tx, now: int) -> int:
    """Drop message ids received more than 30 days ago; how many. Call inside `write`."""
    day = now // DAY - KEPT_DAYS
    statement = "DELETE FROM seen WHERE day < ? AND received_day < ?"
    return tx.execute(statement, (day, day)).rowcount


def forget_minutes(tx: Tx, before: int) -> int:
    """Drop the counts of minutes before the instant `before`; how many. Call inside `write`."""
    statement = "DELETE FROM event_minute WHERE minute < ?"
    return tx.execute(statement, (before // MINUTE,)).rowcount


class Names:
    """Event names as small numbers; remembers those whose transaction has committed."""

    def __init__(self) -> None:
        self._kept: dict[str, int] = {}
        self._found: dict[str, int] = {}

    def ids(self, tx: Tx, names: Iterable[str]) -> dict[str, int]:
        """The number of every name, new ones added. Call inside `write`, then keep or forget."""
        known = {**self._kept, **self._found}
        for name in sorted(set(names) - known.keys()):
            tx.execute(
                "INSERT INTO event_name (name) VALUES (?) ON CONFLICT (name) DO NOTHING", (name,)
            )
            row = tx.execute("SELECT id FROM event_name WHERE name = ?", (name,)).fetchone()
            known[name] = self._found[name] = row[0]
        return known

    def keep(self) -> None:
        """The transaction has committed."""
        self._kept.update(self._found)
        self._found.clear()

    def forget(self) -> None:
        """The transaction was rolled back."""
        self._found.clear()


def append(tx: Tx, fresh: Sequence[Fresh], ids: dict[str, int]) -> list[Happened]:
    """Store events and count them; returned in the order of their ids. Call inside `write`.

    Events of one person keep their order; those of different people are grouped, so that the
    index by person is written page by page.
    """
    first = _next_id(tx)
    ordered = sorted(fresh, key=_by_person)
    rows = [
        (number, e.person_id, ids[e.name], e.ts, e.received_at, e.source_id, to_json(e.props))
        for number, e in enumerate(ordered, first)
    ]
    tx.executemany(INSERT, rows)
    tx.executemany(
        MOVED, [(m, number) for number, e in enumerate(ordered, first) for m in e.merges]
    )
    _count(tx, ordered, ids)
    return [
        Happened(number, e.person_id, e.name, e.ts, e.received_at, e.props)
        for number, e in enumerate(ordered, first)
    ]


def append_alike(tx: Tx, alike: Fresh, people: Iterable[int], ids: dict[str, int]) -> None:
    """Store an event for every one of `people`, and count it; inside `write`.

    `alike` says what it is, whoever its own person; who is named twice has it twice.
    """
    ordered = sorted(people)
    if not ordered:
        return
    values = {
        "first": _next_id(tx),
        "name": ids[alike.name],
        "ts": alike.ts,
        "received": alike.received_at,
        "source": alike.source_id,
        "props": to_json(alike.props),
        "people": to_json(ordered),
    }
    tx.execute(ALIKE, values)
    tx.execute(COUNT_ALIKE, values)
    _add_up(tx, {ids[alike.name]: [alike.ts] * len(ordered)})
    _by_minute(tx, Counter({alike.received_at // MINUTE: len(ordered)}))


def _next_id(tx: Tx) -> int:
    return int(tx.execute("SELECT coalesce(max(id), 0) + 1 FROM event").fetchone()[0])


def _by_person(event: Fresh) -> int:
    return event.person_id


def _count(tx: Tx, events: Sequence[Fresh], ids: dict[str, int]) -> None:
    times: defaultdict[tuple[int, int], list[int]] = defaultdict(list)
    for event in events:
        times[event.person_id, ids[event.name]].append(event.ts)
    tx.executemany(
        COUNT, [(person, name, len(ts), min(ts), max(ts)) for (person, name), ts in times.items()]
    )
    by_name: defaultdict[int, list[int]] = defaultdict(list)
    for (_, name), ts in times.items():
        by_name[name].extend(ts)
    _add_up(tx, by_name)
    _by_minute(tx, Counter(event.received_at // MINUTE for event in events))


def _add_up(tx: Tx, by_name: Mapping[int, Sequence[int]]) -> None:
    """Count events by name, of which these are the instants."""
    tx.executemany(
        "UPDATE event_name SET count = count + ?, last_ts = max(coalesce(last_ts, 0), ?)"
        " WHERE id = ?",
        [(len(ts), max(ts), name) for name, ts in by_name.items()],
    )


def _by_minute(tx: Tx, minutes: Counter[int]) -> None:
    tx.executemany(
        "INSERT INTO event_minute (minute, count) VALUES (?, ?)"
        " ON CONFLICT (minute) DO UPDATE SET count = event_minute.count + excluded.count",
        minutes.items(),
    )
    add_counter(tx, "events", minutes.total())


def add_counter(tx: Tx, name: str, amount: int) -> None:
    """Move a running total; call inside `write`."""
    tx.execute(
        "INSERT INTO counter (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = counter.value + excluded.value",
        (name, amount),
    )


def counter(tx: Tx, name: str) -> int:
    """A running total."""
    row = tx.execute("SELECT value FROM counter WHERE name = ?", (name,)).fetchone()
    return 0 if row is None else int(row[0])
