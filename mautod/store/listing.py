"""Listings for people to read: a page at a time, by keyset, newest first.

`after` is the `next` of the page before. Readers take a connection for reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from mautod.store import rows
from mautod.store.db import Tx
from mautod.wire import (
    EventItem,
    EventName,
    Message,
    Person,
    Problem,
    Run,
    Suppression,
)

_Item = TypeVar("_Item")


@dataclass(slots=True)
class _Filter:
    """Conditions with their bound values; an empty value filters nothing."""

    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, name: str, value: Any, condition: str) -> None:
        if value not in ("", None):
            self.parts.append(condition)
            self.values[name] = value

    def where(self) -> str:
        return f"WHERE {' AND '.join(self.parts)}" if self.parts else ""


def page(items: Sequence[_Item], limit: int) -> tuple[list[_Item], bool]:
    """The first `limit` of one more than asked for, and whether there are more."""
    return list(items[:limit]), len(items) > limit


# --- events -------------------------------------------------------------------------------------


def events(
    tx: Tx, *, name: str, person: int | None, after: int | None, limit: int
) -> list[EventItem]:
    """Events newest first: all by arrival, those of a name or a person by when they happened."""
    wanted = _Filter()
    wanted.add("name", name, "e.name_id = (SELECT id FROM event_name WHERE name = :name)")
    wanted.add("person", person, "e.person_id = :person")
    by_time = bool(wanted.parts)
    wanted.add("after", after, _OLDER_BY_TIME if by_time else "e.id < :after")
    order = "e.ts DESC, e.id DESC" if by_time else "e.id DESC"
    # indexes event_name_ts_person, event_person_name_ts, or the primary key
    chosen = f"SELECT e.id FROM event e {wanted.where()} ORDER BY {order} LIMIT :limit"
    sql = f"SELECT {rows.EVENT} FROM {rows.EVENT_FROM} WHERE e.id IN ({chosen}) ORDER BY {order}"
    return [rows.event(row) for row in tx.execute(sql, {**wanted.values, "limit": limit})]


_OLDER_BY_TIME: Final = "(e.ts, e.id) < (SELECT ts, id FROM event WHERE id = :after)"

# primary key of event
_EVENTS_SINCE: Final = (
    f"SELECT {rows.EVENT} FROM {rows.EVENT_FROM} WHERE e.id > ? ORDER BY e.id LIMIT ?"
)
_EVENT: Final = f"SELECT {rows.EVENT} FROM {rows.EVENT_FROM} WHERE e.id = ?"


def events_since(tx: Tx, after: int, limit: int) -> list[EventItem]:
    """Events with a higher id than `after`, oldest first."""
    return [rows.event(row) for row in tx.execute(_EVENTS_SINCE, (after, limit))]


def event(tx: Tx, event_id: int) -> EventItem | None:
    row = tx.execute(_EVENT, (event_id,)).fetchone()
    return rows.event(row) if row else None


def event_names(tx: Tx) -> list[EventName]:
    """Every name that was ever seen, the most frequent first; the table is small."""
    found = tx.execute(
        "SELECT name, count, last_ts FROM event_name WHERE count > 0 ORDER BY count DESC, name"
    )
    return [EventName(*row) for row in found]


def count_events(tx: Tx, name: str) -> int:
    """How many events of `name` are stored; 0 for a name that nobody sent."""
    row = tx.execute("SELECT count FROM event_name WHERE name = ?", (name,)).fetchone()
    return int(row[0]) if row else 0


# --- people -------------------------------------------------------------------------------------

_THERE: Final = "p.merged_into IS NULL AND p.erased_at IS NULL"


def people(tx: Tx, after: int | None, limit: int, now: int) -> list[Person]:
    """Everybody, newest first."""
    wanted = _Filter([_THERE])
    wanted.add("after", after, "p.id < :after")
    sql = f"SELECT {rows.PERSON} FROM person p {wanted.where()} ORDER BY p.id DESC LIMIT :limit"
    found = tx.execute(sql, {**wanted.values, "limit": limit})
    return [rows.person(row, now) for row in found]


def people_by_id(tx: Tx, ids: Sequence[int], now: int) -> list[Person]:
    """Those of `ids` who exist, in the order of their ids."""
    # primary key of person
    sql = f"SELECT {rows.PERSON} FROM person p WHERE p.id IN ({rows.marks(ids)}) ORDER BY p.id"
    return [rows.person(row, now) for row in tx.execute(sql, list(ids))]


# --- runs and messages --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFilter:
    chain: str = ""
    state: str = ""
    step: str = ""
    person: int | None = None


def runs(tx: Tx, sought: RunFilter, after: int | None, limit: int) -> list[Run]:
    """Runs newest first."""
    wanted = _Filter()
    wanted.add("chain", sought.chain, "r.chain_id = (SELECT id FROM chain WHERE key = :chain)")
    wanted.add("state", sought.state, "r.state = :state")
    wanted.add("step", sought.step, "r.step = :step")
    wanted.add("after", after, "r.id < :after")
    return _runs(tx, wanted, limit)


def runs_of(tx: Tx, person_id: int, limit: int, chain: str = "") -> list[Run]:
    """A person's runs, on one chain or on all, newest first."""
    wanted = _Filter()
    # index of UNIQUE (chain_id, person_id, key), chain by chain: chains are few
    which = " WHERE key = :chain" if chain else ""
    wanted.add(
        "person",
        person_id,
        f"r.chain_id IN (SELECT id FROM chain{which}) AND r.person_id = :person",
    )
    wanted.values["chain"] = chain
    return _runs(tx, wanted, limit)


