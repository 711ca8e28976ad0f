"""What a score comes to, written as plainly as possible, and scores drawn from small pools."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st
from rules_oracle import Oracle, Person
from rules_strategies import PERSON_PATHS, SPANS, brief, lone_wheres, rules, tests

from mautod.core.rules.printer import show
from mautod.core.rules.tree import All, Amount, Asked, InSegment, Not, Rule, Scored, Test
from mautod.core.scoring import Each, Halves, Lasts, Level, Row, Score, While
from mautod.duration import HOUR, SECOND
from mautod.services.segments.refresh import Segments
from mautod.store import catalog
from mautod.store.db import Tx, to_json
from mautod.store.segments import membership as segments
from mautod.store.segments import scores

NAMES = st.sampled_from(("A", "A", "B", "Ünter"))


def points_of(oracle: Oracle, score: Score, person: Person) -> int:
    """What somebody has at the oracle's instant."""
    return 0 if person.gone else sum(_row(oracle, row, person) for row in score.rows)


def _row(oracle: Oracle, row: Row, person: Person) -> int:
    if isinstance(row, While):
        return row.points if oracle.ask(row.rule, person) else 0
    found = oracle.found(Asked((row.event,), row.where), None, person)
    ages = sorted(oracle.now - event.ts for event in found)
    if isinstance(row.decay, Lasts):
        ages = [age for age in ages if age < row.decay.span_ms]
    return sum(_worth(row, age) for age in ages[: row.most])


def _worth(row: Each, age: int) -> int:
    left, sign = abs(row.points), 1 if row.points > 0 else -1
    if isinstance(row.decay, Halves):
        while age >= row.decay.span_ms and left:
            left, age = left // 2, age - row.decay.span_ms
    return sign * left


points = st.sampled_from((1, 2, 3, 5, 7, 20, -1, -4, 10_000))
spans = st.sampled_from([span for span in SPANS if span >= SECOND])
decays = st.none() | spans.map(Lasts) | spans.map(Halves)
eaches = st.builds(
    Each, NAMES, points, st.none() | brief(lone_wheres), st.none() | st.integers(1, 3), decays
)
levels = st.lists(st.sampled_from((1, 3, 10, 26)), unique=True).map(
    lambda some: tuple(Level(f"l{number}", number) for number in sorted(some))
)

busy_eaches = st.builds(
    Each,
    st.just("A"),
    st.sampled_from((1, 3, 20, -4)),
    st.sampled_from((None, None, Test(("n",), "=", 1))),
    st.none() | st.integers(1, 3),
    st.none() | st.sampled_from((Lasts(HOUR), Halves(HOUR), Lasts(2 * HOUR), Halves(2 * HOUR))),
)
busy_scores = st.builds(
    Score, st.just("busy"), st.just("Busy"), st.lists(busy_eaches, min_size=1, max_size=2), levels
).map(lambda score: replace(score, rows=tuple(score.rows)))
busy_steps = st.lists(
    st.tuples(
        st.just("event"),
        st.just(1),
        st.just("A"),
        st.sampled_from((0, 1, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR)),
        st.sampled_from(({"n": 1}, {"n": 2})),
    )
    | st.tuples(st.just("wait"), st.sampled_from((1, HOUR - 1, HOUR, 2 * HOUR, -HOUR))),
    min_size=3,
    max_size=12,
)
"""Rows and lives that meet often: one name, one value, ties, and spans at their edges."""


amounts = st.builds(Amount, st.sampled_from((">=", "<", "=")), st.sampled_from((-3, 0, 3, 10)))


def written(key: str, asked: Rule) -> st.SearchStrategy[Score]:
    """A score with rows about events, about properties, and about `asked`."""
    some: Any = brief(tests(PERSON_PATHS, relative=True)) | st.sampled_from((asked, Not(asked)))
    row: Any = eaches | eaches | st.builds(While, some, points)
    several = st.lists(row, min_size=1, max_size=4).map(tuple)
    return brief(st.builds(Score, st.just(key), st.just(key.title()), several, levels))


def define(tx: Tx, score: Score) -> int:
    """Put a score in force; its number."""
    kept = catalog.put(tx, "score", score.key, "workspace/scoring.toml", to_json(score.body()), 0)
    scores.put(tx, kept, score.name)
    found = scores.find(tx, score.key)
    assert found is not None
    return found.id


@st.composite
def definitions(draw: Any) -> tuple[dict[str, Rule], list[Score]]:
    """Segments and scores in turn, each of which may ask those before it."""
    one = draw(rules())
    heat = draw(written("heat", InSegment("one")))
    asked = Scored("heat", draw(amounts))
    two = draw(st.sampled_from((asked, All((InSegment("one"), asked)))))
    risk = draw(written("risk", draw(st.sampled_from((InSegment("two"), Not(asked))))))
    return {"one": one, "two": two}, [heat, risk]


def set_up(tx: Tx, given_rules: dict[str, Any], some: list[Score], zone: str = "UTC") -> Segments:
    for key, rule in given_rules.items():
        segments.upsert(tx, key, key, rule if isinstance(rule, str) else show(rule))
    for score in some:
        define(tx, score)
    catalog.bump(tx)
    return Segments(zone)
