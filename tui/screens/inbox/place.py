"""Inbox: who waits for an answer at the left, the conversation and the answer at the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget

from mautod import wire
from mautod.errors import MautodError
from tui import keys, show
from tui.messages import Asked
from tui.outbox import Outbox
from tui.place import CARD_DELAY_S, Place
from tui.screens.inbox import rows
from tui.screens.inbox.writing import Writing
from tui.show import clean
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

PAGE: Final = 200
MOST: Final = 1000
SOON_S: Final = 0.2
"""Changes within this time are one question to the daemon."""

VIEWS: Final = ("mine", "all", "snoozed", "closed")


class Inbox(Place, Writing):
    """Conversations of one operator, of all, or at rest."""

    PLACE: ClassVar[str] = "inbox"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.INBOX)]
    DEFAULT_CSS = """
    Inbox > .left { width: 40%; }
    Inbox #thread { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Inbox #said { height: auto; width: 1fr; color: $ink; }
    """

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(id="inbox")
        self.outbox = outbox
        self.rows: Listing[wire.Chat] = Listing(self._draw, lambda c: c.id, id="chats")
        self._pane = Pane(tr("Inbox"), self.rows, top=True)
        self.make_right()
        self._view = "all"
        self._all: list[wire.Chat] = []
        self._next: str | None = None
        self._counts = wire.ChatCounts(0, 0, 0)
        self._filter = ""
        self._seen: dict[int, int] = {}
        self._known: dict[int, int] = {}
        self._wanted: int | None = None
        self._rest: Timer | None = None
        self._soon: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield Foot()
        with Vertical(classes="right"):
            yield self.thread_pane
            yield self.write_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, self.composer

    @property
    def keys_name(self) -> str:
        return "answer" if self.screen.focused is self.composer else self.PLACE

    # --- asking

    def load(self) -> None:
        self.run_worker(self._load(), group="inbox-load", exclusive=True)

    changed = load

    async def _load(self) -> None:
        limit = max(PAGE, min(len(self._all), MOST))
        page = await self.fetch(self._page("", limit))
        counts = await self.fetch(self.desk.client.chat_counts(self.outbox.operator))
        if page is None or counts is None:
            return
        self._all, self._next, self._counts = list(page.items), page.next, counts
        self._known.update({chat.id: chat.parts for chat in self._all})
        self._show()
        if self.thread is not None or self._wanted is not None:
            self._load_thread()

    async def _page(self, after: str, limit: int) -> wire.ChatPage:
        state = self._view if self._view in wire.CHAT_STATES else "open"
        whose = self.outbox.operator if self._view == "mine" else ""
        return await self.desk.client.chats(state, whose, after=after, limit=limit)

    async def _further(self) -> None:
        page = await self.fetch(self._page(self._next or "", PAGE))
        if page is not None:
            known = {chat.id for chat in self._all}
            self._all += [chat for chat in page.items if chat.id not in known]
            self._next = page.next
            self._show()

    def _want(self, chat: int | None) -> None:
        self._wanted = chat
        if self._rest:
            self._rest.stop()
        self._rest = self.set_timer(CARD_DELAY_S, self._load_thread)

    def _load_thread(self) -> None:
        if self._wanted is None:
            self.put_thread(None)
        elif not self.narrow or self.has_class("-open"):
            self.run_worker(self._fetch(self._wanted), group="inbox-thread", exclusive=True)

    async def _fetch(self, chat: int) -> None:
        found = await self.fetch(self.desk.client.chat(chat))
        if found is not None and self._wanted == chat:
            self.put_thread(found)
            if self.display:
                self._seen[chat] = found.chat.parts
                self.rows.redraw()

    def updates(self, items: Sequence[wire.Update]) -> None:
        chats = [item.body for item in items if isinstance(item.body, wire.Chat)]
        if not chats:
            return
        fresh = [c for c in chats if c.waits and c.parts > self._known.get(c.id, 0)]
        self._known.update({chat.id: chat.parts for chat in chats})
        if fresh:
            self.desk.ring(show.clean(fresh[-1].person))
        if self._soon:
            self._soon.stop()
        self._soon = self.set_timer(SOON_S, self.load)

    def tick(self) -> None:
        if self.outbox.due(self.desk.now().ms):
            self.run_worker(self._send(), group="inbox-send", exclusive=False)
        if self.display:
            self.rows.redraw()
            self.show_thread()

    async def _send(self) -> None:
        try:
            sent = await self.outbox.send(self.desk.now().ms)
        except MautodError as error:
            self.desk.say(tr("not sent, it is a draft again: {why}", why=str(error)), "bad")
            if self.thread is not None and not self.composer.text:
                self.composer.write(self.outbox.drafts.get(self.thread.chat.id, ""))
            return
        if sent:
            self.load()

    # --- showing

    def _show(self) -> None:
        items = [c for c in self._all if self._filter in _words(c)]
        self.rows.say(self._nobody())
        self.rows.put(items, more=self._next is not None and not self._filter)
        numbers = {
            "mine": self._counts.mine, "all": self._counts.open, "snoozed": self._counts.snoozed
        }  # fmt: skip
        title = Content.assemble(tr("Inbox"), "  ")
        for view in VIEWS:
            number = f" {show.count(numbers[view])}" if view in numbers else ""
            if view in numbers or view == self._view:
                style = "bold $mark" if view == self._view else "$quiet"
                title = Content.assemble(title, (f"{tr(view)}{number}", style), "  ")
        search = (
            Content.assemble("⌕ ", (clean(self._filter), "$mark")) if self._filter else Content("")
        )
        self._pane.name_it(title, search)
        self.desk.mark(self.PLACE, self._counts.open)

    def _nobody(self) -> Content:
        if self._filter:
            return Content.styled(
                tr("No conversation matches. esc takes the filter away."), "$quiet"
            )
        return Content.assemble(
            (tr("No conversation here.\n"), "$quiet"),
            tr("Answers to letters begin one. "), ("v", "$mark"), tr(" shows others."),
        )  # fmt: skip

    def _draw(self, item: wire.Chat, width: int) -> Content:
        seen = self._seen.get(item.id, 0) >= item.parts
        return rows.chat(item, width, self.desk.now(), seen=seen)

    # --- keys

    def start_filter(self) -> None:
        self.desk.ask_line("inbox", "/", value=self._filter, hint=tr("a name, or words"))

    def asked(self, event: Asked) -> None:
        if event.purpose == "inbox":
            self._filter = event.text.casefold().strip()
            self._show()
        elif event.done and not event.given_up and self.rows.chosen:
            self.run_line(self.rows.chosen.id, f"{event.purpose} {event.text.strip()}".rstrip())

    def back(self) -> bool:
        self.keep_draft()
        if super().back():
            return True
        had, self._filter = bool(self._filter), ""
        if had:
            self._show()
        return had

    def open_detail(self) -> None:
        super().open_detail()
        self._load_thread()

    def action_view(self) -> None:
        """The next of mine, all, at rest, closed."""
        self._view = VIEWS[(VIEWS.index(self._view) + 1) % len(VIEWS)]
        self._all = []
        self.load()

    def action_note(self) -> None:
        """Write what only colleagues see."""
        self.noting = True
        self.open_detail()
        self.show_thread()

    def action_assign(self) -> None:
        if self.rows.chosen:
            hint = tr("whose? me is yourself; nothing is nobody")
            self.desk.ask_line("/assign", tr("assign to "), value="me", hint=hint)

    def action_snooze(self) -> None:
        if self.rows.chosen:
            hint = tr("as 2h, 3d, tomorrow 9:00, monday, 2026-12-01")
            self.desk.ask_line("/snooze", tr("rest until "), value="", hint=hint)

    def action_close(self) -> None:
        """Close it; a closed one is opened again."""
        if self.rows.chosen:
            line = "/open" if self.rows.chosen.state == "closed" else "/close"
            self.run_line(self.rows.chosen.id, line)

    def action_card(self) -> None:
        if self.rows.chosen:
            self.desk.open_person(self.rows.chosen.person_id)

    def action_take_back(self) -> None:
        self.take_back()

    def action_copy(self) -> None:
        if self.rows.chosen:
            self.desk.copy(clean(self.rows.chosen.last))

    @on(Listing.Chosen, "#chats")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        item: Any = event.item
        self._want(item.id if item is not None else None)

    @on(Listing.Opened, "#chats")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        item: Any = event.item
        self._wanted = item.id
        self.open_detail()

    @on(Listing.NearEnd, "#chats")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._further(), group="inbox-further", exclusive=True)

    @on(Listing.Chosen, "#slashes")
    @on(Listing.Opened, "#slashes")
    def _candidate(self, event: Listing.Chosen | Listing.Opened) -> None:
        event.stop()


def _words(item: wire.Chat) -> str:
    return f"{item.person} {item.subject} {item.operator} {item.last}".casefold()
