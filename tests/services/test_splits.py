"""Splits at work: what runs and messages keep, and how an experiment comes to its end."""

from __future__ import annotations

import pytest
from chain_kit import World

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
