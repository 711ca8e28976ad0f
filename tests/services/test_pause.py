"""Chains that are paused keep an honest clock; chains that are stopped end for everybody."""

from __future__ import annotations

import pytest
from chain_kit import World

from mautod.errors import Conflict, NotFound
from mautod.services.chains import campaigns
from mautod.services.chains.campaigns import STOPPED_AT_ONCE

CART = """
enter   = { event = "Product Added", again = "always" }
expires = "2d"
[[step]]
wait = "1h"
[[step]]
id = "first"
send = "cart-1"
[[step]]
await = { event = "Paid", for = "1d", then = "paid" }
[[step]]
id = "second"
send = "cart-2"
[[step]]
id = "paid"
exit = "paid"
"""


@pytest.fixture
def world(tmp_path):
    made = World.new(tmp_path)
    made.chain(CART)
    yield made
    made.db.close()


def turn(world, wanted, shift=False):
    with world.db.write() as tx:
        return campaigns.turn(tx, "cart", wanted, world.now, shift=shift).text


def wake_in(world):
    """Hours until the only run wakes."""
    return (world.one("SELECT wake_at FROM run") - world.now) / 3_600_000


def test_who_pauses_is_told_what_becomes_of_waits(world):
    assert "--shift" in turn(world, "paused")


def test_what_ran_out_while_it_was_paused_is_taken_at_once(world):
    world.did(world.person(), "Product Added")
    world.advance()
    turn(world, "paused")
    world.later("3d").advance()
    assert world.templates() == []
    assert "1 waits ran out while it was paused: they go on at once." in turn(world, "running")
    world.advance()
    assert world.templates() == ["cart-1"]


def test_shifted_a_wait_is_as_much_longer_as_it_was_paused(world):
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("20m")
    turn(world, "paused")
    world.later("3d")
    assert "3d longer" in turn(world, "running", shift=True)
    assert wake_in(world) == pytest.approx(40 / 60)
    world.later("39m").advance()
    assert world.templates() == []
    world.later("1m").advance()
    assert world.templates() == ["cart-1"]


def test_shifted_a_wait_that_counts_from_a_late_letter_is_shifted_too(world):
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("1h").advance()
    world.sent("cart-1", after="10h")
    world.later("20h")
    turn(world, "paused")
    world.later("5h")
    turn(world, "running", shift=True)
    world.later("13h").advance()
    assert world.templates() == ["cart-1"]
    world.later("1h").advance()
    assert world.templates() == ["cart-1", "cart-2"]


def test_shifted_who_came_while_it_was_paused_begins_now(world):
    turn(world, "paused")
    world.later("1d").did(world.person(), "Product Added")
    world.later("1d")
    turn(world, "running", shift=True)
    world.advance()
    assert wake_in(world) == 1


def test_shifted_a_letter_in_the_queue_expires_as_much_later(world):
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("1h").advance()
    before = world.one("SELECT expires_at FROM message")
    turn(world, "paused")
    world.later("3d")
    turn(world, "running", shift=True)
    assert world.one("SELECT expires_at FROM message") == before + 3 * 24 * 3_600_000


def test_an_edit_while_it_is_paused_does_not_forget_since_when(world):
    world.did(world.person(), "Product Added")
    world.advance()
    turn(world, "paused")
    world.later("1d").edit(CART.replace("cart-2", "cart-3"))
    world.later("1d")
    assert "2d longer" in turn(world, "running", shift=True)


def test_an_event_that_comes_while_it_is_paused_is_heard(world):
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    world.later("1h").advance()
    world.sent("cart-1")
    turn(world, "paused")
    world.later("1h").did(person, "Paid")
    world.later("1h")
    turn(world, "running", shift=True)
    world.later("2h").advance()
    assert world.runs("outcome") == [("paid",)]


def test_stopped_everybody_is_off_the_chain_and_nobody_comes_on(world):
    for email in ("a@x.test", "b@x.test"):
        world.did(world.person(email), "Product Added")
    world.advance()
    assert campaigns.stop(world.db, "cart", world.now).text == "cart is stopped; 2 runs ended."
    assert world.runs("state, outcome") == [("done", "stopped")] * 2
    assert world.said() == [("Chain Ended", {"chain": "cart", "outcome": "stopped"})] * 2
    assert world.did(world.person("c@x.test"), "Product Added") == []


def test_stopping_goes_on_where_a_crash_broke_it_off(world, monkeypatch):
    monkeypatch.setattr(campaigns, "STOPPED_AT_ONCE", 2)
    for number in range(5):
        world.did(world.person(f"{number}@x.test"), "Product Added")
    with world.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'stopped'")
    assert campaigns.stop(world.db, "cart", world.now).text.endswith("5 runs ended.")
    assert campaigns.stop(world.db, "cart", world.now).changed == 0
    assert STOPPED_AT_ONCE > 2


def test_letters_of_a_stopped_chain_may_reach_their_goal_still(world):
    world.edit(f'goal = {{ event = "Paid", within = "3d" }}\n{CART}')
    campaigns.stop(world.db, "cart", world.now)

    def goals():
        return [goal.event for goal in world.chains.goals(world.db.read(), world.now)]

    assert goals() == ["Paid"]
    world.later("31d")
    assert goals() == []


def test_a_stopped_chain_may_take_people_in_again_but_nobody_comes_back(world):
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    campaigns.stop(world.db, "cart", world.now)
    with pytest.raises(Conflict, match="stopped"):
        turn(world, "paused")
    assert "do not come back" in turn(world, "running")
    world.later("1h").advance()
    assert world.templates() == []
    world.did(person, "Product Added")
    assert world.runs("state") == [("done",), ("active",)]


def test_a_chain_that_nobody_knows_cannot_be_stopped(world):
    with pytest.raises(NotFound, match="Known: cart"):
        campaigns.stop(world.db, "card", world.now)
