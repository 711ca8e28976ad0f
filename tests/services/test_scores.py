"""Points stay true: after each event, after a sweep, after a rebuild."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rules_strategies import (
    EVENTS,
    NOW,
    OFFSETS,
    ZONES,
    columns,
    event_props,
    json_values,
    props,
)
from rules_world import World
from scores_oracle import busy_scores, busy_steps, definitions, points_of, set_up

from mautod.core.event import Touched
from mautod.core.rules.parser import parse
from mautod.core.scoring import Each, Halves, Lasts, Level, Score, While
from mautod.duration import DAY, HOUR, SECOND
from mautod.errors import NotFound
from mautod.store import catalog
from mautod.store.db import Database
from mautod.store.segments import membership as segments
from mautod.store.segments import scores

SCORES = ("heat", "risk")
MOST_PEOPLE = 3

who = st.integers(1, MOST_PEOPLE)
steps = st.one_of(
    st.tuples(
        st.just("event"), who, st.sampled_from(EVENTS), st.sampled_from(OFFSETS), event_props
    ),
    st.tuples(st.just("prop"), who, st.sampled_from(("n", "s", "d", "o")), json_values),
    st.tuples(st.just("wait"), st.sampled_from((1, SECOND, HOUR, DAY, 7 * DAY, -HOUR))),
    st.tuples(st.just("drift"), st.sampled_from((1, HOUR, 2 * HOUR, DAY, -1, -HOUR))),
    st.tuples(st.just("merge"), who, who),
)
SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("scores") / "mautod.db").open()
    yield database
    database.close()


def stored(tx):
    found = tx.execute(
        "SELECT s.key, ps.person_id, ps.points FROM person_score ps JOIN score s"
        " ON s.id = ps.score_id"
    ).fetchall()
    return {(key, person): points for key, person, points in found}


def expected(world, given_rules, some, now):
    oracle = world.oracle(now, segments=given_rules)
    for score in some:
        for person in world.people.values():
            person.points[score.key] = points_of(oracle, score, person)
    found = {(s.key, p.id): p.points[s.key] for s in some for p in world.people.values()}
    return {which: points for which, points in found.items() if points}


def touched_by(world, step, now):
    match step:
        case "event", person, name, offset, given_props:
            return world.happen(person, name, now - offset, given_props)
        case "prop", person, name, value:
            return world.set(person, name, value)
        case "merge", winner, loser:
            return world.merge(winner, loser, now)
    return Touched()


def reached(some, before, after):
    """The events that these changes are, as (person, score, threshold, points)."""
    return {
        (person, score.key, level.points, points)
        for score in some
        for (key, person), points in after.items()
        for level in score.levels
        if key == score.key and before.get((key, person), 0) < level.points <= points
    }


def told(moves):
    return {
        (person, p["score"], p["threshold"], p["points"])
        for person, name, p in moves
        if name == "Score Reached"
    }


@SETTINGS
@given(
    definitions(),
    st.lists(st.tuples(columns, props), min_size=MOST_PEOPLE, max_size=MOST_PEOPLE),
    st.lists(steps, max_size=12),
    st.sampled_from(ZONES),
)
def test_refresh_sweep_rebuild_and_oracle_agree_along_any_history(
    db, defined, lives, history, zone
):
    given_rules, some = defined
    with db.write() as tx:
        world = World(tx, zone)
        for given_columns, given_props in lives:
            world.add(given_columns, given_props)
        living = set_up(tx, given_rules, some, zone)
        now = swept = NOW
        rebuild(tx, living, world, now)
        assert stored(tx) == expected(world, given_rules, some, now)
        drifted = False
        for step in history:
            before = stored(tx)
            if step[0] in ("wait", "drift"):
                now += step[1]
                drifted = step[0] == "drift" or drifted
            if step[0] == "wait":
                moves = living.sweep(tx, now)
                drifted, swept = False, now
            else:
                moves = living.refresh(tx, touched_by(world, step, now), now)
            world.watch(inside(tx), max(now, swept))
            if step[0] != "merge":
                assert told(moves) == reached(some, before, stored(tx)), step
            if not drifted:
                assert stored(tx) == expected(world, given_rules, some, now), step
        living.sweep(tx, now)
        world.watch(inside(tx), now)
        assert stored(tx) == expected(world, given_rules, some, now)
        rebuild(tx, living, world, now)
        assert stored(tx) == expected(world, given_rules, some, now)


@settings(SETTINGS, max_examples=200)
@given(busy_scores, busy_steps)
def test_points_are_exact_at_every_edge_of_every_event(db, score, history):
    with db.write() as tx:
        world = World(tx)
        world.add({}, {})
        living, now = set_up(tx, {}, [score]), NOW
        living.sweep(tx, now)
        for step in history:
            before = stored(tx)
            if step[0] == "wait":
                now += step[1]
                moves = living.sweep(tx, now)
            else:
                moves = living.refresh(tx, touched_by(world, step, now), now)
            right = expected(world, {}, [score], now)
            assert stored(tx) == right, step
            assert told(moves) == reached([score], before, right)
            living.rebuild_score(tx, score.key, now)
            assert stored(tx) == right, "rebuilt"


def rebuild(tx, living, world, now):
    for segment, score in zip(("one", "two"), SCORES, strict=True):
        living.rebuild(tx, segment, now)
        world.watch(inside(tx), now)
        living.rebuild_score(tx, score, now)


def inside(tx):
    return {
        found.key: {person for person, _ in segments.members(tx, found.key, 0, 100)}
        for found in segments.list_segments(tx)
    }


LEAD = Score(
    "lead",
    "Lead",
    (
        While(parse("email is known"), 10),
        Each("Pricing Viewed", 3, most=5),
        Each("Demo Asked", 20, decay=Halves(30 * DAY)),
        Each("Mail Ignored", -4, decay=Lasts(7 * DAY)),
    ),
    (Level("warm", 10), Level("hot", 26)),
)


@pytest.fixture
def lead(db):
    """One person, known by email; the living score, rebuilt."""
    with db.write() as tx:
        world = World(tx)
        person = world.add({"email": "a@example.com"}, {})
        living = set_up(tx, {}, [LEAD])
        living.rebuild_score(tx, "lead", NOW)
        yield Lead(tx, world, living, person)


class Lead:
    def __init__(self, tx, world, living, person):
        self.tx, self.world, self.living, self.person = tx, world, living, person

    def did(self, name, now):
        return self.living.refresh(self.tx, self.world.happen(self.person, name, now, {}), now)

    def points(self):
        return stored(self.tx).get(("lead", self.person), 0)


def test_a_rebuild_counts_and_makes_no_events(lead):
    assert lead.points() == 10
    assert lead.living.refresh(lead.tx, Touched(everything={lead.person}), NOW) == []


def test_an_event_counts_so_often_and_no_oftener(lead):
    for _ in range(7):
        lead.did("Pricing Viewed", NOW)
    assert lead.points() == 10 + 5 * 3


def test_reaching_a_level_is_an_event_each_time_it_is_reached_from_below(lead):
    moves = lead.did("Demo Asked", NOW)
    hot = {"score": "lead", "level": "hot", "threshold": 26, "points": 30}
    assert moves == [(lead.person, "Score Reached", hot)]
    assert lead.did("Pricing Viewed", NOW) == []
    assert lead.living.sweep(lead.tx, NOW + 30 * DAY - 1) == []
    assert lead.points() == 33
    assert lead.living.sweep(lead.tx, NOW + 30 * DAY) == []
    assert lead.points() == 23
    (again,) = lead.did("Pricing Viewed", NOW + 30 * DAY)
    assert again[2] == hot | {"points": 26}


def test_an_event_halves_until_nothing_is_left(lead):
    lead.did("Demo Asked", NOW)
    left = []
    for time in range(1, 7):
        lead.living.sweep(lead.tx, NOW + time * 30 * DAY)
        left.append(lead.points() - 10)
    assert left == [10, 5, 2, 1, 0, 0]


def test_points_below_nothing_are_taken_until_their_time_is_over(lead):
    lead.world.set(lead.person, "x", 1)
    for _ in range(3):
        lead.did("Mail Ignored", NOW)
    assert lead.points() == 10 - 12
    assert lead.living.sweep(lead.tx, NOW + 7 * DAY) == [
        (
            lead.person,
            "Score Reached",
            {"score": "lead", "level": "warm", "threshold": 10, "points": 10},
        )
    ]


def test_two_levels_at_once_are_two_events_the_lower_first(lead):
    lead.tx.execute("UPDATE person SET email = NULL")
    touched = Touched(props={"email": {lead.person}})
    assert lead.living.refresh(lead.tx, touched, NOW) == []
    assert lead.points() == 0
    for _ in range(5):
        lead.world.happen(lead.person, "Demo Asked", NOW, {})
    moves = lead.living.refresh(lead.tx, Touched(events={"Demo Asked": {lead.person}}), NOW)
    assert [props["level"] for _, _, props in moves] == ["warm", "hot"]


def test_who_asks_a_score_hears_of_every_change_of_its_points(lead):
    touched = lead.world.happen(lead.person, "Pricing Viewed", NOW, {})
    lead.living.refresh(lead.tx, touched, NOW)
    assert touched.facts == {"score lead": {lead.person}}
    lead.did("Demo Asked", NOW)
    touched = Touched()
    lead.living.sweep(lead.tx, NOW + 30 * DAY, touched)
    assert touched.facts == {"score lead": {lead.person}}


def test_two_people_who_merge_are_counted_together_and_told_once(lead):
    other = lead.world.add({}, {})
    lead.did("Pricing Viewed", NOW)
    one = lead.world.happen(other, "Demo Asked", NOW, {})
    lead.living.refresh(lead.tx, one, NOW)
    assert stored(lead.tx) == {("lead", lead.person): 13, ("lead", other): 20}
    moves = lead.living.refresh(lead.tx, lead.world.merge(lead.person, other, NOW), NOW)
    assert stored(lead.tx) == {("lead", lead.person): 33}
    assert [props["level"] for _, _, props in moves] == ["hot"]


def test_the_erased_have_no_points_and_reach_nothing(lead):
    lead.tx.execute("UPDATE person SET erased_at = 1")
    assert lead.living.refresh(lead.tx, Touched(everything={lead.person}), NOW) == []
    assert stored(lead.tx) == {}


def test_a_score_that_does_not_depend_on_what_changed_is_not_asked(lead):
    touched = lead.world.happen(lead.person, "Elsewhere", NOW, {})
    asked = []
    lead.tx.set_trace_callback(asked.append)
    try:
        lead.living.refresh(lead.tx, touched, NOW)
    finally:
        lead.tx.set_trace_callback(None)
    assert not any("json_each" in statement for statement in asked)


def test_points_follow_a_segment_in_the_same_walk(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        score = Score("keen", "Keen", (While(parse('in segment "zealous"'), 5),))
        living = set_up(tx, {"zealous": 'did "A" in 1h'}, [score])
        living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        assert stored(tx) == {("keen", person): 5}
        living.sweep(tx, NOW + HOUR)
        assert stored(tx) == {}


def test_one_person_with_broken_data_is_set_aside_and_the_others_are_counted(db):
    with db.write() as tx:
        world = World(tx)
        for _ in range(5):
            world.add({}, {"x": 1})
        tx.execute("UPDATE person SET props = '{broken' WHERE id = 3")
        living = set_up(tx, {}, [Score("x", "X", (While(parse("x = 1"), 2),))])
        touched = Touched(everything={1, 2, 3, 4, 5})
        living.refresh(tx, touched, NOW)
        living.refresh(tx, touched, NOW)
        assert stored(tx) == {("x", person): 2 for person in (1, 2, 4, 5)}
        (aside,) = tx.execute("SELECT kind, field, body, reason FROM rejected").fetchall()
        assert aside[:3] == ("rule", "x", '{"score":"x"}')
        assert "person 3" in aside[3]
        assert "malformed JSON" in str(scores.find(tx, "x").error)


def test_a_score_that_cannot_be_read_is_set_aside_and_the_others_are_counted(db):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        some = [Score(key, key, (Each("A", 1),)) for key in ("bad", "good")]
        living = set_up(tx, {}, some)
        tx.execute("UPDATE definition SET body = '{\"points\":[{}]}' WHERE key = 'bad'")
        living.refresh(tx, world.happen(person, "A", NOW, {}), NOW)
        living.sweep(tx, NOW + 1)
        assert stored(tx) == {("good", person): 1}
        assert tx.execute("SELECT field FROM rejected").fetchall() == [("bad",)]
        with pytest.raises(NotFound):
            living.rebuild_score(tx, "nowhere", NOW)


def test_a_score_that_is_taken_away_takes_its_points_along(lead):
    scores.deactivate(lead.tx, "lead")
    catalog.bump(lead.tx)
    assert stored(lead.tx) == {}
    lead.did("Pricing Viewed", NOW)
    assert stored(lead.tx) == {}
    assert scores.list_scores(lead.tx) == []
