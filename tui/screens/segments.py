"""Segments: how big each is now, its rule, and who is in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import draw, keys, show
from tui.messages import Asked
from tui.place import CARD_DELAY_S, Place
from tui.screens.history import HistoryScreen
from tui.screens.overlap import MOST, OverlapScreen
from tui.screens.rule import RuleScreen
from tui.show import clean, right
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

PAGE: Final = 100
STATIC: Final = "static"
FEWEST: Final = 2
"""Segments that an overlap needs."""


class Segments(Place):
    """All segments at the left; rule and people of the chosen one at the right."""

    PLACE: ClassVar[str] = "segments"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.SEGMENTS)]
    DEFAULT_CSS = """
    Segments > .left { width: 45%; }
    Segments #rule { height: auto; max-height: 12; padding: 0 1; color: $ink; }
    """

    def __init__(self) -> None:
        super().__init__(id="segments")
        self.rows: Listing[wire.Segment] = Listing(
            self._draw, lambda s: s.key, marked=lambda s: s.key in self._marked, id="rows"
        )
        self.people: Listing[wire.Member] = Listing(
            self._draw_member, lambda m: m.person.id, id="members"
        )
        self.rule = Static("", markup=False, id="rule")
        self._pane = Pane(tr("Segments"), self.rows, top=True)
        self._rule_pane = Pane(tr("Rule"), self.rule, top=True, classes="-auto")
        self._people_pane = Pane(tr("People"), self.people)
        self._all: list[wire.Segment] = []
        self._at_first: dict[str, int] = {}
        self._filter = ""
        self._shown: str | None = None
        self._next: int | None = None
        self._drafts: dict[str, str] = {}
        self._marked: set[str] = set()
        self._rest: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield Foot()
        with Vertical(classes="right"):
            yield self._rule_pane
            yield self._people_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, self.people

    # --- asking

    def load(self) -> None:
        self.run_worker(self._load(), group="segments-load", exclusive=True)

    async def _load(self) -> None:
        answer = await self.fetch(self.desk.client.segments())
        if answer is None:
            return
        self._all = list(answer.items)
        for item in self._all:
            self._at_first.setdefault(item.key, item.size)
        self._show()

    def _want(self, key: str | None) -> None:
        if self._rest:
            self._rest.stop()
        if key is not None:
            self._rest = self.set_timer(CARD_DELAY_S, self._load_members)

    def _load_members(self) -> None:
        if self.rows.chosen:
            work = self._members(self.rows.chosen.key)
            self.run_worker(work, group="segments-members", exclusive=True)

    async def _members(self, key: str) -> None:
        limit = max(PAGE, min(len(self.people.items), 1000)) if key == self._shown else PAGE
        page = await self.fetch(self.desk.client.segment(key, limit=limit))
        if page is None or self.rows.chosen is None or self.rows.chosen.key != key:
            return
        self._shown, self._next = key, page.next
        self._describe(page.segment)
        empty = (
            tr("Nobody is in it now.")
            if not page.segment.error
            else tr("It is not kept up to date, see above.")
        )
        self.people.say(Content.styled(empty, "$quiet"))
        self.people.put(page.items, more=page.next is not None)

    async def _further(self) -> None:
        if self._shown is None or self._next is None:
            return
        page = await self.fetch(self.desk.client.segment(self._shown, after=self._next, limit=PAGE))
        if page is not None and page.segment.key == self._shown:
            self._next = page.next
            self.people.put([*self.people.items, *page.items], more=page.next is not None)

    def updates(self, items: Sequence[wire.Update]) -> None:
        sizes = {
            item.body.key: item.body.size
            for item in items
            if isinstance(item.body, wire.SegmentSize)
        }
        if not sizes:
            return
        known = {one.key for one in self._all}
        if not sizes.keys() <= known:
            self.load()
        self._all = [
            msgspec.structs.replace(one, size=sizes.get(one.key, one.size)) for one in self._all
        ]
        self._show()
        if self._shown in sizes:
            self._want(self._shown)

    def tick(self) -> None:
        self.people.redraw()

    # --- showing

    def _show(self) -> None:
        items = [s for s in self._all if self._filter in f"{s.key} {s.name}".casefold()]
        self.rows.say(self._none())
        self.rows.put(items)
        search = (
            Content.assemble("⌕ ", (clean(self._filter), "$mark")) if self._filter else Content("")
        )
        self._pane.name_it(
            Content.assemble(tr("Segments"), " ", (show.count(len(self._all)), "bold")), search
        )
        if self.rows.chosen and self.rows.chosen.key == self._shown:
            self._describe(self.rows.chosen)

    def _none(self) -> Content:
        if self._filter:
            return Content.styled(tr("No segment matches. esc takes the filter away."), "$quiet")
        return Content.assemble(
            (tr("No segment yet.\n"), "$quiet"),
            tr("Write one into "), ("workspace/segments.toml", "$mark"),
            tr("\nand make it run with "),
            ("mautod apply", "$mark"), tr(".\n\nOr write a rule here with "), ("t", "$mark"), ".",
        )  # fmt: skip

    def _describe(self, item: wire.Segment) -> None:
        self._rule_pane.name_it(
            Content(clean(item.name)), Content.styled(clean(item.key), "$quiet")
        )
        rule = show.clean_lines(item.rule) if item.kind != STATIC else tr("a list, kept by hand")
        parts = [Content.styled(rule, "$lead")]
        if item.exclude:
            parts.append(
                Content(
                    tr("and nobody who is in {segments}", segments=clean(", ".join(item.exclude)))
                )
            )
        if item.error:
            parts.append(
                Content.assemble(("✗ ", "bold $bad"), (show.clean_lines(item.error), "$bad"))
            )
        rebuilt = show.moment(item.rebuilt_at, self.desk.now().ms, self.desk.now().zone)
        parts.append(
            Content.styled(
                tr("counted over everybody {when}, exact since then", when=rebuilt), "$quiet"
            )
        )
        parts.extend(_history(item))
        self.rule.update(Content("\n").join(parts))
        self._people_pane.name_it(
            Content.assemble(tr("People"), " ", (show.count(item.size), "bold"))
        )

    def _draw(self, item: wire.Segment, width: int) -> Content:
        grown = item.size - self._at_first.get(item.key, item.size)
        change = f"{'▲' if grown > 0 else '▼'} {show.short(abs(grown))}" if grown else ""
        style = "$good" if grown > 0 else "$wait"
        size = right(show.count(item.size), 9)
        bad = ("✗ ", "$bad") if item.error else ""
        name = width - 9 - 8 - (2 if item.error else 0)
        return Content.assemble(
            bad, show.fit(clean(item.key), name), (size, "bold"), (right(change, 7), style), " "
        )

    def _draw_member(self, item: wire.Member, width: int) -> Content:
        now = self.desk.now()
        since = right(show.ago(item.since, now.ms) if item.since else "", 4)
        return Content.assemble(
            draw.person(item.person, width - 8, now), (f" in {since}", "$quiet")
        )

    # --- keys

    def start_filter(self) -> None:
        self.desk.ask_line(
            "segments", "/", value=self._filter, hint=tr("letters of a segment's name")
        )

    def action_probe(self) -> None:
        """Write a rule that is of no segment yet."""
        self.app.push_screen(RuleScreen(None, self._drafts))

    def action_edit(self) -> None:
        """Change the rule of the chosen segment."""
        if self.rows.chosen and self.rows.chosen.kind == STATIC:
            self.desk.say(tr("it is a list: people are added to it with b in People"), "wait")
        elif self.rows.chosen:
            self.app.push_screen(RuleScreen(self.rows.chosen, self._drafts))

    def action_history(self) -> None:
        if self.rows.chosen:
            self.app.push_screen(HistoryScreen(self.rows.chosen))

    def action_mark(self) -> None:
        """Mark the chosen segment, or take the mark away, and go on to the next."""
        if self.rows.chosen and self.rows.has_focus:
            self._marked ^= {self.rows.chosen.key}
            self.rows.action_move(1)
            self.rows.redraw()

    def action_overlap(self) -> None:
        """The marked segments; without two marks the largest, the chosen one among them."""
        chosen = {self.rows.chosen.key} if self.rows.chosen else set()
        by_size = sorted(self._all, key=lambda s: (s.key not in chosen, -s.size, s.key))
        marked = [s.key for s in self._all if s.key in self._marked]
        names = marked if len(marked) > 1 else [s.key for s in by_size]
        if len(names) < FEWEST:
            self.desk.say(tr("an overlap needs two segments"), "wait")
        else:
            self.app.push_screen(OverlapScreen(names[:MOST]))

    def action_why(self) -> None:
        """Explain the chosen person; in the list of segments, ask who is meant."""
        segment = self.rows.chosen
        if segment is None:
            return
        if self.people.has_focus and self.people.chosen:
            self.desk.show_reason(segment.key, str(self.people.chosen.person.id))
        else:
            first = self.people.items[0].person if self.people.items else None
            value = clean(first.email or str(first.id)) if first else ""
            hint = tr("whom? an id, a user id or an email")
            self.desk.ask_line("reason", f"why {segment.key} ", value=value, hint=hint)

    def asked(self, event: Asked) -> None:
        if event.purpose == "reason":
            if event.done and event.text.strip() and self.rows.chosen:
                self.desk.show_reason(self.rows.chosen.key, event.text.strip())
            return
        self._filter = event.text.casefold().strip()
        self._show()

    def back(self) -> bool:
        if super().back():
            return True
        had, self._filter = bool(self._filter), ""
        if had:
            self._show()
        return had

    def action_copy(self) -> None:
        if self.people.has_focus and self.people.chosen:
            person = self.people.chosen.person
            self.desk.copy(clean(person.email or person.label))
        elif self.rows.chosen:
            self.desk.copy(show.clean_lines(self.rows.chosen.rule))

    @on(Listing.Chosen, "#rows")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        item: Any = event.item
        self._want(item.key if item is not None else None)

    @on(Listing.Opened, "#rows")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        self.open_detail()

    @on(Listing.Chosen, "#members")
    def _member(self, event: Listing.Chosen) -> None:
        event.stop()

    @on(Listing.Opened, "#members")
    def _open_member(self, event: Listing.Opened) -> None:
        event.stop()
        item: Any = event.item
        self.desk.open_person(item.person.id)

    @on(Listing.NearEnd, "#members")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._further(), group="segments-further", exclusive=True)


def _history(item: wire.Segment) -> list[Content]:
    """The sizes of the last hours and days as bars, where there is more than one to compare."""
    lines = []
    for span, sizes in ((tr("24 hours"), item.hours), (tr("30 days"), item.days)):
        if len(sizes) > 1:
            low, high = min(sizes), max(sizes)
            bars = show.spark([size - low for size in sizes], len(sizes))
            edges = f" {show.count(low)} to {show.count(high)}"
            lines.append(
                Content.assemble((f"{span:<9}", "$quiet"), (bars, "$lead"), (edges, "$quiet"))
            )
    return lines
