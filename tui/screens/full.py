"""Screens that take the whole terminal: the desk's frame with one thing in it."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui.widgets.bottom import Bottom
from tui.widgets.top import Top


class Framed(Screen[None]):
    """A screen between the first and the last line; escape leaves it."""

    PLACE: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "app.leave", show=False)]
    DEFAULT_CSS = "Framed { background: $background; layout: vertical; }"

    def __init__(self) -> None:
        super().__init__()
        self.top = Top()
        self.bottom = Bottom()
        self.bottom.bar.place = self.PLACE

    def compose(self) -> ComposeResult:
        yield self.top
        yield from self.inside()
        yield self.bottom

    def inside(self) -> ComposeResult:
        raise NotImplementedError
