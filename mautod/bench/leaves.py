"""Leaves: how long one question takes of everybody, beside the best SQL that a hand would write.

The hand knows what is in the tables: numbers of event names, that nobody has a list where a text
is expected, that nothing is older than the history. The answers must be the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.bench.population import Population
from mautod.clock import monotonic_s
from mautod.core.rules.parser import parse
from mautod.duration import DAY, HOUR
from mautod.errors import Conflict
from mautod.store.db import Database, Tx
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.predicate import count_people
from mautod.store.segments import membership as segments

GOAL_S: Final = 5.0
GOAL_RATIO: Final = 2.0
TRIES: Final = 2
"""Each in its turn, and the better of them counts: the first reads what is not in memory yet."""
LEAST_S: Final = 0.05
"""What takes less is not held against the hand: it is all overhead."""

_HAND: Final = (
    "SELECT count(*) FROM person p WHERE p.merged_into IS NULL AND p.erased_at IS NULL AND {sql}"
)
_BY: Final = "p.id IN (SELECT person_id FROM event WHERE {sql})"
_EACH: Final = "p.id IN (SELECT person_id FROM event WHERE {sql} GROUP BY person_id HAVING {least})"
_IN: Final = "p.id IN (SELECT person_id FROM {table} WHERE {sql})"
_SOFAS: Final = "lower(props ->> 'category') = 'sofas'"
_PRICE: Final = "CAST(props ->> 'price' AS REAL)"


@dataclass(frozen=True, slots=True)
class Leaf:
    """One kind of question, and the condition that a hand would write for it."""

    rule: str
    hand: str


def leaves(now: int) -> list[Leaf]:
    """A leaf of each kind. Events 1 to 6 are those of the population, in its order."""
    week, month = now - 7 * DAY, now - 30 * DAY
    return [
        Leaf('country = "RU"', "lower(p.country) = 'ru'"),
        Leaf('plan = "pro"', "p.props ->> 'plan' = 'pro'"),
        Leaf("orders_count >= 3", "p.props ->> 'orders_count' >= 3"),
        Leaf("email is known", "p.email IS NOT NULL"),
        Leaf('email ends with "7@example.org"', "lower(p.email) LIKE '%7@example.org'"),
        Leaf("last_seen before 30d ago", f"p.last_seen < {month}"),
        Leaf('did "Order Completed"', _BY.format(sql="name_id = 6")),
        Leaf('did "Page Viewed" in 7d', _BY.format(sql=f"name_id = 1 AND ts > {week}")),
        Leaf(
            'did "Product Added" or "Order Completed" >= 2 times in 30d',
            _EACH.format(sql=f"name_id IN (4, 6) AND ts > {month}", least="count(*) >= 2"),
        ),
        Leaf(
            'did "Product Viewed" where category = "sofas" >= 2 times in 30d',
            _EACH.format(sql=f"name_id = 2 AND ts > {month} AND {_SOFAS}", least="count(*) >= 2"),
        ),
        Leaf(
            'sum "Order Completed".price > 1000',
            _EACH.format(sql="name_id = 6", least=f"sum({_PRICE}) > 1000"),
        ),
        Leaf(
            'avg "Order Completed".price > 500 in 30d',
            _EACH.format(sql=f"name_id = 6 AND ts > {month}", least=f"avg({_PRICE}) > 500"),
        ),
        Leaf(
            'max "Order Completed".price > 800',
            _EACH.format(sql="name_id = 6", least=f"max({_PRICE}) > 800"),
        ),
        Leaf(
            'distinct "Product Viewed".category >= 3 in 7d',
            _EACH.format(
                sql=f"name_id = 2 AND ts > {week}",
                least="count(DISTINCT props ->> 'category') >= 3",
            ),
        ),
        Leaf(
            'first "Session Started" before 30d ago',
            _EACH.format(sql="name_id = 3", least=f"min(ts) < {month}"),
        ),
        Leaf(
            'last "Order Completed" in last 7d',
            _EACH.format(sql="name_id = 6", least=f"max(ts) > {week}"),
        ),
        Leaf('did "Product Added" then "Order Completed" within 2h', _sequence()),
        Leaf('did "Product Added" then not "Order Completed" within 1d in 7d', _left(now)),
        Leaf('in segment "vip"', _IN.format(table="member", sql="segment_id = 1")),
        Leaf('in list "staff"', _IN.format(table="listed", sql="segment_id = 2")),
        Leaf(
            'was in segment "vip" in 30d',
            "(p.id IN (SELECT person_id FROM member WHERE segment_id = 1) OR p.id IN"
            f" (SELECT person_id FROM stay WHERE segment_id = 1 AND left_at > {month}))",
        ),
        Leaf(
            'in chain "welcome"', _IN.format(table="run", sql="chain_id = 1 AND state = 'active'")
        ),
        Leaf(
            'score "lead" >= 26',
            _IN.format(table="person_score", sql="score_id = 1 AND points >= 26"),
        ),
        Leaf('stage "vip"', _IN.format(table="member", sql="segment_id = 1")),
        Leaf(
            'subscribed to "offers"',
            "p.id NOT IN (SELECT person_id FROM consent WHERE topic IN ('offers', '*')"
            " AND state <> 'subscribed') AND COALESCE(lower(p.email) NOT IN"
            " (SELECT address FROM optout WHERE topic IN ('offers', '*')), TRUE)",
        ),
        Leaf(
            "reachable by email",
            "p.email <> '' AND lower(p.email) NOT IN (SELECT address FROM suppression)"
            " AND p.id NOT IN (SELECT person_id FROM consent WHERE topic = '*')"
            " AND lower(p.email) NOT IN (SELECT address FROM optout WHERE topic = '*')",
        ),
        Leaf(
            'opened "welcome-1" in 30d',
            _BY.format(
                sql=f"name_id = 5 AND ts > {month} AND lower(props ->> 'template') = 'welcome-1'"
            ),
        ),
    ]  # fmt: skip


def _sequence() -> str:
    return (
        "p.id IN (SELECT a.person_id FROM event a JOIN event b ON b.person_id = a.person_id"
        f" AND b.name_id = 6 AND b.ts >= a.ts AND b.ts < a.ts + {2 * HOUR} AND b.id <> a.id"
        " WHERE a.name_id = 4)"
    )


def _left(now: int) -> str:
    return (
        "p.id IN (SELECT a.person_id FROM event a"
        f" WHERE a.name_id = 4 AND a.ts > {now - 7 * DAY} AND a.ts <= {now - DAY}"
        " AND NOT EXISTS (SELECT 1 FROM event b WHERE b.person_id = a.person_id AND b.name_id = 6"
        f" AND b.ts >= a.ts AND b.ts < a.ts + {DAY} AND b.id <> a.id))"
    )


def furnish(db: Database, population: Population) -> None:
    """Give people segments, runs, points, and some of them a no."""
    with db.write() as tx:
        segments.upsert(tx, "vip", "VIP", "email is known")
        segments.upsert(tx, "staff", "Staff", "email is known")
        tx.execute("UPDATE segment SET stage = 1 WHERE key = 'vip'")
        values = {"now": population.now, "month": population.now - 30 * DAY}
        for statement in _FURNITURE.split(";"):
            tx.execute(statement, values)


_FURNITURE: Final = """
INSERT INTO member SELECT 1, id, :month FROM person WHERE id % 5 = 0;
INSERT INTO stay SELECT id, 1, :month, :now FROM person WHERE id % 10 = 1;
INSERT INTO listed SELECT 2, id, :now FROM person WHERE id % 20 = 0;
INSERT INTO chain (id, key, name, state, definition_id, version, changed_at)
VALUES (1, 'welcome', 'Welcome', 'running', 1, 1, :now);
INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at, step_at)
SELECT 1, 1, id, '', 'active', '', :now, :now FROM person WHERE id % 20 = 1;
INSERT INTO score (id, key, name, definition_id, active) VALUES (1, 'lead', 'Lead', 0, 0);
INSERT INTO person_score SELECT id, 1, id % 50 FROM person WHERE id % 2 = 0;
INSERT INTO consent (person_id, channel, topic, state, at, source)
SELECT id, '*', 'offers', 'unsubscribed', :now, 'link' FROM person
WHERE id % 20 = 3;
INSERT INTO optout (channel, address, topic, at, source)
SELECT '*', lower(email), 'offers', :now, 'link' FROM person
WHERE id % 20 = 4 AND email IS NOT NULL;
INSERT INTO state VALUES ('address_salt', 'pepper');
INSERT INTO suppression (channel, address_hash, address, reason, at)
SELECT 'email', address_hash('pepper', email), lower(email), 'bounced',
  :now FROM person WHERE id % 100 = 5 AND email IS NOT NULL;
