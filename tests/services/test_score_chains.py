"""A score moves what stands on it: chains, segments, people who become one and two again."""

from __future__ import annotations

import pytest
from office_kit import Office
from scores_oracle import define

from mautod import wire
from mautod.core.rules.parser import parse
from mautod.core.scoring import Each, Halves, Level, Score, While
from mautod.duration import DAY
from mautod.services.segments.refresh import Segments
from mautod.services.segments.sweep import sweep
from mautod.store import catalog

LEAD = Score(
    "lead",
    "Lead",
    (While(parse("email is known"), 10), Each("Demo Asked", 16, decay=Halves(30 * DAY))),
    (Level("warm", 10), Level("hot", 26)),
)
HOT = """
name  = "Hot lead"
topic = "offers"
enter = { event = "Score Reached", where = 'score = "lead" and level = "hot"', again = "always" }
leave = 'score "lead" < 20'

[[step]]
wait = "40d"
[[step]]
set = { called = true }
"""


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop").chain(HOT, "hot")
    with made.db.write() as tx:
        define(tx, LEAD)
        catalog.bump(tx)
    yield made
    made.close()


def swept(office, span):
    office.later(span)
    sweep(office.db, office._digest._reactions, office.now)
    return office


def runs(office):
    return office.db.read().execute("SELECT person_id, state, outcome FROM run").fetchall()


def told(office, name):
    found = office.db.read().execute(
        "SELECT e.person_id, e.props ->> 'level' FROM event e JOIN event_name n"
        " ON n.id = e.name_id WHERE n.name = ? ORDER BY e.id",
        (name,),
    )
    return found.fetchall()


def points(office):
    return dict(office.db.read().execute("SELECT person_id, points FROM person_score"))


def test_who_reaches_a_level_enters_the_chain_that_waits_for_it(office):
    anna = office.know("anna", email="anna@example.com")
    assert told(office, "Score Reached") == [(anna, "warm")]
    assert runs(office) == []
    office.did("anna", "Demo Asked")
    assert told(office, "Score Reached") == [(anna, "warm"), (anna, "hot")]
    assert runs(office) == [(anna, "active", None)]


def test_points_that_fade_call_a_run_back_though_no_event_says_so(office):
    anna = office.know("anna", email="anna@example.com")
    office.did("anna", "Demo Asked")
    swept(office, "29d")
    assert runs(office) == [(anna, "active", None)]
    swept(office, "1d")
    assert points(office) == {anna: 18}
    assert runs(office) == [(anna, "done", "left")]


def test_a_segment_that_asks_a_score_follows_it_in_the_same_batch(office):
    office.segment("hot", 'score "lead" >= 26')
    anna = office.know("anna", email="anna@example.com")
    office.did("anna", "Demo Asked")
    assert told(office, "Segment Entered") == [(anna, None)]
    swept(office, "30d")
    assert told(office, "Segment Left") == [(anna, None)]


def test_an_erased_person_leaves_no_points(office):
    office.know("anna", email="anna@example.com")
    boris = office.know("boris", email="boris@example.com")
    office.desk.erase("anna", wire.EraseAsk())
    office.digest()
    assert points(office) == {boris: 10}


def test_people_who_become_one_are_counted_together_and_apart_again(office):
    anna = office.know("anna", email="anna@example.com")
    other = office.know("other")
    office.did("other", "Demo Asked")
    assert points(office) == {anna: 10, other: 16}
    office.desk.merge("anna", wire.MergeAsk("other"))
    office.digest()
    assert points(office) == {anna: 26}
    assert told(office, "Score Reached")[-1] == (anna, "hot")
    assert runs(office) == [(anna, "active", None)]
    office.desk.unmerge("anna", wire.UnmergeAsk())
    office.digest()
    assert points(office) == {anna: 10, other: 16}
    assert runs(office) == [(anna, "done", "left")]


def test_all_that_is_held_of_a_person_names_the_scores(office):
    office.know("anna", email="anna@example.com")
    (row,) = office.desk.dossier("anna").tables["person_score"]
    assert (row["score"], row["points"]) == ("lead", 10)


def test_a_rebuild_starts_no_chain(office):
    office.know("anna", email="anna@example.com")
    office.did("anna", "Demo Asked")
    with office.db.write() as tx:
        tx.execute("DELETE FROM person_score")
        tx.execute("DELETE FROM run")
        Segments("Europe/Moscow").rebuild_score(tx, "lead", office.now)
    office.digest()
    assert list(points(office).values()) == [26]
    assert runs(office) == []
