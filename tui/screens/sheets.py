"""Sheets that lie over the desk: a text to read, a question to answer, a letter to press."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui import keys
from tui.widgets.pane import Foot, Rail
from tui.words import tr


class Sheet(ModalScreen[None]):
    """A titled text that scrolls; escape, enter or q closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,question_mark", "dismiss", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "leaf(1)", show=False),
        Binding("pageup,b", "leaf(-1)", show=False),
        Binding("home", "to(0)", show=False),
        Binding("end,G", "to(1)", show=False),
        Binding("y", "copy", show=False),
    ]
    DEFAULT_CSS = """
    Sheet {
        align: center middle; background: $background 55%;
        &:ansi { background: transparent; }
        & > Vertical {
            width: 90%; max-width: 100; height: auto; max-height: 90%; background: $background;
        }
        & VerticalScroll {
            height: auto; max-height: 100%; padding: 0 1; scrollbar-size-vertical: 1;
            border-left: solid $line-focus; border-right: solid $line-focus;
        }
        & Rail { dock: top; }
        & Foot { dock: bottom; }
        & Static { width: 1fr; height: auto; color: $ink; }
    }
    """

    def __init__(self, title: str, text: Content, *, wide: bool = False) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._wide = wide

    def compose(self) -> ComposeResult:
        rail, foot = Rail("┌┐", self._title), Foot()
        rail.lit = foot.lit = True
        foot.note = Content.assemble(
            ("esc", "$mark"), f" {tr('back')}  ", ("y", "$mark"), f" {tr('copy')}"
        )
        with Vertical() as box:
            if self._wide:
                box.styles.max_width = "100%"
            yield rail
            with VerticalScroll() as self._scroll:
                yield Static(self._text, markup=False)
            yield foot

    def action_scroll(self, by: int) -> None:
        self._scroll.scroll_relative(y=by, animate=False)

    def action_leaf(self, by: int) -> None:
        self._scroll.scroll_relative(y=by * max(self._scroll.size.height - 1, 1), animate=False)

    def action_to(self, end: int) -> None:
        (self._scroll.scroll_end if end else self._scroll.scroll_home)(animate=False)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(self._text.plain)


class Decision(ModalScreen[bool]):
    """A text that scrolls, and a question under it; only `y` does it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", show=False),
        Binding("escape,q,n,enter", "answer(False)", show=False),
        Binding("down,j", "scroll(1)", show=False),
        Binding("up,k", "scroll(-1)", show=False),
        Binding("pagedown,space", "leaf(1)", show=False),
        Binding("pageup,b", "leaf(-1)", show=False),
    ]
    DEFAULT_CSS = """
    Decision {
        align: center middle; background: $background 55%;
        &:ansi { background: transparent; }
        & > Vertical { width: 90%; height: auto; max-height: 90%; background: $background; }
        & VerticalScroll {
            height: auto; max-height: 100%; padding: 0 1; scrollbar-size-vertical: 1;
            border-left: solid $wait; border-right: solid $wait;
        }
        & Rail { dock: top; color: $wait; }
        & Foot { dock: bottom; }
        & Static { width: 1fr; height: auto; color: $ink; }
    }
    """

    def __init__(self, title: str, text: Content, yes: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._yes = yes

    def compose(self) -> ComposeResult:
        foot = Foot()
        leave = tr("leave it as it is")
        foot.note = Content.assemble(("y", "$mark"), f" {self._yes}  ", ("n", "$mark"), f" {leave}")
        with Vertical():
            yield Rail("┌┐", self._title)
            with VerticalScroll() as self._scroll:
                yield Static(self._text, markup=False)
            yield foot

    def action_answer(self, yes: bool) -> None:  # noqa: FBT001 - the words of an action
        self.dismiss(yes)

    def action_scroll(self, by: int) -> None:
        self._scroll.scroll_relative(y=by, animate=False)

    def action_leaf(self, by: int) -> None:
        self._scroll.scroll_relative(y=by * max(self._scroll.size.height - 1, 1), animate=False)


class Confirm(ModalScreen[bool]):
    """A question about an act; only `y` does it, everything else leaves things as they are."""

    DEFAULT_CSS = """
    Confirm {
        align: center middle; background: $background 55%;
        &:ansi { background: transparent; }
        & > Vertical { width: 64; max-width: 90%; height: auto; background: $background; }
        & Static {
            height: auto; padding: 1 2; color: $ink;
            border-left: solid $wait; border-right: solid $wait;
        }
        & Rail { color: $wait; }
    }
    """

    def __init__(self, title: str, text: Content, yes: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._yes = yes

    def compose(self) -> ComposeResult:
        choice = Content.assemble(
            "\n\n",
            ("y", "bold $mark"),
            f" {self._yes}     ",
            ("n", "bold $mark"),
            f" {tr('leave it as it is')}",
        )
        with Vertical():
            yield Rail("┌┐", self._title)
            yield Static(Content.assemble(self._text, choice), markup=False)
            yield Foot()

    def on_key(self, event: events.Key) -> None:
        event.stop()
        if event.key in {"y", "n", "escape", "enter", "q"}:
            self.dismiss(event.key == "y")


class Jump(ModalScreen[str]):
    """After `g`: the letters and where they lead; answers a screen's name, or nothing."""

    DEFAULT_CSS = """
    Jump {
        background: transparent;
        & > Static { dock: bottom; height: 1; background: $panel; color: $ink; }
    }
    """

    def compose(self) -> ComposeResult:
        line = Content.assemble((" g", "bold $mark"), "  ")
        for screen in keys.SCREENS:
            line = Content.assemble(line, (screen.letter, "$mark"), f" {tr(screen.title)}  ")
        yield Static(
            Content.assemble(
                line, ("g", "$mark"), tr(" first row  "), ("e", "$mark"), tr(" last row")
            )
        )

    def on_key(self, event: events.Key) -> None:
        event.stop()
        to = {screen.letter: screen.name for screen in keys.SCREENS} | {"g": "first", "e": "last"}
        self.dismiss(to.get(event.key, ""))


def help_text(place: str) -> Content:
    """All keys of `place`, then those that work everywhere."""
    own = keys.PLACES.get(place, ())
    used = {key.written for key in own}
    rest = [key for key in keys.EVERYWHERE if key.written not in used]
    title = next((tr(s.title) for s in keys.SCREENS if s.name == place), tr(place.capitalize()))
    groups = ((title, own), (tr("Lists"), keys.MOVING), (tr("Everywhere"), rest))
    lines: list[Content] = []
    for name, some in groups:
        lines += [Content.styled(name, "bold $lead"), *(_line(key) for key in some), Content("")]
    lines.append(Content.styled("Signs: ", "bold $lead") + _legend())
    return Content("\n").join(lines)


def _line(key: keys.Key) -> Content:
    return Content.assemble("  ", (f"{key.written:<10}", "$mark"), " ", tr(key.help))


def _legend() -> Content:
    signs = (
        (tr("✓ earned, sent"), "$good"),
        (tr("◷ waits"), "$wait"),
        (tr("✗ refused, failed"), "$bad"),
        (tr("? the answer never came"), "$wait"),
    )
    return Content("  ").join([Content.styled(words, style) for words, style in signs])
