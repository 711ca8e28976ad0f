"""The last line: the keys of this place, or a notice, or the prompt, or that the daemon is away.

It is one line whatever it says, so that nothing above it ever moves.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Label

from tui import keys, show
from tui.messages import Asked
from tui.words import tr

NOTICE_S = 5.0


class KeyBar(Widget):
    """Keys, unless there is a notice or the link is down."""

    DEFAULT_CSS = "KeyBar { height: 1; width: 1fr; color: $quiet; }"

    auto_links = False

    place: reactive[str] = reactive("")
    notice: reactive[tuple[str, str]] = reactive(("", "good"))
    lost: reactive[str] = reactive("")

    def render(self) -> Content:
        text, kind = self.notice
        if text:
            mark = {"good": "✓", "wait": "…", "bad": "✗"}[kind]
            return Content.assemble((f" {mark} ", f"bold ${kind}"), (show.clean(text), "$ink"))
        if self.lost:
            return self._lost()
        return self._keys()

    def _lost(self) -> Content:
        tail = Content.assemble(
            ("?", "$mark"), f" {tr('keys')}  ", ("q", "$mark"), f" {tr('leave')} "
        )
        words = show.fit(self.lost, self.size.width - tail.cell_length - 4)
        return Content.assemble((" ○ ", "bold $bad"), (words, "$wait"), " ", tail)

    def _keys(self) -> Content:
        shown = keys.shown(self.place)
        general = Content("  ").join(
            [self._key(key) for key in shown if key.label in {"keys", "command"}]
        )
        own = [self._key(key) for key in shown if key.label not in {"keys", "command"}]
        room = self.size.width - general.cell_length - 3
        line = Content(" ")
        for part in own:
            if line.cell_length + part.cell_length + 2 > room:
                break
            line = Content.assemble(line, part, "  ")
        gap = max(self.size.width - line.cell_length - general.cell_length - 1, 0)
        return Content.assemble(line, " " * gap, general, " ")

    def _key(self, key: keys.Key) -> Content:
        click = f"@click=app.simulate_key('{key.key.split(',')[0]}')"
        return Content.assemble((key.written, "$mark"), " ", tr(key.label)).stylize(click)


class Prompt(Input):
    """One line to type into; escape gives it up."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "give_up", show=False),
        Binding("up", "recall(-1)", show=False),
        Binding("down", "recall(1)", show=False),
        Binding("tab", "cursor_right", show=False),
    ]
    DEFAULT_CSS = """
    Prompt, Prompt:focus {
        border: none; height: 1; width: 1fr; padding: 0; background: transparent;
        background-tint: transparent; color: $ink;
        & > .input--placeholder { color: $quiet; }
        & > .input--suggestion { color: $quiet; }
    }
    """

    def __init__(self) -> None:
        super().__init__(compact=True, select_on_focus=False)
        self.past: dict[str, list[str]] = {}
        self.purpose = ""
        self._at = 0

    def action_give_up(self) -> None:
        self.post_message(Asked(self.purpose, "\x1b", done=True))

    def action_recall(self, by: int) -> None:
        past = self.past.get(self.purpose, [])
        self._at = min(max(self._at + by, -len(past)), 0)
        self.value = past[self._at] if self._at else ""
        self.cursor_position = len(self.value)

    def begin(self, purpose: str, value: str) -> None:
        self.purpose = purpose
        self._at = 0
        self.value = value
        self.cursor_position = len(value)
        self.focus()

    def remember(self, text: str) -> None:
        past = self.past.setdefault(self.purpose, [])
        if text and (not past or past[-1] != text):
            past.append(text)


class Bottom(Horizontal):
    """The key bar, and in its place the prompt while something is asked."""

    DEFAULT_CSS = """
    Bottom {
        height: 1; dock: bottom; background: $panel;
        & > Label { width: auto; color: $mark; text-style: bold; padding: 0 0 0 1; }
        & > Label, & > Prompt { display: none; }
        &.-asking > Label, &.-asking > Prompt { display: block; }
        &.-asking > KeyBar { display: none; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self.bar = KeyBar()
        self.prompt = Prompt()
        self.label = Label("", markup=False)
        self._fade: Timer | None = None
        self._was: Widget | None = None

    def compose(self) -> ComposeResult:
        yield self.label
        yield self.prompt
        yield self.bar

    def ask(
        self,
        purpose: str,
        label: str,
        *,
        value: str = "",
        hint: str = "",
        words: Suggester | None = None,
    ) -> None:
        """Take a line; what is typed arrives as `Asked` with this `purpose`."""
        self._was = self.screen.focused
        self.add_class("-asking")
        self.label.update(label)
        self.prompt.placeholder = hint
        self.prompt.suggester = words
        self.prompt.begin(purpose, value)

    @property
    def asking(self) -> bool:
        return self.has_class("-asking")

    def say(self, text: str, kind: str = "good") -> None:
        """Show a notice for a few seconds."""
        self.bar.notice = (text, kind)
        if self._fade:
            self._fade.stop()
        self._fade = self.set_timer(NOTICE_S, self._unsay)

    def _unsay(self) -> None:
        self.bar.notice = ("", "good")

    def _end(self) -> None:
        self.remove_class("-asking")
        if self._was is not None and self._was.is_attached:
            self._was.focus()

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self.asking:
            self.post_message(Asked(self.prompt.purpose, event.value, done=False))

    @on(Input.Submitted)
    def _ended(self, event: Input.Submitted) -> None:
        event.stop()
        self.prompt.remember(event.value)
        self._end()
        self.post_message(Asked(self.prompt.purpose, event.value, done=True))

    @on(Asked)
    def _given_up(self, event: Asked) -> None:
        if event.text == "\x1b":
            event.stop()
            self._end()
            self.post_message(Asked(self.prompt.purpose, "", done=True, given_up=True))