ANALYZE
"""


def measure(db: Database, population: Population) -> bool:
    """Print each leaf beside its hand-written SQL; whether all keep the goals.

    Raises:
        Conflict: an answer is not the hand's.
    """
    tx, kept = db.read(), True
    print(f"{'leaf':68} {'ours':>9} {'by hand':>9} {'ratio':>6}")
    for leaf in leaves(population.now):
        tries = [
            (_timed(tx, leaf.rule, population.now), _by_hand(tx, leaf.hand)) for _ in range(TRIES)
        ]
        (ours_s, found), (hand_s, wanted) = map(min, zip(*tries, strict=True))
        if found != wanted:
            raise Conflict(f"{leaf.rule} finds {found} people, by hand {wanted}")
        well = ours_s <= GOAL_S and ours_s <= max(GOAL_RATIO * hand_s, LEAST_S)
        kept = kept and well
        ratio = ours_s / hand_s if hand_s else 0.0
        told = "" if well else "  MISSED"
        print(f"{leaf.rule:68} {ours_s:7.3f} s {hand_s:7.3f} s {ratio:6.2f}{told}")
    print(f"{'':9} goal {GOAL_S:g} s and {GOAL_RATIO:g} times the hand: {_word(kept=kept)}")
    return kept


def _timed(tx: Tx, text: str, now: int) -> tuple[float, int]:
    began = monotonic_s()
    predicate = for_everybody(tx, parse(text), zone="UTC", now=now)
    found = count_people(tx, predicate, now)
    return monotonic_s() - began, found


def _by_hand(tx: Tx, condition: str) -> tuple[float, int]:
    began = monotonic_s()
    found: int = tx.execute(_HAND.format(sql=condition)).fetchone()[0]
    return monotonic_s() - began, found


def _word(*, kept: bool) -> str:
    return "kept" if kept else "MISSED"
