"""The inbox: who waits, what was said, the answer, and what keys do about it."""

from __future__ import annotations

import msgspec
from desk_kit import Desk, Open
from fake_daemon import NOW, World, talk

from mautod import wire
from mautod.client import Client
from tui.outbox import UNDO_MS, Outbox
from tui.screens.inbox.place import Inbox


def inbox(desk: Desk) -> Inbox:
    desk.app.outbox.operator = "Olga"
    place = desk.app.place
    assert isinstance(place, Inbox)
    return place


async def later(desk: Desk) -> None:
    """The time in which an answer can be taken back is over."""
    desk.app._clock = lambda: NOW + UNDO_MS + 1
    inbox(desk).tick()
    await desk.settle()


async def test_it_shows_who_waits_and_what_was_said(open_desk: Open) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        assert "● Boris K." in desk.text
        assert "Is the Oslo in stock in green?" in desk.text
        assert "Olga note" in desk.text
        assert "waits 2m" in desk.text
        assert "all 3" in desk.text
        assert "Inbox³" in desk.text
        await desk.press("down")
        assert "○ Anna Petrova" in desk.text


async def test_what_visitors_write_cannot_take_the_screen(open_desk: Open) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        assert "delivery to Tula?␛[2J␛[31m" in desk.text
        assert "\x1b" not in desk.text


async def test_an_answer_leaves_after_five_seconds_once(open_desk: Open, world: World) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        inbox(desk)
        await desk.press("enter")
        await desk.type("Yes to Tula")
        await desk.press("enter")
        assert not world.said
        assert "ctrl+z takes it back" in desk.text
        await later(desk)
        await later(desk)
        ((chat, ask),) = world.said
        assert (chat, ask.text, ask.operator) == (1, "Yes to Tula", "Olga")
        assert ask.ref


async def test_an_answer_that_is_taken_back_is_not_sent(open_desk: Open, world: World) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        await desk.press("enter")
        await desk.type("Oops")
        await desk.press("enter", "ctrl+z")
        assert inbox(desk).composer.text == "Oops"
        await later(desk)
        assert not world.said


async def test_an_answer_that_fails_is_a_draft_with_the_same_name(
    open_desk: Open, world: World
) -> None:
    world.refuses = "Anna has no email address"
    async with open_desk((120, 36), at="inbox") as desk:
        await desk.press("enter")
        await desk.type("Hello")
        await desk.press("enter")
        ref = inbox(desk).outbox.of(1)[0].ref
        await later(desk)
        assert "no email address" in desk.text
        assert inbox(desk).composer.text == "Hello"
        await desk.press("enter")
        assert inbox(desk).outbox.of(1)[0].ref == ref


async def test_what_waits_is_sent_when_the_desk_closes(open_desk: Open, world: World) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        await desk.press("enter")
        await desk.type("Bye")
        await desk.press("enter")
        assert not world.said
    assert [ask.text for _, ask in world.said] == ["Bye"]


async def test_drafts_are_kept_for_each_conversation(open_desk: Open) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        await desk.press("enter")
        await desk.type("half")
        await desk.press("escape", "down", "enter")
        assert inbox(desk).composer.text == ""
        await desk.press("escape", "up", "enter")
        assert inbox(desk).composer.text == "half"


async def test_each_key_does_its_command(open_desk: Open, world: World) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        inbox(desk)
        await desk.press("x")
        await desk.press("a", "enter")
        await desk.press("z")
        await desk.type("2h")
        await desk.press("enter")
        await desk.press("n")
        await desk.type("seen")
        assert "for colleagues only" in desk.text
        await desk.press("enter")
        assert world.acts == [
            "1 /close by Olga", "1 /assign me by Olga", "1 /snooze 2h by Olga", "1 /note seen by Olga",
        ]  # fmt: skip
        assert inbox(desk).composer.text == ""


async def test_a_slash_offers_commands(open_desk: Open, world: World) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        await desk.press("enter")
        await desk.type("/s")
        await desk.pilot.pause(0.1)
        await desk.settle()
        assert "TIME: let it rest" in desk.text
        await desk.press("tab")
        assert inbox(desk).composer.text == "/snooze "
        await desk.type("2h")
        await desk.press("enter")
        assert world.acts == ["1 /snooze 2h by Olga"]


async def test_views_and_filter_choose_conversations(open_desk: Open) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        inbox(desk)
        await desk.press("slash")
        await desk.type("late")
        await desk.press("enter")
        assert [chat.id for chat in inbox(desk).rows.items] == [2]
        await desk.press("escape", "v")
        assert [chat.id for chat in inbox(desk).rows.items] == [4]
        await desk.press("v")
        assert [chat.id for chat in inbox(desk).rows.items] == [5]
        await desk.press("v")
        assert [chat.id for chat in inbox(desk).rows.items] == [1, 3]


async def test_a_new_word_rings_and_appears(open_desk: Open, world: World, monkeypatch) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        rung: list[str] = []
        monkeypatch.setattr(desk.app, "bell", lambda: rung.append("bell"))
        world.talks[0] = talk(1, 1, [("in", "", "Hello?"), ("in", "", "Anybody there?")] * 3)
        world.push("chats", 1, world.talks[0].chat)
        await desk.until("Anybody there?")
        assert rung == ["bell"]
        mine = msgspec.structs.replace(world.talks[2].chat, operator="Kim")
        world.push("chats", 2, mine)
        await desk.pilot.pause(0.5)
        assert rung == ["bell"]


async def test_a_small_terminal_shows_one_half(open_desk: Open) -> None:
    async with open_desk((80, 24), at="inbox") as desk:
        assert "three left" not in desk.text
        await desk.press("enter")
        await desk.settle()
        assert "three left" in desk.text
        await desk.press("escape")
        assert "three left" not in desk.text


async def test_the_card_opens(open_desk: Open) -> None:
    async with open_desk((120, 36), at="inbox") as desk:
        await desk.press("o")
        assert desk.app.place_name == "card"


async def test_an_outbox_sends_in_order_and_says_what_is_due(world: World, server: str) -> None:
    async with Client(server, "k") as client:
        box = Outbox(client, "Olga")
        box.put(1, "one", 0)
        box.put(1, "two", 10)
        assert not box.due(UNDO_MS - 1)
        assert await box.send(UNDO_MS) == [1]
        assert [one.text for one in box.of(1)] == ["two"]
        await box.leave()
    assert [ask.text for _, ask in world.said] == ["one", "two"]
    assert isinstance(world.said[0][1], wire.SayAsk)
