"""The map of the journey from real stays and messages."""

from __future__ import annotations

import pytest
from mail_kit import NOON, open_shop

from mautod.cli.insights import journey_lines
from mautod.duration import DAY, HOUR
from mautod.services.reports.earned import Period
from mautod.services.reports.journey import journey_map
from mautod.store.reports import journey


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    for number, (key, stage) in enumerate(
        [("came", 1), ("looks", 2), ("buys", 3), ("vip", 3), ("other", None)], start=1
    ):
        row = {"id": number, "key": key, "name": key.title(), "rule": "x", "stage": stage}
        shop.insert("segment", row)
    yield shop
    shop.db.close()


def stay(shop, person: int, segment: int, entered: int, left: int | None = None) -> None:
    row = {"person_id": person, "segment_id": segment}
    if left is None:
        shop.insert("member", {**row, "since": NOON + entered})
    else:
        shop.insert("stay", {**row, "entered_at": NOON + entered, "left_at": NOON + left})


def sent(shop, person: int, at: int, **columns) -> None:
    shop.message(person, state="sent", sending_at=NOON + at, **columns)


def ask(shop, since=None, until=None):
    return journey_map(shop.db.read(), Period(since, until, NOON + 30 * DAY))


def test_people_are_at_the_furthest_of_their_stages(shop):
    people = [shop.person() for _ in range(4)]
    for person in people:
        stay(shop, person, 1, 0)
    stay(shop, people[0], 2, HOUR)
    stay(shop, people[1], 2, HOUR, 2 * HOUR)
    stay(shop, people[1], 4, 2 * HOUR)
    stay(shop, people[2], 3, 4 * HOUR)
    stay(shop, people[3], 5, HOUR)
    stages = ask(shop).stages
    assert [each.people for each in stages] == [1, 1, 2]
    assert [each.seen for each in stages] == [4, 2, 2]
    assert [each.moved for each in stages] == [3, 1, 0]
    assert [each.median_ms for each in stages] == [HOUR, HOUR, None]
    assert (stages[0].share, stages[2].name, stages[2].segments) == (
        0.75,
        "Buys / Vip",
        ["buys", "vip"],
    )


def test_messages_count_at_the_stage_at_which_they_were_got(shop):
    ann, bob, cat = (shop.person() for _ in range(3))
    shop.apply(
        'name = "Other"\ntopic = "offers"\nenter = { event = "A" }\n[[step]]\nsend = "cart-1"\n',
        "other",
    )
    stay(shop, ann, 1, 0)
    stay(shop, ann, 2, DAY)
    stay(shop, cat, 2, 0)
    for person, at in ((ann, HOUR), (ann, 2 * DAY), (bob, HOUR), (cat, HOUR), (cat, 3 * DAY)):
        sent(shop, person, at)
    sent(shop, cat, 5 * HOUR, chain="other")
    shop.message(cat, state="refused", sending_at=NOON)
    stages = ask(shop).stages
    told = [[(each.chain, each.messages) for each in stage.messages] for stage in stages]
    assert told == [[("cart", 1)], [("cart", 3), ("other", 1)], []]
    later = ask(shop, since=NOON + DAY).stages
    assert [[each.messages for each in stage.messages] for stage in later] == [[], [2], []]


def test_a_period_has_the_moves_that_were_in_it(shop):
    ann = shop.person()
    stay(shop, ann, 1, 0)
    stay(shop, ann, 2, DAY, 2 * DAY)
    first, second, _ = ask(shop, NOON, NOON + DAY).stages
    assert (first.moved, second.seen) == (0, 0)
    first, second, _ = ask(shop, NOON + DAY, NOON + 3 * DAY).stages
    assert (first.seen, first.moved, second.fell) == (1, 1, 1)


def test_the_map_is_drawn_from_the_first_stage_down(shop):
    ann, bob = shop.person(), shop.person()
    stay(shop, ann, 1, 0)
    stay(shop, ann, 2, DAY + HOUR)
    stay(shop, bob, 1, 0)
    sent(shop, ann, HOUR)
    lines = list(journey_lines(ask(shop)))
    assert lines[0].split() == ["1", "Came", "1", "█" * 20]
    assert "1 of 2 moved on (50.0%), 1d 1h in the middle" in lines[1]
    assert "✉ cart 1" in lines[2]


def test_without_stages_it_says_how_to_make_them(shop):
    with shop.db.write() as tx:
        tx.execute("UPDATE segment SET stage = NULL")
    assert "stage = 1" in next(journey_lines(ask(shop)))


def test_its_statements_read_by_index(shop):
    tx = shop.db.read()
    plan = [row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {journey.STAYS}")]
    assert any("COVERING INDEX stay_left (segment_id=? AND left_at>?)" in step for step in plan), (
        plan
    )
    assert any("member_since (segment_id=? AND since>?)" in step for step in plan), plan
    plan = [row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {journey.SENT}", (0, 1))]
    assert plan == ["SCAN message", "USE TEMP B-TREE FOR ORDER BY"]
