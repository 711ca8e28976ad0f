"""Counts and sums: what the status, the live page, chains and goal reports are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.reports.spans import Stretch
from mautod.duration import MINUTE
from mautod.store import rows
from mautod.store.db import Row, Tx, from_json
from mautod.store.delivery import visits
from mautod.wire import Money, Person, Pump, Segment

SPARK_MINUTES: Final = 60

# --- the installation ---------------------------------------------------------------------------

# primary key of counter
_COUNTER: Final = "SELECT COALESCE((SELECT value FROM counter WHERE name = ?), 0)"
_LAST_EVENT: Final = "SELECT COALESCE(max(id), 0) FROM event"
_SEGMENTS: Final = "SELECT count(*) FROM segment WHERE active = 1"
_CHAINS: Final = "SELECT count(*) FROM chain WHERE state <> 'stopped' AND kind = 'chain'"
_REJECTED: Final = "SELECT count(*) FROM rejected"
_LAST_MESSAGE: Final = "SELECT COALESCE(max(id), 0) FROM message"
# index person_last_seen
_ONLINE: Final = "SELECT count(*) FROM person WHERE last_seen > ? AND merged_into IS NULL"


def people(tx: Tx) -> int:
    """People who are there: absorbed ones are counted with who absorbed them."""
    return _number(tx, _COUNTER, "people")


def events(tx: Tx) -> int:
    """Events ever stored."""
    return _number(tx, _COUNTER, "events")


def last_event(tx: Tx) -> int:
    """The highest event id, 0 before the first."""
    return _number(tx, _LAST_EVENT)


def last_message(tx: Tx) -> int:
    """The highest message id, 0 before the first."""
    return _number(tx, _LAST_MESSAGE)


def segments(tx: Tx) -> int:
    return _number(tx, _SEGMENTS)


def chains(tx: Tx) -> int:
    return _number(tx, _CHAINS)


def rejected(tx: Tx) -> int:
    return _number(tx, _REJECTED)


def online(tx: Tx, now: int) -> int:
    """How many people are on the site."""
    return _number(tx, _ONLINE, now - rows.ONLINE_MS)


def commits(tx: Tx) -> int:
    """Another number whenever somebody else has committed; ask on the same connection each time."""
    return _number(tx, "PRAGMA data_version")


def _number(tx: Tx, sql: str, *values: int | str) -> int:
    return int(tx.execute(sql, values).fetchone()[0])


# index message_state alone
_MESSAGES: Final = (
    "SELECT state, COALESCE(reason, ''), count(*) FROM message GROUP BY state, reason"
)
# index run_chain_state alone
_RUNS: Final = "SELECT state, count(*) FROM run GROUP BY state"
# indexes run_due, chain by chain, and message_due, channel by channel
_NEXT_RUN: Final = (
    "SELECT min((SELECT min(wake_at) FROM run r WHERE r.chain_id = c.id AND r.state = 'active'"
    " AND r.wake_at IS NOT NULL)) FROM chain c WHERE c.state = 'running'"
)
_NEXT_MESSAGE: Final = "SELECT min(due_at) FROM message WHERE state = 'queued'"


def messages(tx: Tx) -> tuple[dict[str, int], dict[str, int]]:
    """Messages by state, and the refused and failed ones by reason."""
    states: dict[str, int] = {}
    reasons: dict[str, int] = {}
    for state, reason, count in tx.execute(_MESSAGES):
        states[state] = states.get(state, 0) + count
        if reason and state in {"refused", "failed"}:
            reasons[reason] = reasons.get(reason, 0) + count
    return states, reasons


def runs(tx: Tx) -> dict[str, int]:
    """Runs by state."""
    return dict(tx.execute(_RUNS).fetchall())


def next_due(tx: Tx) -> int | None:
    """When the earliest sleeping run, queued message or verdict on a visit is due."""
    found = [tx.execute(sql).fetchone()[0] for sql in (_NEXT_RUN, _NEXT_MESSAGE, visits.NEXT)]
    return min((at for at in found if at is not None), default=None)


def pumps(tx: Tx, now: int) -> list[Pump]:
    """Who holds which lease."""
    found = tx.execute("SELECT name, holder, until FROM lease ORDER BY name")
    return [Pump(name, holder, until, until > now) for name, holder, until in found]


# --- the site now -------------------------------------------------------------------------------

# primary key of event_minute
_MINUTES: Final = "SELECT minute, count FROM event_minute WHERE minute > ?"
# index person_last_seen
_VISITORS: Final = f"""
SELECT {rows.PERSON}, p.session_start, p.props ->> 'utm_source', p.props ->> 'utm_medium',
  p.props ->> 'referrer'
