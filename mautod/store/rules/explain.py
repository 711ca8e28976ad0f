"""What a rule finds when it looks at one person."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.rules.checker import window_of
from mautod.core.rules.tree import Aggregate, Eventful, Series, asked
from mautod.core.sending.consent import address_key
from mautod.store.db import Tx, from_json, to_json
from mautod.store.delivery.consent import find_salt
from mautod.store.rules import aggregates
from mautod.store.rules.matching import of_person
from mautod.store.rules.predicate import Predicate, ask
from mautod.store.rules.sequences import starting
from mautod.store.rules.values import COLUMNS, Binder
from mautod.store.rules.wills import PLACES

# primary key of person
_TRUTH: Final = "SELECT {sql} FROM person p WHERE p.id = :person"
_COLUMNS: Final = tuple(sorted(COLUMNS))
_PERSON: Final = f"SELECT props, {', '.join(_COLUMNS)} FROM person WHERE id = ?"
# primary key of person, then index event_person_name_ts
_TALLY: Final = """
SELECT count(*), min(e0.ts), max(e0.ts) FROM person p CROSS JOIN event e0
WHERE p.id = :person AND {condition}"""
_TOTAL: Final = """
SELECT {total} FROM person p CROSS JOIN event e WHERE p.id = :person AND {events}"""
# index event_person_name_ts
_TIMES: Final = """
SELECT DISTINCT e.ts FROM event e
WHERE e.person_id = ? AND e.name_id = (SELECT id FROM event_name WHERE name = ?) AND e.ts >= ?
ORDER BY e.ts LIMIT ?"""
# everybody, as store/rules/crowd.py has it
_PEOPLE: Final = "SELECT p.id FROM person p WHERE {sql} ORDER BY p.id"
# primary key of member
_SINCE: Final = """
SELECT since FROM member
WHERE segment_id = (SELECT id FROM segment WHERE key = ?) AND person_id = ?"""

# index run_active_person
_RUNNING: Final = """
SELECT min(entered_at) FROM run
WHERE person_id = ? AND state = 'active' AND chain_id = (SELECT id FROM chain WHERE key = ?)"""
# every stage, the furthest first, by the primary key of member
_STAGE: Final = """
SELECT s.key FROM segment s CROSS JOIN member m
WHERE s.active = 1 AND s.stage IS NOT NULL AND m.segment_id = s.id AND m.person_id = ?
ORDER BY s.stage DESC, s.key LIMIT 1"""
# primary key of person_score
_POINTS: Final = """
SELECT points FROM person_score
WHERE score_id = (SELECT id FROM score WHERE key = ?) AND person_id = ?"""
_THERE: Final = "SELECT 1 FROM person p WHERE p.id = ? AND {place}"
_ADDRESS: Final = "SELECT {column} FROM person WHERE id = ?"
# primary key of consent, index optout_address, primary key of suppression
_REFUSALS: Final = """
SELECT CASE co.state WHEN 'pending' THEN 'not confirmed yet' ELSE 'unsubscribed' END,
  co.at, co.source
FROM consent co WHERE co.person_id = :person AND co.state <> 'subscribed'
  AND co.topic IN (SELECT t.value FROM json_each(:topics) t)
  AND (:channel = '' OR co.channel IN (:channel, '*'))
  AND NOT EXISTS (SELECT 1 FROM consent ye WHERE ye.person_id = co.person_id
    AND ye.state = 'subscribed' AND ye.firm = 1 AND ye.at > co.at
    AND ye.topic IN (SELECT t.value FROM json_each(:topics) t)
    AND ye.channel IN (CASE :channel WHEN '' THEN co.channel ELSE :channel END, '*'))
UNION ALL SELECT 'somebody unsubscribed the address', oo.at, oo.source FROM optout oo
WHERE oo.address IN (SELECT a.value FROM json_each(:addresses) a) AND oo.state <> 'subscribed'
  AND oo.topic IN (SELECT t.value FROM json_each(:topics) t)
  AND (:channel = '' OR oo.channel IN (:channel, '*'))
  AND NOT EXISTS (SELECT 1 FROM optout ye WHERE ye.address = oo.address
    AND ye.state = 'subscribed' AND ye.at > oo.at
    AND ye.topic IN (SELECT t.value FROM json_each(:topics) t)
    AND ye.channel IN (CASE :channel WHEN '' THEN oo.channel ELSE :channel END, '*'))
UNION ALL SELECT CASE substr(su.address, 1, 2) WHEN '*@' THEN 'the domain is suppressed'
  ELSE 'the address is suppressed' END, su.at, su.reason FROM suppression su
WHERE :reach AND su.channel IN (:channel, '*')
  AND su.address_hash IN (SELECT address_hash(:salt, a.value) FROM json_each(:addresses) a
    UNION ALL SELECT address_hash(:salt, domain_key(a.value)) FROM json_each(:addresses) a)
UNION ALL SELECT 'never asked for it, as the topic wants', 0, '' FROM definition d
WHERE NOT :reach AND d.kind = 'topic' AND d.key = :topic
  AND d.active = 1 AND json_extract(d.body, '$.default') = 'out'
  AND NOT EXISTS (SELECT 1 FROM consent ye WHERE ye.person_id = :person
    AND ye.state = 'subscribed' AND ye.topic = d.key
    AND (:channel = '' OR ye.channel IN (:channel, '*')))
