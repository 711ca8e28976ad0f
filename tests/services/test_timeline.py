"""The timeline tells everything once, newest first, whatever the size of a page."""

from __future__ import annotations

import pytest
from office_kit import Office

from mautod import wire
from mautod.errors import BadInput


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.chain().segment("known", "email is known")
    made.visit("browser")
    made.know("u1", email="anna@example.com", name="Anna")
    made.later("1m").did("u1", "Product Added", name="Oslo", price=1).advance()
    made.later("1m").desk.merge("u1", wire.MergeAsk("browser"))
    made.desk.unmerge("u1", wire.UnmergeAsk())
    made.digest().desk.unsubscribe(wire.UnsubscribeAsk("u1"))
    made.digest()
    yield made
    made.close()


def whole(office, kind="", limit=50):
    items, after = [], ""
    while after is not None:
        page = office.desk.timeline("u1", kind, after, limit)
        items += page.items
        after = page.next
    return items


def test_every_kind_of_thing_is_told(office):
    told = whole(office)
    assert {m.kind for m in told} == {"event", "segment", "chain", "consent", "change", "merge"}
    assert [m.at for m in told] == sorted((m.at for m in told), reverse=True)
    assert {m.name for m in told if m.kind == "merge"} == {"Merged", "Merge Undone"}
    assert len([m for m in told if m.kind != "merge"]) == office.desk.person("u1").events


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
def test_pages_join_up_without_gap_or_repeat(office, limit):
    assert whole(office, limit=limit) == whole(office)


def test_one_kind_alone_is_what_is_left_of_all(office):
    told = whole(office)
    for kind in ("event", "segment", "chain", "message", "consent", "change", "merge"):
        assert whole(office, kind, 1) == [m for m in told if m.kind == kind], kind


@pytest.mark.parametrize(("kind", "after"), [("gossip", ""), ("", "1"), ("", "a.b.c")])
def test_nonsense_is_refused(office, kind, after):
    with pytest.raises(BadInput):
        office.desk.timeline("u1", kind, after)
