"""The rule editor: what fits at the cursor, how many people it is, who they are, and saving it."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static, TextArea

from mautod import wire
from mautod.errors import MautodError, RuleError
from tui import draw, keys, show
from tui.messages import Asked
from tui.place import Place
from tui.screens.full import Framed
from tui.screens.sheets import Confirm
from tui.show import clean
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.widgets.rule_text import RuleText
from tui.words import tr

FITS_S: Final = 0.03
COUNT_S: Final = 0.25
"""Pauses in typing after which candidates, and the size, are asked for."""

SAMPLE: Final = 50
CANDIDATES: Final = 100
EXAMPLE: Final = 'did "Order Completed" in 30d'
UNFINISHED: Final = "the rule ends early"
UNCLOSED: Final = "The quotes are never closed"


class Rule(Place):
    """One rule on trial, of a segment or of none yet."""

    PLACE: ClassVar[str] = "rule"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.RULE)]
    DEFAULT_CSS = """
    Rule > .text { width: 60%; height: 1fr; }
    Rule > .beside { width: 1fr; height: 1fr; }
    Rule #verdict { height: 1fr; padding: 0 1; color: $ink; }
    Rule #size { height: 9; }
    """

    def __init__(self, segment: wire.Segment | None, drafts: MutableMapping[str, str]) -> None:
        super().__init__()
        self._segment = segment
        self._drafts = drafts
        self._key = segment.key if segment else ""
        was = segment.rule if segment else ""
        self.text = RuleText(drafts.get(self._key, was))
        self.fits: Listing[wire.Candidate] = Listing(_draw_candidate, lambda c: c.text, id="fits")
        self.fits.can_focus = False
        self.sample: Listing[wire.Person] = Listing(
            lambda p, width: draw.person(p, width, self.desk.now()), lambda p: p.id, id="sample"
        )
        self.verdict = Static("", markup=False, id="verdict")
        self._text_pane = Pane(tr("Rule"), self.text, top=True)
        self._size_pane = Pane(tr("Size"), self.verdict, id="size")
        self._fits_pane = Pane(tr("Fits here"), self.fits, top=True)
        self._sample_pane = Pane(tr("Some of them"), self.sample)
        self._found: wire.Candidates | None = None
        self._counted: wire.Preview | None = None
        self._fits_timer: Timer | None = None
        self._count_timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="text"):
            yield self._text_pane
            yield self._size_pane
            yield Foot()
        with Vertical(classes="beside"):
            yield self._fits_pane
            yield self._sample_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.text, None

    def on_mount(self) -> None:
        self.text.focus()
        self.text.move_cursor(self.text.document.end)
        name = self._segment.name if self._segment else tr("not stored yet")
        self._text_pane.name_it(
            Content.assemble("Rule ", (clean(self._key or "new"), "bold")),
            Content.styled(clean(name), "$quiet"),
        )
        self.fits.say(Content.styled(tr("Nothing more fits."), "$quiet"))
        self.load()

    # --- asking

    def load(self) -> None:
        self._want_fits()
        self._want_size()

    def _want_fits(self) -> None:
        if self._fits_timer:
            self._fits_timer.stop()
        self._fits_timer = self.set_timer(FITS_S, self._ask_fits)

    def _want_size(self) -> None:
        """Ask for the size soon; what was asked before and is not answered yet is given up."""
        if self._count_timer:
            self._count_timer.stop()
        self.workers.cancel_group(self, "rule-size")
        self._count_timer = self.set_timer(COUNT_S, self._ask_size)

    @work(group="rule-fits", exclusive=True)
    async def _ask_fits(self) -> None:
        await self._complete()

    @work(group="rule-size", exclusive=True)
    async def _ask_size(self) -> None:
        await self._count()

    async def _complete(self) -> None:
        ask = wire.CompleteAsk(self.text.text, self.text.cursor_index, CANDIDATES)
        found = await self.fetch(self.desk.client.complete(ask))
        if found is None:
            return
        self._found = found
        self.text.choosing = bool(found.items) and found.start < ask.cursor
        self.fits.put(found.items)
        self.fits.action_edge(0)

    async def _count(self) -> None:
        """Show how many people the rule finds; `_counted` is None where it is no rule."""
        rule = self.text.text
        self._counted = None
        if not rule.strip():
            self._blank()
            return
        try:
            found = await self.desk.client.preview(wire.PreviewAsk(rule, SAMPLE))
        except RuleError as error:
            self._wrong(error)
        except MautodError as error:
            self.desk.failed(error)
        else:
            self._right(found)

    # --- showing

    def _blank(self) -> None:
        self.text.mark()
        self._size_pane.name_it(Content(tr("Size")))
        self.verdict.update(
            Content.assemble((tr("Write for example: "), "$quiet"), (EXAMPLE, "$mark"))
        )
        self.sample.put([])

    def _right(self, found: wire.Preview) -> None:
        self._counted = found
        self.text.mark()
        self._size_pane.name_it(
            Content.assemble("Size ", (show.count(found.count), "bold $good")),
            Content.styled(f"{found.took_ms:.0f} ms", "$quiet"),
        )
        parts = [Content.assemble(("… ", "$wait"), clean(text)) for text in found.warnings]
        parts.append(Content.styled(self._against(found.count), "$quiet"))
        self.verdict.update(Content("\n").join(parts))
        self.sample.say(Content.styled(tr("Nobody matches."), "$quiet"))
        self.sample.put(found.sample)

    def _against(self, count: int) -> str:
        if self._segment is None:
            return tr("Tried, not stored: ctrl+s makes it a segment.")
        grown = count - self._segment.size
        more = f"{show.count(abs(grown))} {'more' if grown > 0 else 'fewer'} than"
        return f"{more if grown else 'As many as'} now are in {clean(self._key)}."

    def _wrong(self, error: RuleError) -> None:
        """An unfinished rule is no mistake yet; where it goes wrong is underlined in place."""
        unfinished = error.message.startswith(UNFINISHED) or error.hint.startswith(UNCLOSED)
        sign = ("… ", "$wait") if unfinished else ("✗ ", "bold $bad")
        self.text.mark(*(() if unfinished else (error.line, error.column)))
        title = tr("not a rule yet") if unfinished else f"line {error.line}, column {error.column}"
        self._size_pane.name_it(Content.assemble("Size ", (title, "$wait")))
        self.verdict.update(
            Content.assemble(sign, clean(error.message), "\n", (clean(error.hint), "$quiet"))
        )

    # --- keys

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self._drafts[self._key] = self.text.text
        self._want_size()

    @on(TextArea.SelectionChanged)
    def _moved(self, event: TextArea.SelectionChanged) -> None:
        event.stop()
        self.text.choosing = False
        self._want_fits()

    @on(RuleText.Choose)
    def _choose(self, event: RuleText.Choose) -> None:
        event.stop()
        self.fits.action_move(event.by)

    @on(RuleText.Take)
    def _take(self, event: RuleText.Take) -> None:
        event.stop()
        if self._found and self.fits.chosen:
            self.text.put(self._found, self.fits.chosen)

    @on(Listing.Opened, "#sample")
    def _open_person(self, event: Listing.Opened) -> None:
        event.stop()
        item = self.sample.chosen
        if item is not None:
            self.desk.open_person(item.id)

    @on(Listing.Chosen)
    def _quiet(self, event: Listing.Chosen) -> None:
        event.stop()

    def action_save(self) -> None:
        if self._segment is None:
            self.desk.ask_line(
                "rule-key", tr("save as "), hint=tr("a key, and a name: vip Best customers")
            )
        else:
            self.run_worker(self._confirm(self._segment), group="rule-save", exclusive=True)

    async def _confirm(self, segment: wire.Segment) -> None:
        await self._count()
        if self._counted is None:
            return
        to = show.count(self._counted.count)
        text = Content.assemble(
            (clean(segment.name), "bold"), f"  {show.count(segment.size)} → {to} people\n",
            (tr("The rule is changed in workspace/segments.toml and in force at once."), "$quiet"),
        )  # fmt: skip
        if await self.app.push_screen_wait(Confirm(f"Save {segment.key}?", text, tr("save it"))):
            await self._define(segment.key, "", segment.rule)

    def asked(self, event: Asked) -> None:
        if event.purpose == "rule-key" and event.done and event.text.strip():
            key, _, name = event.text.strip().partition(" ")
            self.run_worker(self._define(key, name.strip(), ""), group="rule-save", exclusive=True)

    async def _define(self, key: str, name: str, was: str) -> None:
        try:
            done = await self.desk.client.define(key, wire.DefineAsk(self.text.text, name, was))
        except RuleError as error:
            self._wrong(error)
        except MautodError as error:
            self._refused(error)
        else:
            self._drafts.pop(self._key, None)
            self.desk.open_row("segments", key)
            size = show.count(done.segment.size)
            self.desk.say(f"{key} is in force: {size} people, {done.file}:{done.line}")

    def _refused(self, error: MautodError) -> None:
        self._size_pane.name_it(Content.styled(tr("Not saved"), "$bad"))
        text = show.clean_lines(error.message)
        self.verdict.update(
            Content.assemble(("✗ ", "bold $bad"), text, "\n", (clean(error.hint), "$quiet"))
        )


class RuleScreen(Framed):
    """The rule editor on the whole terminal; what is written stays in `drafts` until saved."""

    PLACE: ClassVar[str] = "rule"

    def __init__(self, segment: wire.Segment | None, drafts: MutableMapping[str, str]) -> None:
        super().__init__()
        self._rule = Rule(segment, drafts)

    def inside(self) -> ComposeResult:
        yield self._rule


def _draw_candidate(item: wire.Candidate, width: int) -> Content:
    word = item.kind == "word"
    note = show.right(item.note or ("" if word else item.kind), min(16, width // 2))
    text = show.fit(clean(item.text), width - len(note) - 1)
    return Content.assemble((text, "$lead" if word else ""), (note, "$quiet"), " ")