def run(tx: Tx, run_id: int) -> Run | None:
    wanted = _Filter()
    wanted.add("id", run_id, "r.id = :id")
    return next(iter(_runs(tx, wanted, 1)), None)


def _runs(tx: Tx, wanted: _Filter, limit: int) -> list[Run]:
    chosen = f"SELECT r.id FROM run r {wanted.where()} ORDER BY r.id DESC LIMIT :limit"
    sql = f"SELECT {rows.RUN} FROM {rows.RUN_FROM} WHERE r.id IN ({chosen}) ORDER BY r.id DESC"
    return [rows.run(row) for row in tx.execute(sql, {**wanted.values, "limit": limit})]


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageFilter:
    state: str = ""
    reason: str = ""
    chain: str = ""
    person: int | None = None
    template: str = ""


def messages(tx: Tx, sought: MessageFilter, after: int | None, limit: int) -> list[Message]:
    """Messages newest first."""
    wanted = _Filter()
    wanted.add("state", sought.state, "m.state = :state")
    wanted.add("reason", sought.reason, "m.reason = :reason")
    wanted.add("chain", sought.chain, "m.chain_id = (SELECT id FROM chain WHERE key = :chain)")
    wanted.add("person", sought.person, "m.person_id = :person")
    wanted.add("template", sought.template, "m.template = :template")
    wanted.add("after", after, "m.id < :after")
    # indexes message_person, message_tally, message_state, or the primary key
    chosen = f"SELECT m.id FROM message m {wanted.where()} ORDER BY m.id DESC LIMIT :limit"
    sql = f"{_MESSAGES} WHERE m.id IN ({chosen}) ORDER BY m.id DESC"
    return rows.messages(tx, tx.execute(sql, {**wanted.values, "limit": limit}).fetchall())


_MESSAGES: Final = f"SELECT {rows.MESSAGE} FROM {rows.MESSAGE_FROM}"


def messages_by_id(tx: Tx, ids: Sequence[int]) -> list[Message]:
    """Those of `ids` that exist, oldest first."""
    # primary key of message
    sql = f"{_MESSAGES} WHERE m.id IN ({rows.marks(ids)}) ORDER BY m.id"
    return rows.messages(tx, tx.execute(sql, list(ids)).fetchall())


# primary key of message
_NEW_MESSAGES: Final = "SELECT id FROM message WHERE id > ? ORDER BY id DESC LIMIT ?"


def new_messages(tx: Tx, after: int, limit: int) -> list[int]:
    """Ids of the newest messages queued after message `after`, oldest first."""
    return [row[0] for row in tx.execute(_NEW_MESSAGES, (after, limit))][::-1]


# --- what was set aside, and whom never to write to ---------------------------------------------

# primary key of rejected
_PROBLEMS: Final = (
    "SELECT id, at, kind, reason, field, source, body FROM rejected"
    " WHERE id < ? ORDER BY id DESC LIMIT ?"
)
_FIRST: Final = 2**62


def problems(tx: Tx, after: int | None, limit: int) -> list[Problem]:
    """What was set aside, newest first."""
    return [Problem(*row) for row in tx.execute(_PROBLEMS, (after or _FIRST, limit))]


# one pass over suppression, which holds the few addresses that bounced or complained
_SUPPRESSIONS: Final = (
    "SELECT channel, COALESCE(address, ''), reason, at, note FROM suppression"
    " ORDER BY at DESC, channel, address_hash LIMIT ?"
)


def suppressions(tx: Tx, limit: int) -> list[Suppression]:
    """The latest addresses never to be used; those of erased people have no text."""
    return [Suppression(*row) for row in tx.execute(_SUPPRESSIONS, (limit,))]
