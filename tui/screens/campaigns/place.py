"""Campaigns: what each chain sent, reached and earned, and where people stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import draw, keys, show
from tui.messages import Asked
from tui.place import CARD_DELAY_S, Place
from tui.screens.campaigns import rows, words
from tui.screens.campaigns.acts import Acts
from tui.screens.campaigns.steps import StepMessages
from tui.screens.sheets import Confirm
from tui.show import clean
from tui.widgets.flow import Flow, lay
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

POLL_S: Final = 5
MONTH_S: Final = 60
"""How often the days of a chain are asked for."""
WORDS_ROWS: Final = 5
"""What the words about a step and its chain take at most in common cases."""


class Campaigns(Acts, Place):
    """All chains above, the chosen one as a picture below."""

    PLACE: ClassVar[str] = "campaigns"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.CAMPAIGNS)]
    DEFAULT_CSS = """
    Campaigns #chains-pane { height: 5; max-height: 45%; }
    Campaigns #flow-pane { height: 1fr; }
    Campaigns VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Campaigns #flow-pane.-fits VerticalScroll { height: auto; }
    Campaigns #flow-pane.-fits #step { margin-top: 1; }
    Campaigns #step { height: auto; max-height: 6; padding: 0 1; color: $ink; }
    """

    def __init__(self) -> None:
        super().__init__(id="campaigns")
        self.rows: Listing[wire.Chain] = Listing(self._draw, lambda c: c.key, id="chains")
        self.flow = Flow()
        self.about = Static("", markup=False, id="step")
        self._pane = Pane(tr("Campaigns"), self.rows, top=True, id="chains-pane")
        picture = VerticalScroll(self.flow, can_focus=False)
        self._flow_pane = Pane("", picture, self.about, id="flow-pane")
        self._all: list[wire.Chain] = []
        self._sent: dict[str, wire.Broadcast] = {}
        self._months: dict[str, wire.GoalReport] = {}
        self._asked: dict[str, int] = {}
        self._filter = ""
        self.scripts: dict[str, str] = {}
        self._rest: Timer | None = None
        self._seconds = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield self._flow_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, self.flow

    # --- asking

    def load(self) -> None:
        self.run_worker(self._load(), group="campaigns-load", exclusive=True)

    async def _load(self) -> None:
        answer = await self.fetch(self.desk.client.chains())
        sent = await self.fetch(self.desk.client.broadcasts())
        if answer is None or sent is None:
            return
        self._sent = {each.key: each for each in sent.items}
        self._all = [*answer.items, *map(rows.row_of, sent.items)]
        self._show()
        self._load_chain()

    def _load_chain(self) -> None:
        if self.rows.chosen:
            work = self._picture(self.rows.chosen.key)
            self.run_worker(work, group="campaigns-chain", exclusive=True)
        else:
            self.flow.chain = None
            self._flow_pane.name_it(Content(""))

    async def _picture(self, key: str) -> None:
        chain = await self.fetch(self.desk.client.chain(key))
        if chain is not None and self.rows.chosen and self.rows.chosen.key == key:
            self.flow.chain = chain
            self._describe()
            self._load_month(chain)

    def _load_month(self, chain: wire.Chain) -> None:
        """Ask what a chain earned day by day, which is dearer than its counters, at times."""
        now = self.desk.now().ms
        if not chain.goal or now - self._asked.get(chain.key, 0) < MONTH_S * show.SECOND:
            return
        self._asked[chain.key] = now
        self.run_worker(self._month(chain.key, now), group=f"campaigns-month-{chain.key}")

    async def _month(self, key: str, now: int) -> None:
        found = await self.fetch(self.desk.client.goals(key, now - words.DAYS * show.DAY, by="day"))
        if found is None:
            self._asked.pop(key, None)
        else:
            self._months[key] = found
            self._describe()

    def updates(self, items: Sequence[wire.Update]) -> None:
        changes = {
            item.body.key: item.body for item in items if isinstance(item.body, wire.ChainChange)
        }
        if any(isinstance(item.body, wire.Message) for item in items) or changes:
            self._seconds = max(self._seconds, POLL_S - 1)
        if not changes:
            return
        self._all = [rows.changed(chain, changes.get(chain.key)) for chain in self._all]
        self._show()

    def tick(self) -> None:
        self._seconds += 1
        if self._seconds >= POLL_S:
            self._seconds = 0
            self.load()

    # --- showing

    def _show(self) -> None:
        items = [c for c in self._all if self._filter in f"{c.key} {c.name}".casefold()]
        self.rows.say(self._none())
        self.rows.put(items)
        self._pane.styles.height = max(len(items), 4) + 1
        search = (
            Content.assemble("⌕ ", (clean(self._filter), "$mark")) if self._filter else Content("")
        )
        title = Content.assemble(
            tr("Campaigns"),
            " ",
            (show.count(len(self._all)), "bold"),
            "  " if search else "",
            search,
        )
        self._pane.name_it(title, rows.heads(self.size.width))

    def on_resize(self) -> None:
        self._show()
        self.call_after_refresh(self._describe)

    def _none(self) -> Content:
        if self._filter:
            return Content.styled(tr("No chain matches. esc takes the filter away."), "$quiet")
        return Content.assemble(
            (tr("No chain yet.\n"), "$quiet"),
            tr("Write one into "), ("workspace/chains/", "$mark"),
            tr(" and make it run with "), ("mautod apply", "$mark"),
            tr(".\nReady ones come with "), ("mautod init DIR --template shop", "$mark"), ".",
        )  # fmt: skip

    def _draw(self, item: wire.Chain, width: int) -> Content:
        return rows.line(item, self._sent.get(item.key), width, self.size.width)

    def _describe(self) -> None:
        """The title of the picture, and in words the chosen step and how runs ended."""
        chain = self.flow.chain
        if chain is None:
            return
        sign, color = draw.CHAIN_STATES.get(chain.state, ("·", "$quiet"))
        title = Content.assemble(clean(chain.key), " ", (f"{sign} {tr(chain.state)}", color))
        limits = (
            ("test", chain.test),
            ("window", chain.window),
            ("cap", chain.cap),
            ("holdout", chain.holdout),
        )
        note = "  ".join(f"{name} {clean(value)}" for name, value in limits if value)
        self._flow_pane.name_it(title, Content.styled(note, "$quiet"))
        sent = self._sent.get(chain.key)
        parts = [words.goal(chain), words.ends(chain) if sent is None else words.fate(sent)]
        if chain.key in self._months:
            parts.insert(1, words.month(self._months[chain.key]))
        if self.flow.step is not None:
            parts.insert(0, words.step_words(self.flow.step))
        self.about.update(Content("\n").join([part for part in parts if part]))
        self._close_up(chain)

    def _close_up(self, chain: wire.Chain) -> None:
        """Words stand right under the picture where both fit, else at the bottom, always seen."""
        body = self._flow_pane.size.height - 1
        picture = lay(chain, max(self.flow.size.width, 1)).height
        self._flow_pane.set_class(picture + 1 + WORDS_ROWS <= body, "-fits")

    # --- keys

    def start_filter(self) -> None:
        self.desk.ask_line(
            "campaigns", "/", value=self._filter, hint=tr("letters of a chain's name")
        )

    def asked(self, event: Asked) -> None:
        if event.purpose == "simulate":
            if event.done and not event.given_up:
                self.simulate_asked(event.text)
            return
        if event.purpose == "why-whom":
            if event.done and event.text.strip():
                self._why_whom(event.text.strip())
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

    def action_pause(self) -> None:
        if self.rows.chosen:
            self._pause(self.rows.chosen.key)

    @work(group="campaigns-act")
    async def _pause(self, key: str) -> None:
        """Ask with fresh numbers, then pause or resume, then say what came of it."""
        chain = await self.fetch(self.desk.client.chain(key))
        if chain is None:
            return
        title, text, yes = words.question(chain)
        if not await self.app.push_screen_wait(Confirm(title, text, yes)):
            return
        client = self.desk.client
        done = await self.fetch(
            client.resume(key) if chain.state != "running" else client.pause(key)
        )
        if done is not None:
            self.desk.say(done.text)
            self.load()

    @property
    def shown(self) -> wire.Chain | None:
        """The chosen one; with its steps as soon as they are here."""
        chosen, drawn = self.rows.chosen, self.flow.chain
        return drawn if drawn and chosen and drawn.key == chosen.key else chosen

    def applied(self) -> None:
        self.load()

    def action_why(self) -> None:
        self.desk.ask_line("why-whom", "why ", hint=tr("whom? an email, a user id, or a number"))

    def _why_whom(self, person: str) -> None:
        step = self.flow.step
        chain = self.flow.chain
        templates = [s.template for s in chain.steps if s.template] if chain else []
        if chain:
            templates.append(chain.key)
        chosen = step.template if step and step.template and self.flow.has_focus else ""
        self.desk.ask_why(person, chosen, templates)

    def action_copy(self) -> None:
        if self.rows.chosen:
            self.desk.copy(clean(self.rows.chosen.key))

    @on(Listing.Chosen, "#chains")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        if self._rest:
            self._rest.stop()
        self._rest = self.set_timer(CARD_DELAY_S, self._load_chain)

    @on(Listing.Opened, "#chains")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        self.open_detail()

    @on(Flow.Moved)
    def _moved(self, event: Flow.Moved) -> None:
        event.stop()
        self._describe()

    @on(Flow.Opened)
    def _open_step(self, event: Flow.Opened) -> None:
        event.stop()
        if self.flow.chain is not None:
            self.app.push_screen(StepMessages(self.flow.chain, event.step))
