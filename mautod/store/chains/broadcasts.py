"""Broadcasts: whom each is for, part by part, and the runs of its recipients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod import wire
from mautod.core.broadcast import Slots
from mautod.core.sending.holdout import TREATED
from mautod.core.sending.returns import CLICKED, OPENED
from mautod.store.catalog import Definition
from mautod.store.chains.campaigns import CHAIN, ChainRow
from mautod.store.db import Row, Tx, from_json, to_json
from mautod.store.delivery.messages import Dossier
from mautod.store.rows import LABEL

KIND: Final = "broadcast"
PART: Final = 1000
"""Recipients whose turn is one transaction."""

DRAFT: Final = "draft"
FILLING: Final = "filling"
TESTING: Final = "testing"
PLANNING: Final = "planning"
SENDING: Final = "sending"
CANCELLING: Final = "cancelling"
FINISHED: Final = "finished"
CANCELLED: Final = "cancelled"

WAITING_STATE: Final = "waiting"
NOT_FINAL: Final = (WAITING_STATE, "queued", "sending")
"""What a recipient is until it is known what became of them."""

_SELECT: Final = """
SELECT b.id, b.key, coalesce(b.chain_id, 0), b.phase, b.query, b.body, b.audience, b.asked_at,
  b.started_at, b.begin_at, b.slot, b.cursor, b.decide_at, b.decided_at, b.ended_at,
  coalesce(c.definition_id, 0), coalesce(c.state, ''), b.free
FROM broadcast b LEFT JOIN chain c ON c.id = b.chain_id"""
_INSERT: Final = f"""
INSERT INTO broadcast (key, phase, query, body, audience, asked_at)
VALUES (?, '{DRAFT}', ?, ?, ?, ?) RETURNING id"""
_PUT_PART: Final = "INSERT INTO broadcast_part (broadcast_id, part, people) VALUES (?, ?, ?)"
# index of UNIQUE (key)
_FIND: Final = f"{_SELECT} WHERE b.key = ?"
_TAKEN: Final = (
    "SELECT 1 FROM broadcast WHERE key = :key UNION SELECT 1 FROM chain WHERE key = :key"
)
# index broadcast_open
_OPEN: Final = f"{_SELECT} WHERE b.ended_at IS NULL AND b.phase <> '{DRAFT}' ORDER BY b.id"
_OLD_DRAFTS: Final = f"""
SELECT id FROM broadcast WHERE ended_at IS NULL AND phase = '{DRAFT}' AND asked_at < ?"""
# primary key of broadcast
_LIST: Final = f"{_SELECT} WHERE b.id < ? AND b.phase <> '{DRAFT}' ORDER BY b.id DESC LIMIT ?"
# primary key of broadcast_part
_PART: Final = """
SELECT part, people FROM broadcast_part WHERE broadcast_id = ? AND part >= ?
ORDER BY part LIMIT 1"""
_STRIKE: Final = "DELETE FROM broadcast_part WHERE broadcast_id = ? AND part = ?"
_STRIKE_ALL: Final = "DELETE FROM broadcast_part WHERE broadcast_id = ?"
_DROP: Final = "DELETE FROM broadcast WHERE id = ?"
_PARTS: Final = """
SELECT coalesce(sum(json_array_length(people)), 0) FROM broadcast_part WHERE broadcast_id = ?"""

_PUT_CHAIN: Final = f"""
INSERT INTO chain (key, name, state, definition_id, version, changed_at, kind)
VALUES (?, ?, 'running', ?, ?, ?, '{KIND}') RETURNING id"""
# chain and broadcast hold one row each for every broadcast; index of UNIQUE (chain_id)
_EARNING: Final = f"""
SELECT {CHAIN} FROM broadcast b CROSS JOIN chain c
WHERE c.id = b.chain_id AND (b.ended_at IS NULL OR b.ended_at > ?) ORDER BY c.id"""

# json_each leads, then the primary key of person
_PEOPLE: Final = """
SELECT p.id, p.merged_into, p.erased_at, p.timezone, lower(trim(coalesce(p.email, '')))
FROM json_each(?) k CROSS JOIN person p WHERE p.id = k.value ORDER BY k.key"""
# primary key of person
_LIVING: Final = """
WITH RECURSIVE road (id, merged_into, erased_at, timezone, email) AS (
  SELECT id, merged_into, erased_at, timezone, email FROM person WHERE id = ?
  UNION SELECT p.id, p.merged_into, p.erased_at, p.timezone, p.email
  FROM road JOIN person p ON p.id = road.merged_into)
