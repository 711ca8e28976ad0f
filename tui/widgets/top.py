"""The first line: what we look at, the numbered screens, the time and how far the daemon is."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from tui import keys, show


class Top(Widget):
    """` mautod  ● shop.example  1 Live 2 People …      23:14 ⌁ 12 ms`."""

    DEFAULT_CSS = """
    Top {
        height: 1; dock: top; background: $panel; color: $ink;
    }
    """

    auto_links = False

    place: reactive[str] = reactive("live")
    host: reactive[str] = reactive("")
    up: reactive[bool] = reactive(True)
    latency_ms: reactive[int | None] = reactive(None)
    time: reactive[str] = reactive("")

    def render(self) -> Content:
        tail = self._tail()
        tabs = self._tabs()
        width = self.size.width
        room = width - tabs.cell_length - tail.cell_length - 2
        head = self._head(max(room, 0))
        gap = max(width - head.cell_length - tabs.cell_length - tail.cell_length, 1)
        return Content.assemble(head, tabs, " " * gap, tail)

    def _head(self, room: int) -> Content:
        dot = ("●", "$good") if self.up else ("○", "$bad")
        host = show.clean(self.host)
        name = Content.assemble((" mautod", "bold $mark"), " ")
        if name.cell_length + 3 > room:
            return Content.assemble(" ", dot, " ")
        left = room - name.cell_length - 4
        word = (host if len(host) <= left else show.fit(host, left)) if left > 3 else ""  # noqa: PLR2004
        return Content.assemble(name, " ", dot, " ", word, "  " if word else "")

    def _tabs(self) -> Content:
        parts: list[Content] = []
        for screen in keys.SCREENS:
            click = f"@click=app.go('{screen.name}')"
            here = screen.name == self.place
            label = Content.assemble((screen.digit, "" if here else "$mark"), f" {screen.title}")
            parts.append(
                Content.assemble(" ", label, " ")
                .stylize(click)
                .stylize("bold reverse" if here else "")
            )
        return Content("").join(parts)

    def _tail(self) -> Content:
        if not self.up:
            return Content.assemble(self.time, " ", ("⌁ off ", "$bad"))
        known = self.latency_ms is not None
        return Content.assemble(
            self.time, " ", ("⌁", "$good"), f" {self.latency_ms} ms " if known else " … "
        )
