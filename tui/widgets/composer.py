"""Where an answer is written: enter sends it, ctrl+j breaks the line, a slash begins a command."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea


class Composer(TextArea):
    """Some lines of text; while a command is written, up and down choose among candidates."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "send", show=False, priority=True),
        Binding("ctrl+j", "newline", show=False),
        Binding("tab", "take", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
        Binding("ctrl+z", "take_back", show=False, priority=True),
        Binding("f1", "app.help", show=False),
    ]
    DEFAULT_CSS = """
    Composer, Composer:focus {
        border: none; padding: 0 1; background: transparent; color: $ink; height: 4;
        scrollbar-size-vertical: 1;
        & .text-area--cursor-line { background: transparent; }
        & .text-area--placeholder { color: $quiet; }
    }
    """

    @dataclass
    class Said(Message):
        """Enter: what was written shall be done."""

        text: str

    @dataclass
    class Taken(Message):
        """The chosen candidate is wanted."""

    @dataclass
    class Stepped(Message):
        """Another candidate, so many further down."""

        by: int

    @dataclass
    class Undone(Message):
        """The last answer shall not be sent."""

    def __init__(self) -> None:
        super().__init__("", compact=True, highlight_cursor_line=False, id="composer")
        self.cursor_blink = False
        self.choosing = False

    def write(self, text: str) -> None:
        """Hold `text`, the cursor at its end."""
        self.text = text
        self.move_cursor(self.document.end)

    def action_send(self) -> None:
        if self.text.strip():
            self.post_message(self.Said(self.text.strip()))

    def action_newline(self) -> None:
        self.insert("\n")

    def action_take(self) -> None:
        self.post_message(self.Taken())

    def action_step(self, by: int) -> None:
        """A line up or down, or a candidate."""
        if self.choosing:
            self.post_message(self.Stepped(by))
        elif by < 0:
            self.action_cursor_up()
        else:
            self.action_cursor_down()

    def action_take_back(self) -> None:
        """Take the last answer back while nothing is written, else undo what was typed."""
        if self.text:
            self.undo()
        else:
            self.post_message(self.Undone())
