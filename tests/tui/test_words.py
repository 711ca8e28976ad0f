"""Everything the desk says is said in every language that it speaks."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path

import pytest
from desk_kit import Open

import tui
from mautod import wire
from tui import keys, words
from tui.draw import CHAIN_STATES, STATES
from tui.russian import RUSSIAN
from tui.screens.acts import ACTS
from tui.screens.inbox.place import VIEWS
from tui.shell import ENDLESS
from tui.widgets.card import SECTIONS

ROOT = Path(tui.__file__).parent
WORK = ("apply", "test", "simulate", "replay")
COLUMNS = ("sent", "open", "click", "goal", "money", "people", "seen", "moved on", "after")
TALLIES = ("failed", "expired", "unknown", "yes", "no")


def called() -> Iterator[str]:
    """What stands in the code as the first word of `tr`, and the forms in `many`."""
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or getattr(node.func, "id", "") not in {"tr", "many"}:
                continue
            place = 0 if node.func.id == "tr" else 1
            for one in ast.walk(node.args[place]):
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield one.value


def tables() -> Iterator[str]:
    """What is looked up by what it is."""
    every = [*keys.EVERYWHERE, *keys.MOVING, *(key for one in keys.PLACES.values() for key in one)]
    for key in every:
        yield from (key.label, key.help)
    for screen in keys.SCREENS:
        yield from (screen.title, screen.help)
    yield from (place.capitalize() for place in keys.PLACES)
    for act in ACTS:
        yield from (act.words, act.label, act.hint)
    yield from (*VIEWS, *wire.CHAT_STATES)
    yield from (*ENDLESS.values(), *SECTIONS, *WORK, *COLUMNS, *TALLIES, *STATES, *CHAIN_STATES)


def everything() -> set[str]:
    return {word for word in (*called(), *tables()) if any(map(str.isalpha, word))}


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_word_is_there_in_russian() -> None:
    missing = everything() - RUSSIAN.keys()
    assert not missing, "\n".join(sorted(map(repr, missing)))


def test_no_word_is_there_that_nobody_says() -> None:
    assert RUSSIAN.keys() <= everything()


def test_what_is_filled_in_is_the_same_in_both() -> None:
    for text, told in RUSSIAN.items():
        assert fields(text) == fields(told), text
        assert text[:1].isspace() == told[:1].isspace(), text
        assert text[-1:].isspace() == told[-1:].isspace(), text


def test_numbers_have_their_three_forms() -> None:
    assert all(told.count("|") == 2 for text, told in RUSSIAN.items() if text.count("|") == 1)


@pytest.fixture
def russian() -> Iterator[None]:
    words.use("ru_RU.UTF-8")
    yield
    words.use("en")


@pytest.mark.usefixtures("russian")
def test_a_number_goes_with_its_form() -> None:
    forms = {
        1: "человек",
        2: "человека",
        5: "человек",
        11: "человек",
        21: "человек",
        22: "человека",
    }
    assert {number: words.many(number, "person|people") for number in forms} == forms


def test_a_language_that_nobody_wrote_is_english() -> None:
    words.use("xx_YY")
    assert words.tr("Today") == "Today"


@pytest.mark.usefixtures("russian")
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_every_screen_fills_its_terminal_in_russian_too(
    open_desk: Open, size: tuple[int, int]
) -> None:
    async with open_desk(size) as desk:
        for screen in keys.SCREENS:
            await desk.press(screen.digit)
            assert len(desk.lines) == size[1]
            assert desk.lines[-2][0] == "└"
            assert "клавиши" in desk.lines[-1]
        await desk.press("6", "p")
        assert "Остановить" in desk.text
