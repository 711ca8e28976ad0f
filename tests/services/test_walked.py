"""`why` about a chain: each run step by step, and each condition of entering as it is now."""

from __future__ import annotations

import pytest
from chain_kit import START, World

from mautod.duration import DAY
from mautod.errors import NotFound
from mautod.services.chains.walked import walked
from mautod.store.db import to_json

CART = """
enter = { event = "Product Added", where = "price > 5", when = 'email is known and tag "vip"', again = "per 7d" }
[[step]]
wait = "1h"
[[step]]
id = "first"
send = "cart-1"
[[step]]
await = { event = "Message Clicked", for = "1d", else = "second" }
[[step]]
exit = "clicked"
[[step]]
id = "second"
send = "cart-2"
"""


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


def ask(world: World, person: int, key: str = "cart"):
    return walked(world.db.read(), person, key, world.now, "UTC")


def hurdles(world: World, person: int) -> dict[str, tuple[bool, str, str]]:
    return {h.what: (h.holds, h.text, h.change) for h in ask(world, person).entry}


def marks(run) -> dict[str, str]:
    return {step.id: step.mark for step in run.steps}


def buyer(world: World) -> int:
    return world.person(tags=["vip"])


def test_a_run_is_told_step_by_step_with_what_each_sent(world):
    world.chain(CART)
    person = buyer(world)
    world.did(person, "Product Added", price=9)
    world.advance()
    answer = ask(world, person)
    assert answer.text == ("On cart since 2023-11-14 22:13 UTC, at 1 until 2023-11-14 23:13 UTC.")
    (run,) = answer.runs
    assert run.trigger.name == "Product Added"
    assert marks(run) == {
        "1": "here", "first": "ahead", "3": "ahead", "4": "ahead", "second": "ahead",
    }  # fmt: skip
    world.later("1h").advance()
    (run,) = ask(world, person).runs
    assert marks(run) == {
        "1": "passed", "first": "passed", "3": "here", "4": "ahead", "second": "ahead",
    }  # fmt: skip
    sent = run.steps[1]
    assert (sent.title, sent.message.template) == ("send cart-1", "cart-1")
    assert sent.text == "Queued; due on 2023-11-14 23:13 UTC."
    assert run.text.endswith("until 2023-11-15 23:13 UTC, awaiting Message Clicked.")


def test_the_gates_decisions_stand_with_the_step_whose_message_they_are_about(world):
    world.chain(CART)
    person = buyer(world)
    world.did(person, "Product Added", price=9)
    world.advance()
    world.later("1h").advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'refused', reason = 'cap'")
        evidence = {"cap": "1 per 1d", "of": "", "sent": 1, "frees_at": START + DAY}
        tx.execute(
            "INSERT INTO decision (message_id, at, verdict, reason, evidence) VALUES (1, ?, 'refuse', 'cap', ?)",
            (world.now, to_json(evidence)),
        )
    (run,) = ask(world, person).runs
    (decision,) = run.steps[1].message.decisions
    assert decision.reason == "cap"
    assert decision.changes[0].startswith("to leave from Wed 2023-11-15 22:13 UTC on")
    assert "over the cap of 1 per 1d" in run.steps[1].text


def test_a_run_that_has_ended_says_how_and_what_was_not_taken(world):
    world.chain(CART)
    person = buyer(world)
    world.did(person, "Product Added", price=9)
    world.advance()
    world.later("1h").advance()
    world.sent("cart-1")
    world.later("1d").advance()
    (run,) = ask(world, person).runs
    assert "ended on 2023-11-15 23:13 UTC (finished)" in run.text
    assert marks(run)["4"] == "not taken"
    assert marks(run)["3"] == marks(run)["second"] == "passed"


def test_who_is_held_out_is_told_so(world):
    world.chain('holdout = "99.99%"\n' + CART)
    person = buyer(world)
    world.did(person, "Product Added", price=9)
    assert "It is held out: none of its marketing is sent." in ask(world, person).text