SELECT id, merged_into, erased_at, timezone, lower(trim(coalesce(email, ''))) FROM road
WHERE merged_into IS NULL"""
# json_each leads, then the primary key of person
_ADDRESSED: Final = """
SELECT p.id, p.erased_at, p.merged_into, p.email, p.phone, p.name, p.user_id, p.timezone, p.country,
  p.language
FROM json_each(?) k CROSS JOIN person p WHERE p.id = k.value ORDER BY k.key"""
_ZONES: Final = "SELECT id, timezone FROM person WHERE timezone IS NOT NULL"
# index of UNIQUE (chain_id, person_id, key)
THERE: Final = """
SELECT person_id FROM run
WHERE chain_id = :chain AND key = '' AND person_id IN (SELECT k.value FROM json_each(:ids) k)"""
# json_each leads, then index person_email, then that of UNIQUE (chain_id, person_id, key)
MAILED: Final = """
SELECT k.value FROM json_each(:emails) k
WHERE EXISTS (SELECT 1 FROM person p CROSS JOIN run r
  WHERE lower(p.email) = k.value AND p.email IS NOT NULL
  AND r.chain_id = :chain AND r.person_id = p.id AND r.key = '')"""
# primary keys of broadcast_part and person
_SHARING: Final = """
SELECT count(*) - count(DISTINCT lower(trim(p.email)))
FROM broadcast_part q CROSS JOIN json_each(q.people) k CROSS JOIN person p
WHERE q.broadcast_id = ? AND p.id = k.value AND trim(coalesce(p.email, '')) <> ''"""
_BEGIN: Final = """
INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at, step_at,
  wake_at, ended_at, outcome, holdout)
VALUES (?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?, ?)"""
# index run_chain_state (chain_id, state, step), in the order of its runs; then person
WAITING: Final = """
SELECT r.id, r.person_id, p.timezone FROM run r CROSS JOIN person p
WHERE r.chain_id = ? AND r.state = 'active' AND r.step = '' AND r.id > ? AND p.id = r.person_id
ORDER BY r.id LIMIT ?"""
_WAKE: Final = "UPDATE run SET wake_at = ? WHERE id = ? AND state = 'active' AND step = ''"
# index run_due (chain_id, wake_at)
FIRST: Final = """
SELECT min(wake_at) FROM run WHERE chain_id = ? AND state = 'active' AND wake_at IS NOT NULL"""
LAST: Final = """
SELECT max(wake_at) FROM run WHERE chain_id = ? AND state = 'active' AND wake_at IS NOT NULL"""

# indexes run_chain_state and message_tally, in parts
CLOSE_RUNS: Final = f"""
UPDATE run SET state = 'done', outcome = '{CANCELLED}', ended_at = ?, wake_at = NULL,
  awaiting = NULL
WHERE id IN (SELECT id FROM run WHERE chain_id = ? AND state = 'active' LIMIT {PART})"""
CLOSE_MESSAGES: Final = f"""
UPDATE message SET state = 'refused', reason = '{CANCELLED}', done_at = ?, lease_by = NULL,
  lease_until = NULL
