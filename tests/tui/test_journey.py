from __future__ import annotations

from desk_kit import Open
from fake_daemon import NOW

from tui import show


async def test_stages_show_their_people_and_how_many_moved_on(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("7")
        assert "Journey 24 152 people · 30 days" in desk.text
        row = desk.line("1  Came by")
        assert [word for word in ("18 k", "4 120", "29 %", "3h") if word in row] == [
            "18 k",
            "4 120",
            "29 %",
            "3h",
        ]


async def test_the_columns_stand_under_their_names(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("7")
        head, row = desk.line("Journey 24"), desk.line("1  Came by")
        assert head.index("people─") + 6 == row.index("18 k") + 4
        assert head.index("after") + 5 == row.index("3h") + 2


async def test_the_chosen_stage_is_told_in_words_with_its_messages(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("7", "down")
        assert "640 of 2 980 moved on (21 %), half of them within 2d" in desk.text
        assert "212 fell back" in desk.text
        assert "1 310" in desk.line("✉ Welcome")
        await desk.press("down")
        assert "moved on (" not in desk.text


async def test_enter_opens_the_rule_that_finds_the_people_of_a_stage(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("7", "down", "enter")
        assert 'stage "problem"' in desk.text


async def test_d_looks_back_over_another_time(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("7", "d")
        assert "90 days" in desk.text
        assert desk.world.asked[-1] == f"/api/journey?since={NOW - 90 * show.DAY}"


async def test_without_stages_it_says_how_to_make_them(open_desk: Open) -> None:
    async with open_desk() as desk:
        desk.world.stages = []
        await desk.press("7")
        assert "stage = 1" in desk.text


async def test_it_fits_a_small_terminal(open_desk: Open) -> None:
    async with open_desk((80, 24)) as desk:
        await desk.press("7")
        assert "29 %" in desk.line("1  Came by")
        assert "3h" in desk.line("1  Came by")
