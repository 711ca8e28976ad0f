"""A process killed between any two writes leaves chains as they were, and nothing twice."""

from __future__ import annotations

import pytest
from chain_kit import World
from fragile_kit import FragileDatabase, FragileTx, Killed

from mautod.services.chains.advance import advance

CHAIN = """
enter = { event = "Go" }
leave = 'did "Stop" since entry'
[[step]]
set = { x = 1 }
[[step]]
send = "a"
[[step]]
await = { event = "Yes", for = "1d" }
[[step]]
send = "b"
[[step]]
tag = "+b"
[[step]]
split = { x = 1, y = 1 }
to = { x = "other", y = "other" }
[[step]]
id = "other"
start = "third"
[[step]]
notify = "{{ person.name }} is through"
[[step]]
webhook = { url = "https://crm.example/hook", else = "last" }
[[step]]
id = "last"
set = { y = 1 }
[[step]]
stop = "second"
"""
SECOND = 'enter = { event = "Go" }\n[[step]]\nwait = "9d"\n'
TABLES = ("run", "message", "inbox", "rejected", "event")


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


def prepared(world):
    """Five people at all places of the chain, all due."""
    world.chain(CHAIN)
    world.chain(SECOND, "second")
    people = [world.person(f"{n}@example.com") for n in range(5)]
    for person in people[:3]:
        world.did(person, "Go")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'sent', sending_at = ?", (world.now,))
    world.did(people[1], "Yes")
    world.later("1d")
    with world.db.write() as tx:
        tx.execute("UPDATE person SET props = '{}'")
        tx.execute("INSERT INTO event_name (name) VALUES ('Stop')")
        tx.execute(
            "INSERT INTO event (person_id, name_id, ts, received_at, props)"
            " SELECT ?, id, ?, ?, '{}' FROM event_name WHERE name = 'Stop'",
            (people[2], world.now, world.now),
        )
    for person in people[3:]:
        world.did(person, "Go")
    return people


def everything(world):
    rows = {table: world.rows(f"SELECT * FROM {table} ORDER BY id") for table in TABLES}
    return {**rows, **{table: world.rows(f"SELECT * FROM {table}") for table in ("draw", "call")}}


def test_advance_killed_anywhere_has_done_nothing_and_does_it_once_later(world, tmp_path):
    prepared(world)
    (tmp_path / "twin").mkdir()
    twin = World.new(tmp_path / "twin")
    prepared(twin)
    twin.advance()
    before = everything(world)
    kills = 0
    while True:
        try:
            advance(FragileDatabase(world.db, kills), world.chains, world.now)
        except Killed:
            kills += 1
            assert everything(world) == before
        else:
            break
    assert kills > 10
    world.advance()
    assert everything(world) == everything(twin)
    assert sorted(world.templates()) == ["a"] * 5 + ["b"] * 2
    twin.db.close()


def test_events_that_start_wake_and_end_runs_do_it_all_or_nothing(world):
    people = prepared(world)
    world.advance()
    before = everything(world)
    names, kills = world.names, 0
    while True:
        try:
            with world.db.write() as tx:
                from mautod.store.events import Fresh, append  # noqa: PLC0415

                fresh = [
                    Fresh(person, name, world.now, world.now, None, {})
                    for person, name in ((people[3], "Yes"), (people[4], "Stop"), (people[0], "Go"))
                ]
                happened = append(tx, fresh, names.ids(tx, ["Go", "Yes", "Stop"]))
                world.hear(FragileTx(tx, kills), happened)
        except Killed:
            kills += 1
            assert everything(world) == before
        else:
            break
    assert kills >= 2
    assert world.runs("outcome")[4] == ("left",)
    assert world.one("SELECT vars FROM run WHERE person_id = ?", people[3]) == '{"heard":true}'
