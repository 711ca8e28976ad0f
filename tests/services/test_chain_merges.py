"""Two people turn out to be one: their runs go on as one person's."""

from __future__ import annotations

import pytest
from chain_kit import World

ONCE = 'enter = { event = "Go" }\n[[step]]\nsend = "a"\n[[step]]\nwait = "1d"\n[[step]]\nsend = "b"'
ALWAYS = ONCE.replace('"Go"', '"Go", again = "always"')
KEYED = ONCE.replace('"Go"', '"Go", again = "per property order"')


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


def merge(world, winner, loser):
    with world.db.write() as tx:
        tx.execute("UPDATE person SET merged_into = ? WHERE id = ?", (winner, loser))
        tx.execute("UPDATE event SET person_id = ? WHERE person_id = ?", (winner, loser))
        tx.execute("UPDATE message SET person_id = ? WHERE person_id = ?", (winner, loser))
        world.chains.moved(tx, winner, loser, world.now)


def test_a_run_follows_its_person(world):
    world.chain(ONCE)
    winner, loser = world.person(), world.person(None)
    world.did(loser, "Go")
    world.advance()
    world.sent("a")
    merge(world, winner, loser)
    world.later("1d").advance()
    assert world.runs("person_id, outcome") == [(winner, "finished")]
    assert world.rows("SELECT person_id, template FROM message") == [(winner, "a"), (winner, "b")]


@pytest.mark.parametrize("chain", [ONCE, ALWAYS])
def test_of_two_runs_under_way_the_one_that_did_more_goes_on(world, chain):
    world.chain(chain)
    winner, loser = world.person(), world.person(None)
    world.did(loser, "Go")
    world.advance()
    world.later("1h").did(winner, "Go")
    merge(world, winner, loser)
    assert world.runs("id, person_id, state, outcome") == [
        (1, winner, "active", None),
        (2, winner, "done", "merged"),
    ]
    assert world.said() == [("Chain Ended", {"chain": "cart", "outcome": "merged"})]
    world.sent("a")
    world.later("1d").advance()
    assert world.templates() == ["a", "b"]


def test_who_was_on_it_as_either_does_not_come_again(world):
    world.chain(ONCE)
    winner, loser = world.person(), world.person(None)
    world.did(loser, "Go")
    world.did(winner, "Go")
    merge(world, winner, loser)
    world.did(winner, "Go")
    assert len(world.runs()) == 2


def test_runs_with_different_keys_stay_side_by_side(world):
    world.chain(KEYED)
    winner, loser = world.person(), world.person(None)
    for person, order in ((winner, 1), (winner, 2), (loser, 2), (loser, 3)):
        world.did(person, "Go", order=order)
    merge(world, winner, loser)
    assert world.runs("person_id, key, outcome") == [
        (winner, "1", None),
        (winner, "2", None),
        (winner, "2~3", "merged"),
        (winner, "3", None),
    ]


def test_a_run_that_has_ended_makes_way_for_none(world):
    world.chain(ONCE)
    winner, loser = world.person(), world.person(None)
    world.did(winner, "Go")
    world.advance()
    world.sent("a")
    world.later("1d").advance()
    world.did(loser, "Go")
    merge(world, winner, loser)
    assert world.runs("person_id, key, outcome") == [
        (winner, "", "finished"),
        (winner, "~2", "merged"),
    ]


def test_a_merge_without_runs_says_nothing(world):
    world.chain(ONCE)
    winner, loser = world.person(), world.person(None)
    world.did(winner, "Go")
    merge(world, winner, loser)
    assert world.runs("person_id, key") == [(winner, "")]
    assert world.said() == []
