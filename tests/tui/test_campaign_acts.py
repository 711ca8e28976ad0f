from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest
from desk_kit import Open
from fake_daemon import CHAINS, NOW, World, card

from mautod import wire
from mautod.core.files.definition import read_toml
from mautod.core.files.script import read_script
from tui.screens.campaigns.report import report
from tui.screens.campaigns.script import script_of
from tui.shell import Shell


async def test_an_invented_person_is_led_through_a_chain_and_the_log_is_shown(
    open_desk: Open, world: World
) -> None:
    async with open_desk((140, 40), at="campaigns") as desk:
        await desk.press("s", "enter")
        await desk.until("sent cart-1: You left something")
        assert 'name = "Product Added"' in world.scripts[0]
        assert "refuse: cap" in desk.text
        await desk.press("escape")
        assert desk.app.place.PLACE == "campaigns"


async def test_what_is_written_is_played_again_and_kept(open_desk: Open, world: World) -> None:
    async with open_desk((140, 40), at="campaigns") as desk:
        await desk.press("s", "enter", "ctrl+home")
        await desk.type("# mine ")
        await desk.press("ctrl+s")
        assert world.scripts[-1].startswith("# mine ")
        await desk.press("escape", "s", "enter")
        assert "# mine" in desk.text


async def test_a_known_person_is_led_through_a_chain(open_desk: Open, world: World) -> None:
    async with open_desk((140, 40), at="campaigns") as desk:
        await desk.press("s", "1", "enter")
        await desk.until("sent cart-1")
        assert 'email = "anna@example.com"' in world.scripts[0]
        assert 'zone = "Europe/Moscow"' in world.scripts[0]


@pytest.fixture
def who(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("who.toml").write_text('[person]\nemail = "who@example.com"\n')


@pytest.mark.usefixtures("who")
async def test_a_file_of_a_person_is_read_and_one_that_is_not_there_is_told(
    open_desk: Open, world: World
) -> None:
    async with open_desk((140, 40), at="campaigns") as desk:
        await desk.press("s")
        await desk.type("none.toml")
        await desk.press("enter")
        assert "none.toml: No such file" in desk.lines[-1]
        await desk.press("s")
        await desk.type("who.toml")
        await desk.press("enter")
        await desk.until("sent cart-1")
        assert "who@example.com" in world.scripts[0]


async def test_a_mistake_in_a_persons_file_is_told_with_its_line(open_desk: Open) -> None:
    async with open_desk((140, 40), at="campaigns") as desk:
        await desk.press("s", "enter", "ctrl+home")
        await desk.type("broken ")
        await desk.press("ctrl+s")
        await desk.until("person.toml:2: broken: there is no such key")


async def test_asking_whom_can_be_given_up(open_desk: Open, world: World) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("s", "escape")
        assert desk.app.place.PLACE == "campaigns"
        assert world.scripts == []


async def test_versions_show_what_differs_and_going_back_names_the_people_and_asks(
    open_desk: Open, world: World
) -> None:
    async with open_desk((120, 30), at="campaigns") as desk:
        await desk.press("v")
        assert '+wait = "1h"' in desk.text
        await desk.press("b")
        assert "v4 is in force already" in desk.lines[-1]
        await desk.press("down", "b")
        assert "98 people are under way." in desk.text
        await desk.press("n")
        assert world.acts == []
        await desk.press("b", "y")
        assert world.acts == ["rollback abandoned-cart 3"]
        assert "v5 is in force, 98 people stay." in desk.lines[-1]


async def test_lint_shows_what_is_wrong_in_this_chain_and_counts_the_rest(open_desk: Open) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("l")
        assert "step second is never reached" in desk.text
        assert "1 thing is wrong in other files" in desk.text
        await desk.press("escape", "down", "l")
        assert "Nothing is wrong in this chain." in desk.text


async def test_the_report_of_a_chain_is_a_sheet(open_desk: Open) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("r")
        assert "Report · abandoned-cart" in desk.text


async def test_what_the_files_would_change_is_put_in_force_only_when_it_is_said(
    open_desk: Open, world: World
) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("a")
        assert "12 people are waiting in step 2" in desk.text
        assert '+wait = "2d"' in desk.text
        await desk.press("escape")
        assert world.acts == []
        await desk.press("a", "y")
        assert world.acts == ["apply"]
        assert "1 definition in force now" in desk.lines[-1]
        await desk.press("a")
        assert "nothing differs from what runs" in desk.lines[-1]


async def test_the_file_cannot_be_edited_where_it_is_not(open_desk: Open) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("e")
        assert "the files are on the daemon's machine" in desk.lines[-1]


async def test_a_terminal_that_cannot_make_room_for_an_editor_says_so(
    open_desk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\n")
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("VISUAL", str(editor))
    path = tmp_path / "workspace/chains/abandoned-cart.toml"
    path.parent.mkdir(parents=True)
    path.write_text("name = 'x'\n")
    async with open_desk(at="campaigns", shell=Shell(folder=tmp_path)) as desk:
        await desk.press("e")
        assert "no room for an editor" in desk.lines[-1]


async def test_a_step_shows_the_people_who_stand_there_and_how_they_came(open_desk: Open) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("enter", "enter")
        assert "people who stand here" in desk.text
        await desk.press("w")
        assert "Why abandoned-cart · Anna Petrova" in desk.text or "Why " in desk.text
        await desk.press("escape", "m")
        assert "this step sends nothing" in desk.lines[-1]


async def test_a_step_that_sends_turns_between_messages_and_people(open_desk: Open) -> None:
    async with open_desk(at="campaigns") as desk:
        await desk.press("enter", "right", "enter")
        assert "cart-1 · messages" in desk.text
        await desk.press("m")
        assert "cart-1 · people who stand here" in desk.text


@pytest.mark.parametrize("who", [None, card(1)])
@pytest.mark.parametrize("chain", CHAINS, ids=lambda chain: chain.key)
def test_the_file_that_is_offered_can_be_played(chain: wire.Chain, who: wire.Card | None) -> None:
    script = read_script(read_toml(script_of(chain, who), "person.toml"), "UTC")
    assert len(script.deeds) == 1
    assert script.person["email"] == "anna@example.com"


def test_the_file_of_a_person_with_odd_values_can_be_played() -> None:
    odd = card(1)
    props = {'a"b\n': 'x"\\\x7f\x1b[2J', "n": 1.5, "no": None, "list": [1], "wörter": "ü"}
    odd = msgspec.structs.replace(odd, props=props)
    chain = msgspec.structs.replace(CHAINS[0], enter="event A or B when x, again always")
    script = read_script(read_toml(script_of(chain, odd), "person.toml"), "UTC")
    assert script.person['a"b\n'] == 'x"\\\x7f\x1b[2J'
    assert script.person["wörter"] == "ü"
    assert script.deeds[0].name == "A"


def test_a_report_says_the_steps_the_whole_and_the_effect() -> None:
    row = wire.GoalRow("c", "C", "first", "cart-1", 100, 40, 10, 5, 5, [])
    effect = wire.Effect(1000, 100, 100, 5, wire.Uplift(0.05, 0.01, 0.09))
    found = wire.GoalReport(
        None, NOW, [row], 5, [], [wire.GoalChain(row, "running", "Order", effect)]
    )
    text = report(found).plain
    assert "cart-1" in text
    assert "40 %" in text
    assert "+5.0 %" in text
    assert "100 of 1 000 (10 %)" in text
    assert "Nothing was sent" in report(wire.GoalReport(None, NOW, [], 0, [])).plain
