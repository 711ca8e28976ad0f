"""How a segment's size went, and who entered it and left it when."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import keys, show
from tui.place import Place
from tui.screens.full import Framed
from tui.show import clean, fit, right
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

PAGE: Final = 100
HIGH: Final = 30
"""Lines of a terminal from which on bars are four lines high, else two."""


class History(Place):
    """Bars above, moves below."""

    PLACE: ClassVar[str] = "history"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.HISTORY)]
    DEFAULT_CSS = """
    History { layout: vertical; }
    History #bars { height: auto; padding: 0 1; }
    """

    def __init__(self, segment: wire.Segment) -> None:
        super().__init__()
        self._segment = segment
        self._next: str | None = None
        self.bars = Static("", markup=False, id="bars")
        self.rows: Listing[wire.Move] = Listing(self._draw, lambda m: m.id, id="moves")
        self._bars_pane = Pane(tr("Size"), self.bars, top=True, classes="-auto")
        self._pane = Pane(tr("Who entered and left"), self.rows)

    def compose(self) -> ComposeResult:
        yield self._bars_pane
        yield self._pane
        yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, None

    def on_mount(self) -> None:
        self.rows.focus()
        self._describe()
        self.load()

    def on_resize(self) -> None:
        self._describe()

    # --- asking

    def load(self) -> None:
        self.run_worker(self._load(), group="history-load", exclusive=True)

    async def _load(self) -> None:
        limit = max(PAGE, min(len(self.rows.items), 1000))
        shown = await self.fetch(self.desk.client.segment(self._segment.key, limit=1))
        page = await self.fetch(self.desk.client.moves(self._segment.key, limit=limit))
        if shown is None or page is None:
            return
        self._segment, self._next = shown.segment, page.next
        self._describe()
        self.rows.say(Content.styled(tr("Nobody entered or left since it is watched."), "$quiet"))
        self.rows.put(page.items, more=page.next is not None)

    async def _further(self) -> None:
        page = await self.fetch(
            self.desk.client.moves(self._segment.key, after=self._next or "", limit=PAGE)
        )
        if page is not None:
            self._next = page.next
            self.rows.put([*self.rows.items, *page.items], more=page.next is not None)

    def tick(self) -> None:
        self.rows.redraw()

    # --- showing

    def _describe(self) -> None:
        item = self._segment
        self._bars_pane.name_it(
            Content.assemble(clean(item.name), " ", (show.count(item.size), "bold")),
            Content.styled(clean(item.key), "$quiet"),
        )
        room = (max(self.size.width - 4, 20), 4 if self.app.size.height >= HIGH else 2)
        parts = [
            *_bars(tr("by hour, last 24"), item.hours, 24, room),
            *_bars(tr("by day, last 30"), item.days, 30, room),
        ]
        self.bars.update(Content("\n").join(parts))

    def _draw(self, item: wire.Move, width: int) -> Content:
        now = self.desk.now()
        sign, style = (tr("→ entered"), "$good") if item.entered else (tr("← left   "), "$quiet")
        at = show.local(item.at, now.zone).strftime("%-d %b %Y %H:%M:%S")
        ago = right(show.ago(item.at, now.ms), 4)
        name = max(width - len(at) - 19, 8)
        return Content.assemble(
            (sign, style), " ", fit(clean(item.person), name), (f" {at}", "$quiet"), f" {ago} "
        )

    # --- keys

    def action_why(self) -> None:
        if self.rows.chosen:
            self.desk.show_reason(self._segment.key, str(self.rows.chosen.person_id))

    @on(Listing.Opened, "#moves")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        if self.rows.chosen:
            self.desk.open_person(self.rows.chosen.person_id)

    @on(Listing.Chosen, "#moves")
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()

    @on(Listing.NearEnd, "#moves")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._further(), group="history-further", exclusive=True)


class HistoryScreen(Framed):
    """The history of one segment on the whole terminal."""

    PLACE: ClassVar[str] = "history"

    def __init__(self, segment: wire.Segment) -> None:
        super().__init__()
        self._history = History(segment)

    def inside(self) -> ComposeResult:
        yield self._history


def _bars(title: str, sizes: list[int], most: int, room: tuple[int, int]) -> list[Content]:
    """A title with the least and the most, and bars, the newest at the right; always as high."""
    width, height = room
    if not sizes:
        blank = [Content("")] * height
        return [Content.styled(f"{title}: not watched yet", "$quiet"), *blank]
    told = (show.count(number) for number in (min(sizes), max(sizes), sizes[-1]))
    head = tr("{}: {} to {}, now {}").format(title, *told)
    cell = max(min(width // most, 4), 1)
    return [Content.styled(head, "$quiet"), *_lines(sizes, cell, height)]


def _lines(sizes: list[int], cell: int, height: int) -> list[Content]:
    """Bars over several lines, from the least size at the bottom to the largest at the top."""
    full = len(show.BARS)
    low, span = min(sizes), max(max(sizes) - min(sizes), 1)
    tall = [1 + round((size - low) / span * (height * full - 1)) for size in sizes]
    lines = []
    for line in reversed(range(height)):
        parts = (min(max(each - line * full, 0), full) for each in tall)
        signs = (show.BARS[part - 1] if part else " " for part in parts)
        text = "".join((sign * max(cell - 1, 1)).ljust(cell) for sign in signs)
        lines.append(Content.styled(text, "$lead"))
    return lines
