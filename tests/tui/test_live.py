from __future__ import annotations

import msgspec
from desk_kit import Open
from fake_daemon import NOW, event, person

from mautod import wire


async def test_live_says_who_is_on_the_site_on_what_page_and_from_where(open_desk: Open) -> None:
    async with open_desk() as desk:
        anna = desk.line("/cart ")
        assert "Anna Petrova" in anna
        assert "direct" in anna
        assert "3m" in anna
        assert "RU" in anna


async def test_the_events_stand_newest_first_with_their_rate_as_a_sparkline(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        assert "38/min ▂" in desk.line("Events")
        words = [
            word
            for word in ("→ segment cart-open", "▶ chain abandoned-cart", "✉ clicked welcome-2")
            if word in desk.text
        ]
        assert words == sorted(words, key=desk.text.index)
        assert len(words) == 3


async def test_the_card_beside_the_list_is_of_the_chosen_person(open_desk: Open) -> None:
    async with open_desk() as desk:
        assert "● Anna Petrova" in desk.lines[1]
        await desk.press("down", "down")
        assert "● Boris K." in desk.lines[1]


async def test_the_chosen_visitor_stays_chosen_when_others_arrive_above(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("down", "down")
        row = next(i for i, line in enumerate(desk.lines) if "▸ Boris K." in line)
        fresh = wire.Visitor(person(20), "/", "direct", NOW, NOW, 0)
        desk.world.live = msgspec.structs.replace(
            desk.world.live, visitors=[fresh, *desk.world.live.visitors], online=42
        )
        await desk.press("ctrl+r")
        assert "Online 42" in desk.text
        assert "▸ Boris K." in desk.lines[row + 1]


async def test_an_event_appears_by_itself_and_the_chosen_event_stays_in_its_row(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("tab", "down", "down", "down")
        row = next(
            i for i, line in enumerate(desk.lines) if "▸" in line and "clicked welcome-2" in line
        )
        for number in range(5):
            desk.world.push(
                "events",
                3000 + number,
                event(3000 + number, "Page Viewed", person(2), {"path": "/new"}, ts=NOW),
            )
        await desk.pilot.pause(0.3)
        assert "clicked welcome-2" in desk.lines[row]
        assert "▸" in desk.lines[row]
        assert "↑ 5 new" in desk.line("Events")
        await desk.press("home")
        assert "/new" in desk.lines[desk.lines.index(desk.line("Events")) + 1]


async def test_space_holds_the_events_and_lets_them_go_on(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("space")
        desk.world.push("events", 3000, event(3000, "Sofa Sat On", person(2), ts=NOW))
        await desk.pilot.pause(0.3)
        assert "Sofa Sat On" not in desk.text
        assert "⏸ 1 wait" in desk.text
        await desk.press("space")
        assert "Sofa Sat On" in desk.text


async def test_a_thousand_events_at_once_are_few_drawings(open_desk: Open) -> None:
    async with open_desk() as desk:
        drawn: list[int] = []
        place = desk.app.place
        known = place.updates
        place.updates = lambda items: (drawn.append(len(items)), known(items))  # type: ignore[method-assign, assignment]
        for number in range(1000):
            desk.world.push(
                "events",
                3000 + number,
                event(3000 + number, "Page Viewed", person(2), {"path": f"/{number}"}, ts=NOW),
            )
        await desk.until("/999")
        assert sum(drawn) == 1000
        assert len(drawn) < 40


async def test_the_filter_narrows_both_lists_and_escape_takes_it_away(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("slash")
        await desk.type("boris")
        await desk.press("enter")
        assert "⌕ boris" in desk.text
        assert "Vera Lind" not in desk.text
        await desk.press("escape")
        assert "Vera Lind" in desk.text


async def test_an_empty_site_says_what_to_do_next(open_desk: Open) -> None:
    async with open_desk() as desk:
        desk.world.live = wire.LivePage(NOW, 0, [], 0, [0] * 60, [])
        await desk.press("ctrl+r")
        assert "Nobody is on the site now." in desk.text
        assert "events send" in desk.text
