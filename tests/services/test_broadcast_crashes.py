"""A pump of broadcasts killed between any two writes: nobody twice, nobody left out."""

from __future__ import annotations

import pytest
from broadcast_kit import Hall
from fragile_kit import FragileDatabase, Killed

from mautod import wire
from mautod.services.broadcasts import pump
from mautod.store.chains import broadcasts, outcomes


@pytest.fixture
def hall(tmp_path, monkeypatch):
    monkeypatch.setattr(broadcasts, "PART", 2)
    hall = Hall.new(tmp_path / "hall")
    yield hall
    hall.close()


def fragile_work(hall: Hall) -> int:
    """The pump, killed at every write that it makes; how often."""
    kills = 0
    while True:
        before = dump(hall)
        writes = 0
        while True:
            try:
                done = pump.go_on(FragileDatabase(hall.db, writes), hall.setting, hall.now)
            except Killed:
                writes, kills = writes + 1, kills + 1
                assert dump(hall) == before
            else:
                break
        if not done:
            return kills


def dump(hall: Hall) -> dict[str, list[tuple]]:
    tables = ("broadcast", "broadcast_part", "run", "message", "chain")
    return {table: hall.rows(f"SELECT * FROM {table}") for table in tables}


def test_beginning_to_end(hall):
    people = hall.people(7)
    hall.desk.merge(str(people[1]), wire.MergeAsk(str(people[4])))
    hall.send(to="email is known or created_at after 2000-01-01", ramp="1000 per hour")
    hall.desk.merge(str(people[2]), wire.MergeAsk(str(people[5])))
    assert fragile_work(hall) > 15
    hall.play("1h")
    status = hall.status()
    assert status.state == "finished"
    assert sum(status.states.values()) == status.recipients == 6
    assert set(hall.letters().values()) == {1}
    assert len(hall.letters()) == 5


def test_spacing_anew(hall):
    hall.people(7)
    hall.send(ramp="3 per hour")
    hall.play("1h")
    hall.later("5h")
    assert fragile_work(hall) > 5
    before = len(hall.channel.letters)
    hall.play("59m")
    assert len(hall.channel.letters) == before + 3
    hall.play("5h")
    assert (len(hall.letters()), hall.status().state) == (7, "finished")


def test_cancelling(hall):
    hall.people(7)
    hall.send(ramp="3 per hour")
    hall.pump(2)
    hall.work()
    hall.desk.cancel_broadcast("sale")
    assert fragile_work(hall) > 5
    status = hall.status()
    assert status.state == "cancelled"
    assert status.states == {"sent": len(hall.letters()), "cancelled": 7 - len(hall.letters())}


def test_the_doctor_sees_every_kind_of_loss(hall):
    hall.people(3)
    hall.send()
    hall.work()
    tx = hall.db.read()
    assert outcomes.faults(tx) == []
    with hall.db.write() as tx:
        tx.execute("UPDATE message SET state = 'queued' WHERE id = 1")
    assert outcomes.faults(tx) == ["sale: is over, and 1 recipients are not"]
    with hall.db.write() as tx:
        tx.execute("UPDATE message SET state = 'sent', run_id = 2, key = 'again' WHERE id = 1")
        tx.execute("DELETE FROM run WHERE id = 1")
    assert outcomes.faults(tx) == [
        "sale: 2 begun and 0 not, of 3 recipients",
        "sale: 1 recipients have a second letter",
    ]
