"""The messages of one step of a chain, each with its state and reason."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from mautod import wire
from tui import draw, keys, show
from tui.place import Place
from tui.screens.full import Framed
from tui.show import clean
from tui.widgets.card import Card
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane

PAGE: Final = 500
MOST_PAGES: Final = 10
"""Pages of the chain's messages to look through for one of this step before asking to go on."""

Row = wire.Message | wire.Run


class StepRows(Place):
    """For a step that sends, its messages; for others, the runs that stand there."""

    PLACE: ClassVar[str] = "step"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.STEP)]

    def __init__(self, chain: wire.Chain, step: wire.Step) -> None:
        super().__init__()
        self._chain = chain
        self._step = step
        self._sends = step.kind == "send"
        self._next: int | None = None
        self.rows: Listing[Row] = Listing(self._draw, lambda row: row.id, id="step-rows")
        self._pane = Pane("", self.rows, top=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, None

    def on_mount(self) -> None:
        words = "messages" if self._sends else "people who stand here"
        title = (
            f"{clean(self._chain.key)} · {clean(self._step.template or self._step.title)} · {words}"
        )
        self._pane.name_it(Content(title))
        self.rows.focus()
        self.load()

    def load(self) -> None:
        self.run_worker(self._load(None), group="step-load", exclusive=True)

    async def _load(self, after: int | None) -> None:
        items, self._next = await self._ask(after)
        self.rows.say(Content.styled("Nothing stands here now.", "$quiet"))
        self.rows.put([*self.rows.items, *items] if after else items, more=self._next is not None)

    async def _ask(self, after: int | None) -> tuple[list[Row], int | None]:
        client = self.desk.client
        if not self._sends:
            runs = client.runs(self._chain.key, "active", self._step.id, after=after, limit=PAGE)
            page = await self.fetch(runs)
            return ([*page.items], page.next) if page else ([], None)
        for _ in range(MOST_PAGES):
            mail = await self.fetch(client.messages(chain=self._chain.key, after=after, limit=PAGE))
            if mail is None:
                return [], None
            mine: list[Row] = [one for one in mail.items if one.step == self._step.id]
            if mine or mail.next is None:
                return mine, mail.next
            after = mail.next
        return [], after

    def tick(self) -> None:
        self.rows.redraw()

    def _draw(self, item: Row, width: int) -> Content:
        now = self.desk.now()
        if isinstance(item, wire.Message):
            return draw.message(item, width, now, whom=True)
        wake = (
            f"until {show.moment(item.wake_at, now.ms, now.zone)}"
            if item.wake_at
            else clean(item.awaiting)
        )
        since = show.right(show.ago(item.step_at, now.ms), 5)
        name = draw.name_cells(width)
        return Content.assemble(
            show.fit(clean(item.person), name),
            " ",
            (show.fit(wake, width - name - 7), "$quiet"),
            since,
        )

    def action_card(self) -> None:
        if self.rows.chosen:
            self.desk.open_person(self.rows.chosen.person_id)

    def action_why(self) -> None:
        item = self.rows.chosen
        if isinstance(item, wire.Message):
            self.desk.ask_why(str(item.person_id), item.template, ())
        elif item is not None:
            templates = [step.template for step in self._chain.steps if step.template]
            self.desk.ask_why(str(item.person_id), "", templates)

    @on(Listing.Opened, "#step-rows")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        if isinstance(event.item, wire.Message):
            self.post_message(Card.MessageOpened(event.item))
        else:
            self.action_card()

    @on(Listing.NearEnd, "#step-rows")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._load(self._next), group="step-further", exclusive=True)


class StepMessages(Framed):
    """One step's rows on the whole terminal."""

    PLACE: ClassVar[str] = "step"

    def __init__(self, chain: wire.Chain, step: wire.Step) -> None:
        super().__init__()
        self._rows = StepRows(chain, step)

    def inside(self) -> ComposeResult:
        yield self._rows