ORDER BY 2"""
# primary key of listed
_LISTED: Final = """
SELECT at FROM listed
WHERE segment_id = (SELECT id FROM segment WHERE key = ?) AND person_id = ?"""


@dataclass(frozen=True, slots=True)
class Known:
    """A person's properties: those that are columns, and the others."""

    columns: dict[str, Any]
    props: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tally:
    """How many events a leaf looks at, and when the first and the last of them were."""

    times: int
    first: int | None
    last: int | None


def holds(tx: Tx, predicate: Predicate, person_id: int, now: int) -> bool:
    """Whether the rule, leaving out if the person is still there, is true at `now`.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    values = predicate.bind(now, person=person_id)
    found = ask(tx, _TRUTH.format(sql=predicate.bare), values)
    return bool(found and found[0][0])


def known(tx: Tx, person_id: int) -> Known:
    """All properties of a person; nothing of somebody who is not there."""
    row = tx.execute(_PERSON, (person_id,)).fetchone()
    if row is None:
        return Known({}, {})
    return Known(dict(zip(_COLUMNS, row[1:], strict=True)), from_json(row[0]))


def tally(tx: Tx, leaf: Eventful, zone: str, person_id: int, now: int) -> Tally:
    """The events of the person that the leaf looks at; of a sequence, those that begin one.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    bind = Binder(zone)
    if isinstance(leaf, Series):
        condition = f"e0.person_id = p.id AND {starting(leaf, 0, bind)}"
    else:
        condition = of_person(asked(leaf)[0], window_of(leaf), bind, "e0")
    statement = _TALLY.format(condition=condition)
    (row,) = ask(tx, statement, {**bind.values(now), "person": person_id})
    return Tally(*row)


def total(tx: Tx, leaf: Aggregate, zone: str, person_id: int, now: int) -> float | None:
    """What the person's events come to for the leaf, as the rule writes it.

    Raises:
        RuleFailed: the person's data made the statement fail.
    """
    bind = Binder(zone)
    events = of_person(asked(leaf)[0], leaf.window, bind)
    statement = _TOTAL.format(total=aggregates.total(leaf, bind), events=events)
    found: float | None = ask(tx, statement, {**bind.values(now), "person": person_id})[0][0]
    if found is None or not aggregates.in_units(leaf):
        return found
    return found / aggregates.UNIT


def times(tx: Tx, person_id: int, name: str, first: int, limit: int) -> Iterable[int]:
    """The instants at which the person did `name`, from `first` on."""
    return [row[0] for row in tx.execute(_TIMES, (person_id, name, first, limit))]


def since(tx: Tx, key: str, person_id: int) -> int | None:
    """Since when the person has been in the segment; None if they are not."""
    row = tx.execute(_SINCE, (key, person_id)).fetchone()
    return None if row is None else int(row[0])


def listed(tx: Tx, key: str, person_id: int) -> int | None:
    """Since when the person has been on the list of the segment; None if they are not."""
    row = tx.execute(_LISTED, (key, person_id)).fetchone()
    return None if row is None else int(row[0])


def running(tx: Tx, key: str, person_id: int) -> int | None:
    """Since when the person has been in the chain; None if they are not."""
    found: int | None = tx.execute(_RUNNING, (person_id, key)).fetchone()[0]
    return found


def stage(tx: Tx, person_id: int) -> str | None:
    """The furthest stage that the person is at; None if they are at none."""
    row = tx.execute(_STAGE, (person_id,)).fetchone()
    return None if row is None else str(row[0])


def points(tx: Tx, key: str, person_id: int) -> int:
    """The points that the person has of the score."""
    row = tx.execute(_POINTS, (key, person_id)).fetchone()
    return 0 if row is None else int(row[0])


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was said against messages: what, when, and by whom or why."""

    what: str
    at: int
    source: str


def address(tx: Tx, person_id: int, channel: str) -> str:
    """Where a channel reaches the person; empty if it cannot."""
    if channel in PLACES:
        there = tx.execute(_THERE.format(place=PLACES[channel]), (person_id,)).fetchone()
        return "the browser" if there is not None else ""
    column = "email" if channel == "email" else "phone"
    row = tx.execute(_ADDRESS.format(column=column), (person_id,)).fetchone()
    return address_key(row[0] or "") if row else ""


def refusals(
    tx: Tx, person_id: int, topics: Sequence[str], channel: str | None, *, reach: bool = False
) -> list[Refusal]:
    """What speaks against messages about `topics` on a channel, or on any, the earliest first.

    With `reach` also that the address must never be used.
    """
    asked = ("email", "phone") if channel is None else (channel,)
    addresses = {address(tx, person_id, each) for each in asked} - {""}
    values = {
        "person": person_id,
        "topics": to_json(topics),
        "topic": topics[0],
        "addresses": to_json(sorted(addresses)),
        "channel": channel or "",
        "reach": reach,
        "salt": find_salt(tx),
    }
    return [Refusal(*row) for row in tx.execute(_REFUSALS, values)]


def statement(predicate: Predicate) -> str:
    """The statement that finds everybody who matches; it binds what the predicate binds."""
    return _PEOPLE.format(sql=predicate.sql)


def plan(tx: Tx, sql: str, values: Mapping[str, Any]) -> list[str]:
    """What the database says it will do, line by line, steps of a step indented."""
    depth = {0: -1}
    lines = []
    for step, parent, _, text in tx.execute(f"EXPLAIN QUERY PLAN {sql}", values):
        depth[step] = depth[parent] + 1
        lines.append(f"{'  ' * depth[step]}{text}")
    return lines