def test_the_newest_run_comes_first(world):
    world.chain(CART.replace('again = "per 7d"', 'again = "always"'))
    person = buyer(world)
    for _ in range(2):
        world.did(person, "Product Added", price=9)
        world.advance()
        world.later("3d").advance()
        world.sent("cart-1")
        world.later("3d").advance()
    first, second = ask(world, person).runs
    assert first.run.entered_at > second.run.entered_at


def test_whoever_never_came_is_told_what_is_lacking(world):
    world.chain(CART)
    person = world.person()
    answer = ask(world, person)
    assert answer.text == ('Never entered cart: never did "Product Added"; not so: tags has "vip".')
    assert hurdles(world, person) == {
        "chain": (True, "the chain is running", ""),
        "trigger": (False, 'never did "Product Added"', '"Product Added"'),
        "rule": (False, 'not so: tags has "vip"', 'that tags has "vip"'),
        "again": (True, "was never on it", ""),
    }


def test_an_event_that_does_not_fit_is_told_apart_from_none(world):
    world.chain(CART)
    person = buyer(world)
    world.did(person, "Product Added", price=2)
    holds, text, change = hurdles(world, person)["trigger"]
    assert not holds
    assert text == 'did "Product Added" last on 2023-11-14 22:13 UTC, which does not fit'
    assert "price > 5" in change


def test_history_that_was_imported_starts_nothing_and_says_so(world):
    world.chain(CART)
    person = buyer(world)
    world.did(person, "Product Added", ago="3d", late=True, price=9)
    assert "came in too late" in hurdles(world, person)["trigger"][1]


def test_whoever_nothing_keeps_out_is_told_that(world):
    person = buyer(world)
    world.did(person, "Product Added", price=9)
    world.chain(CART)
    assert ask(world, person).text == "Never entered cart; nothing stands in the way now."


@pytest.mark.parametrize(
    ("again", "change"),
    [
        ("once", 'another again: "once" lets nobody in for the second time'),
        ("always", "the end of the run under way"),
        ("per 7d", "to come after 2023-11-21 22:13 UTC"),
    ],
)
def test_whoever_was_there_already_is_told_when_they_may_come_again(world, again, change):
    world.chain(CART.replace('"per 7d"', f'"{again}"'))
    person = buyer(world)
    world.did(person, "Product Added", price=9)
    assert hurdles(world, person)["again"] == (
        False, "is on it, entered on 2023-11-14 22:13 UTC", change,
    )  # fmt: skip


def test_a_keyed_chain_tells_of_its_key_and_of_the_runs_at_once(world):
    world.chain(
        'enter = { event = "Order Placed", again = "per property order_id" }\nconcurrent = 1\n'
        '[[step]]\nwait = "1d"\n'
    )
    person = world.person()
    world.did(person, "Order Placed")
    assert "names no order_id" in hurdles(world, person)["trigger"][1]
    assert hurdles(world, person)["concurrent"][0]
    world.did(person, "Order Placed", order_id="1")
    found = hurdles(world, person)
    assert found["again"] == (True, "there is a run for each order_id", "")
    assert found["concurrent"] == (
        False, "1 of 1 runs at once are under way", "the end of one of them",
    )  # fmt: skip


def test_a_trial_and_a_stopped_chain_keep_people_out(world):
    world.chain('test = ["me@x.example"]\n' + CART)
    person = buyer(world)
    holds, text, change = hurdles(world, person)["test"]
    assert (holds, text) == (False, "the chain is tried out on its test list alone")
    assert change == "a place on that list"
    with world.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'stopped'")
    assert not hurdles(world, person)["chain"][0]
    with world.db.write() as tx:
        tx.execute("UPDATE chain SET state = 'paused'")
    assert hurdles(world, person)["chain"] == (True, "the chain is paused: who enters waits", "")


def test_of_alternatives_any_is_enough(world):
    world.chain(CART.replace("and tag", 'and (city = "Oslo" or not email is known) or tag'))
    assert hurdles(world, world.person())["rule"][2] == (
        'that ((city = "Oslo" or not email is known) or tags has "vip")'
    )


def test_a_chain_that_is_not_there_is_not_found(world):
    person = world.person()
    with pytest.raises(NotFound):
        ask(world, person, "gone")
