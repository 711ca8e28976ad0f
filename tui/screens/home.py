"""Home: today's numbers, what needs somebody, and what is under way."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import draw, keys, show
from tui.draw import Now
from tui.needs import SIGNS, Known, Need, needs
from tui.place import Place
from tui.screens.campaigns import rows
from tui.show import clean, right
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

POLL_S: Final = 5
CHECK_S: Final = 60
"""How often the installation is looked over, which is dearer than its counters."""
OVER: Final = frozenset({"finished", "cancelled", "draft"})
_SPARK: Final = 20
_LABEL: Final = 11


class Home(Place):
    """Numbers and needs at the left, campaigns under way at the right."""

    PLACE: ClassVar[str] = "home"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.HOME)]
    DEFAULT_CSS = """
    Home > .left { width: 60%; }
    Home #today { height: auto; padding: 0 1; color: $ink; }
    """

    def __init__(self) -> None:
        super().__init__(id="home")
        self.today = Static("", markup=False, id="today")
        self.needs: Listing[Need] = Listing(self._draw, lambda need: need.key, id="needs")
        self.under_way: Listing[wire.Chain] = Listing(self._campaign, lambda c: c.key, id="way")
        self._today_pane = Pane(tr("Today"), self.today, top=True, classes="-auto")
        self._needs_pane = Pane(tr("Needs somebody"), self.needs)
        self._way_pane = Pane(tr("Under way"), self.under_way, top=True)
        self._known = Known()
        self._live: wire.LivePage | None = None
        self._goals: wire.GoalReport | None = None
        self._seconds = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._today_pane
            yield self._needs_pane
            yield Foot()
        with Vertical(classes="right"):
            yield self._way_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.needs, self.under_way

    # --- asking

    def load(self) -> None:
        self._seconds = 0
        self.run_worker(self._load(), group="home-load", exclusive=True)
        self.run_worker(self._check(), group="home-check", exclusive=True)

    async def _load(self) -> None:
        client = self.desk.client
        status = await self.fetch(client.status())
        chains = await self.fetch(client.chains())
        sent = await self.fetch(client.broadcasts())
        self._live = await self.fetch(client.live(limit=1))
        if status is None or chains is None or sent is None:
            return
        self._known = Known(status, self._known.checkup, chains.items, sent.items)
        self._goals = await self.fetch(client.goals(since=midnight(self.desk.now()), by="day"))
        self._show()

    async def _check(self) -> None:
        found = await self.fetch(self.desk.client.doctor())
        if found is not None:
            known = self._known
            self._known = Known(known.status, found, known.chains, known.broadcasts)
            self._show()

    def tick(self) -> None:
        self._seconds += 1
        if not self.display:
            return
        if self._seconds % CHECK_S == 0:
            self.load()
        elif self._seconds % POLL_S == 0:
            self.run_worker(self._load(), group="home-load", exclusive=True)

    # --- showing

    def _show(self) -> None:
        found = needs(self._known)
        self.needs.say(self._nothing())
        self.needs.put(found)
        self._needs_pane.name_it(
            Content.assemble(tr("Needs somebody"), " ", (show.count(len(found)), "bold"))
        )
        running = [chain for chain in self._known.chains if chain.state == "running"]
        busy = [rows.row_of(sent) for sent in self._known.broadcasts if sent.state not in OVER]
        self.under_way.say(Content.styled(tr("No campaign is under way."), "$quiet"))
        self.under_way.put([*busy, *sorted(running, key=lambda c: -c.active)])
        heads = Content.styled(tr("people ─ money"), "$quiet")
        self._way_pane.name_it(Content(tr("Under way")), heads)
        self.today.update(Content("\n").join(self._numbers()))

    def _numbers(self) -> list[Content]:
        status, live = self._known.status, self._live
        if status is None:
            return []
        minutes = live.minutes if live else []
        waits = status.journal.pending + status.inbox
        lines = [
            _line(
                tr("online"), (show.count(status.online), "bold $good"),
                f"   {show.count(status.events_per_minute)} {tr('events a minute')}  ",
                (show.spark(minutes, _SPARK), "$lead"),
            ),
            _line(tr("people"), (show.count(status.people), "bold")),
            _line(
                tr("under way"), (show.count(status.runs.get("active", 0)), "bold"),
                f" {tr('in chains')}   {show.count(status.messages.get('queued', 0))} ",
                tr("messages wait"),
            ),
            _line(tr("to digest"), (show.count(waits), "bold $wait" if waits else "$quiet")),
        ]  # fmt: skip
        return lines if self._goals is None else [*lines[:1], *_earned(self._goals), *lines[1:]]

    def _nothing(self) -> Content:
        if self._known.checkup is None:
            return Content.styled(tr("Looking …"), "$quiet")
        return Content.assemble(("✓ ", "$good"), tr("Nothing needs anybody."))

    def _draw(self, need: Need, width: int) -> Content:
        sign, color = SIGNS[need.grade]
        return Content.assemble((f"{sign} ", f"bold {color}"), show.fit(need.text, width - 3))

    def _campaign(self, item: wire.Chain, width: int) -> Content:
        sign, color = draw.CHAIN_STATES.get(item.state, ("·", "$quiet"))
        sent = next((s for s in self._known.broadcasts if s.key == item.key), None)
        here = rows.progress(sent)[0] if sent else right(show.short(item.active), 8)
        money = right(draw.money(item.money, brief=True), 12)
        name = show.fit(clean(item.name), max(width - len(here) - len(money) - 3, 4))
        style = "$good" if item.goals else "$quiet"
        return Content.assemble((f"{sign} ", color), name, here, (money, style), " ")

    # --- keys

    def action_copy(self) -> None:
        if self.needs.has_focus and self.needs.chosen:
            self.desk.copy(self.needs.chosen.text)
        elif self.under_way.chosen:
            self.desk.copy(clean(self.under_way.chosen.key))

    @on(Listing.Chosen)
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()

    @on(Listing.Opened, "#needs")
    def _open(self, event: Listing.Opened) -> None:
        """Every line leads to where something can be done about it."""
        event.stop()
        need = self.needs.chosen
        if need is None:
            return
        if need.row:
            self.desk.open_row(need.place, need.row)
        elif need.more:
            self.desk.sheet(tr("What to do"), Content(f"{need.text}\n\n{need.more}"))
        elif need.place:
            self.desk.go(need.place)

    @on(Listing.Opened, "#way")
    def _campaign_opened(self, event: Listing.Opened) -> None:
        event.stop()
        if self.under_way.chosen:
            self.desk.open_row("campaigns", self.under_way.chosen.key)


def midnight(now: Now) -> int:
    """The beginning of the operator's day, in UTC milliseconds."""
    here = show.local(now.ms, now.zone)
    return round(here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _earned(found: wire.GoalReport) -> list[Content]:
    """What was sent today, what came back, and what it earned."""
    sent = sum(span.sent for span in found.spans)
    opened = sum(span.opened for span in found.spans)
    clicked = sum(span.clicked for span in found.spans)
    return [
        _line(
            tr("sent"), (show.count(sent), "bold"),
            f"   {tr('open')} {show.percent(opened, sent)}   ",
            f"{tr('click')} {show.percent(clicked, sent)}",
        ),
        _line(
            tr("goals"), (show.count(found.goals), "bold $good" if found.goals else "bold"),
            "   ", (draw.money(found.money), "$good" if found.money else "$quiet"),
        ),
    ]  # fmt: skip


def _line(label: str, *parts: str | tuple[str, str]) -> Content:
    return Content.assemble((show.fit(label, _LABEL), "$quiet"), *parts)