FROM person p WHERE p.last_seen > ? AND p.merged_into IS NULL AND p.erased_at IS NULL
ORDER BY p.last_seen DESC LIMIT ?"""


def minutes(tx: Tx, now: int) -> list[int]:
    """Events received in each of the last 60 minutes, the present one last."""
    present = now // MINUTE
    counts = dict(tx.execute(_MINUTES, (present - SPARK_MINUTES,)).fetchall())
    return [int(counts.get(present - back, 0)) for back in range(SPARK_MINUTES - 1, -1, -1)]


@dataclass(frozen=True, slots=True)
class Seen:
    """Who is on the site, since when, and how they came."""

    person: Person
    since: int
    utm_source: str
    utm_medium: str
    referrer: str


def visitors(tx: Tx, now: int, limit: int) -> list[Seen]:
    """Who is on the site, the most recently active first."""
    found = tx.execute(_VISITORS, (now - rows.ONLINE_MS, limit))
    return [
        Seen(rows.person(row, now), row[-4] or row[8], *(str(value or "") for value in row[-3:]))
        for row in found
    ]


# --- segments -----------------------------------------------------------------------------------

_SEGMENT: Final = (
    "SELECT key, name, rule, size, rebuilt_at, COALESCE(error, ''), kind, exclude,"
    " made_at IS NOT NULL, stage FROM segment WHERE active = 1"
)


def segment_list(tx: Tx) -> list[Segment]:
    """Active segments by key; the table is small."""
    return [_segment(row) for row in tx.execute(f"{_SEGMENT} ORDER BY key")]


def segment(tx: Tx, key: str) -> Segment | None:
    row = tx.execute(f"{_SEGMENT} AND key = ?", (key,)).fetchone()
    return _segment(row) if row else None


def _segment(row: Row) -> Segment:
    key, name, rule, size, rebuilt_at, error, kind, exclude, made, stage = row
    return Segment(
        key,
        name,
        rule,
        size,
        rebuilt_at,
        error,
        kind=kind,
        exclude=from_json(exclude),
        made=bool(made),
        stage=stage,
    )


# primary key of member, then of person
_MEMBERS: Final = f"""
SELECT {rows.PERSON}, m.since FROM member m JOIN person p ON p.id = m.person_id
WHERE m.segment_id = (SELECT id FROM segment WHERE key = ?) AND m.person_id > ?
ORDER BY m.person_id LIMIT ?"""


def members(tx: Tx, key: str, after: int, limit: int, now: int) -> list[tuple[Person, int]]:
    """People of a segment with the instant they entered it, ordered by id."""
    found = tx.execute(_MEMBERS, (key, after, limit))
    return [(rows.person(row, now), row[-1]) for row in found]


# --- goals --------------------------------------------------------------------------------------

# index conversion_chain (chain_id, at), chain by chain: CROSS JOIN keeps chain outside; then the
# primary key of message
_GOALS: Final = """
SELECT c.chain_id, c.step, c.template, COALESCE(m.variant, ''), COALESCE(c.currency, ''),
  sum(c.share_e4), sum(c.value_e4)
