"""Live: who is on the site, what happens, and the card of whoever is chosen."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any, ClassVar, Final

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget

from mautod import wire
from tui import draw, keys, show
from tui.messages import Asked
from tui.place import WithCard
from tui.widgets.card import Card
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

KEPT: Final = 2_000
"""Events kept to look back at."""

POLL_S: Final = 5
_SPARK: Final = 20


class Live(WithCard):
    """The site at this moment."""

    PLACE: ClassVar[str] = "live"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.LIVE)]
    DEFAULT_CSS = """
    Live #online-pane { height: 2fr; min-height: 5; }
    Live #events-pane { height: 3fr; }
    """

    def __init__(self) -> None:
        super().__init__(id="live")
        self.visitors: Listing[wire.Visitor] = Listing(
            self._draw_visitor, lambda v: v.person.id, id="online"
        )
        self.events: Listing[wire.EventItem] = Listing(
            self._draw_event, lambda e: e.id, follow=True, id="events"
        )
        self.card = Card()
        self._online_pane = Pane(tr("Online"), self.visitors, top=True, id="online-pane")
        self._events_pane = Pane(tr("Events"), self.events, id="events-pane")
        self._people: dict[int, wire.Visitor] = {}
        self._log: deque[wire.EventItem] = deque(maxlen=KEPT)
        self._waiting: list[wire.EventItem] = []
        self._minutes: list[int] = []
        self._online = 0
        self._past: deque[int] = deque(maxlen=_SPARK)
        self._held = False
        self._filter = ""
        self._seconds = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._online_pane
            yield self._events_pane
            yield Foot()
        with Vertical(classes="right"):
            yield self.card

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.visitors, self.card.rows

    # --- what comes in

    def load(self) -> None:
        self.run_worker(self._load(), group="live-load", exclusive=True)

    async def _load(self) -> None:
        page = await self.fetch(self.desk.client.live())
        if page is None:
            return
        self._minutes = list(page.minutes)
        self._online = page.online
        self._seat(page.visitors)
        self._log_events(page.events)
        self._show()

    def _seat(self, visitors: Sequence[wire.Visitor]) -> None:
        """Those who stay keep their seats; newcomers stand above them."""
        now = {visitor.person.id: visitor for visitor in visitors}
        fresh = {key: visitor for key, visitor in now.items() if key not in self._people}
        stay = {key: now[key] for key in self._people if key in now}
        self._people = fresh | stay

    def _log_events(self, events: Sequence[wire.EventItem]) -> None:
        """Add those that are newer than the newest known; the newest stand first."""
        last = self._log[0].id if self._log else -1
        fresh = sorted((e for e in events if e.id > last), key=lambda e: e.id)
        self._log.extendleft(fresh)

    def updates(self, items: Sequence[wire.Update]) -> None:
        events = [item.body for item in items if isinstance(item.body, wire.EventItem)]
        if not events:
            return
        if self._minutes:
            self._minutes[-1] += len(events)
        self._follow(events)
        if self._held:
            self._waiting += events
            del self._waiting[:-KEPT]
        else:
            self._log_events(events)
        self._show()
        self.refresh_card({event.person_id for event in events})

    def _follow(self, events: Sequence[wire.EventItem]) -> None:
        """A visitor's page changes with the event; who is not seated yet is asked for."""
        for event in events:
            if event.source == draw.OURS:
                continue
            if event.person_id not in self._people:
                self._seconds = POLL_S - 1
                continue
            page = next(
                (event.props[k] for k in ("path", "url") if isinstance(event.props.get(k), str)), ""
            )
            if page:
                seated = self._people[event.person_id]
                moved = {"page": str(page), "last_seen": event.received_at}
                self._people[event.person_id] = msgspec.structs.replace(seated, **moved)

    def tick(self) -> None:
        self._seconds += 1
        if self._seconds >= POLL_S:
            self._seconds = 0
            self._past.append(self._online)
            self.load()
        self.visitors.redraw()
        self.card.tick()

    # --- what is shown

    def _show(self) -> None:
        visitors = [
            v for v in self._people.values() if self._fits(v.person.label, v.page, v.source)
        ]
        events = [
            e
            for e in self._log
            if self._fits(e.person, e.name, draw.say(e).words, show.value(e.props))
        ]
        self.visitors.say(self._nobody())
        self.events.say(self._no_event())
        self.visitors.put(visitors)
        self.events.put(events)
        self._titles()

    def _fits(self, *texts: str) -> bool:
        return not self._filter or any(self._filter in text.casefold() for text in texts)

    def _titles(self) -> None:
        past = show.spark(self._past, _SPARK) if len(self._past) > 1 else ""
        online = Content.assemble(tr("Online"), " ", (show.count(self._online), "bold"))
        if past:
            online = Content.assemble(online, " ", (past, "$good"))
        self._online_pane.name_it(online, self._above())
        spark = (show.spark(self._minutes, _SPARK), "$lead")
        rate = Content.assemble(
            tr("Events"), " ", (f"{show.count(self._rate())}{tr('/min')}", "bold"), " ", spark
        )
        self._events_pane.name_it(rate, self._note())

    def _rate(self) -> int:
        """Events of the last sixty seconds: this minute's and the part of the last one's."""
        if len(self._minutes) < 2:  # noqa: PLR2004 - the last minute and this one
            return 0
        gone = self.desk.now().ms % show.MINUTE / show.MINUTE
        return round(self._minutes[-2] * (1 - gone) + self._minutes[-1])

    def _above(self) -> Content:
        if self._filter:
            return Content.assemble("⌕ ", (show.clean(self._filter), "$mark"))
        unseen = self.visitors.unseen
        return Content.styled(f"↑ {show.count(unseen)} new", "$wait") if unseen else Content("")

    def _note(self) -> Content:
        if self._held:
            return Content.styled(f"⏸ {show.count(len(self._waiting))} wait", "$wait")
        if self.events.unseen:
            return Content.styled(f"↑ {show.count(self.events.unseen)} new", "$wait")
        return Content("")

    def _nobody(self) -> Content:
        if self._filter:
            return Content.styled(tr("Nobody matches. esc takes the filter away."), "$quiet")
        return Content.assemble(
            (tr("Nobody is on the site now.\n"), "$quiet"),
            tr("Put the snippet on your pages, or press "), (":", "$mark"), tr(" and type\n"),
            ('events send "Page Viewed" --anonymous-id me', "$mark"),
        )  # fmt: skip

    def _no_event(self) -> Content:
        word = (
            tr("No event matches. esc takes the filter away.")
            if self._filter
            else tr("No event yet.")
        )
        return Content.styled(word, "$quiet")

    def _draw_visitor(self, item: wire.Visitor, width: int) -> Content:
        return draw.visitor(item, width, self.desk.now())

    def _draw_event(self, item: wire.EventItem, width: int) -> Content:
        return draw.event(item, width, self.desk.now(), self.desk.currency)

    # --- keys

    def start_filter(self) -> None:
        hint = tr("letters of a name, a page, an event")
        self.desk.ask_line("live", "/", value=self._filter, hint=hint)

    def asked(self, event: Asked) -> None:
        self._filter = event.text.casefold().strip()
        self._show()

    def back(self) -> bool:
        if super().back():
            return True
        had, self._filter = bool(self._filter), ""
        if had:
            self._show()
        return had

    def action_hold(self) -> None:
        """Hold the events still, or let the waiting ones in."""
        self._held = not self._held
        if not self._held:
            self._log_events(self._waiting)
            self._waiting = []
        self._show()

    def _chosen_person(self) -> tuple[int, str] | None:
        if self.events.has_focus and self.events.chosen:
            return self.events.chosen.person_id, self.events.chosen.person
        if self.visitors.chosen:
            return self.visitors.chosen.person.id, self.visitors.chosen.person.label
        return None

    def action_why(self) -> None:
        person = self._chosen_person()
        if person:
            templates = [m.template for m in self.card.card.messages] if self.card.card else []
            self.desk.ask_why(str(person[0]), "", templates)

    def action_copy(self) -> None:
        if self.events.has_focus and self.events.chosen:
            event = self.events.chosen
            self.desk.copy(f"{show.clean(event.name)} {show.value(event.props)}")
        elif self.visitors.chosen:
            person = self.visitors.chosen.person
            self.desk.copy(show.clean(person.email or person.user_id or person.label))

    @on(Listing.Chosen, "#online, #events")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        item: Any = event.item
        if event.listing is self.events and not self.events.has_focus:
            return
        if event.listing is self.visitors and self.events.has_focus:
            return
        if item is None:
            self.want_card(None)
            return
        self.want_card(item.person.id if isinstance(item, wire.Visitor) else item.person_id)

    @on(Listing.Opened, "#online, #events")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        person = self._chosen_person()
        if person:
            self.want_card(person[0], at_once=True)
            self.open_detail()
