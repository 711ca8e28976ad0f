"""Runs: people on chains, when they wake, and the messages that they queue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.chains.entry import Past
from mautod.core.chains.merge import Standing
from mautod.core.chains.run import GOAL, Run, Try
from mautod.core.event import Happened
from mautod.core.sending.holdout import TREATED
from mautod.core.sending.returns import CLICKED, OPENED
from mautod.store.db import Tx, from_json, to_json

_COLUMNS: Final = (
    "r.id, r.chain_id, r.definition_id, r.person_id, r.key, r.entered_at, r.entry_event, r.step,"
    " r.step_at, r.wake_at, r.awaiting, r.vars, r.kept"
)
HEARD: Final = '{"heard":true}'
_NOTHING: Final = "{}"
_AMONG: Final = "(SELECT k.value FROM json_each(:ids) k)"

# index of UNIQUE (chain_id, person_id, key)
ENTER: Final = """
INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at, entry_event,
  step_at, wake_at, holdout, kept)
VALUES (?, ?, ?, ?, 'active', '', ?, ?, ?, ?, ?, ?)
ON CONFLICT (chain_id, person_id, key) DO NOTHING RETURNING id"""
PASTS: Final = f"""
SELECT person_id, max(state = 'active'), max(entered_at) FROM run
WHERE chain_id = :chain AND person_id IN {_AMONG} GROUP BY person_id"""

# index of UNIQUE (chain_id, person_id, key)
UNDER_WAY: Final = f"""
SELECT person_id, count(*) FROM run
WHERE chain_id = :chain AND person_id IN {_AMONG} AND coalesce(state, '') = 'active'
GROUP BY person_id"""

# index run_active_person
ACTIVE: Final = f"""
SELECT {_COLUMNS} FROM run r WHERE r.state = 'active' AND r.person_id IN {_AMONG} ORDER BY r.id"""

# index run_due (chain_id, wake_at), chain by chain, in its order
DUE: Final = """
SELECT wake_at, id FROM run
WHERE chain_id = ? AND state = 'active' AND wake_at <= ? ORDER BY wake_at LIMIT ?"""
NEXT_DUE: Final = """
SELECT min((SELECT r.wake_at FROM run r
  WHERE r.chain_id = c.id AND r.state = 'active' AND r.wake_at IS NOT NULL
  ORDER BY r.wake_at LIMIT 1))
FROM chain c WHERE c.state = 'running'"""

# primary keys
WOKEN: Final = f"""
SELECT {_COLUMNS} FROM run r JOIN chain c ON c.id = r.chain_id
WHERE r.id IN {_AMONG} AND r.state = 'active' AND r.wake_at <= :now AND c.state = 'running'
ORDER BY r.wake_at, r.id"""
PARK: Final = """
UPDATE run SET step = ?, step_at = ?, wake_at = ?, awaiting = ?, vars = ?, kept = ?
WHERE id = ? AND state = 'active'"""
END: Final = f"""
UPDATE run SET state = 'done', step = ?, step_at = ?, wake_at = NULL, awaiting = NULL,
  kept = ?, ended_at = ?, outcome = ?, error = ?,
  goal_at = CASE WHEN ? = '{GOAL}' THEN ? ELSE goal_at END
WHERE id = ? AND state = 'active'"""
STIR: Final = "UPDATE run SET wake_at = min(wake_at, ?) WHERE id = ? AND state = 'active'"
HEAR: Final = f"""
UPDATE run SET wake_at = min(wake_at, ?), awaiting = NULL, vars = '{HEARD}'
WHERE id = ? AND state = 'active'"""

# primary key
PEOPLE: Final = f"""
SELECT p.id, p.timezone, p.props, p.created_at, p.first_seen, p.last_seen FROM person p
WHERE p.id IN {_AMONG}"""

# index of UNIQUE (run_id, step, key)
QUEUE: Final = """
INSERT INTO message (run_id, chain_id, definition_id, step, key, person_id, channel, template,
  topic, variant, state, queued_at, due_at, expires_at, priority, urgent)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'queued', ?, ?, ?, ?, ?)
ON CONFLICT (run_id, step, key) DO NOTHING"""
TRIES: Final = f"""
SELECT run_id, step, channel, state, marks & {OPENED | CLICKED} FROM message
WHERE run_id IN {_AMONG} ORDER BY id"""
MAIL: Final = f"""
SELECT run_id, max(CASE WHEN state IN ('queued', 'sending') THEN due_at END),
  max(CASE WHEN state IN ('sent', 'delivered', 'unknown') THEN sending_at END)
