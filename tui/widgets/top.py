"""The first line: what we look at, the numbered screens, the time and how far the daemon is."""

from __future__ import annotations

from typing import Final

from rich.cells import cell_len
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui import keys, show
from tui.words import tr

LEAST_HEAD: Final = 12
"""Cells for the sign of the link and the beginning of the host, with which all names may stand."""

RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Top(Widget):
    """` mautod  ● shop.example  1 Live 2 People …      23:14 ⌁ 12 ms`."""

    DEFAULT_CSS = """
    Top {
        height: 1; dock: top; background: $panel; color: $ink;
    }
    """

    auto_links = False

    place: reactive[str] = reactive("")
    host: reactive[str] = reactive("")
    up: reactive[bool] = reactive(True)
    latency_ms: reactive[int | None] = reactive(None)
    time: reactive[str] = reactive("")
    read_only: reactive[bool] = reactive(False)
    marks: reactive[dict[str, int]] = reactive(dict)

    def render(self) -> Content:
        tail, width = self._tail(), self.size.width
        tabs = self._tabs()
        if tabs.cell_length + tail.cell_length + LEAST_HEAD > width:
            tabs = self._tabs(brief=True)
        room = width - tabs.cell_length - tail.cell_length - 2
        head = self._head(max(room, 0))
        gap = max(width - head.cell_length - tabs.cell_length - tail.cell_length, 1)
        return Content.assemble(head, tabs, " " * gap, tail)

    def _head(self, room: int) -> Content:
        """The link and the host, as much of it as fits; the name of the program where it does."""
        dot = ("●", "$good") if self.up else ("○", "$bad")
        host = show.clean(self.host)
        whole = Content.assemble((" mautod", "bold $mark"), "  ", dot, " ", host, " ")
        if whole.cell_length <= room:
            return whole
        left = room - 4
        word = host if cell_len(host) <= left else show.fit(host, left) if left > 0 else ""
        return Content.assemble(" ", dot, f" {word} " if word else "")

    def _tabs(self, *, brief: bool = False) -> Content:
        """All places by number and name; brief: the name of this one alone."""
        parts: list[Content] = []
        for screen in keys.SCREENS:
            click = f"@click=app.go('{screen.name}')"
            here = screen.name == self.place
            title = "" if brief and not here else f" {tr(screen.title)}"
            number = str(self.marks.get(screen.name) or "").translate(RAISED)
            label = Content.assemble(
                (screen.digit, "" if here else "$mark"), title, (number, "$wait")
            )
            label = label.stylize(click).stylize("bold reverse" if here else "")
            parts += [Content(" "), label]
        return Content.assemble(*parts, " ")

    def _tail(self) -> Content:
        if not self.up:
            return Content.assemble(self.time, " ", (tr("⌁ off "), "$bad"))
        known = self.latency_ms is not None
        return Content.assemble(
            (f"{tr('only reading')} " if self.read_only else "", "$wait"),
            self.time,
            " ",
            ("⌁", "$good"),
            f" {self.latency_ms} ms " if known else " … ",
        )
