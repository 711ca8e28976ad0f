"""A desk that only reads, and one that was cut off: nothing is changed, nothing is missed."""

from __future__ import annotations

from desk_kit import Open
from fake_daemon import NOW, World, event, person

from tui.shell import Shell


async def test_a_desk_that_only_reads_says_so_and_changes_nothing(
    open_desk: Open, world: World
) -> None:
    shell = Shell(read_only=True)
    async with open_desk((120, 30), at="campaigns", shell=shell, read_only=True) as desk:
        assert "only reading" in desk.lines[0]
        await desk.press("p", "y")
        assert "this desk only reads" in desk.lines[-1]
        await desk.press("8", "r")
        assert "this desk only reads" in desk.lines[-1]
        await desk.press("colon")
        await desk.type("status")
        await desk.press("enter")
        assert "this desk only reads" in desk.lines[-1]
        assert world.acts == []


async def test_a_desk_that_only_reads_still_tries_chains_and_counts_rules(
    open_desk: Open, world: World
) -> None:
    async with open_desk((140, 40), at="campaigns", read_only=True) as desk:
        await desk.press("s", "enter")
        await desk.until("sent cart-1")


async def test_after_a_cut_the_stream_goes_on_after_what_came_last(
    open_desk: Open, world: World
) -> None:
    async with open_desk() as desk:
        world.push("events", 2001, event(2001, "Page Viewed", person(1), ts=NOW))
        await desk.until("Page Viewed")
        await desk.pilot.pause(0.3)
        world.cut()
        for _ in range(100):
            if "2001" in world.resumed:
                break
            await desk.pilot.pause(0.05)
        assert world.resumed[-1] == "2001"
