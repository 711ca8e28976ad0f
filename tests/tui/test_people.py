from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from desk_kit import Open
from fake_daemon import person

from mautod import wire
from tui import draw
from tui.export import Export


async def test_people_are_searched_by_rule_in_the_daemon(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "slash")
        await desk.type('did "Order Completed"')
        await desk.press("enter")
        assert "People ⌕ did" in desk.text
        assert any("people?query=did" in ask for ask in desk.world.asked)


async def test_a_rule_that_does_not_parse_shows_where_it_is_wrong(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "slash")
        await desk.type("did order")
        await desk.press("enter")
        lines = desk.lines
        at = next(i for i, line in enumerate(lines) if "did order" in line and "⌕" not in line)
        assert lines[at + 1].index("^") == lines[at].index("order")
        assert "an event's name in quotes" in desk.text
        assert 'Write did "Order Completed".' in desk.text


async def test_scrolling_down_fetches_further_pages_by_key(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4")
        assert "200 of 1 204" in desk.text
        await desk.press("end")
        assert "400 of 1 204" in desk.text
        assert any("after=200" in ask for ask in desk.world.asked)
        assert len(desk.chosen[0]) == 100


async def test_the_card_shows_timeline_messages_with_reasons_and_properties(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("4", "enter")
        assert "→ segment cart-open" in desk.text
        await desk.press("right")
        assert "refused: unsub" in desk.text
        await desk.press("right")
        assert "▶ abandoned-cart: wait 1h" in desk.text
        assert "#4711" in desk.text
        await desk.press("right")
        assert "city" in desk.text
        assert "Moscow" in desk.text


async def test_the_end_of_the_timeline_fetches_older_events(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "enter", "end", "end")
        assert "/old/" in desk.text


async def test_a_message_opens_with_every_decision_of_the_gate(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "enter", "right", "enter")
        assert "◷ postpone" in desk.text
        assert "mon-sun 10:00-20:00" in desk.text
        assert "✓ pass" in desk.text
        await desk.press("escape")
        assert "◷ postpone" not in desk.text


async def test_an_event_opens_with_its_properties_and_absolute_time(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "enter", "enter")
        assert "Product Added" in desk.text
        assert "23 Nov 2026 02:14:00" in desk.text
        assert "currency  RUB" in desk.text


async def test_why_asks_which_template_and_gives_the_reason(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "w")
        assert "cart-1" in desk.lines[-1]
        await desk.press("enter")
        assert "it waits until 10:00" in desk.text
        assert any(ask.startswith("/api/why?person=1&template=cart-1") for ask in desk.world.asked)


async def test_the_persons_own_time_stands_beside_ours(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "down", "down")
        assert "04:14 there" in desk.text
        assert desk.lines[0].rstrip().split()[-4] == "02:14"


async def test_why_knows_the_templates_at_80_columns_too(open_desk: Open) -> None:
    async with open_desk((80, 24)) as desk:
        await desk.press("4", "w")
        assert "why cart-1" in desk.lines[-1]


async def test_the_search_offers_what_fits_and_tab_takes_it(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "slash")
        await desk.type("cou")
        await desk.until("/country")
        await desk.press("tab")
        await desk.press("enter")
        assert "People ⌕ country" in desk.text


async def test_marked_people_are_tagged_after_a_confirmation_with_their_number(
    open_desk: Open,
) -> None:
    async with open_desk() as desk:
        await desk.press("4", "space", "space")
        assert "2 marked" in desk.text
        await desk.press("b")
        assert (
            "2 marked  t tag  s segment  c chain  u unsubscribe  n suppress  x export"
            in desk.lines[-1]
        )
        await desk.press("t")
        await desk.pilot.press("plus", *"vip", "enter")
        await desk.until("tag 2 people +vip")
        await desk.press("n")
        assert "nothing was done" in desk.lines[-1]
        assert not desk.world.acts


async def test_all_that_match_are_acted_on_by_the_daemon_part_by_part(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "a")
        assert "all marked, 200 of 1 204" in desk.text
        await desk.press("b", "n")
        await desk.until("do it for 1 204")
        await desk.press("y")
        assert desk.world.acts == ["step 1000", "step 1204"]
        assert "suppress 1204 people : 1 203 changed, 1 were so already" in desk.lines[-1]
        assert "marked" not in desk.text


async def test_marks_go_with_escape_and_with_another_search(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "space", "escape")
        assert "marked" not in desk.text
        await desk.press("a", "slash")
        await desk.type("anna")
        await desk.press("enter")
        assert "marked" not in desk.text


async def test_a_saved_search_is_used_saved_and_deleted(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "s")
        assert "buyers" in desk.text
        await desk.press("enter")
        assert 'People ⌕ did "Order Completed"' in desk.text
        await desk.press("s", "n")
        await desk.type("mine")
        await desk.press("enter")
        assert "search mine is saved." in desk.lines[-1]
        await desk.press("s", "d")
        assert [one.name for one in desk.world.searches] == ["mine"]


async def test_people_are_exported_to_a_file_that_is_not_there_yet(
    open_desk: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    async with open_desk() as desk:
        await desk.press("4", "a", "b", "x")
        await desk.type("all.csv")
        await desk.press("enter")
        await desk.until("export all 1 204 people")
        await desk.press("y")
        await desk.until("1 204 people are in all.csv")
        await desk.press("b", "x")
        await desk.type("all.csv")
        await desk.press("enter")
        await desk.until("export all 1 204 people")
        await desk.press("y")
        await desk.until("is there already")
    rows = read(tmp_path / "all.csv")
    assert len(rows) == 1204
    assert rows[0]["email"] == "anna@example.com"


def read(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_who_came_from_a_file_is_said_to_with_its_name_and_nothing_of_it_is_obeyed() -> None:
    props = {"import": 7, "file": "crm\x1b[31m.csv"}
    imported = wire.EventItem(1, 0, 0, 1, "Anna", "Person Imported", draw.IMPORT, props)
    said = draw.say(imported)
    assert (said.sign, said.words) == ("↓", "imported from crm␛[31m.csv")
    assert draw.about(imported, "EUR") == ""


def test_no_cell_of_an_export_is_a_formula(tmp_path: Path) -> None:
    file = Export(tmp_path / "x.csv")
    file.write([person(1, name="=1+1", email="@x", phone="+7 912")])
    file.close()
    (row,) = read(tmp_path / "x.csv")
    assert (row["name"], row["email"], row["phone"]) == ("'=1+1", "'@x", "'+7 912")
