"""Who is held out walks a chain like everybody, and none of its marketing ever leaves."""

from __future__ import annotations

from dataclasses import replace

import pytest
from chain_kit import World
from mail_kit import CHAIN, open_shop

from mautod.core.sending.holdout import Arms, parse_share
from mautod.services.chains.enter import Chains
from mautod.services.delivery.admit import Terms
from mautod.store.chains import holdout

BODY = """
enter = { event = "Product Added" }
holdout = "50%"
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
PEOPLE = 40


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


def arms(world: World, share: str | None = None) -> Arms:
    with world.db.write() as tx:
        return Arms(holdout.seed(tx), share and parse_share(share))


def enter(world: World) -> list[int]:
    people = [world.person(f"p{n}@x.example") for n in range(PEOPLE)]
    world.happen(*((person, "Product Added", {}) for person in people))
    return people


def test_a_run_remembers_its_arm_from_its_beginning(world):
    world.chain(BODY)
    people = enter(world)
    expected = [arms(world).of(person, "cart", parse_share("50%")) for person in people]
    assert [row[0] for row in world.runs("holdout")] == expected
    assert set(expected) == {0, 1}


def test_the_workspace_holds_the_same_people_out_of_every_chain(world):
    world.chains = Chains("UTC", parse_share("50%"))
    for key in ("cart", "other"):
        world.chain(BODY.replace('holdout = "50%"\n', ""), key)
    people = enter(world)
    for key in ("cart", "other"):
        rows = world.rows(
            "SELECT person_id, holdout FROM run JOIN chain c ON c.id = chain_id WHERE c.key = ?",
            key,
        )
        assert dict(rows) == {p: arms(world, "50%").everywhere(p) for p in people}
        assert {arm for _, arm in rows} == {0, 2}


def test_the_seed_is_made_once(world):
    assert arms(world).seed == arms(world).seed != ""


def test_a_chain_without_a_holdout_holds_nobody_out(world):
    world.chain(BODY.replace('holdout = "50%"\n', ""))
    enter(world)
    assert {row[0] for row in world.runs("holdout")} == {0}
    assert world.rows("SELECT value FROM state WHERE key = ?", holdout.SEED_KEY) == []


def test_a_run_without_letters_walks_to_the_end_all_the_same(world):
    """It sends, awaits what never comes, sends again, and finishes, as if they had left."""
    world.chain(BODY.replace("50%", "99.99%"))
    person = world.person()
    world.did(person, "Product Added")
    assert world.runs("holdout") == [(1,)]
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'refused', reason = 'holdout'")
    world.later("1d").advance()
    assert world.templates() == ["cart-1", "cart-2"]
    assert world.runs() == [("done", "second", "finished")]


@pytest.mark.parametrize(
    ("arm", "by", "share"),
    [(1, "chain cart", "10%"), (2, "workspace", "5%"), (3, "chain cart", "10%")],
)
async def test_a_held_out_letter_is_refused_and_the_ledger_says_by_whom(shop, arm, by, share):
    shop.apply(CHAIN.replace("topic", 'holdout = "10%"\ntopic'))
    shop.terms = replace(shop.terms, holdout=parse_share("5%"))
    person = shop.person()
    message = shop.message(person, run_id=shop.run(person, holdout=arm))
    await shop.deliver().batch()
    assert shop.channel.letters == []
    assert shop.state(message) == ("refused", "holdout")
    evidence = {"by": by, "share": share, "since": shop.clock()}
    assert shop.decisions(message) == [("refuse", "holdout", evidence)]


async def test_a_receipt_reaches_who_is_held_out(shop):
    person = shop.person()
    run = shop.run(person, holdout=3)
    message = shop.message(person, run_id=run, template="receipt", topic="")
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)


async def test_a_letter_outside_any_chain_heeds_the_holdout_of_the_workspace(shop):
    shop.terms = Terms(holdout=parse_share("50%"))
    people = [shop.person(f"p{n}@x.example") for n in range(30)]
    for person in people:
        shop.message(person, run_id=None, chain_id=None, definition_id=None)
    await shop.deliver().batch()
    with shop.db.write() as tx:
        held = Arms(holdout.seed(tx), parse_share("50%"))
    states = dict(shop.all("SELECT person_id, state FROM message"))
    assert states == {p: "refused" if held.everywhere(p) else "sent" for p in people}
    assert set(states.values()) == {"refused", "sent"}


async def test_who_was_treated_stays_so_when_the_workspace_begins_to_hold_out(shop):
    """An arm that changed halfway would tell nothing."""
    shop.terms = Terms(holdout=parse_share("99.99%"))
    message = shop.message(shop.person())
    await shop.deliver().batch()
    assert shop.state(message) == ("sent", None)
