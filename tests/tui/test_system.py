from __future__ import annotations

from desk_kit import Open
from fake_daemon import HOUR, NOW, World

from mautod import wire


async def test_the_system_says_what_waits_what_runs_and_what_is_wrong(open_desk: Open) -> None:
    async with open_desk((120, 30), at="system") as desk:
        assert "3 requests" in desk.line("to digest")
        assert "rests" in desk.line("deliver email")
        assert "✗ secrets" in desk.text
        assert "212.4 GB are free." in desk.text
        assert "mail.example does not answer" in desk.text


async def test_without_a_worker_nobody_runs_the_pumps(open_desk: Open, world: World) -> None:
    world.status = {"pumps": [wire.Pump("digest", "", NOW - HOUR, alive=False)]}
    async with open_desk(at="system") as desk:
        await desk.until("○ nobody runs it")


async def test_a_row_set_aside_is_shown_whole_and_taken_in_again(
    open_desk: Open, world: World
) -> None:
    async with open_desk(at="system") as desk:
        await desk.press("enter")
        assert '"userId": "u1"' in desk.text
        await desk.press("escape", "r")
        assert world.acts == ["retry 9"]
        assert "Int too large" not in desk.text


async def test_a_row_that_cannot_be_taken_in_again_says_what_to_do(
    open_desk: Open, world: World
) -> None:
    async with open_desk(at="system") as desk:
        await desk.press("down", "r")
        assert "Mend its cause, then drop it." in desk.lines[-1]
        assert world.acts == []


async def test_a_row_is_dropped_only_after_it_was_asked(open_desk: Open, world: World) -> None:
    async with open_desk(at="system") as desk:
        await desk.press("d")
        assert "Drop this row?" in desk.text
        await desk.press("n")
        assert world.acts == []
        await desk.press("d", "y")
        assert world.acts == ["drop 9"]


async def test_a_line_of_the_log_is_copied_and_opened(open_desk: Open) -> None:
    async with open_desk((120, 30), at="system") as desk:
        await desk.until("mail.example does not answer")
        await desk.press("tab", "y")
        assert "copied mail.example does not answer" in desk.lines[-1]
        await desk.press("enter")
        assert "mautod.services.delivery" in desk.text
