"""Titled panes whose frames touch, as in a column of a newspaper."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget


class Rail(Widget):
    """One horizontal line of a frame with a title in it: `├ Events 38/min ▂▅▇ ───┤`."""

    DEFAULT_CSS = """
    Rail { height: 1; width: 1fr; color: $line; }
    """
    title: reactive[Content] = reactive(Content(""))
    note: reactive[Content] = reactive(Content(""))
    lit: reactive[bool] = reactive(False)

    def __init__(self, ends: str, title: str = "", *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._ends = ends
        self.set_reactive(Rail.title, Content(title))

    def render(self) -> Content:
        line = "$line-focus" if self.lit else "$line"
        left, right = self._ends[0], self._ends[1]
        inner = max(self.size.width - 2, 0)
        note = self.note
        title = self.title.truncate(max(inner - 2, 0), ellipsis=True)
        space = inner - (title.cell_length + 2 if title else 0)
        if note and note.cell_length + 3 > space:
            note = Content("")
        used = note.cell_length + 3 if note else 0
        middle = "─" * max(space - used, 0)
        style = "$ink bold" if self.lit else "$ink"
        name = Content.assemble(" ", title.stylize_before(style), " ") if title else ""
        tail = Content.assemble(" ", note.stylize_before("$ink"), " ", ("─", line)) if note else ""
        return Content.assemble((left, line), name, (middle, line), tail, (right, line))


class Pane(Vertical):
    """A rail with a title and a body between two lines; lit while the keyboard is in it."""

    DEFAULT_CSS = """
    Pane {
        height: 1fr;
        & > .body { border-left: solid $line; border-right: solid $line; height: 1fr; }
        &:focus-within > .body { border-left: solid $line-focus; border-right: solid $line-focus; }
        &.-auto { height: auto; }
        &.-auto > .body { height: auto; }
    }
    """

    def __init__(
        self,
        title: str,
        *body: Widget,
        top: bool = False,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.rail = Rail("┌┐" if top else "├┤", title)
        self._body = body

    def compose(self) -> ComposeResult:
        yield self.rail
        yield Vertical(*self._body, classes="body")

    def name_it(self, title: Content, note: Content | None = None) -> None:
        """Set the title, and a note at the right end of the rail."""
        self.rail.title = title
        self.rail.note = note or Content("")

    def on_descendant_focus(self) -> None:
        self.rail.lit = True

    def on_descendant_blur(self) -> None:
        self.rail.lit = False


class Foot(Rail):
    """The line that closes a column."""

    def __init__(self) -> None:
        super().__init__("└┘")
