from __future__ import annotations

import msgspec
from desk_kit import Open
from fake_daemon import NOW

from mautod import wire


async def test_segments_show_size_rule_and_a_sample(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("5", "down")
        assert "1 204" in desk.line("▸ vip")
        assert 'sum "Order Completed".total' in desk.text
        assert "anna@example" in desk.text


async def test_a_size_changes_in_place_when_the_daemon_says_so(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("5")
        row = desk.lines.index(desk.line("  vip"))
        desk.world.push("segments", 1, wire.SegmentSize("vip", "Best customers", 1207))
        await desk.until("1 207")
        assert "▲ 3" in desk.lines[row]


async def test_a_segment_that_is_not_kept_up_to_date_says_why(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("5", "end")
        assert "✗ broken" in desk.text
        assert 'segment "gone" does not exist' in desk.text


async def test_enter_goes_from_the_segment_to_a_card_and_escape_all_the_way_back(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("5", "enter", "enter")
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
        await desk.press("5", "down")
        assert "24 hours ▁▃█ 1 200 to 1 204" in desk.text
        assert "30 days" not in desk.text


async def test_the_history_shows_bars_and_who_entered_and_left_when(open_desk: Open) -> None:
    async with open_desk() as desk:
        item = next(item for item in desk.world.segments if item.key == "vip")
        went = msgspec.structs.replace(item, hours=[1200, 1201, 1204], days=[1100, 1204])
        desk.world.segments[desk.world.segments.index(item)] = went
        await desk.press("5", "down", "h")
        assert "by hour, last 24: 1 200 to 1 204, now 1 204" in desk.text
        assert "█" in desk.text
        assert "→ entered" in desk.text
        assert "← left" in desk.text
        assert "23 Nov 2026 02:13:00" in desk.text
        await desk.press("end")
        assert any("moves?after=9900" in ask for ask in desk.world.asked)
        await desk.press("enter")
        assert "Timeline" in desk.text


async def test_why_shows_the_rule_as_a_tree_with_values_and_when_time_turns_it(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("5", "enter", "w")
        assert "Why cart-open · Anna Petrova" in desk.text
        assert "✓ all of" in desk.text
        assert '  ✓ did "Cart Viewed" in 1d' in desk.text
        assert "2 times, last" in desk.text
        assert '    ✗ did "Order Completed" in 1d' in desk.text
        assert "turns false 24 Nov 2026 02:14:00 (in 1d) if nothing happens" in desk.text


async def test_why_asks_whom_in_the_list_of_segments(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("5", "w")
        assert "why cart-open anna@example.com" in desk.lines[-1]
        await desk.press("enter")
        assert "✓ all of" in desk.text


async def test_the_overlap_is_a_shaded_matrix_and_a_table_of_pairs(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("5", "space", "space", "o")
        assert any(ask == "/api/overlap" for ask in desk.world.asked)
        row = desk.line("1 cart-open")
        assert "37" in row
        assert "░ 24%" in row
        assert "·  1%" in desk.line("2 vip")
        await desk.press("t")
        assert "cart-open · vip" in desk.text
        assert "OF ONE" in desk.text
        await desk.press("enter")
        assert 'in segment "cart-open" and in segment "vip"' in desk.text


async def test_without_marks_the_overlap_is_of_all_with_the_chosen_first(open_desk: Open) -> None:
    async with open_desk((80, 24)) as desk:
        await desk.press("5", "down", "o")
        assert "1 vip" in desk.text
        assert "2 asleep" in desk.text
        assert len(desk.lines) == 24


async def test_a_list_kept_by_hand_has_no_rule_to_edit(open_desk: Open) -> None:
    async with open_desk() as desk:
        fair = wire.Segment("a-fair", "Fair", "", 3, NOW, kind="static", exclude=["staff"])
        desk.world.segments = [fair]
        await desk.press("5")
        assert "a list, kept by hand" in desk.text
        assert "and nobody who is in staff" in desk.text
        await desk.press("e")
        assert desk.app.place.PLACE == "segments"
        assert "it is a list" in desk.lines[-1]
