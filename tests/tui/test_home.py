from __future__ import annotations

from desk_kit import Open
from fake_daemon import HOUR, NOW, World

from mautod import wire
from tui.needs import GRAVE, NOTE, WAITS, Known, needs


async def test_the_desk_opens_with_todays_numbers(open_desk: Open) -> None:
    async with open_desk(at="") as desk:
        assert desk.app.place.PLACE == "home"
        assert "38 events a minute" in desk.line("online")
        assert "open 56 %" in desk.line("sent")
        assert "37 messages wait" in desk.text


async def test_what_needs_somebody_leads_to_where_it_can_be_done(open_desk: Open) -> None:
    async with open_desk(at="home") as desk:
        assert "✗ secrets: .env can be read by others." in desk.text
        await desk.press("enter")
        assert "chmod 600 .env" in desk.text
        await desk.press("escape", "down", "down", "enter")
        assert desk.app.place.PLACE == "campaigns"
        assert "▸⏸ Come back" in desk.text.replace("▸ ⏸", "▸⏸")


async def test_a_campaign_under_way_opens_among_the_campaigns(open_desk: Open) -> None:
    async with open_desk(at="home") as desk:
        await desk.press("tab", "down", "enter")
        assert desk.app.place.PLACE == "campaigns"
        assert "Welcome" in desk.chosen[0]


async def test_an_installation_in_order_says_so(open_desk: Open, world: World) -> None:
    world.checkup = wire.Checkup(ok=True, findings=[wire.Finding("disk", "ok", "fine")])
    world.status = {"messages": {}}
    world.chains = world.chains[:2]
    async with open_desk(at="home") as desk:
        assert "✓ Nothing needs anybody." in desk.text


def sent(state: str, left: int) -> wire.Broadcast:
    return wire.Broadcast("spring", "Spring", state, "", 10, ["s"], open=left)


def test_the_gravest_comes_first_and_each_says_how_many_wait() -> None:
    dead = wire.Pump("digest", "", NOW - HOUR, alive=False)
    status = wire.Status(
        "1", "shop", NOW, "UTC", "EUR", 1, 1, 0, 0, wire.Journal(0), 0, 0, 0, {}, {"failed": 1}, {}, 0, [dead], 0
    )  # fmt: skip
    checkup = wire.Checkup(
        ok=False, findings=[wire.Finding("disk", "note", "much"), wire.Finding("a", "wrong", "b")]
    )
    found = needs(Known(status, checkup, [], [sent("paused", 7), sent("sending", 3)]))
    assert [need.grade for need in found] == [GRAVE, GRAVE, WAITS, WAITS, NOTE]
    assert found[0].text == "No worker is running."
    assert "1 message failed" in {need.text for need in found}
    assert "broadcast Spring is paused, 7 people wait" in {need.text for need in found}


def test_what_visitors_named_cannot_take_the_screen() -> None:
    chain = wire.Chain("c", "\x1b[2J", "paused", 1, NOW)
    assert all("\x1b" not in need.text for need in needs(Known(chains=[chain])))
