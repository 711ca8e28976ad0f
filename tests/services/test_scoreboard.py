"""Who has how many points, how they are spread, and why: what operators are told of a score."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_kit import START, Office
from rules_strategies import NOW, ZONES, columns, happenings, props
from rules_world import World
from scores_oracle import busy_scores, define, points_of, written

from mautod import wire
from mautod.core.rules.parser import parse
from mautod.core.scoring import Each, Halves, Lasts, Level, Score, While
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput, NotFound
from mautod.services.segments import forecast
from mautod.services.segments.refresh import Segments
from mautod.services.segments.scores import Accountant
from mautod.store import catalog
from mautod.store.db import Database
from mautod.store.segments import scores

SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
LEAD = Score(
    "lead",
    "Lead",
    (
        While(parse("email is known"), 10),
        Each("Pricing Viewed", 3, most=2),
        Each("Demo Asked", 16, decay=Halves(30 * DAY)),
        Each("Mail Ignored", -4, decay=Lasts(7 * DAY)),
    ),
    (Level("warm", 10), Level("hot", 26)),
)


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    with made.db.write() as tx:
        define(tx, LEAD)
        catalog.bump(tx)
    yield made
    made.close()


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("board") / "mautod.db").open()
    yield database
    database.close()


def give(office, *points):
    """People with so many points each, whatever the rules say; their ids."""
    ids = []
    for number, some in enumerate(points, start=1):
        ids.append(office.know(f"u{number}"))
        with office.db.write() as tx:
            tx.execute("INSERT INTO person_score VALUES (?, 1, ?)", (ids[-1], some))
    return ids


def test_a_score_tells_what_gives_points_and_how_many_reached_what(office):
    give(office, 9, 10, 26, 31, -4)
    (score,) = office.desk.scores().items
    assert (score.key, score.name, score.people, score.low, score.high) == (
        "lead",
        "Lead",
        5,
        -4,
        31,
    )
    assert score.thresholds == [wire.Threshold("warm", 10, 3), wire.Threshold("hot", 26, 2)]
    assert score.rows[2] == wire.ScoreRow('did "Demo Asked"', "+16 each, halved every 30d")
    assert score.error == ""


def test_points_are_spread_over_bins_of_a_round_width(office):
    give(office, -3, 0 + 1, 4, 31, 39, 39)
    office.know("somebody")
    found = office.desk.score("lead")
    assert found.without == 1
    assert [(each.low, each.high) for each in found.bins][:3] == [(-5, -1), (0, 4), (5, 9)]
    assert [each.people for each in found.bins] == [1, 2, 0, 0, 0, 0, 0, 1, 2]
    assert sum(each.people for each in found.bins) == found.score.people


@given(st.lists(st.integers(-HOUR, HOUR).filter(bool), min_size=1, max_size=9))
@SETTINGS
def test_everybody_is_in_one_bin_and_bins_are_few(db, some):
    from mautod.services.segments import scores as board  # noqa: PLC0415

    with db.write() as tx:
        World(tx)
        define(tx, LEAD)
        rows = [(person, points) for person, points in enumerate(some, start=1)]
        tx.executemany("INSERT INTO person_score SELECT ?, id, ? FROM score", rows)
        found = board.distribution(tx, "lead")
    assert 1 <= len(found.bins) <= 21
    for each in found.bins:
        assert each.people == sum(each.low <= points <= each.high for points in some)
    assert sum(each.people for each in found.bins) == len(some)


def test_a_score_that_nobody_has_points_of_has_no_bins(office):
    found = office.desk.score("lead")
    assert (found.bins, found.score.low, found.score.people) == ([], None, 0)


def test_people_come_highest_first_page_by_page_and_none_twice(office):
    ids = give(office, 5, 31, 26, 26, -2, 40)
    everybody = [(40, ids[5]), (31, ids[1]), (26, ids[3]), (26, ids[2]), (5, ids[0]), (-2, ids[4])]
    after, seen = "", []
    while True:
        page = office.desk.score_people("lead", after=after, limit=2)
        seen += [(each.points, each.person.id) for each in page.items]
        if page.next is None:
            break
        after = page.next
    assert seen == everybody
    hot = office.desk.score_people("lead", 26)
    assert [(each.points, each.person.id) for each in hot.items] == everybody[:4]
    assert office.desk.score_people("lead", 41).items == []


@pytest.mark.parametrize("after", ["x", "1", "1.2.3", "1.-2", "²6.1", "9" * 30 + ".1"])
def test_a_place_that_is_none_is_refused(office, after):
    with pytest.raises(BadInput, match="no place"):
        office.desk.score_people("lead", after=after)


def test_an_unknown_score_is_refused_with_the_nearest_name(office):
    for ask in (
        lambda: office.desk.score("leed"),
        lambda: office.desk.score_people("leed"),
        lambda: office.desk.score_explain("leed", str(office.know("u1"))),
    ):
        with pytest.raises(NotFound, match=r"no score 'leed'\. Did you mean lead\?"):
            ask()
    with office.db.write() as tx:
        scores.deactivate(tx, "lead")
    with pytest.raises(NotFound, match=r"scoring\.toml"):
        office.desk.score("lead")


def test_the_points_of_a_person_are_explained_row_by_row(office):
    anna = office.know("anna", email="anna@example.com")
    for _ in range(3):
        office.did("anna", "Pricing Viewed")
    office.did("anna", "Demo Asked").later("31d")
    found = office.desk.score_explain("lead", "anna")
    assert (found.person.id, found.points, found.level) == (anna, 10 + 6 + 8, "warm")
    known, pricing, demo, ignored = found.rows
    assert (known.holds, known.points, known.times) == (True, 10, None)
    assert (pricing.times, pricing.points, pricing.terms) == (2, 6, "+3 each, at most 2 times")
    assert demo.latest == [wire.CountedEvent(START, 8)]
    assert (demo.turns_at, demo.turns_to) == (START + 60 * DAY, 4)
    assert (ignored.times, ignored.points, ignored.turns_at) == (0, 0, None)
    assert (found.turns_at, found.turns_to) == (START + 60 * DAY, 20)


def test_who_did_too_much_is_told_so_instead_of_a_wrong_forecast(office, monkeypatch):
    monkeypatch.setattr(forecast, "MOST_INSTANTS", 2)
    office.know("anna")
    for _ in range(3):
        office.did("anna", "Demo Asked").later("1s")
    found = office.desk.score_explain("lead", "anna")
    assert (found.unsure, found.turns_at, found.points) == (True, None, 48)
    assert found.rows[2].unsure
    assert not found.rows[0].unsure


def test_a_segment_that_asks_a_score_is_foretold_by_the_age_of_its_points(office):
    """And through another score that asks the first."""
    asking = Score("hot", "Hot", (While(parse('score "lead" >= 20'), 5),))
    with office.db.write() as tx:
        define(tx, asking)
        catalog.bump(tx)
    office.segment("lead", 'score "lead" >= 20').segment(
        "hot", 'score "hot" = 5 and email is known'
    )
    office.know("anna", email="anna@example.com")
    office.did("anna", "Demo Asked")
    falls = START + 30 * DAY
    for key in ("lead", "hot"):
        found = office.desk.explain(key, "anna")
        assert (found.matches, found.turns_at) == (True, falls)
    assert office.desk.explain("lead", "anna").rule.turns_at == falls
    told = office.desk.score_explain("hot", "anna")
    assert (told.points, told.turns_at, told.turns_to) == (5, falls, 0)
    assert told.rows[0].turns_at == falls


def test_a_card_shows_every_score_with_its_measure_and_level(office):
    with office.db.write() as tx:
        define(tx, Score("calm", "Calm", (Each("Rested", 2),)))
        catalog.bump(tx)
    office.know("anna", email="anna@example.com")
    office.did("anna", "Demo Asked")
    office.know("boris")
    office.did("boris", "Rested")
    assert office.desk.person("anna").scores == [
        wire.PersonScore("calm", "Calm", 0, 2),
        wire.PersonScore("lead", "Lead", 26, 26, "hot"),
    ]


def test_a_score_that_cannot_be_read_says_so_and_shows_what_it_can(office):
    give(office, 7)
    with office.db.write() as tx:
        tx.execute("UPDATE definition SET body = '{}' WHERE kind = 'score'")
    (score,) = office.desk.scores().items
    assert "1 to 50 rows of points" in score.error
    assert (score.people, score.rows) == (1, [])
    assert office.desk.person("u1").scores == [wire.PersonScore("lead", "Lead", 7, 7)]


@SETTINGS
@given(
    written("lead", parse("email is known")),
    columns,
    props,
    st.lists(happenings, max_size=8),
    st.sampled_from(ZONES),
)
def test_rows_add_up_to_what_is_kept_and_to_what_the_oracle_says(
    db, score, given_columns, given_props, happened, zone
):
    with db.write() as tx:
        world = World(tx, zone)
        person = world.add(given_columns, given_props)
        for name, offset, event_props in happened:
            world.happen(person, name, NOW - offset, event_props)
        define(tx, score)
        Segments(zone).rebuild_score(tx, "lead", NOW)
        found = Accountant(tx, zone, NOW, person).explain("lead")
        kept = tx.execute("SELECT points FROM person_score").fetchone()
        assert found.points == sum(row.points for row in found.rows) == (kept[0] if kept else 0)
        assert found.points == points_of(world.oracle(NOW), score, world.people[person])
        for row in found.rows:
            if row.times is not None and row.times <= 10:
                assert len(row.latest) == row.times
                assert sum(event.points for event in row.latest) == row.points


@SETTINGS
@given(busy_scores, st.lists(st.integers(0, 5 * HOUR), max_size=5))
def test_what_is_foretold_comes_to_the_millisecond(db, score, offsets):
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        for offset in offsets:
            world.happen(person, "A", NOW - offset, {"n": 1})
        define(tx, score)
        found = Accountant(tx, "UTC", NOW, person).explain("busy")

        def points(at):
            return points_of(world.oracle(at), score, world.people[person])

        ahead = [NOW + n * HOUR - o + by for n in range(12) for o in offsets for by in (-1, 0)]
        assert points(NOW) == found.points
        changed = [at for at in ahead if at > NOW and points(at) != found.points]
        if found.turns_at is None:
            assert changed == []
        else:
            assert points(found.turns_at) == found.turns_to != found.points
            assert points(found.turns_at - 1) == found.points
            assert min(changed) >= found.turns_at
