"""Whoever jumps from one turn of the clock to the next misses none."""

from __future__ import annotations

import pytest
from digest_kit import DAY, HOUR, NOW, Mill, identify, track

from mautod.services.segments.refresh import Segments

RULES = {
    "lately": 'did "A" in 7d',
    "long-ago": "last_seen before 30d ago",
    "often": 'did "A" >= 2 times in 3d',
    "birthday": "birthday anniversary in next 3d",
    "soon": "due in next 2d",
    "was": 'was in segment "lately" in 10d and not in segment "lately"',
}


@pytest.fixture
def mill(tmp_path):
    made = Mill(tmp_path)
    for key, rule in RULES.items():
        made.segment(key, rule)
    made.play(identify("a", birthday="1990-03-05", due="2027-02-01"), track("A", "a"))
    made.now += 5 * HOUR
    made.play(track("A", "a"), track("B", "b"))
    yield made
    made.close()


def members(mill):
    return set(
        mill.rows("SELECT s.key, m.person_id FROM member m JOIN segment s ON s.id = m.segment_id")
    )


def test_a_sweep_at_every_turn_is_as_good_as_one_at_any_time(mill):
    segments, turns = Segments("UTC"), []
    checks = [mill.now + hours * HOUR for hours in range(7, 60 * 24, 13)]
    for check in checks:
        with mill.db.write() as tx:
            while (at := segments.next_turn(tx, mill.now, check)) is not None:
                turns.append(at)
                mill.now = at
                segments.sweep(tx, at)
            mill.now = check
        seen = members(mill)
        with mill.db.write() as tx:
            for key in RULES:
                segments.rebuild(tx, key, check)
        assert members(mill) == seen, (check - NOW) / DAY
    assert len(turns) == len(set(turns))
    assert NOW + 5 * HOUR + 7 * DAY + 1 in turns


def test_nothing_turns_where_nobody_is(tmp_path):
    mill = Mill(tmp_path)
    mill.segment("lately", RULES["lately"])
    with mill.db.write() as tx:
        assert Segments("UTC").next_turn(tx, NOW, NOW + 400 * DAY) is None
    mill.close()
