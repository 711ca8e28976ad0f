"""Chains that are tried out on a few people, and how often one person may be on a keyed chain."""

from __future__ import annotations

import pytest
from chain_kit import World
from mail_kit import CHAIN, open_shop

from mautod.core.sending.holdout import parse_share
from mautod.services.chains.enter import Chains
from mautod.services.delivery.admit import Terms

BODY = """
enter = { event = "Product Added" }
test = ["me@x.example", "u7"]
[[step]]
send = "cart-1"
"""
KEYED = """
enter = { event = "Order Placed", again = "per property order_id" }
concurrent = 2
[[step]]
wait = "1d"
"""


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    yield shop
    shop.db.close()


def test_only_those_on_the_test_list_enter_a_chain_on_trial(world):
    world.chain(BODY)
    me, other = world.person("ME@x.example"), world.person("other@x.example")
    known = world.person(None)
    with world.db.write() as tx:
        tx.execute("UPDATE person SET user_id = 'u7' WHERE id = ?", (known,))
    world.happen(*((person, "Product Added", {}) for person in (me, other, known)))
    assert [row[0] for row in world.runs("person_id")] == [me, known]


def test_who_was_kept_out_enters_when_the_trial_is_over(world):
    """A trial uses up nobody's first time."""
    world.chain(BODY)
    other = world.person("other@x.example")
    world.did(other, "Product Added")
    world.chain(BODY.replace('test = ["me@x.example", "u7"]\n', ""))
    world.did(other, "Product Added")
    assert world.runs("person_id") == [(other,)]


def test_a_trial_may_be_for_a_rule(world):
    world.chain(BODY.replace('["me@x.example", "u7"]', "'tag \"staff\"'"))
    staff, other = world.person(tags=["staff"]), world.person("b@x.example")
    world.happen((staff, "Product Added", {}), (other, "Product Added", {}))
    assert world.runs("person_id") == [(staff,)]


def test_nobody_is_held_out_of_a_trial(world):
    world.chains = Chains("UTC", parse_share("99.99%"))
    world.chain('holdout = "99.99%"\n' + BODY)
    world.did(world.person("me@x.example"), "Product Added")
    assert world.runs("holdout") == [(0,)]


async def test_the_gate_lets_no_message_of_a_chain_on_trial_reach_others(shop):
    """Not even a receipt, and not even by a run that is there for whatever reason."""
    shop.apply(CHAIN.replace("topic", 'test = ["ann@x.example"]\ntopic'))
    ann = shop.message(shop.person())
    bob = shop.message(shop.person("bob@x.example"))
    receipt = shop.message(shop.person("eve@x.example"), template="receipt", topic="")
    shop.terms = Terms()
    await shop.deliver().batch()
    assert shop.channel.addresses == ["ann@x.example"]
    assert [shop.state(m) for m in (ann, bob, receipt)] == [
        ("sent", None), ("refused", "test"), ("refused", "test"),
    ]  # fmt: skip
    assert shop.decisions(bob) == [("refuse", "test", {"list": "chain cart"})]


def test_a_person_is_on_a_keyed_chain_so_many_times_at_once(world):
    world.chain(KEYED)
    person, other = world.person(), world.person("b@x.example")
    for order in ("1", "2", "3"):
        world.did(person, "Order Placed", order_id=order)
    world.happen(*((other, "Order Placed", {"order_id": order}) for order in "456"))
    assert world.runs("person_id, key") == [
        (person, "1"),
        (person, "2"),
        (other, "4"),
        (other, "5"),
    ]
    world.advance()
    world.later("1d").advance()
    world.did(person, "Order Placed", order_id="7")
    assert world.runs("person_id, key")[-1] == (person, "7")


def test_without_a_limit_every_order_has_a_run(world):
    world.chain(KEYED.replace("concurrent = 2\n", ""))
    person = world.person()
    for order in range(5):
        world.did(person, "Order Placed", order_id=str(order))
    assert len(world.runs()) == 5
