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
from tui.words import tr

PAGE: Final = 500
MOST_PAGES: Final = 10
"""Pages of the chain's messages to look through for one of this step before asking to go on."""

Row = wire.Message | wire.Run


class StepRows(Place):
    """For a step that sends, its messages; for others, and with `m`, the runs that stand there."""

    PLACE: ClassVar[str] = "step"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.STEP)]

    def __init__(self, chain: wire.Chain, step: wire.Step) -> None:
        super().__init__()
        self._chain = chain
        self._step = step
        self._sends = step.kind == "send"
        self._mail = self._sends and not (step.here and not step.sent)
        self._next: int | None = None
        self.rows: Listing[Row] = Listing(self._draw, _key, id="step-rows")
        self._pane = Pane("", self.rows, top=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, None

    def on_mount(self) -> None:
        self._title_it()
        self.rows.focus()
        self.load()

    def _title_it(self) -> None:
        words = tr("messages") if self._mail else tr("people who stand here")
        step = clean(self._step.template or self._step.title)
        self._pane.name_it(Content(f"{clean(self._chain.key)} · {step} · {words}"))

    def action_turn(self) -> None:
        """The messages of the step, or the people who stand there."""
        if not self._sends:
            self.desk.say(tr("this step sends nothing"), "wait")
            return
        self._mail = not self._mail
        self._title_it()
        self.rows.put([])
        self.load()

    def load(self) -> None:
        self.run_worker(self._load(None), group="step-load", exclusive=True)

    async def _load(self, after: int | None) -> None:
        items, self._next = await self._ask(after)
        self.rows.say(Content.styled(tr("Nothing stands here now."), "$quiet"))
        self.rows.put([*self.rows.items, *items] if after else items, more=self._next is not None)

    async def _ask(self, after: int | None) -> tuple[list[Row], int | None]:
        client = self.desk.client
        if not self._mail:
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
            self.desk.ask_why(str(item.person_id), self._chain.key, ())

    @on(Listing.Opened, "#step-rows")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        if isinstance(event.item, wire.Message):
            self.post_message(Card.MessageOpened(event.item))
        else:
            self.action_why()

    @on(Listing.NearEnd, "#step-rows")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._load(self._next), group="step-further", exclusive=True)


def _key(row: Row) -> tuple[bool, int]:
    return (isinstance(row, wire.Message), row.id)


class StepMessages(Framed):
    """One step's rows on the whole terminal."""

    PLACE: ClassVar[str] = "step"

    def __init__(self, chain: wire.Chain, step: wire.Step) -> None:
        super().__init__()
        self._rows = StepRows(chain, step)

    def inside(self) -> ComposeResult:
        yield self._rows
