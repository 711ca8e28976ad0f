"""Splits at work: what runs and messages keep, and how an experiment comes to its end."""

from __future__ import annotations

import json

import pytest
from chain_kit import World

from mautod.services.chains import campaigns
from mautod.services.chains.experiments import judge

CHAIN = """
enter = { event = "Go", again = "always" }
goal = { event = "Paid", value = "total" }
[[step]]
id = "ab"
split = { short = 1, long = 1 }
winner = { by = "BY", after = "1d" }
[[step]]
id = "short"
send = "short"
[[step]]
exit = "short"
[[step]]
id = "long"
send = "long"
"""


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    world.db.read().execute("PRAGMA synchronous = off")
    yield world
    world.db.close()


def test_a_draw_is_kept_on_the_run_on_its_messages_and_in_the_list_of_draws(world):
    world.chain(CHAIN.replace("BY", "click"))
    for number in range(12):
        world.did(world.person(f"{number}@example.com"), "Go")
    world.advance()
    rows = world.rows(
        "SELECT m.variant, m.step, d.variant, d.lot, r.kept ->> '$.variants.ab', r.outcome FROM message m"
        " JOIN run r ON r.id = m.run_id JOIN draw d ON d.run_id = r.id ORDER BY m.id"
    )
    assert len(rows) == 12
    assert {row[0] for row in rows} == {"short", "long"}
    for variant, step, drawn, lot, kept, outcome in rows:
        assert variant == step == drawn == kept
        assert lot == 1
        assert outcome == ("short" if variant == "short" else "finished")


def test_who_comes_again_draws_the_same_again(world):
    world.chain(CHAIN.replace("BY", "click"))
    people = [world.person(f"{number}@example.com") for number in range(8)]
    for _ in range(2):
        for person in people:
            world.did(person, "Go")
        world.advance()
        world.later("1h")
    drawn = world.rows(
        "SELECT person_id, count(DISTINCT variant), count(*) FROM message GROUP BY 1"
    )
    assert drawn == [(person, 1, 2) for person in people]


def test_a_run_remembers_what_it_drew_while_it_waits(world):
    waiting = CHAIN.replace("BY", "click").replace(
        'id = "short"\nsend', 'id = "short"\nwait = "1h"\n[[step]]\nsend'
    )
    world.chain(waiting + '[[step]]\nwait = "1d"\n[[step]]\nsend = "later"')
    for number in range(8):
        world.did(world.person(f"{number}@example.com"), "Go")
    world.advance()
    world.later("1h").advance()
    world.sent("long")
    world.later("2d").advance()
    rows = world.rows("SELECT template, variant FROM message")
    assert set(rows) == {("short", "short"), ("long", "long"), ("later", "long")}


def walked(world: World, people: int, by: str = "click") -> None:
    """So many people have drawn, and their messages left at once."""
    world.chain(CHAIN.replace("BY", by))
    for number in range(people):
        world.did(world.person(f"{number}@example.com"), "Go")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'sent', sending_at = ?", (world.now,))


def touched(world: World, column: str, **shares: int) -> None:
    """One in so many of a variant's messages was opened or clicked just now."""
    with world.db.write() as tx:
        for variant, share in shares.items():
            tx.execute(
                f"UPDATE message SET {column} = ?, marks = 3 WHERE variant = ? AND id % ? = 0",
                (world.now, variant, share),
            )


def paid(world: World, variant: str, amount: str, one_in: int, currency: str = "EUR") -> None:
    value = int(float(amount) * 10_000)
    with world.db.write() as tx:
        tx.execute(
            "INSERT INTO conversion (message_id, event_id, person_id, chain_id, step, template,"
            " value_e4, currency, at) SELECT id, 1000 + id, person_id, chain_id, step, template,"
            " ? + id * 100, ?, ? FROM message WHERE variant = ? AND id % ? = 0",
            (value, currency, world.now, variant, one_in),
        )


def test_a_clear_winner_is_told_once_and_kept_with_its_evidence(world):
    walked(world, 400)
    touched(world, "clicked_at", short=2, long=20)
    versions = world.chains.versions
    assert judge(world.db, versions, world.now) == 0
    world.later("23h")
    assert judge(world.db, versions, world.now) == 0
    world.later("1h")
    assert judge(world.db, versions, world.now) == 1
    assert judge(world.db, versions, world.now) == 0
    ((variant, at, evidence),) = world.rows("SELECT variant, at, evidence FROM winner")
    told = json.loads(evidence)
    assert (variant, at) == ("short", world.now)
    assert told["p_value"] < 0.05
    assert sum(each["people"] for each in told["variants"].values()) == 400
    assert told["variants"]["short"]["chance"] > 0.99


