from __future__ import annotations

import msgspec
from desk_kit import Open

from mautod import wire


async def test_segments_show_size_rule_and_a_sample(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("3", "down")
        assert "1 204" in desk.line("▸ vip")
        assert 'sum "Order Completed".total' in desk.text
        assert "anna@example" in desk.text


async def test_a_size_changes_in_place_when_the_daemon_says_so(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("3")
        row = desk.lines.index(desk.line("  vip"))
        desk.world.push("segments", 1, wire.SegmentSize("vip", "Best customers", 1207))
        await desk.until("1 207")
        assert "▲ 3" in desk.lines[row]


async def test_a_segment_that_is_not_kept_up_to_date_says_why(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("3", "end")
        assert "✗ broken" in desk.text
        assert 'segment "gone" does not exist' in desk.text


async def test_enter_goes_from_the_segment_to_a_card_and_escape_all_the_way_back(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("3", "enter", "enter")
        assert "● Anna Petrova" in desk.lines[1]
        assert "Timeline" in desk.text
        await desk.press("escape")
        assert "cart-open" in desk.text
        await desk.press("escape")
        assert desk.app.focused is not None
        assert desk.app.focused.id == "rows"


async def test_a_segment_shows_how_its_size_went(open_desk: Open) -> None:
    async with open_desk() as desk:
        item = next(item for item in desk.world.segments if item.key == "vip")
        went = msgspec.structs.replace(item, hours=[1200, 1201, 1204], days=[1204])
        desk.world.segments[desk.world.segments.index(item)] = went
        await desk.press("3", "down")
        assert "24 hours ▁▃█ 1 200 to 1 204" in desk.text
        assert "30 days" not in desk.text