FROM message WHERE run_id IN {_AMONG} GROUP BY run_id"""

# json_each leads, then index event_person_name_ts
SINCE: Final = """
SELECT k.key, e.id, e.person_id, k.value ->> 1, e.ts, e.received_at, e.props
FROM json_each(:asked) k CROSS JOIN event e
WHERE e.person_id = k.value ->> 0
  AND e.name_id = (SELECT n.id FROM event_name n WHERE n.name = k.value ->> 1)
  AND e.ts >= k.value ->> 2
ORDER BY e.ts, e.id"""

# index of UNIQUE (chain_id, person_id, key), chain by chain
BOTH: Final = """
SELECT id, chain_id, definition_id, key, state = 'active', entered_at, person_id = :loser FROM run
WHERE person_id IN (:winner, :loser) AND chain_id IN (SELECT id FROM chain)"""
MOVE: Final = """
UPDATE run SET person_id = :winner
WHERE person_id = :loser AND chain_id IN (SELECT id FROM chain)"""
RENAME: Final = "UPDATE run SET key = key || '~' || id WHERE id = ?"


@dataclass(frozen=True, slots=True)
class Held:
    """A run with the chain and the version of it that it follows."""

    run: Run
    chain_id: int
    definition_id: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A run about to begin; `holdout` says by whose wish it stays without marketing.

    `known` is what its steps must know of the event.
    """

    chain_id: int
    definition_id: int
    person_id: int
    key: str
    event_id: int
    ts: int
    holdout: int = TREATED
    known: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ended:
    """A run that ends as it stands; `goal_at` only if the goal was reached."""

    run: Run
    outcome: str
    goal_at: int | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that a run leaves to the gate; one that is `urgent` waits behind no campaign."""

    held: Held
    step: str
    channel: str
    template: str
    topic: str
    variant: str
    expires_at: int | None
    priority: int = 0
    key: str = ""
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A run's messages: until when one waits in the queue, and when the last one left."""

    queued_until: int | None = None
    last_sent: int | None = None


NO_MAIL: Final = Mail()


@dataclass(frozen=True, slots=True)
class Walker:
    """Somebody on a chain: their zone, if it is known, and their properties with dates."""

    zone: str | None
    props: Mapping[str, Any]


_COLUMN_DATES: Final = ("created_at", "first_seen", "last_seen")


def enter(tx: Tx, entry: Entry, now: int) -> int | None:
    """Begin a run that wakes at once; None if the person has a run with this key. In `write`."""
    row = tx.execute(
        ENTER,
        (
            entry.chain_id, entry.definition_id, entry.person_id, entry.key, entry.ts,
            entry.event_id, now, now, entry.holdout,
            to_json({"entry": entry.known}) if entry.known else _NOTHING,
        ),
    ).fetchone()  # fmt: skip
    return None if row is None else int(row[0])


def pasts(tx: Tx, chain_id: int, person_ids: Iterable[int]) -> dict[int, Past]:
    """What those of these people who have been on a chain have behind them there."""
    values = {"chain": chain_id, "ids": _ids(person_ids)}
    return {person: Past(bool(on), at) for person, on, at in tx.execute(PASTS, values)}


def under_way(tx: Tx, chain_id: int, person_ids: Iterable[int]) -> dict[int, int]:
    """How many runs on a chain those of these people have who are on it."""
    return dict(tx.execute(UNDER_WAY, {"chain": chain_id, "ids": _ids(person_ids)}).fetchall())


def active(tx: Tx, person_ids: Iterable[int]) -> list[Held]:
    """The active runs of these people."""
    return [_held(*row) for row in tx.execute(ACTIVE, {"ids": _ids(person_ids)})]


def due(tx: Tx, chain_ids: Iterable[int], now: int, limit: int) -> list[int]:
    """The active runs of these chains that should have woken, the longest overdue first."""
    found: list[tuple[int, int]] = []
    for chain_id in chain_ids:
        found += tx.execute(DUE, (chain_id, now, limit))
    return [run_id for _, run_id in sorted(found)[:limit]]


def next_due(tx: Tx) -> int | None:
    """When the next run of a running chain wakes."""
    at: int | None = tx.execute(NEXT_DUE).fetchone()[0]
    return at


def woken(tx: Tx, run_ids: Iterable[int], now: int) -> list[Held]:
    """Those of these runs that are still due."""
    return [_held(*row) for row in tx.execute(WOKEN, {"ids": _ids(run_ids), "now": now})]