def test_after_the_decision_all_who_come_go_the_way_of_the_winner(world):
    walked(world, 400)
    touched(world, "clicked_at", short=20, long=2)
    world.later("1d")
    judge(world.db, world.chains.versions, world.now)
    for number in range(20):
        world.did(world.person(f"late-{number}@example.com"), "Go")
    world.advance()
    assert world.rows("SELECT DISTINCT variant, lot FROM draw WHERE run_id > 400") == [("long", 0)]
    assert world.rows("SELECT DISTINCT variant FROM message WHERE run_id > 400") == [("long",)]


def test_a_changed_chain_is_a_new_experiment(world):
    walked(world, 400)
    touched(world, "clicked_at", short=20, long=2)
    world.later("1d")
    judge(world.db, world.chains.versions, world.now)
    world.chain(CHAIN.replace("BY", "click") + '[[step]]\nexit = "done"')
    for number in range(20):
        world.did(world.person(f"late-{number}@example.com"), "Go")
    world.advance()
    drawn = world.rows("SELECT DISTINCT variant, lot FROM draw WHERE run_id > 400 ORDER BY 1")
    assert drawn == [("long", 1), ("short", 1)]


def test_what_happens_later_than_the_time_to_judge_does_not_count(world):
    walked(world, 400)
    world.later("25h")
    touched(world, "clicked_at", short=2, long=20)
    assert judge(world.db, world.chains.versions, world.now) == 0


def test_who_comes_twice_counts_once(world):
    walked(world, 300)
    world.later("1h")
    for person in range(1, 301):
        world.did(person, "Go")
    world.advance()
    world.later("2d")
    found = shown(world)
    assert sum(each.people for each in found.variants) == 600
    assert sum(each.judged for each in found.variants) == 300


def test_opens_goals_and_money_can_be_what_it_is_about(world):
    for by, key in (("open", "o"), ("goal", "g"), ("money", "m")):
        world.chain(CHAIN.replace("BY", by), key)
    for number in range(400):
        world.did(world.person(f"{number}@example.com"), "Go")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'sent', sending_at = ?", (world.now,))
    touched(world, "opened_at", short=2, long=20)
    paid(world, "short", "10", 20)
    paid(world, "long", "30", 2)
    world.later("1d")
    assert judge(world.db, world.chains.versions, world.now) == 3
    won = world.rows(
        "SELECT c.key, w.variant FROM winner w JOIN chain c ON c.definition_id = w.definition_id ORDER BY 1"
    )
    assert won == [("g", "long"), ("m", "long"), ("o", "short")]


def test_a_goal_that_the_run_itself_reached_counts_without_a_credited_message(world):
    world.chain(CHAIN.replace("BY", "goal") + '[[step]]\nwait = "2d"\n')
    people = [world.person(f"{number}@example.com") for number in range(60)]
    for person in people:
        world.did(person, "Go")
    world.advance()
    world.later("1h")
    for (person,) in world.rows("SELECT person_id FROM run WHERE state = 'active'")[:10]:
        world.did(person, "Paid", total=5)
    world.later("1d")
    found = {each.name: each.successes for each in shown(world).variants}
    assert found == {"short": 0, "long": 10}


def test_money_of_two_currencies_is_never_compared(world):
    walked(world, 400, "money")
    paid(world, "short", "10", 20, "EUR")
    paid(world, "long", "3000", 2, "RUB")
    world.later("1d")
    assert judge(world.db, world.chains.versions, world.now) == 0
    found = shown(world)
    assert found.currencies == ["EUR", "RUB"]
    assert [each.chance for each in found.variants] == [None, None]


def test_a_chain_is_shown_with_its_variants(world):
    walked(world, 40)
    touched(world, "clicked_at", short=2, long=20)
    paid(world, "short", "10", 2)
    found = shown(world)
    assert (found.by, found.least, found.winner) == ("click", 100, "")
    short = next(each for each in found.variants if each.name == "short")
    counted = world.rows("SELECT count(*), count(clicked_at) FROM message WHERE variant = 'short'")[
        0
    ]
    assert (short.sent, short.clicked) == counted
    assert short.goals == len(world.rows("SELECT 1 FROM conversion"))
    assert short.money[0].currency == "EUR"
    assert short.judged == 0
    assert campaigns.one(world.db.read(), "cart", world.now).steps[1].experiment is None


def shown(world: World):
    steps = campaigns.one(world.db.read(), "cart", world.now).steps
    return next(step.experiment for step in steps if step.experiment is not None)