WHERE id IN (SELECT id FROM message WHERE chain_id = ? AND step = ? AND state = 'queued'
  LIMIT {PART})"""

# index message_due (channel, due_at) where queued, as far as it goes
CROWD: Final = """
SELECT count(*) FROM (
  SELECT 1 FROM message m WHERE m.channel = ? AND m.state = 'queued' AND m.due_at <= ?
  AND NOT EXISTS (SELECT 1 FROM chain c WHERE c.id = m.chain_id AND c.state = 'paused')
  LIMIT ?) n"""
# index run_due: any at all? then message, step by step
ANY_RUN: Final = "SELECT 1 FROM run WHERE chain_id = ? AND state = 'active' LIMIT 1"
ANY_MESSAGE: Final = """
SELECT 1 FROM message WHERE chain_id = ? AND step = ? AND state IN ('queued', 'sending') LIMIT 1"""

# indexes run_chain_state and message_chain_step alone, broadcast by broadcast
UNSOUND: Final = """
SELECT b.key, b.audience, b.ended_at IS NOT NULL,
  (SELECT count(*) FROM run r WHERE r.chain_id = b.chain_id),
  (SELECT coalesce(sum(json_array_length(q.people)), 0) FROM broadcast_part q
   WHERE q.broadcast_id = b.id),
  (SELECT count(*) FROM run r WHERE r.chain_id = b.chain_id AND r.state = 'active')
  + (SELECT count(*) FROM message m WHERE m.chain_id = b.chain_id
     AND m.state IN ('queued', 'sending')),
  (SELECT count(m.run_id) - count(DISTINCT m.run_id) FROM message m
   WHERE m.chain_id = b.chain_id)
FROM broadcast b WHERE b.chain_id IS NOT NULL ORDER BY b.id"""

_WHAT: Final = """
CASE WHEN r.state = 'active' THEN 'waiting' WHEN m.id IS NULL THEN coalesce(r.outcome, '')
  ELSE m.state END"""
_OF: Final = """
run r LEFT JOIN message m ON m.id = (SELECT max(o.id) FROM message o WHERE o.run_id = r.id)"""
# index run_chain_state for the recipients, then that of UNIQUE (run_id, step, key)
COUNT: Final = f"""
SELECT {_WHAT}, coalesce(m.reason, ''), count(*), count(CASE WHEN m.done_at > :since THEN 1 END),
  count(CASE WHEN m.marks & {OPENED} THEN 1 END), count(CASE WHEN m.marks & {CLICKED} THEN 1 END)
FROM {_OF} WHERE r.chain_id = :chain GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class Broadcast:
    """A row of `broadcast` with the state of its chain, which it has once it has started.

    `phase` says what the pump does next, `slot` which slot of the ramp comes next, `free` which
    were passed over, `cursor` up to which run it has planned. `begin_at` is when slot 0 is;
    `decide_at` when a trial is over.
    """

    id: int
    key: str
    chain_id: int
    phase: str
    query: str
    body: str
    audience: int
    asked_at: int
    started_at: int | None
    begin_at: int | None
    slot: int
    cursor: int
    decide_at: int | None
    decided_at: int | None
    ended_at: int | None
    definition_id: int
    state: str
    free: str

    @property
    def slots(self) -> Slots:
        """Which slots of its ramp are taken."""
        return Slots(self.slot, tuple((first, end) for first, end in from_json(self.free)))


@dataclass(frozen=True, slots=True)
class Target:
    """A person of the audience as they are now."""

    id: int
    merged_into: int | None
    erased_at: int | None
    zone: str | None
    email: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """A run about to begin: one that waits until `wake_at`, or has ended with `outcome`."""

    person_id: int
    key: str = ""
    wake_at: int | None = None
    outcome: str | None = None
    holdout: int = TREATED


@dataclass(frozen=True, slots=True)
class Letter:
    """What all recipients of a broadcast would be sent: a template's key and the topic."""

    broadcast: str
    step: str
    template: str
    topic: str


@dataclass(frozen=True, slots=True)
class Counted:
    """Recipients of whom the same is so."""

    state: str
    reason: str
    count: int
    lately: int
    opened: int
    clicked: int


