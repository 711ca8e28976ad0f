"""An invented person's file, written here and led through a chain; the log stands beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static, TextArea

from mautod import wire
from mautod.errors import MautodError
from tui import keys, show
from tui.place import Place
from tui.screens.full import Framed
from tui.show import clean
from tui.widgets.pane import Foot, Pane
from tui.words import tr
from tui.working import finished

STYLES: Final = (
    ("  sent ", "$good"), ("  enters ", "$lead"), ("  leaves ", "$lead"), ("refuse", "$bad"),
    ("postpone", "$wait"), ("set aside", "$bad"), ("  failed ", "$bad"),
)  # fmt: skip


class ScriptText(TextArea):
    """The person's file; escape is for the place around it."""

    DEFAULT_CSS = """
    ScriptText, ScriptText:focus {
        border: none; padding: 0 1; background: transparent; color: $ink; height: 1fr;
        scrollbar-size-vertical: 1;
        & .text-area--cursor-line { background: transparent; }
    }
    """


class TryOut(Place):
    """The file at the left, what came of it at the right."""

    PLACE: ClassVar[str] = "simulate"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.SIMULATE)]
    DEFAULT_CSS = """
    TryOut > .left { width: 40%; }
    TryOut VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    TryOut VerticalScroll Static { height: auto; color: $ink; }
    """

    def __init__(self, chain: wire.Chain, text: str, drafts: dict[str, str]) -> None:
        super().__init__()
        self._chain = chain
        self._drafts = drafts
        self._everything = False
        self._plain = ""
        self.text = ScriptText(text, compact=True, highlight_cursor_line=False)
        self.text.cursor_blink = False
        self.log_text = Static("", markup=False)
        self._log = VerticalScroll(self.log_text, can_focus=True, id="simulated")
        title = f"{tr('Who, and what they do')} · {clean(chain.key)}"
        self._text_pane = Pane(title, self.text, top=True)
        self._log_pane = Pane(tr("What comes of it"), self._log, top=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._text_pane
            yield Foot()
        with Vertical(classes="right"):
            yield self._log_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.text, self._log

    def on_mount(self) -> None:
        self.text.focus()
        self.action_play()

    # --- keys

    def action_play(self) -> None:
        """Lead the person through the chain as its file has it."""
        self._drafts[self._chain.key] = self.text.text
        self.run_worker(self._play(), group="simulate", exclusive=True)

    def action_everything(self) -> None:
        self._everything = not self._everything
        self.action_play()

    def action_log(self) -> None:
        """To the log, and back to the file."""
        if self._log.has_focus:
            self.close_detail()
        else:
            self.open_detail()

    def action_copy_log(self) -> None:
        self.desk.copy(self._plain)

    async def _play(self) -> None:
        client = self.desk.client
        ask = wire.SimulateAsk(
            self._chain.key, self.text.text, "person.toml", everything=self._everything
        )
        self._log_pane.name_it(Content.assemble(tr("What comes of it"), "  ", ("…", "$wait")))
        try:
            work = await finished(client, client.simulate(ask), lambda _: None)
        except MautodError as error:
            self._failed(error)
            return
        found = work.simulated
        self._show(found.lines if found else [], len(found.letters) if found else 0)

    def _failed(self, error: MautodError) -> None:
        self._log_pane.name_it(Content(tr("What comes of it")))
        text = show.clean_lines(str(error))
        self.log_text.update(Content.assemble(("✗ ", "bold $bad"), (text, "$bad")))

    def _show(self, lines: Sequence[str], letters: int) -> None:
        self._plain = "\n".join(map(clean, lines))
        self.log_text.update(Content("\n").join(map(coloured, lines)))
        count = Content.assemble((show.count(letters), "bold"), f" {tr('messages')}")
        self._log_pane.name_it(Content(tr("What comes of it")), count)
        self._log.scroll_home(animate=False)


def coloured(line: str) -> Content:
    """One line of a log: what was sent, refused or waits stands out."""
    style = next((style for words, style in STYLES if words in line), "")
    return Content.styled(clean(line), style)


class TryOutScreen(Framed):
    """Trying a chain out on the whole terminal."""

    PLACE: ClassVar[str] = "simulate"

    def __init__(self, chain: wire.Chain, text: str, drafts: dict[str, str]) -> None:
        super().__init__()
        self._place = TryOut(chain, text, drafts)

    def inside(self) -> ComposeResult:
        yield self._place