def park(tx: Tx, runs: Iterable[Run]) -> None:
    """Let active runs stand where they came to; inside `write`."""
    tx.executemany(
        PARK,
        (
            (
                r.step, r.step_at, r.wake_at, r.awaiting, HEARD if r.heard else _NOTHING,
                _kept(r), r.id,
            )
            for r in runs
        ),
    )  # fmt: skip


def end(tx: Tx, ended: Iterable[Ended], now: int) -> None:
    """End active runs; inside `write`."""
    tx.executemany(
        END,
        (
            (
                e.run.step, e.run.step_at, _kept(e.run), now, e.outcome, e.error, e.outcome,
                e.goal_at or now, e.run.id,
            )
            for e in ended
        ),
    )  # fmt: skip


def hear(tx: Tx, run_ids: Iterable[int], now: int) -> None:
    """Wake runs because what they await has come; inside `write`."""
    tx.executemany(HEAR, ((now, run_id) for run_id in run_ids))


def stir(tx: Tx, run_ids: Iterable[int], now: int) -> None:
    """Let runs look again, because something about their person changed; inside `write`."""
    tx.executemany(STIR, ((now, run_id) for run_id in run_ids))


def queue(tx: Tx, messages: Iterable[Queued], now: int) -> None:
    """Leave messages to the gate, each step's once per run; inside `write`."""
    tx.executemany(
        QUEUE,
        (
            (
                m.held.run.id, m.held.chain_id, m.held.definition_id, m.step, m.key,
                m.held.run.person_id, m.channel, m.template, m.topic,
                m.variant, now, now, m.expires_at, m.priority, m.urgent,
            )
            for m in messages
        ),
    )  # fmt: skip


def mail(tx: Tx, run_ids: Iterable[int]) -> dict[int, Mail]:
    """What became of these runs' messages, where there are any."""
    rows = tx.execute(MAIL, {"ids": _ids(run_ids)})
    return {run_id: Mail(waiting, sent) for run_id, waiting, sent in rows}


def people(tx: Tx, person_ids: Iterable[int]) -> dict[int, Walker]:
    """What steps may ask about these people."""
    found = {}
    for person_id, zone, props, *dates in tx.execute(PEOPLE, {"ids": _ids(person_ids)}):
        columns = dict(zip(_COLUMN_DATES, dates, strict=True))
        found[person_id] = Walker(zone, {**from_json(props), **columns})
    return found


def tries(tx: Tx, run_ids: Iterable[int]) -> dict[int, list[Try]]:
    """The messages of these runs, the first first."""
    found: dict[int, list[Try]] = {}
    for run_id, step, channel, state, read in tx.execute(TRIES, {"ids": _ids(run_ids)}):
        found.setdefault(run_id, []).append(Try(step, channel, state, bool(read)))
    return found


def since(tx: Tx, asked: Sequence[tuple[int, str, int]]) -> dict[int, list[Happened]]:
    """What happened; `asked`: (person, event, from when), the answers by place in `asked`."""
    found: dict[int, list[Happened]] = {}
    for row in tx.execute(SINCE, {"asked": to_json(asked)}):
        place, event_id, person_id, name, ts, received_at, props = row
        event = Happened(event_id, person_id, name, ts, received_at, from_json(props))
        found.setdefault(place, []).append(event)
    return found


def standings(tx: Tx, winner: int, loser: int) -> list[Standing]:
    """All runs of two people who turn out to be one."""
    return [Standing(*row) for row in tx.execute(BOTH, {"winner": winner, "loser": loser})]


def move(tx: Tx, winner: int, loser: int, giving_way: Iterable[int]) -> None:
    """Give the loser's runs to the winner; those `giving_way` leave their key. Inside `write`."""
    tx.executemany(RENAME, ((run_id,) for run_id in giving_way))
    tx.execute(MOVE, {"winner": winner, "loser": loser})


def _ids(ids: Iterable[int]) -> str:
    return to_json(list(ids))


def _kept(run: Run) -> str:
    kept = {
        "variants": run.variants, "entry": run.entry, "answers": run.answers, "codes": run.codes,
    }  # fmt: skip
    return to_json({name: value for name, value in kept.items() if value})


def _held(*row: Any) -> Held:
    (run_id, chain_id, definition_id, person_id, key, entered_at, entry_event, step, step_at,
     wake_at, awaiting, vars_, kept) = row  # fmt: skip
    known = {} if kept == _NOTHING else from_json(kept)
    run = Run(
        run_id, person_id, key, entered_at, entry_event, step, step_at, wake_at, awaiting,
        heard=vars_ == HEARD, **known,
    )  # fmt: skip
    return Held(run, chain_id, definition_id)
