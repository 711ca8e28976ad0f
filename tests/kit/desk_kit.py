"""A desk in a pilot: press keys, let answers come in, read the screen as text."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from zoneinfo import ZoneInfo

from fake_daemon import World
from textual.pilot import Pilot

from tui.app import DeskApp

ZONE = ZoneInfo("Europe/Moscow")
Open = Callable[..., AbstractAsyncContextManager["Desk"]]


class Desk:
    """The desk under test: press, settle, read the screen as text."""

    def __init__(self, app: DeskApp, pilot: Pilot[None], world: World) -> None:
        self.app = app
        self.pilot = pilot
        self.world = world

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def type(self, text: str) -> None:
        names = {
            " ": "space",
            '"': "quotation_mark",
            ":": "colon",
            "/": "slash",
            "@": "at",
            ".": "full_stop",
            "-": "minus",
            "=": "equals_sign",
        }
        await self.pilot.press(*(names.get(letter, letter) for letter in text))

    async def settle(self) -> None:
        """Let the timers of a keystroke run and the answers of the daemon come in."""
        quiet, asked = 0, -1
        while quiet < 3:
            await self.pilot.pause(0.04)
            resting = {
                "stream",
                "jump",
                "campaigns-act",
                "rule-save",
                "people-act",
                "system-act",
                "versions-act",
            }
            busy = any(w.group not in resting and not w.is_finished for w in self.app.workers)
            quiet = quiet + 1 if asked == len(self.world.asked) and not busy else 0
            asked = len(self.world.asked)

    async def until(self, words: str) -> None:
        """Wait for words that the daemon is about to bring."""
        for _ in range(100):
            if words in self.text:
                return
            await self.pilot.pause(0.05)
        raise AssertionError(f"{words!r} never came:\n{self.text}")

    @property
    def lines(self) -> list[str]:
        height = self.app.size.height
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip) for strip in strips][:height]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line(self, words: str) -> str:
        """The first line that holds `words`."""
        return next((line for line in self.lines if words in line), "")

    @property
    def chosen(self) -> list[str]:
        """Lines with a cursor on them."""
        return [line for line in self.lines if "▸" in line]
