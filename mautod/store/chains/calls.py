"""The ledger of calls: what runs have done outside, when it is tried next, what was answered.

A call waits until it is done or has failed. Whoever tries puts it off first, so that no other does
so meanwhile, and one that dies is followed by another try.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.chains.run import WAITING, WEBHOOK, Called
from mautod.store.db import Tx, from_json, to_json
from mautod.store.rows import LABEL
from mautod.wire import CallItem

_AMONG: Final = "(SELECT k.value FROM json_each(:ids) k)"

# index of UNIQUE (run_id, step)
PUT: Final = f"""
INSERT INTO call (run_id, definition_id, chain_id, person_id, step, kind, state, made_at, due_at,
  until) VALUES (?, ?, ?, ?, ?, ?, '{WAITING}', ?, ?, ?)
ON CONFLICT (run_id, step) DO NOTHING"""
OF_RUNS: Final = f"SELECT run_id, step, state, answer FROM call WHERE run_id IN {_AMONG}"
# index call_due, then primary keys
DUE: Final = """
SELECT k.id FROM call k JOIN chain c ON c.id = k.chain_id
WHERE k.state = 'waiting' AND k.due_at <= ? AND c.state <> 'paused' ORDER BY k.due_at LIMIT ?"""
NEXT_DUE: Final = """
SELECT k.due_at FROM call k JOIN chain c ON c.id = k.chain_id
WHERE k.state = 'waiting' AND c.state <> 'paused' ORDER BY k.due_at LIMIT 1"""
# primary keys of call, run, chain, person and event
CLAIM: Final = f"""
UPDATE call SET due_at = :until, holder = :holder, attempt = attempt + 1
WHERE id IN {_AMONG} AND coalesce(state, '') = 'waiting'"""
CLAIMED: Final = f"""
SELECT k.id, k.run_id, k.definition_id, k.step, k.kind, k.until, k.attempt, c.key, c.state,
  r.state, r.key, r.entered_at, r.kept, p.id, p.erased_at, p.email, p.phone, p.name, p.user_id,
  p.timezone, p.country, p.language, p.props, e.props
FROM call k JOIN run r ON r.id = k.run_id JOIN chain c ON c.id = k.chain_id
  JOIN person p ON p.id = k.person_id LEFT JOIN event e ON e.id = r.entry_event
WHERE k.id IN {_AMONG} AND coalesce(k.state, '') = 'waiting' AND k.holder = :holder ORDER BY k.id"""
# primary key of call, from its end
LIST: Final = f"""
SELECT k.id, k.run_id, c.key, k.step, k.person_id, coalesce({LABEL}, ''), k.kind, k.state,
  k.made_at, k.due_at, k.attempt, k.done_at, k.status, k.detail, k.answer
FROM call k CROSS JOIN chain c LEFT JOIN person p ON p.id = k.person_id
WHERE k.id < :after AND c.id = k.chain_id{{chain}}{{state}}
ORDER BY k.id DESC LIMIT :limit"""
_FIRST: Final = 2**62
SETTLE: Final = """
UPDATE call SET state = ?, due_at = ?, done_at = ?, status = ?, detail = ?, answer = ?
WHERE id = ? AND coalesce(state, '') = 'waiting' AND holder = ? AND attempt = ? RETURNING run_id"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A call that a run leaves to be made."""

    run_id: int
    definition_id: int
    chain_id: int
    person_id: int
    step: str
    kind: str
    until: int


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that is about to be tried, with all that it may speak of."""

    id: int
    run_id: int
    definition_id: int
    step: str
    kind: str
    until: int
    attempt: int
    chain: str
    chain_state: str
    run_state: str
    run_key: str
    entered_at: int
    kept: dict[str, Any]
    person_id: int
    erased_at: int | None
    person: dict[str, Any]
    event: dict[str, Any]

    @property
    def wanted(self) -> bool:
        """Whether it still matters: nobody waits for the answer of a run that has ended."""
        over = self.kind == WEBHOOK and self.run_state != "active"
        return self.erased_at is None and self.chain_state != "stopped" and not over


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of one try: the state now, when the next one is, what was said."""

    state: str
    due_at: int
    status: int | None
    detail: str
    answer: Any = None


_PERSON: Final = (
    "email", "phone", "name", "user_id", "timezone", "country", "language",
)  # fmt: skip


def put(tx: Tx, asked: Iterable[Asked], now: int) -> None:
    """Leave calls to be made, each step's once per run; inside `write`."""
    tx.executemany(
        PUT,
        (
            (
                a.run_id, a.definition_id, a.chain_id, a.person_id, a.step, a.kind, now, now,
                a.until,
            )
            for a in asked
        ),
    )  # fmt: skip


def of_runs(tx: Tx, run_ids: Iterable[int]) -> dict[int, dict[str, Called]]:
    """What became of the calls of these runs, by run and step."""
    found: dict[int, dict[str, Called]] = {}
    for run_id, step, state, answer in tx.execute(OF_RUNS, {"ids": to_json(list(run_ids))}):
        said = None if answer is None else from_json(answer)
        found.setdefault(run_id, {})[step] = Called(state, said)
    return found


def list_calls(tx: Tx, chain: str, state: str, after: int | None, limit: int) -> list[CallItem]:
    """Calls newest first, of one chain or of all, in one state or in any."""
    values = {"chain": chain, "state": state, "after": after or _FIRST, "limit": limit}
    found = tx.execute(
        LIST.format(
            chain=" AND c.key = :chain" if chain else "",
            state=" AND k.state = :state" if state else "",
        ),
        values,
    )
    return [_listed(*row) for row in found]


def next_due(tx: Tx) -> int | None:
    """When the next call can be tried, those of paused chains aside."""
    row = tx.execute(NEXT_DUE).fetchone()
    return None if row is None else int(row[0])


def claim(tx: Tx, holder: str, now: int, until: int, limit: int) -> list[Claimed]:
    """Take up to `limit` calls that are due; others see them as due at `until`. Inside `write`."""
    ids = [row[0] for row in tx.execute(DUE, (now, limit))]
    if not ids:
        return []
    values = {"ids": to_json(ids), "holder": holder}
    tx.execute(CLAIM, {**values, "until": until})
    return [_claimed(*row) for row in tx.execute(CLAIMED, values)]


def settle(tx: Tx, call: Claimed, holder: str, settled: Settled, now: int) -> bool:
    """Note what became of a try, unless somebody else tried since. Inside `write`."""
    ended = None if settled.state == WAITING else now
    answer = None if settled.answer is None else to_json(settled.answer)
    row = tx.execute(
        SETTLE,
        (
            settled.state, settled.due_at, ended, settled.status, settled.detail, answer, call.id,
            holder, call.attempt,
        ),
    ).fetchone()  # fmt: skip
    return row is not None


def _listed(*row: Any) -> CallItem:
    values = list(row)
    values[-1] = None if values[-1] is None else from_json(values[-1])
    return CallItem(*values)


def _claimed(*row: Any) -> Claimed:
    *plain, kept, person_id, erased_at = row[:15]
    columns = dict(zip(_PERSON, row[15:22], strict=True))
    person = {**from_json(row[22]), "id": person_id, **columns}
    values = [*plain, from_json(kept), person_id, erased_at, person, from_json(row[23] or "{}")]
    return Claimed(*values)