def put(tx: Tx, key: str, texts: tuple[str, str], people: Sequence[int], now: int) -> Broadcast:
    """Write down a draft, query and body, and whom it is for; inside `write`."""
    (number,) = tx.execute(_INSERT, (key, *texts, len(people), now)).fetchone()
    parts = (
        (number, start // PART, to_json(people[start : start + PART]))
        for start in range(0, len(people), PART)
    )
    tx.executemany(_PUT_PART, parts)
    return get(tx, key)


def get(tx: Tx, key: str) -> Broadcast:
    """A broadcast that is there."""
    return Broadcast(*tx.execute(_FIND, (key,)).fetchone())


def find(tx: Tx, key: str) -> Broadcast | None:
    row = tx.execute(_FIND, (key,)).fetchone()
    return Broadcast(*row) if row else None


def is_taken(tx: Tx, key: str) -> bool:
    """Whether a chain or a broadcast has this key."""
    return tx.execute(_TAKEN, {"key": key}).fetchone() is not None


def open_ones(tx: Tx) -> list[Broadcast]:
    """Those that have started and not ended."""
    return [Broadcast(*row) for row in tx.execute(_OPEN)]


def list_broadcasts(tx: Tx, after: int | None, limit: int) -> list[Broadcast]:
    """Those that were started, the latest first."""
    return [Broadcast(*row) for row in tx.execute(_LIST, (after or 2**62, limit))]


def drop(tx: Tx, broadcast_id: int) -> None:
    """Forget a draft; inside `write`."""
    tx.execute(_STRIKE_ALL, (broadcast_id,))
    tx.execute(_DROP, (broadcast_id,))


def drop_old(tx: Tx, before: int) -> None:
    """Forget drafts that nobody confirmed; inside `write`."""
    for (broadcast_id,) in tx.execute(_OLD_DRAFTS, (before,)).fetchall():
        drop(tx, broadcast_id)


def update(tx: Tx, broadcast_id: int, **columns: Any) -> None:
    """Note how far a broadcast has come; inside `write`."""
    parts = ", ".join(f"{name} = :{name}" for name in columns)
    tx.execute(f"UPDATE broadcast SET {parts} WHERE id = :id", {**columns, "id": broadcast_id})


def take_slots(tx: Tx, broadcast_id: int, slots: Slots) -> None:
    """Note which slots are taken; inside `write`."""
    update(tx, broadcast_id, slot=slots.next, free=to_json(slots.free))


def part(tx: Tx, broadcast_id: int, start: int = 0) -> tuple[int, list[int]] | None:
    """The first part of the audience from number `start` on: its number and its people."""
    row = tx.execute(_PART, (broadcast_id, start)).fetchone()
    return (row[0], from_json(row[1])) if row else None


def strike(tx: Tx, broadcast_id: int, number: int) -> None:
    """Take a part off the audience: its runs have begun. Inside `write`."""
    tx.execute(_STRIKE, (broadcast_id, number))


def not_begun(tx: Tx, broadcast_id: int) -> int:
    """How many of the audience have no run yet."""
    return int(tx.execute(_PARTS, (broadcast_id,)).fetchone()[0])


def put_chain(tx: Tx, definition: Definition, name: str, now: int) -> int:
    """The row of `chain` for a broadcast that starts; its id. Inside `write`."""
    values = (definition.key, name, definition.id, definition.version, now)
    return int(tx.execute(_PUT_CHAIN, values).fetchone()[0])


def earning(tx: Tx, since: int) -> list[ChainRow]:
    """Broadcasts that have not ended before `since`: their messages may reach their goal yet."""
    return [ChainRow(*row) for row in tx.execute(_EARNING, (since,))]


def zones(tx: Tx) -> dict[int, str]:
    """The time zones of the people whose zone is known."""
    return dict(tx.execute(_ZONES).fetchall())


def people(tx: Tx, ids: Sequence[int]) -> list[Target]:
    """These people as they are now, in the same order."""
    return [Target(*row) for row in tx.execute(_PEOPLE, (to_json(list(ids)),))]


def dossiers(
    tx: Tx, letter: Letter, arms: Mapping[int, int], ids: Sequence[int], now: int
) -> list[Dossier]:
    """Messages that these people would be sent, for the gate to look at; `arms`: of the holdout.

    Properties are left out: the gate asks about none.
    """
    return [
        Dossier(
            id=row[0], run_id=0, chain_id=0, definition_id=0, step=letter.step,
            template=letter.template, topic=letter.topic, queued_at=now, expires_at=None,
            attempt=0, person_id=row[0], erased_at=row[1], merged_into=row[2],
            email=row[3], phone=row[4], name=row[5], user_id=row[6], timezone=row[7],
            country=row[8], language=row[9], props={}, run_state="active", outcome=None,
            ended_at=None, goal_at=None, entered_at=now, holdout=arms.get(row[0], TREATED),
            run_key="", chain=letter.broadcast, chain_state="running", event={},
        )
        for row in tx.execute(_ADDRESSED, (to_json(list(ids)),))
    ]  # fmt: skip


def living(tx: Tx, person_id: int) -> Target:
    """Who absorbed a person, in the end."""
    return Target(*tx.execute(_LIVING, (person_id,)).fetchone())


def there(tx: Tx, chain_id: int, ids: Iterable[int]) -> set[int]:
    """Those of these people who are recipients already."""
    values = {"chain": chain_id, "ids": to_json(list(ids))}
    return {row[0] for row in tx.execute(THERE, values)}


def mailed(tx: Tx, chain_id: int, emails: Iterable[str]) -> set[str]:
    """Those of these addresses that some recipient has already."""
    values = {"chain": chain_id, "emails": to_json(sorted(emails))}
    return {row[0] for row in tx.execute(MAILED, values)}


def sharing(tx: Tx, broadcast_id: int) -> int:
    """How many of a draft's audience have an address that another has who comes before them."""
    return int(tx.execute(_SHARING, (broadcast_id,)).fetchone()[0])


def begin(
    tx: Tx, chain: tuple[int, int], recipients: Iterable[Recipient], started_at: int, now: int
) -> None:
    """Begin runs; `chain` is its id and that of its definition. Inside `write`."""
    tx.executemany(_BEGIN, (_run(chain, each, started_at, now) for each in recipients))


def _run(chain: tuple[int, int], each: Recipient, started_at: int, now: int) -> Row:
    over = each.outcome is not None
    state, ended_at = ("done", now) if over else ("active", None)
    return (
        *chain, each.person_id, each.key, state, started_at, now, each.wake_at, ended_at,
        each.outcome, each.holdout,
    )  # fmt: skip


def waiting(tx: Tx, chain_id: int, after: int, limit: int) -> list[Row]:
    """Runs that have taken no step, in the order in which they began: (id, person, zone)."""
    return tx.execute(WAITING, (chain_id, after, limit)).fetchall()


def wake(tx: Tx, rows: Iterable[tuple[int, int]]) -> None:
    """Let runs wake at other times: (when, run). Inside `write`."""
    tx.executemany(_WAKE, rows)


def first_wake(tx: Tx, chain_id: int) -> int | None:
    """When the first of its runs wakes."""
    at: int | None = tx.execute(FIRST, (chain_id,)).fetchone()[0]
    return at


def last_wake(tx: Tx, chain_id: int) -> int | None:
    """When the last of its runs wakes."""
    at: int | None = tx.execute(LAST, (chain_id,)).fetchone()[0]
    return at


def close(tx: Tx, chain_id: int, steps: Iterable[str], now: int) -> int:
    """Cancel some of what has not been sent; how many, 0 at the end. Inside `write`.

    What is being sent goes on.
    """
    closed = tx.execute(CLOSE_RUNS, (now, chain_id)).rowcount
    for step in steps:
        closed += tx.execute(CLOSE_MESSAGES, (now, chain_id, step)).rowcount
    return closed


def is_crowded(tx: Tx, channel: str, most: int, now: int) -> bool:
    """Whether so many messages wait for a channel, though they may leave."""
    return int(tx.execute(CROWD, (channel, now, most)).fetchone()[0]) >= most


def is_open(tx: Tx, chain_id: int, steps: Iterable[str]) -> bool:
    """Whether any run or message of a broadcast is under way."""
    if tx.execute(ANY_RUN, (chain_id,)).fetchone():
        return True
    return any(tx.execute(ANY_MESSAGE, (chain_id, step)).fetchone() for step in steps)


def faults(tx: Tx) -> list[str]:
    """What is not as it must be with any broadcast, in words."""
    found: list[str] = []
    for key, audience, is_over, begun, unbegun, not_over, doubled in tx.execute(UNSOUND):
        if begun + unbegun != audience:
            found.append(f"{key}: {begun} begun and {unbegun} not, of {audience} recipients")
        if is_over and not_over + unbegun:
            found.append(f"{key}: is over, and {not_over + unbegun} recipients are not")
        if doubled:
            found.append(f"{key}: {doubled} recipients have a second letter")
    return found


def count(tx: Tx, chain_id: int, since: int) -> list[Counted]:
    """All recipients who have a run, each once, by what became of them.

    `lately`: those of whom it is so since then.
    """
    return [Counted(*row) for row in tx.execute(COUNT, {"chain": chain_id, "since": since})]


def not_final(counted: Iterable[Counted]) -> int:
    """How many recipients something may yet become of."""
    return sum(each.count for each in counted if each.state in NOT_FINAL)


def states(counted: Iterable[Counted]) -> Mapping[str, int]:
    """Recipients by state."""
    found: dict[str, int] = {}
    for each in counted:
        found[each.state] = found.get(each.state, 0) + each.count
    return found


# --- one by one ---------------------------------------------------------------------------------

_RECIPIENT: Final = f"""
r.id, r.person_id, COALESCE({LABEL}, ''), {_WHAT}, coalesce(m.reason, r.error, ''),
  coalesce(m.detail, ''), coalesce(m.address, ''), coalesce(m.template, ''), m.id,
  CASE WHEN r.state = 'active' THEN r.wake_at WHEN m.state = 'queued' THEN m.due_at END,
  coalesce(m.done_at, r.ended_at)"""
_ONE_BY_ONE: Final = f"""
SELECT {_RECIPIENT} FROM {_OF} LEFT JOIN person p ON p.id = r.person_id
WHERE r.id IN ({{chosen}}) ORDER BY r.id"""
# index run_chain_state (chain_id, state, step) leads in all of these, in the order of its runs
ALL_RUNS: Final = """
SELECT id FROM run WHERE chain_id = :chain AND id > :after ORDER BY id LIMIT :limit"""
RUNS_BY_STATE: Final = """
SELECT id FROM run WHERE chain_id = :chain AND state = 'active' AND id > :after
ORDER BY id LIMIT :limit"""
RUNS_BY_OUTCOME: Final = """
SELECT id FROM run r WHERE chain_id = :chain AND state = 'done' AND outcome = :state AND id > :after
AND NOT EXISTS (SELECT 1 FROM message m WHERE m.run_id = r.id) ORDER BY id LIMIT :limit"""
# index message_tally (chain_id, step, state, …)
RUNS_BY_MESSAGE: Final = """
SELECT run_id FROM message
WHERE chain_id = :chain AND step IN (SELECT s.value FROM json_each(:steps) s) AND state = :state
  AND run_id > :after ORDER BY run_id LIMIT :limit"""


def recipients(
    tx: Tx, chain_id: int, steps: Iterable[str], state: str, after: int, limit: int
) -> list[wire.Recipient]:
    """Recipients in the order in which their runs began; with `state` those alone."""
    chosen = _chosen(state)
    values = {
        "chain": chain_id,
        "steps": to_json(list(steps)),
        "state": state,
        "after": after,
        "limit": limit,
    }
    asked = {name: value for name, value in values.items() if f":{name}" in chosen}
    rows = tx.execute(_ONE_BY_ONE.format(chosen=chosen), asked)
    return [wire.Recipient(*row) for row in rows]


def _chosen(state: str) -> str:
    if not state:
        return ALL_RUNS
    if state == WAITING_STATE:
        return RUNS_BY_STATE
    return RUNS_BY_MESSAGE if state in wire.MESSAGE_STATES else RUNS_BY_OUTCOME
