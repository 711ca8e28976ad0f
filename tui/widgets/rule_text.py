"""The text of a rule while it is written: coloured, the mistake underlined, keys for candidates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar, Final

from rich.text import Text
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from mautod import wire

KEYWORDS: Final = frozenset({
    "after", "ago", "all", "and", "anniversary", "any", "avg", "before", "between", "by", "chain",
    "clicked", "contains", "did", "distinct", "empty", "ends", "entry", "false", "first", "got",
    "has", "in", "is", "known", "last", "list", "matches", "max", "min", "next", "not", "on",
    "opened", "or", "person", "reachable", "replied", "rule", "score", "segment", "since", "stage",
    "starts", "subscribed", "sum", "tag", "then", "time", "times", "to", "topic", "true",
    "unknown", "was", "where", "with", "within",
})  # fmt: skip
"""Words that are drawn as such; whether one is meant as a name, only the daemon can tell."""

_PARTS: Final = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)
      |(?P<number>\d[\w:.+-]*)
      |(?P<word>[^\W\d][\w$-]*)
      |(?P<sign>[=!<>]+)""",
    re.VERBOSE,
)


class RuleText(TextArea):
    """Several lines of a rule; `up` and `down` choose among candidates while a word is typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "take", show=False),
        Binding("ctrl+n", "choose(1)", show=False),
        Binding("up", "step(-1)", show=False),
        Binding("down", "step(1)", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "rule--text", "rule--number", "rule--word", "rule--sign", "rule--fault",
    }  # fmt: skip
    DEFAULT_CSS = """
    RuleText, RuleText:focus {
        border: none; padding: 0 1; background: transparent; color: $ink; height: 1fr;
        scrollbar-size-vertical: 1;
        & .rule--text { color: $good; }
        & .rule--number { color: $mark; }
        & .rule--word { color: $lead; text-style: bold; }
        & .rule--sign { color: $quiet; }
        & .rule--fault { color: $bad; text-style: underline bold; }
        & .text-area--cursor-line { background: transparent; }
    }
    """

    @dataclass
    class Take(Message):
        """The chosen candidate is wanted in place of the word under the cursor."""

    @dataclass
    class Choose(Message):
        """Another candidate, so many further down."""

        by: int

    def __init__(self, text: str) -> None:
        super().__init__(text, compact=True, highlight_cursor_line=False)
        self.cursor_blink = False
        self.choosing = False
        self._fault: tuple[int, int] | None = None

    # --- what the place around it asks

    @property
    def cursor_index(self) -> int:
        """The cursor as a number of characters from the beginning."""
        row, column = self.cursor_location
        return sum(len(self.document.get_line(line)) + 1 for line in range(row)) + column

    def mark(self, line: int = 0, column: int = 0) -> None:
        """Underline what stands at a line and a column, both from 1; nothing without a line."""
        fault = (line - 1, column - 1) if line else None
        if fault != self._fault:
            self._fault = fault
            self.notify_style_update()
            self.refresh()

    def put(self, found: wire.Candidates, item: wire.Candidate) -> None:
        """Write a candidate where it belongs, and a blank after it."""
        rest = self.text[found.end : found.end + 1]
        blank = "" if rest in {" ", ")", "\n", ","} and rest else " "
        self.replace(item.text + blank, self._place(found.start), self._place(found.end))

    def _place(self, index: int) -> tuple[int, int]:
        above = self.text[:index].split("\n")
        return len(above) - 1, len(above[-1])

    # --- keys

    def action_take(self) -> None:
        self.post_message(self.Take())

    def action_choose(self, by: int) -> None:
        self.post_message(self.Choose(by))

    def action_step(self, by: int) -> None:
        """A line up or down, or a candidate."""
        if self.choosing:
            self.action_choose(by)
        elif by < 0:
            self.action_cursor_up()
        else:
            self.action_cursor_down()

    # --- drawing

    def get_line(self, line_index: int) -> Text:
        line = super().get_line(line_index)
        for found in _PARTS.finditer(line.plain):
            kind = found.lastgroup or ""
            if kind != "word" or found[0].lower() in KEYWORDS:
                style = self.get_component_rich_style(f"rule--{kind}", partial=True)
                line.stylize(style, found.start(), found.end())
        if self._fault and self._fault[0] == line_index:
            self._underline(line, self._fault[1])
        return line

    def _underline(self, line: Text, column: int) -> None:
        style = self.get_component_rich_style("rule--fault", partial=True)
        found = _PARTS.match(line.plain, column)
        line.stylize(style, column, found.end() if found else column + 1)
