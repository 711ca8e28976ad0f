from __future__ import annotations

from desk_kit import Open


async def test_people_are_searched_by_rule_in_the_daemon(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "slash")
        await desk.type('did "Order Completed"')
        await desk.press("enter")
        assert "People ⌕ did" in desk.text
        assert any("people?query=did" in ask for ask in desk.world.asked)


async def test_a_rule_that_does_not_parse_shows_where_it_is_wrong(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "slash")
        await desk.type("did order")
        await desk.press("enter")
        lines = desk.lines
        at = next(i for i, line in enumerate(lines) if "did order" in line and "⌕" not in line)
        assert lines[at + 1].index("^") == lines[at].index("order")
        assert "an event's name in quotes" in desk.text
        assert 'Write did "Order Completed".' in desk.text


async def test_scrolling_down_fetches_further_pages_by_key(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2")
        assert "200 of 1 204" in desk.text
        await desk.press("end")
        assert "400 of 1 204" in desk.text
        assert any("after=200" in ask for ask in desk.world.asked)
        assert len(desk.chosen[0]) == 100


async def test_the_card_shows_timeline_messages_with_reasons_and_properties(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("2", "enter")
        assert "→ segment cart-open" in desk.text
        await desk.press("right")
        assert "refused: unsub" in desk.text
        await desk.press("right")
        assert "city" in desk.text
        assert "Moscow" in desk.text


async def test_the_end_of_the_timeline_fetches_older_events(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "enter", "end", "end")
        assert "/old/" in desk.text


async def test_a_message_opens_with_every_decision_of_the_gate(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "enter", "right", "enter")
        assert "◷ postpone" in desk.text
        assert "mon-sun 10:00-20:00" in desk.text
        assert "✓ pass" in desk.text
        await desk.press("escape")
        assert "◷ postpone" not in desk.text


async def test_an_event_opens_with_its_properties_and_absolute_time(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "enter", "enter")
        assert "Product Added" in desk.text
        assert "23 Nov 2026 02:14:00" in desk.text
        assert "currency  RUB" in desk.text


async def test_why_asks_which_template_and_gives_the_reason(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "w")
        assert "cart-1" in desk.lines[-1]
        await desk.press("enter")
        assert "it waits until 10:00" in desk.text
        assert any(ask.startswith("/api/why?person=1&template=cart-1") for ask in desk.world.asked)


async def test_the_persons_own_time_stands_beside_ours(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("2", "down", "down")
        assert "04:14 there" in desk.text
        assert desk.lines[0].rstrip().split()[-4] == "02:14"


async def test_why_knows_the_templates_at_80_columns_too(open_desk: Open) -> None:
    async with open_desk((80, 24)) as desk:
        await desk.press("2", "w")
        assert "why cart-1" in desk.lines[-1]
