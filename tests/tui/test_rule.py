from __future__ import annotations

import pytest
from desk_kit import Desk, Open

from mautod.core.rules.hints import words
from mautod.core.rules.parser import _parser
from tui.widgets.rule_text import KEYWORDS, RuleText


async def write(desk: Desk, *keys: str, text: str = "") -> None:
    await desk.press("5", *keys)
    if text:
        await desk.type(text)
    await desk.pilot.pause(0.4)
    await desk.settle()


def editor(desk: Desk) -> RuleText:
    return desk.app.screen.query_one(RuleText)


async def test_the_size_and_some_of_the_people_come_while_one_writes(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text='did "Oder"')
        assert "Size 612" in desk.text
        assert "No event is called Oder." in desk.text
        assert "Anna Petrova" in desk.text
        assert not desk.world.acts


async def test_tab_takes_the_marked_candidate_and_down_marks_the_next(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text='did "ord')
        assert '▸ "Order Completed"' in desk.text
        assert "312 times" in desk.text
        await desk.press("down", "tab")
        assert editor(desk).text == 'did "Order Cancelled" '


async def test_up_and_down_move_the_cursor_where_no_word_is_typed(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text="did ")
        await desk.press("enter", "up")
        assert editor(desk).cursor_location == (0, 0)


async def test_a_mistake_is_underlined_where_it_stands(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text="did order")
        assert "line 1, column 5" in desk.text
        assert "an event's name in quotes" in desk.text
        line = editor(desk).get_line(0)
        assert any((s.start, s.end) == (4, 9) and "underline" in str(s.style) for s in line.spans)


async def test_saving_a_new_rule_asks_for_its_key_and_puts_it_in_force(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text="country = 1")
        await desk.press("ctrl+s")
        await desk.type("nordic")
        await desk.press("space", "N", "enter")
        assert desk.world.acts == ["define nordic country = 1"]
        assert "nordic is in force: 612 people, workspace/segments.toml:12" in desk.lines[-1]
        assert "▸ nordic" in desk.text


async def test_saving_a_changed_rule_asks_first_with_both_numbers(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "down", "e", text=" or x = 1")
        assert "592 fewer than now are in vip" in desk.text
        await desk.press("ctrl+s")
        assert "1 204 → 612 people" in desk.text
        await desk.press("n")
        assert not desk.world.acts
        await desk.press("ctrl+s", "y")
        assert desk.world.acts[0].startswith("define vip sum")


async def test_a_key_that_is_taken_is_refused_in_place(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text="country = 1")
        await desk.press("ctrl+s")
        await desk.type("vip")
        await desk.press("enter")
        assert "Not saved" in desk.text
        assert "segment vip exists already" in desk.text


async def test_what_was_written_is_there_again_after_escape(open_desk: Open) -> None:
    async with open_desk() as desk:
        await write(desk, "t", text="country = 1")
        await desk.press("escape")
        assert desk.app.place.PLACE == "segments"
        await desk.press("t")
        assert editor(desk).text == "country = 1"


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_the_editor_fills_its_terminal_and_says_its_keys(
    open_desk: Open, size: tuple[int, int]
) -> None:
    async with open_desk(size) as desk:
        await write(desk, "e")
        assert len(desk.lines) == size[1]
        assert desk.lines[-2][0] == "└"
        assert "tab take" in desk.lines[-1]
        assert "ctrl+s save" in desk.lines[-1]
        await desk.press("f1")
        assert "Take the marked candidate" in desk.text


def test_the_words_of_the_language_are_drawn_as_words() -> None:
    known = {word for term in _parser(whole=False).terminals for word in words({term.name})}
    spoken = {part for word in known for part in word.split() if part.isalpha()}
    assert spoken <= KEYWORDS
