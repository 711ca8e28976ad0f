from __future__ import annotations

from decimal import Decimal

from desk_kit import Open
from fake_daemon import NOW

from mautod import wire
from tui import draw
from tui.screens.campaigns.words import step_words
from tui.widgets import flow


async def test_each_chain_shows_sent_opened_clicked_goals_and_money(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6")
        row = desk.line("Abandoned cart")
        assert [word for word in ("1 814", "43 %", "18 %", "174", "2.17 M ₽") if word in row] == [
            "1 814",
            "43 %",
            "18 %",
            "174",
            "2.17 M ₽",
        ]
        assert "⏸ Come back paused" in desk.text


async def test_the_columns_stand_under_their_names(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6")
        head, row = desk.line("Campaigns 3"), desk.line("Abandoned cart")
        assert head.index("sent") + 4 == row.index("1 814") + 5
        assert head.index("money") + 5 == row.index("₽") + 1


async def test_the_chain_is_drawn_with_how_many_are_where(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6")
        assert "Product Added ─▶ wait 1h ─▶ ✉ cart-1" in desk.text
        assert "37 here" in desk.text
        assert "┬─ yes ▶" in desk.text
        assert "└─ no ▶ ✉ cart-2 ─▶ end" in desk.text


async def test_a_step_says_in_words_what_became_of_its_messages(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6", "enter", "right")
        assert "open 48 %" in desk.text
        assert "✗ unsubscribed 12" in desk.text
        await desk.press("enter")
        assert "abandoned-cart · cart-1 · messages" in desk.text
        assert "due 10:14" in desk.text or "window" in desk.text
        await desk.press("escape")
        assert "Product Added ─▶" in desk.text


async def test_pausing_names_the_number_of_people_and_asks_first(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6", "p")
        assert "Pause Abandoned cart?" in desk.text
        assert "98 people are on the way, 37 messages wait." in desk.text
        await desk.press("enter")
        assert desk.world.acts == []
        await desk.press("p", "y")
        await desk.settle()
        assert desk.world.acts == ["pause abandoned-cart"]
        assert "⏸ Abandoned cart paused" in desk.text
        assert "abandoned-cart is paused." in desk.lines[-1]


async def test_a_paused_chain_is_resumed_by_the_same_key(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6", "end", "p")
        assert "Resume Come back?" in desk.text
        assert "1 person is on the way, 0 messages wait." in desk.text
        await desk.press("y")
        await desk.settle()
        assert desk.world.acts == ["resume come-back"]


async def test_without_chains_the_screen_says_how_to_get_one(open_desk: Open) -> None:
    async with open_desk() as desk:
        desk.world.chains = []
        await desk.press("6")
        assert "mautod apply" in desk.text


async def test_a_broadcast_shows_its_progress_and_what_became_of_whom(open_desk: Open) -> None:
    async with open_desk() as desk:
        states = {"sent": 4800, "waiting": 339, "refused": 100}
        desk.world.broadcasts = [
            wire.Broadcast(
                "spring", "Spring sale", "sending", "email is known", 5239, ["spring"],
                asked_at=NOW, states=states, open=339, opened=1200,
            )
        ]  # fmt: skip
        await desk.press("6", "end")
        await desk.settle()
        row = desk.line("Spring sale sending")
        assert "█████████" in row
        assert "94 %" in row
        assert "4 800" in row
        assert "4 900 of 5 239 final   sent 4 800 · waiting 339 · refused 100" in desk.text
        await desk.press("p")
        assert "Pause Spring sale?" in desk.text
        await desk.press("y")
        await desk.settle()
        assert desk.world.acts == ["pause spring"]


async def test_goals_and_money_of_a_month_are_drawn_day_by_day(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6")
        line = desk.line("30 d")
        assert f"goals ▂{'▁' * 18}▃{'▁' * 9}█" in line
        assert f"₽ ▃{'▁' * 18}█{'▁' * 9}▅" in line


async def test_the_days_are_asked_for_once_a_minute_only(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("6")
        for _ in range(3):
            await desk.press("ctrl+r")
        assert sum("/api/goals?chain=abandoned-cart" in asked for asked in desk.world.asked) == 1


def test_money_in_several_currencies_does_not_leave_its_column():
    earned = [wire.Money(Decimal(1_352_545), "EUR"), wire.Money(Decimal(7_000), "USD")]
    assert draw.money(earned, brief=True) == "1.35 M € +1"
    assert draw.money(earned[:1], brief=True) == "1.35 M €"


def test_a_step_is_told_by_its_sign_or_by_its_name():
    kinds = ("send", "exit", "wait", "code", "start")
    told = [flow.words(wire.Step(kind, kind, f"{kind} spring"))[0] for kind in kinds]
    assert told == ["✉ spring", "■ spring", "wait spring", "code spring", "start spring"]


def test_the_ways_of_a_split_stand_side_by_side_with_their_chances():
    experiment = wire.Experiment(
        "click",
        winner="short",
        variants=[
            wire.Variant("short", 1, 120, 100, 60, 30, 4, chance=0.97),
            wire.Variant("long\x1b[31m", 1, 118, 100, 55, 10, 2, chance=0.03),
        ],
    )
    step = wire.Step("ab", "split", "split short, long", here=3, experiment=experiment)
    first, short, long_ = step_words(step).plain.split("\n")
    assert first == "split short, long   3 here"
    assert short.startswith("★ short")
    assert "click 30 %" in short
    assert "best with 97 %" in short
    assert long_.startswith("  long")
    assert "\x1b" not in long_
    assert "best with 3 %" in long_
