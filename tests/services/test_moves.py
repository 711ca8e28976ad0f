"""Entries and exits of a segment, newest first."""

from __future__ import annotations

import pytest
from office_kit import START, Office

from mautod.duration import HOUR
from mautod.errors import NotFound


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.segment("keen", "score > 5").segment("known", "email is known")
    yield made
    made.close()


def test_entries_and_exits_come_newest_first_with_their_times(office):
    anna = office.know("u1", email="anna@example.com", score=9)
    office.later("1h").know("u1", score=1)
    left, entered = office.desk.moves("keen").items
    assert (left.entered, left.at, left.person_id) == (False, START + HOUR, anna)
    assert (entered.entered, entered.at, entered.person) == (True, START, "anna@example.com")
    assert [move.entered for move in office.desk.moves("known").items] == [True]


def test_pages_go_through_all_moves_of_one_instant(office):
    for number in range(5):
        office.know(f"u{number}", score=9)
    seen, after = [], None
    for _ in range(3):
        page = office.desk.moves("keen", after=after, limit=2)
        seen += [move.person_id for move in page.items]
        after = page.next
    assert (sorted(seen), after) == ([1, 2, 3, 4, 5], None)


def test_a_segment_that_nobody_moved_in_and_one_that_is_not_there(office):
    assert office.desk.moves("keen").items == []
    with pytest.raises(NotFound):
        office.desk.moves("none")
