"""Segments that ask each other, histories of a few people, and both databases beside each other."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from hypothesis import strategies as st
from pg_kit import Tx as Pg
from pg_kit import copy
from rules_strategies import (
    EVENTS,
    OFFSETS,
    event_props,
    json_values,
    noes,
    rules,
)
from rules_world import TABLES, World

from mautod.core.event import Touched
from mautod.core.rules.printer import show
from mautod.core.rules.tree import Rule
from mautod.core.segments import Segment
from mautod.duration import DAY, HOUR, SECOND
from mautod.services.segments.refresh import Segments
from mautod.store import catalog
from mautod.store.db import Tx
from mautod.store.segments import membership as segments

KEYS = ("one", "two", "three", "four")
STAGES = {"one": 1, "two": 2}
MOST_PEOPLE = 3

who = st.integers(1, MOST_PEOPLE)
steps = st.one_of(
    st.tuples(
        st.just("event"), who, st.sampled_from(EVENTS), st.sampled_from(OFFSETS), event_props
    ),
    st.tuples(st.just("prop"), who, st.sampled_from(("n", "s", "d", "o")), json_values),
    st.tuples(st.just("seen"), who, st.sampled_from(OFFSETS)),
    st.tuples(st.just("wait"), st.sampled_from((1, SECOND, HOUR, DAY, 7 * DAY, -HOUR))),
    st.tuples(st.just("drift"), st.sampled_from((1, HOUR, 2 * HOUR, DAY, -1, -HOUR))),
    st.tuples(st.just("merge"), who, who),
    st.tuples(st.just("walk"), who, st.booleans()),
    st.tuples(st.just("no"), who, noes),
    st.tuples(st.just("score"), who, st.sampled_from(("lead", "churn")), st.integers(-3, 30)),
    st.tuples(st.just("list"), who, st.sampled_from(KEYS), st.booleans()),
)


@st.composite
def definitions(draw: Any) -> dict[str, Rule]:
    """Four rules, each of which may ask for membership of those before it."""
    return {
        key: draw(rules(segments=KEYS[:number], stages=() if key in STAGES else tuple(STAGES)))
        for number, key in enumerate(KEYS)
    }


def define(tx: Tx, given_rules: dict[str, Any], zone: str = "UTC") -> Segments:
    for key, rule in given_rules.items():
        text = rule if isinstance(rule, str) else show(rule)
        segments.put(tx, Segment(key, key, text, stage=STAGES.get(key)))
    catalog.bump(tx)
    return Segments(zone)


def inside(tx: Tx) -> dict[str, set[int]]:
    return {
        key: {person for person, _ in segments.members(tx, key, 0, 100)}
        for key in (found.key for found in segments.list_segments(tx))
    }


def touched_by(world: World, step: tuple[Any, ...], now: int) -> Touched:  # noqa: C901, PLR0911 - a step of each kind
    match step:
        case "event", person, name, offset, event_props:
            return world.happen(person, name, now - offset, event_props)
        case "prop", person, name, value:
            return world.set(person, name, value)
        case "seen", person, offset:
            return world.see(person, now - offset)
        case "walk", person, on:
            return world.walk(person, "walk", now, on=on)
        case "score", person, key, points:
            return world.score(person, key, points)
        case "no", person, (how, topic, channel):
            return world.say_no(person, how, topic, channel, now)
        case "list", person, key, on:
            return world.enlist(person, key, on=on)
        case "merge", winner, loser:
            return world.merge(winner, loser, now)
    return Touched()


TRUTH = ("member", "stay", "segment", "person_date", "person_score", "score", "state", "rejected")


def kept(tx: Any) -> dict[str, list[Any]]:
    """What a refresh, a sweep or a rebuild may change."""
    return {table: sorted(tx.execute(f"SELECT * FROM {table}"), key=repr) for table in TRUTH}


class Twins:
    """What `Segments` does on SQLite, done on PostgreSQL before; it must come to the same."""

    def __init__(self, ours: Segments, pg: Pg, zone: str) -> None:
        self.ours = ours
        self.theirs = Segments(zone)
        self.pg = pg

    def _both(self, act: str, tx: Tx, *told: Any) -> Any:
        with self.pg.for_a_while() as pg:
            copy(tx, pg, TABLES)
            found: Any = getattr(self.theirs, act)(pg, *deepcopy(told))
            left = kept(pg)
        assert getattr(self.ours, act)(tx, *told) == found
        assert kept(tx) == left
        return found

    def rebuild(self, tx: Tx, key: str, now: int) -> Any:
        return self._both("rebuild", tx, key, now)

    def rebuild_score(self, tx: Tx, key: str, now: int) -> Any:
        return self._both("rebuild_score", tx, key, now)

    def refresh(self, tx: Tx, touched: Touched, now: int) -> Any:
        return self._both("refresh", tx, touched, now)

    def sweep(self, tx: Tx, now: int) -> Any:
        return self._both("sweep", tx, now)

    def next_turn(self, tx: Tx, now: int, until: int) -> Any:
        return self._both("next_turn", tx, now, until)
