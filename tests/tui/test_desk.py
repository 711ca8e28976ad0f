"""What holds on every screen: keys, help, prompt, link, colours, sizes, hostile text."""

from __future__ import annotations

import asyncio
import sys

import fake_daemon
import msgspec
import pytest
from aiohttp import web
from desk_kit import ZONE, Desk, Open
from fake_daemon import KEY, NOW, World, event, person

from mautod import wire
from mautod.client import Client
from tui.app import DeskApp
from tui.shell import Shell
from tui.widgets.listing import Listing

SCREENS = ("home", "live", "inbox", "people", "segments", "campaigns", "journey", "system")


async def test_digits_and_g_with_a_letter_lead_to_every_screen(open_desk: Open) -> None:
    async with open_desk() as desk:
        for digit, name in zip("23456781", (*SCREENS[1:], SCREENS[0]), strict=True):
            await desk.press(digit)
            assert name == desk.app.place.PLACE
        for letter, name in zip("lipscjyh", (*SCREENS[1:], SCREENS[0]), strict=True):
            await desk.press("g", letter)
            assert name == desk.app.place.PLACE


async def test_after_g_the_last_line_says_where_the_letters_lead(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("g")
        assert (
            "h Home  l Live  i Inbox  p People  s Segments  c Campaigns  j Journey  y System"
            in desk.lines[-1]
        )
        await desk.press("x")
        assert desk.app.place.PLACE == "live"


async def test_g_twice_is_the_first_row_and_g_e_the_last(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("g", "e")
        assert "▸ Zoë" in desk.text
        await desk.press("g", "g")
        assert "▸ Anna" in desk.text


async def test_help_lists_the_keys_of_the_place_and_those_of_everywhere(open_desk: Open) -> None:
    own = {
        "1": "something can be done",
        "2": "Hold the events still",
        "4": "Into the card",
        "5": "Write a rule",
        "6": "Pause or",
        "8": "Take the row in again",
    }
    async with open_desk((100, 50)) as desk:
        for digit, words in own.items():
            await desk.press(digit, "question_mark")
            assert words in desk.text
            assert "Run a command of the command line." in desk.text
            await desk.press("escape")
            assert "Everywhere" not in desk.text


async def test_the_first_line_says_host_screens_clock_and_latency(open_desk: Open) -> None:
    async with open_desk((120, 30)) as desk:
        line = desk.lines[0]
        assert "● shop.example" in line
        assert "2 Live 3 Inbox 4 People 5 Segments 6 Campaigns" in line
        assert "02:14 ⌁" in line
        assert line.rstrip().endswith("ms")


async def test_the_palette_finds_people_chains_and_segments(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("ctrl+p")
        await desk.type("georg")
        await desk.press("escape")
        await desk.press("ctrl+p")
        await desk.type("welcome")
        await desk.until("Campaign welcome")
        await desk.pilot.pause(0.5)  # the palette gathers what is found in batches
        await desk.press("enter")
        await desk.until("▸ ▶ Welcome")


async def test_the_palette_opens_the_card_of_a_person(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("ctrl+p")
        await desk.type("vera@example.org")
        await desk.until("Vera Lind  vera@example.org")
        await desk.press("enter")
        await desk.until("● Vera Lind")


async def test_a_command_runs_as_in_a_shell_and_shows_what_it_says(open_desk: Open) -> None:
    program = "import sys; print('asked', sys.argv[1:]); print(chr(27) + '[31mred')"
    shell = Shell((sys.executable, "-c", program), {}, (("people", "Find people."),))
    async with open_desk(shell=shell) as desk:
        await desk.press("colon")
        await desk.type("people find anna")
        await desk.press("enter")
        await desk.until("asked ['people', 'find', 'anna']")
        assert "␛[31mred" in desk.text


async def test_a_command_that_does_not_end_is_refused_with_what_to_do(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("colon")
        await desk.type("tail")
        await desk.press("enter")
        assert "Live shows it already: press 2." in desk.lines[-1]


async def test_y_copies_through_the_terminal(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "y")
        assert desk.app.clipboard == "anna@example.com"
        assert "copied anna@example.com" in desk.lines[-1]


async def test_a_lost_connection_is_one_quiet_line_and_comes_back_by_itself(world: World) -> None:
    runner, port = await _serve(world, 0)
    app = DeskApp(Client(f"http://127.0.0.1:{port}", KEY), lambda: NOW, zone=ZONE, at="live")
    async with app.run_test(size=(100, 30)) as pilot:
        desk = Desk(app, pilot, world)
        await desk.settle()
        before = desk.lines[1:-1]
        world.cut()
        await runner.cleanup()
        await desk.until("Trying again.")
        assert "What you see is of 02:14:00" in desk.lines[-1]
        assert "○" in desk.lines[0]
        assert desk.lines[1:-1] == before
        runner, _ = await _serve(world, port)
        await desk.until("● shop.e")
        assert "? keys" in desk.lines[-1]
        world.push("events", 3000, event(3000, "Back Again", person(2), ts=NOW))
        await desk.until("Back Again")
        world.cut()
    await runner.cleanup()


async def test_a_daemon_that_is_not_there_yet_is_waited_for(
    world: World, unused_tcp_port: int
) -> None:
    client = Client(f"http://127.0.0.1:{unused_tcp_port}", KEY)
    app = DeskApp(client, lambda: NOW, zone=ZONE, at="live")
    async with app.run_test(size=(100, 30)) as pilot:
        desk = Desk(app, pilot, world)
        await desk.until("does not answer")
        runner, _ = await _serve(world, unused_tcp_port)
        await desk.until("Anna Petrova")
        world.cut()
    await runner.cleanup()


async def test_a_wrong_key_says_so(open_desk: Open) -> None:
    async with open_desk(key="wrong") as desk:
        await desk.until("The API key is not known.")


async def _serve(world: World, port: int) -> tuple[web.AppRunner, int]:
    runner = web.AppRunner(fake_daemon.application(world), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, reuse_address=True).start()
    return runner, runner.addresses[0][1]


HOSTILE = "[red]\x1b[2J\x1b]0;owned\x07[/red]\u202egnp.exe\r\n[@click=app.quit]x[/]$bad"


async def test_visitors_text_is_shown_and_never_run(open_desk: Open, world: World) -> None:
    who = person(1, name=HOSTILE, label=HOSTILE, page=HOSTILE, email=HOSTILE)
    visitor = wire.Visitor(who, HOSTILE, HOSTILE, NOW, NOW, 0)
    evil = [
        event(9, HOSTILE, who, {HOSTILE: HOSTILE, "url": "http://[::1/" + HOSTILE}),
        event(8, "Segment Entered", who, {"segment": HOSTILE}, source="mautod"),
    ]
    world.live = wire.LivePage(NOW, 1, [visitor], 1, [1] * 60, evil)
    world.people = [who]
    world.cards[1] = msgspec.structs.replace(
        fake_daemon.card(1),
        person=who,
        props={HOSTILE: HOSTILE},
        shop={"revenue": HOSTILE},
        timeline=evil,
        segments=[wire.Membership(HOSTILE, HOSTILE, NOW)],
    )
    world.segments = [wire.Segment("s", HOSTILE, HOSTILE, 1, NOW, HOSTILE)]
    world.chains = [msgspec.structs.replace(world.chains[0], name=HOSTILE, enter=HOSTILE)]
    async with open_desk((140, 40)) as desk:
        for keys in ("2", "4", "enter", "right", "right", "escape", "5", "6", "p", "n", "ctrl+p"):
            await desk.press(keys)
            assert "\x1b" not in desk.text
            assert "\u202e" not in desk.text
            assert "\x07" not in desk.text
        await desk.press("escape", "2")
        assert "[red]␛[2J" in desk.text


async def test_only_the_daemons_own_events_are_drawn_with_signs(
    open_desk: Open, world: World
) -> None:
    forged = event(9, "Chain Entered", person(2), {"chain": "vip"}, source="site")
    world.live = wire.LivePage(NOW, 0, [], 1, [1] * 60, [forged])
    async with open_desk() as desk:
        assert "Chain Entered" in desk.text
        assert "▶ chain" not in desk.text


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (140, 40), (60, 15), (200, 60)])
async def test_every_screen_fills_its_terminal_exactly(
    open_desk: Open, size: tuple[int, int]
) -> None:
    async with open_desk(size) as desk:
        for digit in "12345678":
            await desk.press(digit)
            assert len(desk.lines) == size[1]
            assert desk.lines[-2][0] == "└"
            assert desk.lines[-2].rstrip()[-1] == "┘"
            assert "keys" in desk.lines[-1]


async def test_at_80_columns_the_right_half_is_a_screen_of_its_own(open_desk: Open) -> None:
    async with open_desk((80, 24)) as desk:
        assert "Timeline" not in desk.text
        await desk.press("enter")
        assert "Timeline" in desk.text
        assert "Online" not in desk.text
        await desk.press("escape")
        assert "Online" in desk.text


async def test_a_terminal_made_narrow_keeps_the_half_with_the_keyboard(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4", "down", "enter")
        await desk.pilot.resize_terminal(80, 24)
        await desk.settle()
        assert "Timeline" in desk.text
        assert "People" not in desk.text.replace("4 People", "")
        await desk.pilot.resize_terminal(100, 30)
        await desk.settle()
        assert "▸" in desk.line("visitor 3dde     ")


@pytest.mark.parametrize("look", ["ansi-dark", "ansi-light", "mautod-day", "textual-light"])
async def test_every_screen_works_in_other_themes(open_desk: Open, look: str) -> None:
    async with open_desk(look=look) as desk:
        for digit in "12345678":
            await desk.press(digit)
            assert "▸" in desk.text
        await desk.press("6", "p")
        assert "Pause Abandoned cart?" in desk.text


async def test_a_key_moves_the_mark_without_asking_the_daemon_first(open_desk: Open) -> None:
    async with open_desk((140, 40)) as desk:
        await desk.press("4")
        for person in desk.world.people[1:21]:
            mark = "●" if person.online else "·"
            await desk.press("down")
            assert f"▸ {mark} {person.label}"[:12] in desk.text


async def test_a_list_of_ten_thousand_draws_only_what_is_seen(open_desk: Open) -> None:
    async with open_desk() as desk:
        await desk.press("4")
        listing = desk.app.query_one("#found", Listing)
        drawn: list[int] = []
        draw = listing._draw
        listing._draw = lambda item, width: (drawn.append(1), draw(item, width))[1]
        listing.put([person(number) for number in range(1, 10_001)])
        await desk.press("end")
        assert len(drawn) < 500
        assert "▸" in desk.text


async def test_nothing_waits_for_a_slow_daemon(open_desk: Open, world: World) -> None:
    async with open_desk() as desk:
        world.delay_s = 5.0
        await desk.pilot.press("5")
        await desk.pilot.pause(0.05)
        assert "Segments" in desk.lines[1]
        await desk.pilot.press("4")
        await desk.pilot.pause(0.05)
        assert "People" in desk.lines[1]
        await asyncio.sleep(0)
