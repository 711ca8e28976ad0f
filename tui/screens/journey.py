"""Journey: the stages that people come through, who moves on, and which messages are at work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import keys, show
from tui.place import Place
from tui.show import clean, right
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

PERIODS: Final = (30, 90, 7)
"""Days that `d` goes through."""
POLL_S: Final = 120
"""The map is made of every stay there ever was, so it is asked for seldom."""

_COLUMNS: Final = (("people", 9), ("seen", 9), ("moved on", 9), ("after", 8))
_BAR_FROM: Final = 90
_BAR: Final = 20
_LEAST_NAME: Final = 8


class Journey(Place):
    """All stages above, the first one first; the chosen one in words below."""

    PLACE: ClassVar[str] = "journey"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.JOURNEY)]
    DEFAULT_CSS = """
    Journey .left { width: 1fr; }
    Journey #stages-pane { height: 5; max-height: 60%; }
    Journey #stage-pane { height: 1fr; }
    Journey VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Journey Static { height: auto; color: $ink; }
    """

    def __init__(self) -> None:
        super().__init__(id="journey")
        self.rows: Listing[wire.JourneyStage] = Listing(self._draw, lambda s: s.stage, id="stages")
        self.about = Static("", markup=False)
        self._pane = Pane(tr("Journey"), self.rows, top=True, id="stages-pane")
        self._words = VerticalScroll(self.about, can_focus=True, id="stage")
        self._below = Pane("", self._words, id="stage-pane")
        self._found = wire.Journey(None, 0, [])
        self._days = PERIODS[0]
        self._seconds = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield self._below
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, None

    # --- asking

    def load(self) -> None:
        self.run_worker(self._load(), group="journey-load", exclusive=True)

    async def _load(self) -> None:
        since = self.desk.now().ms - self._days * show.DAY
        answer = await self.fetch(self.desk.client.journey(since))
        if answer is not None:
            self._found = answer
            self._show()

    def tick(self) -> None:
        self._seconds += 1
        if self._seconds >= POLL_S and self.display:
            self._seconds = 0
            self.load()

    # --- showing

    def _show(self) -> None:
        stages = self._found.stages
        self.rows.say(self._none())
        self.rows.put(stages)
        self._pane.styles.height = max(len(stages), 4) + 1
        people = show.count(sum(each.people for each in stages))
        title = Content.assemble(
            tr("Journey"), " ", (people, "bold"), tr(" people · {days} days", days=self._days)
        )
        heads = "".join(f" {tr(name)}".rjust(width, "─") for name, width in _COLUMNS)
        self._pane.name_it(title, Content.styled(heads.lstrip("─ "), "$quiet"))
        self._describe()

    def on_resize(self) -> None:
        self.rows.redraw()

    def _none(self) -> Content:
        return Content.assemble(
            (tr("No stage yet.\n"), "$quiet"),
            "Write ", ("stage = 1", "$mark"), ", ", ("stage = 2", "$mark"),
            tr(" … into segments of "), ("workspace/segments.toml", "$mark"),
            tr(" and make them run with "), ("mautod apply", "$mark"), ".",
        )  # fmt: skip

    def _draw(self, item: wire.JourneyStage, width: int) -> Content:
        figures = (
            show.short(item.people),
            show.short(item.seen),
            show.percent(item.moved, item.seen),
            show.NONE if item.median_ms is None else show.span(item.median_ms),
        )
        most = max((each.people for each in self._found.stages), default=0)
        wide = _BAR if width >= _BAR_FROM else 0
        name = max(width - sum(cells for _, cells in _COLUMNS) - wide - 7, _LEAST_NAME)
        parts = [
            (right(figure, cells), "$good" if head == "moved on" and item.moved else "")
            for figure, (head, cells) in zip(figures, _COLUMNS, strict=True)
        ]
        return Content.assemble(
            (right(str(item.stage), 3), "$mark"), "  ", show.fit(clean(item.name), name),
            (show.fit(_bar(item.people, most, wide), wide), "$lead"), *parts,
        )  # fmt: skip

    def _describe(self) -> None:
        """The chosen stage in words, with the messages at work in it as bars."""
        stage = self.rows.chosen
        self._below.name_it(Content(clean(stage.name) if stage else ""))
        self.about.update(Content("\n").join(_lines(stage, self._found)) if stage else "")

    # --- keys

    def action_period(self) -> None:
        """Another length of time to look back."""
        self._days = PERIODS[(PERIODS.index(self._days) + 1) % len(PERIODS)]
        self.load()

    def action_copy(self) -> None:
        if self.rows.chosen:
            self.desk.copy(clean(self.rows.chosen.segments[0]))

    @on(Listing.Chosen, "#stages")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        self._describe()

    @on(Listing.Opened, "#stages")
    def _open(self, event: Listing.Opened) -> None:
        """Every number opens what it counts: the rule that finds the people at this stage."""
        event.stop()
        if self.rows.chosen:
            rules = [f'stage "{clean(key)}"' for key in self.rows.chosen.segments]
            self.desk.open_rule(" or ".join(rules))


def _lines(stage: wire.JourneyStage, found: wire.Journey) -> Iterator[Content]:
    after = next((each for each in found.stages if each.stage > stage.stage), None)
    share = show.percent(stage.moved, stage.seen)
    took = (
        tr(", half of them within {span}", span=show.span(stage.median_ms))
        if stage.median_ms
        else ""
    )
    if after is not None:
        yield Content.assemble(
            (tr("─▶ {name} and beyond  ", name=clean(after.name)), "$lead"),
            (
                tr(
                    "{part} of {whole} moved on",
                    part=show.count(stage.moved),
                    whole=show.count(stage.seen),
                ),
                "bold",
            ),
            f" ({share}){took}",
        )
    if stage.fell:
        yield Content.styled(tr("◀─ {number} fell back", number=show.count(stage.fell)), "$quiet")
    yield Content.assemble((tr("segments  "), "$quiet"), clean(", ".join(stage.segments)))
    yield Content("")
    if not stage.messages:
        yield Content.styled(tr("No message went to people while they were here."), "$quiet")
    most = max((each.messages for each in stage.messages), default=0)
    for each in stage.messages:
        yield Content.assemble(
            ("✉ ", "$good"), show.fit(clean(each.chain_name), 28), " ",
            (show.fit(_bar(each.messages, most, _BAR), _BAR), "$lead"),
            right(show.count(each.messages), 9),
        )  # fmt: skip


def _bar(part: int, most: int, width: int) -> str:
    """A part of the most as a bar; something is never nothing."""
    return "█" * (max(part * (width - 1) // most, 1) if part and most and width else 0)
