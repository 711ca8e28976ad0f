"""People: search with words or a rule, and the card of whoever is chosen."""

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
from mautod.errors import MautodError, RuleError
from tui import draw, keys, show
from tui.messages import Asked
from tui.place import WithCard
from tui.screens.acts import Acting, Whom, known
from tui.screens.searches import SearchSheet
from tui.show import clean
from tui.suggest import RuleSuggester
from tui.widgets.card import Card
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

PAGE: Final = 200
TYPING_S: Final = 0.25
"""A pause in typing after which the search is asked."""

EXAMPLE: Final = 'email is known and did "Order Completed" in 30d'


class People(WithCard, Acting):
    """Everybody, or those whom a search finds."""

    PLACE: ClassVar[str] = "people"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.PEOPLE)]

    def __init__(self) -> None:
        super().__init__(id="people")
        self.found: Listing[wire.Person] = Listing(
            self._draw, lambda p: p.id, marked=self._is_marked, id="found"
        )
        self.card = Card()
        self._pane = Pane(tr("People"), self.found, top=True)
        self._query = ""
        self._next: int | None = None
        self._total: int | None = None
        self._typing: Timer | None = None
        self._fault = ""
        self._marked: set[int] = set()
        self._everybody = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield Foot()
        with Vertical(classes="right"):
            yield self.card

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.found, self.card.rows

    # --- asking

    def load(self) -> None:
        self.run_worker(self._search(done=True), group="people-load", exclusive=True)

    async def _search(self, *, done: bool) -> None:
        try:
            limit = max(PAGE, min(len(self.found.items), 1000))
            page = await self.desk.client.people(self._query, limit=limit)
        except RuleError as error:
            self._wrong(error, done=done)
            return
        except MautodError as error:
            self.desk.failed(error)
            return
        self._fault = ""
        self._next = page.next
        self.found.say(self._nobody())
        self.found.put(page.items, more=page.next is not None)
        self._title()
        for warning in page.warnings[:1]:
            self.desk.say(warning, "wait")
        if not self._query:
            await self._count()

    async def _count(self) -> None:
        status = await self.fetch(self.desk.client.status())
        self._total = status.people if status else None
        self._title()

    def _wrong(self, error: RuleError, *, done: bool) -> None:
        """While typing, a rule is mostly unfinished: say so; after enter show where it is wrong."""
        self._fault = error.message
        if done:
            picture = show.clean_lines(error.picture())
            text = Content.assemble(
                picture,
                ("\n✗ ", "bold $bad"),
                clean(error.message),
                "\n",
                (clean(error.hint), "$quiet"),
            )
            self.found.say(text)
            self.found.put([])
        self._title()

    async def _further(self) -> None:
        page = await self.fetch(self.desk.client.people(self._query, after=self._next, limit=PAGE))
        if page is not None:
            self._next = page.next
            self.found.put([*self.found.items, *page.items], more=page.next is not None)
            self._title()

    def updates(self, items: Sequence[wire.Update]) -> None:
        people = {
            item.body.person_id
            for item in items
            if isinstance(item.body, (wire.EventItem, wire.Message))
        }
        self.refresh_card(people)

    def tick(self) -> None:
        self.found.redraw()
        self.card.tick()

    # --- showing

    def _title(self) -> None:
        number = show.count(len(self.found.items))
        if self._query:
            count = f"{number}{' and more' if self._next else ''} found"
            title = Content.assemble(tr("People ⌕ "), (clean(self._query), "$mark"))
        else:
            count = f"{number} of {show.count(self._total)}" if self._total is not None else number
            title = Content(tr("People"))
        self._pane.name_it(title, self._note(count))

    def _note(self, count: str) -> Content:
        if self._fault:
            return Content.styled(tr("✗ not a rule yet"), "$wait")
        if self._everybody:
            return Content.styled(f"all marked, {count}", "$mark")
        if self._marked:
            return Content.styled(f"{show.count(len(self._marked))} marked", "$mark")
        return Content.styled(count, "$quiet")

    def _nobody(self) -> Content:
        if self._query:
            return Content.styled(tr("Nobody is found. esc takes the search away."), "$quiet")
        return Content.assemble(
            (tr("Nobody is known yet.\n"), "$quiet"),
            tr("People appear with their first event. Search them with "),
            ("/", "$mark"), tr(",\nby words or by rule:\n"),
            (EXAMPLE, "$mark"),
        )  # fmt: skip

    def _draw(self, item: wire.Person, width: int) -> Content:
        return draw.person(item, width, self.desk.now())

    def _is_marked(self, item: wire.Person) -> bool:
        return self._everybody or item.id in self._marked

    # --- keys

    def start_filter(self) -> None:
        self.desk.ask_line(
            "people",
            "/",
            value=self._query,
            hint=f"words, or a rule like {EXAMPLE}",
            words=RuleSuggester(self.desk.client),
        )

    def asked(self, event: Asked) -> None:
        if event.purpose == "act":
            self.act_asked(event)
        elif event.purpose == "search-name":
            self._save(event)
        else:
            self._sought(event)

    def _sought(self, event: Asked) -> None:
        text = event.text.strip()
        if self._typing:
            self._typing.stop()
        if text != self._query:
            self._unmark()
        if event.done:
            self._query = text
            self.load()
        elif text != self._query:
            self._query = text
            self._typing = self.set_timer(TYPING_S, self._typed)

    def _typed(self) -> None:
        self.run_worker(self._search(done=False), group="people-load", exclusive=True)

    def back(self) -> bool:
        if super().back():
            return True
        if self._marked or self._everybody:
            self._unmark()
            return True
        had, self._query = bool(self._query), ""
        if had:
            self.load()
        return had

    # --- marks, acts, saved searches

    def _unmark(self) -> None:
        self._marked, self._everybody = set(), False
        self.found.redraw()
        self._title()

    def action_mark(self) -> None:
        """Mark the chosen person, or take the mark away, and go on to the next."""
        if self.found.chosen and self.found.has_focus:
            if self._everybody:
                self._unmark()
            self._marked ^= {self.found.chosen.id}
            self.found.action_move(1)
            self.found.redraw()
            self._title()

    def action_mark_all(self) -> None:
        """Everybody whom the search finds, also those that are not loaded; once more: nobody."""
        self._marked, self._everybody = set(), not self._everybody
        self.found.redraw()
        self._title()

    def action_act(self) -> None:
        """Do something to the marked, to all, or to the chosen one."""
        if self._everybody:
            self.begin(Whom(query=self._query), tr("all found") if self._query else "everybody")
        elif self._marked:
            people = known(self.found.items, self._marked)
            self.begin(Whom(people), f"{show.count(len(people))} marked")
        elif self.found.chosen:
            self.begin(Whom((self.found.chosen,)), show.fit(clean(self.found.chosen.label), 14))

    def acted(self) -> None:
        self._unmark()
        self.load()

    def action_searches(self) -> None:
        self.run_worker(self._searches(), group="people-act", exclusive=True)

    async def _searches(self) -> None:
        answer = await self.fetch(self.desk.client.searches())
        if answer is None:
            return
        wish = await self.app.push_screen_wait(SearchSheet(answer.items, self._query))
        if wish is None:
            return
        if wish.search is None:
            self._ask_name()
        elif wish.act == "delete":
            done = await self.fetch(self.desk.client.delete_search(wish.search.name))
            if done is not None:
                self.desk.say(done.text)
        else:
            self._unmark()
            self._query = wish.search.query
            self.load()

    def _ask_name(self) -> None:
        if self._query:
            self.desk.ask_line("search-name", tr("save as "), hint=tr("a name for this search"))
        else:
            self.desk.say(tr("search first with /, then save it"), "wait")

    def _save(self, event: Asked) -> None:
        if event.done and event.text.strip():
            ask = wire.SaveAsk(event.text.strip(), self._query)
            self.run_worker(self._saved(ask), group="people-save", exclusive=True)

    async def _saved(self, ask: wire.SaveAsk) -> None:
        done = await self.fetch(self.desk.client.save_search(ask))
        if done is not None:
            self.desk.say(done.text)

    def action_why(self) -> None:
        if self.found.chosen:
            templates = [m.template for m in self.card.card.messages] if self.card.card else []
            self.desk.ask_why(str(self.found.chosen.id), "", templates)

    def action_copy(self) -> None:
        person = self.found.chosen
        if person:
            self.desk.copy(clean(person.email or person.phone or person.user_id or person.label))

    @on(Listing.Chosen, "#found")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        item: Any = event.item
        self.want_card(item.id if item is not None else None)

    @on(Listing.Opened, "#found")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        item: Any = event.item
        self.want_card(item.id, at_once=True)
        self.open_detail()

    @on(Listing.NearEnd, "#found")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._further(), group="people-further", exclusive=True)
