"""Campaigns: what each chain sent, reached and earned, and where people stand in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec
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
from tui.screens.messages import StepMessages
from tui.screens.sheets import Confirm
from tui.show import clean, right
from tui.widgets.flow import Flow, lay
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane

POLL_S: Final = 5
MONTH_S: Final = 60
"""How often the days of a chain are asked for."""
DAYS: Final = 30
WORDS_ROWS: Final = 5
"""What the words about a step and its chain take at most in common cases."""

_COLUMNS: Final = (("sent", 7), ("open", 7), ("click", 7), ("goal", 6), ("money", 12))
_BAR: Final = 10
_MONEY_FROM: Final = 76
"""Cells of a row under which the opens give way to the money."""


class Campaigns(Place):
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
        self._pane = Pane("Campaigns", self.rows, top=True, id="chains-pane")
        picture = VerticalScroll(self.flow, can_focus=False)
        self._flow_pane = Pane("", picture, self.about, id="flow-pane")
        self._all: list[wire.Chain] = []
        self._sent: dict[str, wire.Broadcast] = {}
        self._months: dict[str, wire.GoalReport] = {}
        self._asked: dict[str, int] = {}
        self._filter = ""
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
        self._all = [*answer.items, *map(_row, sent.items)]
        self._show()
        self._load_chain()

    def _load_chain(self) -> None:
        if self.rows.chosen:
            work = self._chain(self.rows.chosen.key)
            self.run_worker(work, group="campaigns-chain", exclusive=True)
        else:
            self.flow.chain = None
            self._flow_pane.name_it(Content(""))

    async def _chain(self, key: str) -> None:
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
        found = await self.fetch(self.desk.client.goals(key, now - DAYS * show.DAY, by="day"))
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
        self._all = [_changed(chain, changes.get(chain.key)) for chain in self._all]
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
            "Campaigns ", (show.count(len(self._all)), "bold"), "  " if search else "", search
        )
        self._pane.name_it(title, self._heads())

    def _heads(self) -> Content:
        """The names of the columns, each over its own, in the line of the frame."""
        names = "".join(f" {name}".rjust(width, "─") for name, width in self._columns())
        return Content.styled(names.lstrip("─ "), "$quiet")

    def _columns(self) -> tuple[tuple[str, int], ...]:
        return _COLUMNS if self.size.width >= _MONEY_FROM else _COLUMNS[:1] + _COLUMNS[2:]

    def on_resize(self) -> None:
        self._show()
        self.call_after_refresh(self._describe)

    def _none(self) -> Content:
        if self._filter:
            return Content.styled("No chain matches. esc takes the filter away.", "$quiet")
        return Content.assemble(
            ("No chain yet.\n", "$quiet"),
            "Write one into ", ("workspace/chains/", "$mark"),
            " and make it run with ", ("mautod apply", "$mark"),
            ".\nReady ones come with ", ("mautod init DIR --template shop", "$mark"), ".",
        )  # fmt: skip

    def _draw(self, item: wire.Chain, width: int) -> Content:
        sign, color = draw.CHAIN_STATES.get(item.state, ("·", "$quiet"))
        figures = {
            "sent": show.short(item.sent),
            "open": show.percent(item.opened, item.sent),
            "click": show.percent(item.clicked, item.sent),
            "goal": show.short(item.goals),
            "money": draw.money(item.money, brief=True),
        }
        columns = self._columns()
        sent = self._sent.get(item.key)
        end = (show.fit(f" v{item.version}", 6), "$quiet") if sent is None else _progress(sent)
        name = width - sum(cells for _, cells in columns) - 2 - len(end[0]) - 2
        state = f" {item.state}" if item.state != "running" else ""
        state += " test" if item.test else ""
        parts = [(right(figures[word], cells), _earned(word, item)) for word, cells in columns]
        label = show.fit(f"{clean(item.name)}{state}", name) if name > 0 else ""
        return Content.assemble((f"{sign} ", color), label, end, *parts)

    def _describe(self) -> None:
        """The title of the picture, and in words the chosen step and how runs ended."""
        chain = self.flow.chain
        if chain is None:
            return
        sign, color = draw.CHAIN_STATES.get(chain.state, ("·", "$quiet"))
        title = Content.assemble(clean(chain.key), " ", (f"{sign} {chain.state}", color))
        limits = (
            ("test", chain.test),
            ("window", chain.window),
            ("cap", chain.cap),
            ("holdout", chain.holdout),
        )
        note = "  ".join(f"{name} {clean(value)}" for name, value in limits if value)
        self._flow_pane.name_it(title, Content.styled(note, "$quiet"))
        sent = self._sent.get(chain.key)
        parts = [self._goal(chain), self._ends(chain) if sent is None else fate(sent)]
        if chain.key in self._months:
            parts.insert(1, month(self._months[chain.key]))
        if self.flow.step is not None:
            parts.insert(0, step_words(self.flow.step))
        self.about.update(Content("\n").join([part for part in parts if part]))
        self._close_up(chain)

    def _close_up(self, chain: wire.Chain) -> None:
        """Words stand right under the picture where both fit, else at the bottom, always seen."""
        body = self._flow_pane.size.height - 1
        picture = lay(chain, max(self.flow.size.width, 1)).height
        self._flow_pane.set_class(picture + 1 + WORDS_ROWS <= body, "-fits")

    def _goal(self, chain: wire.Chain) -> Content:
        if not chain.goal:
            return Content("")
        earned = f"{show.count(chain.goals)} reached  {draw.money(chain.money)}"
        return Content.assemble(
            ("goal   ", "$quiet"),
            clean(chain.goal),
            "   ",
            (earned, "$good" if chain.goals else "$quiet"),
        )

    def _ends(self, chain: wire.Chain) -> Content:
        ended = " · ".join(
            f"{clean(name)} {show.count(number)}" for name, number in chain.outcomes.items()
        )
        line = Content.assemble(("here   ", "$quiet"), f"{show.count(chain.active)} on the way")
        return Content.assemble(line, ("   ended  ", "$quiet"), ended) if ended else line

    # --- keys

    def start_filter(self) -> None:
        self.desk.ask_line("campaigns", "/", value=self._filter, hint="letters of a chain's name")

    def asked(self, event: Asked) -> None:
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
        title, text, yes = question(chain)
        if not await self.app.push_screen_wait(Confirm(title, text, yes)):
            return
        client = self.desk.client
        done = await self.fetch(
            client.resume(key) if chain.state != "running" else client.pause(key)
        )
        if done is not None:
            self.desk.say(done.text)
            self.load()

    def action_why(self) -> None:
        self.desk.ask_line("why-whom", "why ", hint="whom? an email, a user id, or a number")

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


def _row(sent: wire.Broadcast) -> wire.Chain:
    """A broadcast in the words of chains."""
    return wire.Chain(
        key=sent.key,
        name=sent.name,
        state=sent.state,
        version=1,
        changed_at=sent.started_at or sent.asked_at,
        sent=sum(sent.states.get(state, 0) for state in ("sent", "delivered")),
        opened=sent.opened,
        clicked=sent.clicked,
        goals=sent.goals,
        money=sent.money,
    )


def _progress(sent: wire.Broadcast) -> tuple[str, str]:
    """How many of its recipients are written to or never will be."""
    done = sent.recipients - sent.open
    bar = show.fit(show.bar(done, sent.recipients, _BAR), _BAR)
    return f"{bar}{right(show.percent(done, sent.recipients), 6)}", "$wait" if sent.open else ""


def fate(sent: wire.Broadcast) -> Content:
    """What became of the recipients; the numbers add up to all of them."""
    parts = " · ".join(f"{clean(state)} {show.count(n)}" for state, n in sent.states.items())
    whole = f"{show.count(sent.recipients - sent.open)} of {show.count(sent.recipients)} final"
    won = f"   {clean(sent.winner)} has won" if sent.winner else ""
    return Content.assemble(("people ", "$quiet"), f"{whole}   {parts}", (won, "$good"))


def _changed(chain: wire.Chain, change: wire.ChainChange | None) -> wire.Chain:
    if change is None:
        return chain
    return msgspec.structs.replace(
        chain,
        state=change.state,
        version=change.version,
        active=change.active,
        entered=change.entered,
    )


def _earned(word: str, chain: wire.Chain) -> str:
    return "$good" if word in {"goal", "money"} and chain.goals else ""


def step_words(step: wire.Step) -> Content:
    """All that is counted at one step, in a line or two."""
    if step.kind != "send":
        here = Content.assemble(
            (clean(step.title or step.id), "bold"), f"   {show.count(step.here)} here"
        )
        return Content("\n").join([here, *variants(step.experiment)])
    head = Content.assemble(
        (clean(step.template or step.id), "bold"), f"   {show.count(step.sent)} sent"
    )
    parts = [
        f"open {show.percent(step.opened, step.sent)}",
        f"click {show.percent(step.clicked, step.sent)}",
        f"goal {show.count(step.goals)}",
    ]
    line = Content.assemble(head, " · ", " · ".join(parts))
    if step.goals:
        line = Content.assemble(line, " · ", (draw.money(step.money), "$good"))
    waits = [(f"◷ {show.count(step.queued)} wait", "$wait")] if step.queued else []
    refused = [
        (f"✗ {clean(why)} {show.count(number)}", "$bad") for why, number in step.refused.items()
    ]
    others = [
        (f"{sign} {word} {show.count(number)}", color)
        for sign, word, number, color in (
            ("✗", "failed", step.failed, "$bad"),
            ("⌛", "expired", step.expired, "$quiet"),
            ("?", "unknown", step.unknown, "$wait"),
        )
        if number
    ]
    troubles = [Content.styled(text, color) for text, color in (*waits, *refused, *others)]
    return Content.assemble(line, "\n", Content("  ").join(troubles)) if troubles else line


def variants(experiment: wire.Experiment | None) -> list[Content]:
    """The ways of a split side by side: what came of each, and how likely it is the best."""
    if experiment is None:
        return []
    width = max((len(each.name) for each in experiment.variants), default=0)
    return [_variant(each, experiment, width) for each in experiment.variants]


def _variant(each: wire.Variant, experiment: wire.Experiment, width: int) -> Content:
    won = each.name == experiment.winner
    parts = [
        f"{show.count(each.people)} people",
        f"open {show.percent(each.opened, each.sent)}",
        f"click {show.percent(each.clicked, each.sent)}",
        f"goal {show.count(each.goals)}",
        *([draw.money(each.money, brief=True)] if each.money else []),
    ]
    chance = ""
    if each.chance is not None:
        share = round(each.chance * 100)
        chance = f"   {show.gauge(share, 100)} best with {share} %"
    name = show.fit(clean(each.name), width)
    return Content.assemble(
        ("★ " if won else "  ", "$good"),
        (name, "bold"),
        f"  {' · '.join(parts)}",
        (chance, "$lead"),
    )


def month(found: wire.GoalReport) -> Content:
    """Goals and money of a chain, day by day, in each currency by itself."""
    if not found.spans:
        return Content("")
    line = [Content.styled(f"{DAYS} d   ", "$quiet"), Content("goals ")]
    line.append(
        Content.styled(_spark(found, {s.begins: float(s.goals) for s in found.spans}), "$good")
    )
    for code in sorted({each.currency for span in found.spans for each in span.money}):
        values = {
            span.begins: sum(float(m.amount) for m in span.money if m.currency == code)
            for span in found.spans
        }
        sign = show.CURRENCIES.get(code, clean(code))
        line += [Content(f"   {sign} "), Content.styled(_spark(found, values), "$good")]
    return Content("").join(line)


def _spark(found: wire.GoalReport, values: dict[int, float]) -> str:
    """One bar a day, days without anything too; what was taken back is nothing here."""
    first = found.since or 0
    days = [0.0] * (DAYS + 1)
    for begins, value in values.items():
        number = round((begins - first) / show.DAY)
        if 0 <= number <= DAYS:
            days[number] = max(value, 0.0)
    return show.spark(days, DAYS)


def question(chain: wire.Chain) -> tuple[str, Content, str]:
    """What `p` asks: it names how many people and messages it is about."""
    people = _many(chain.active, "person is", "people are")
    queued = _many(chain.queued, "message waits", "messages wait")
    name = clean(chain.name)
    numbers = Content.assemble((people, "bold"), " on the way, ", (queued, "bold"), ".\n")
    if chain.state == "running":
        rest = "They stay where they are and nothing is sent until you resume."
        return f"Pause {name}?", numbers + Content(rest), "pause"
    rest = "They go on from where they stand; what is due is sent within its window."
    return f"Resume {name}?", numbers + Content(rest), "resume"


def _many(number: int, one: str, more: str) -> str:
    return f"{show.count(number)} {one if number == 1 else more}"