FROM chain h CROSS JOIN conversion c LEFT JOIN message m ON m.id = c.message_id
WHERE c.chain_id = h.id AND c.at >= ? AND c.at < ? GROUP BY 1, 2, 3, 4, 5"""
_CONVERTED: Final = """
SELECT c.chain_id, c.step, c.template, COALESCE(m.variant, ''), count(DISTINCT c.person_id)
FROM chain h CROSS JOIN conversion c LEFT JOIN message m ON m.id = c.message_id
WHERE c.chain_id = h.id AND c.at >= ? AND c.at < ? AND c.share_e4 > 0 GROUP BY 1, 2, 3, 4"""
# index conversion_chain, people from the rows
_CONVERTED_ALL: Final = """
SELECT count(DISTINCT person_id) FROM conversion
WHERE chain_id = ? AND at >= ? AND at < ? AND share_e4 > 0"""
# index conversion_chain; {day} reads at
_EARNED_DAILY: Final = """
SELECT c.chain_id, {day}, COALESCE(c.currency, ''), sum(c.share_e4), sum(c.value_e4)
FROM chain h CROSS JOIN conversion c
WHERE c.chain_id = h.id AND c.at >= :since AND c.at < :until GROUP BY 1, 2, 3"""

Place = tuple[int, str, str, str]
"""(chain id, step, template, variant)"""
EVER: Final = (0, 2**62)


@dataclass(slots=True)
class Goals:
    """What is credited to one place: goals in 1/10 000, people each once, money by currency."""

    count_e4: int = 0
    people: int = 0
    money_e4: dict[str, int] = field(default_factory=dict)

    @property
    def count(self) -> int | float:
        """How many goals; a shared one is a fraction."""
        return rows.goals(self.count_e4)

    def money(self) -> list[Money]:
        return [rows.money(value, currency) for currency, value in sorted(self.money_e4.items())]

    def add(self, share_e4: int, currency: str, value_e4: int | None) -> None:
        """Credit a part of a goal, and money if it is worth any."""
        self.count_e4 += share_e4
        if value_e4 is not None:
            self.money_e4[currency] = self.money_e4.get(currency, 0) + value_e4


def goals(tx: Tx, since: int, until: int) -> dict[Place, Goals]:
    """What messages are credited with in [since, until), by chain, step, template and variant."""
    found: dict[Place, Goals] = {}
    for *place, currency, share, value in tx.execute(_GOALS, (since, until)):
        found.setdefault(_place(place), Goals()).add(share, currency, value)
    for *place, people_ in tx.execute(_CONVERTED, (since, until)):
        found[_place(place)].people = people_
    return found


def converted(tx: Tx, chain_id: int, since: int, until: int) -> int:
    """How many people's goals a chain is credited with a part of."""
    return int(tx.execute(_CONVERTED_ALL, (chain_id, since, until)).fetchone()[0])


def daily_goals(
    tx: Tx, since: int, until: int, spans: Sequence[Stretch]
) -> dict[tuple[int, int], Goals]:
    """The same by chain and day; nobody counts the people."""
    found: dict[tuple[int, int], Goals] = {}
    values = {"since": since, "until": until, **rows.ahead_values(spans)}
    sql = _EARNED_DAILY.format(day=rows.day_sql("c.at", spans))
    for chain, day, currency, share, value in tx.execute(sql, values):
        found.setdefault((chain, day), Goals()).add(share, currency, value)
    return found


def _place(parts: Sequence[Any]) -> Place:
    chain, step, template, variant = parts
    return chain, step, template, variant


def together(parts: Iterable[Goals]) -> Goals:
    """The sum of several places; a person counts once in each of them."""
    whole = Goals()
    for part in parts:
        whole.count_e4 += part.count_e4
        whole.people += part.people
        for currency, value in part.money_e4.items():
            whole.money_e4[currency] = whole.money_e4.get(currency, 0) + value
    return whole
