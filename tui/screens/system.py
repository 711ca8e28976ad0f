"""System: throughput and queues, what was set aside and why, the disk, the end of the log."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import keys, show
from tui.needs import works
from tui.place import Place
from tui.screens.sheets import Confirm
from tui.show import clean, fit, right
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import many, tr

POLL_S: Final = 3
CHECK_S: Final = 30
PAGE: Final = 100
LINES: Final = 200
LEVELS: Final = {"INFO": "$quiet", "WARNING": "$wait", "ERROR": "$bad", "CRITICAL": "bold $bad"}
_SPARK: Final = 30
_LABEL: Final = 13


class System(Place):
    """Counters and rows set aside at the left, findings and the log at the right."""

    PLACE: ClassVar[str] = "system"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.SYSTEM)]
    DEFAULT_CSS = """
    System #work, System #checks { height: auto; padding: 0 1; color: $ink; }
    System #checks { max-height: 12; }
    """

    def __init__(self) -> None:
        super().__init__(id="system")
        self.work = Static("", markup=False, id="work")
        self.checks = Static("", markup=False, id="checks")
        self.asides: Listing[wire.Problem] = Listing(self._aside, lambda p: p.id, id="asides")
        self.log_lines: Listing[wire.LogLine] = Listing(
            self._line, lambda one: (one.at, one.process, one.text), follow=True, id="log"
        )
        self._work_pane = Pane(tr("Work"), self.work, top=True, classes="-auto")
        self._asides_pane = Pane(tr("Set aside"), self.asides)
        self._checks_pane = Pane(tr("Checkup"), self.checks, top=True, classes="-auto")
        self._log_pane = Pane(tr("Log"), self.log_lines)
        self._status: wire.Status | None = None
        self._minutes: list[int] = []
        self._next: int | None = None
        self._seconds = 0

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._work_pane
            yield self._asides_pane
            yield Foot()
        with Vertical(classes="right"):
            yield self._checks_pane
            yield self._log_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.asides, self.log_lines

    # --- asking

    def load(self) -> None:
        self._seconds = 0
        self.run_worker(self._load(), group="system-load", exclusive=True)
        self.run_worker(self._check(), group="system-check", exclusive=True)

    async def _load(self) -> None:
        client = self.desk.client
        status = await self.fetch(client.status())
        live = await self.fetch(client.live(limit=1))
        limit = max(PAGE, min(len(self.asides.items), 1000))
        problems = await self.fetch(client.problems(limit=limit))
        log = await self.fetch(client.log(limit=LINES))
        if status is None or live is None or problems is None or log is None:
            return
        self._status, self._minutes, self._next = status, live.minutes, problems.next
        self.work.update(Content("\n").join(self._counted(status)))
        self.asides.say(Content.assemble(("✓ ", "$good"), tr("Nothing was set aside.")))
        self.asides.put(problems.items, more=problems.next is not None)
        self._asides_pane.name_it(
            Content.assemble(tr("Set aside"), " ", (show.count(problems.total), "bold"))
        )
        self.log_lines.say(Content.styled(tr("The daemon has said nothing yet."), "$quiet"))
        self.log_lines.put(log.items)

    async def _check(self) -> None:
        found = await self.fetch(self.desk.client.doctor())
        if found is not None:
            wrong = [one for one in found.findings if one.level != "ok"]
            self.checks.update(Content("\n").join(_findings(found)))
            note = Content.assemble((show.count(len(wrong)), "bold")) if wrong else Content("")
            self._checks_pane.name_it(Content(tr("Checkup")), note)

    async def _further(self) -> None:
        page = await self.fetch(self.desk.client.problems(after=self._next, limit=PAGE))
        if page is not None:
            self._next = page.next
            self.asides.put([*self.asides.items, *page.items], more=page.next is not None)

    def tick(self) -> None:
        self._seconds += 1
        if not self.display:
            return
        if self._seconds % CHECK_S == 0:
            self.load()
        elif self._seconds % POLL_S == 0:
            self.run_worker(self._load(), group="system-load", exclusive=True)

    # --- showing

    def _counted(self, status: wire.Status) -> list[Content]:
        waits = status.messages.get("queued", 0)
        due = show.ago(status.next_due_at, status.now) if status.next_due_at else show.NONE
        return [
            _fact(
                tr("events"), (f"{show.count(status.events_per_minute)}{tr('/min')} ", "bold"),
                (show.spark(self._minutes, _SPARK), "$lead"),
            ),
            _fact(tr("to digest"), _waiting(status.journal.pending), tr(" requests  "),
                  _waiting(status.inbox), tr(" notes")),
            _fact(tr("messages"), _waiting(waits), tr(" wait"), f"   {tr('next')} {due}"),
            *(_pump(pump, works(status)) for pump in status.pumps),
        ]  # fmt: skip

    def _aside(self, item: wire.Problem, width: int) -> Content:
        now = self.desk.now()
        field = f"{clean(item.field)}: " if item.field else ""
        text = f"{field}{clean(item.reason)}"
        ago = right(show.ago(item.at, now.ms), 5)
        return Content.assemble(
            (fit(clean(item.kind), 8), "$quiet"), " ", fit(text, width - 16), ago, " "
        )

    def _line(self, item: wire.LogLine, width: int) -> Content:
        now = self.desk.now()
        head = f"{show.clock(item.at, now.zone)} {fit(item.process, 6)} "
        style = LEVELS.get(item.level, "")
        return Content.assemble((head, "$quiet"), (fit(clean(item.text), width - len(head)), style))

    # --- keys

    def action_retry(self) -> None:
        """Take the chosen row in again."""
        if self.asides.chosen:
            work = self.desk.client.retry_problem(self.asides.chosen.id)
            self.run_worker(self._act(work), group="system-act")

    def action_drop(self) -> None:
        if self.asides.chosen:
            self.run_worker(self._drop(self.asides.chosen), group="system-act")

    async def _drop(self, item: wire.Problem) -> None:
        what = Content.assemble(
            (clean(item.reason), "bold"), "\n",
            (tr("It is forgotten; what it stands for is not taken in."), "$quiet"),
        )  # fmt: skip
        if await self.app.push_screen_wait(Confirm(tr("Drop this row?"), what, tr("drop it"))):
            await self._act(self.desk.client.drop_problem(item.id))

    async def _act(self, work: Awaitable[wire.Done]) -> None:
        done = await self.fetch(work)
        if done is not None:
            self.desk.say(done.text)
            await self._load()

    def action_copy(self) -> None:
        if self.log_lines.has_focus and self.log_lines.chosen:
            self.desk.copy(clean(self.log_lines.chosen.text))
        elif self.asides.chosen:
            self.desk.copy(clean(self.asides.chosen.body or self.asides.chosen.reason))

    @on(Listing.Chosen)
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()

    @on(Listing.NearEnd, "#asides")
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        self.run_worker(self._further(), group="system-further", exclusive=True)

    @on(Listing.Opened, "#asides")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        if self.asides.chosen:
            title = f"{tr('Set aside')} {self.asides.chosen.id}"
            self.desk.sheet(title, _whole(self.asides.chosen, self.desk.now().ms))

    @on(Listing.Opened, "#log")
    def _open_line(self, event: Listing.Opened) -> None:
        event.stop()
        one = self.log_lines.chosen
        if one:
            text = f"{clean(one.level)} {clean(one.name)}\n\n{clean(one.text)}"
            self.desk.sheet(tr("Log"), Content(text))


def _fact(label: str, *parts: str | tuple[str, str]) -> Content:
    return Content.assemble((fit(label, _LABEL), "$quiet"), *parts)


def _waiting(number: int) -> tuple[str, str]:
    return (show.count(number), "bold $wait" if number else "bold")


def _pump(pump: wire.Pump, working: bool) -> Content:  # noqa: FBT001 - one of the two facts
    """Who runs it; with a worker there, one that nobody holds has nothing to do."""
    if pump.alive:
        return _fact(clean(pump.name), ("● ", "$good"), (clean(pump.holder), "$quiet"))
    sign, words = (
        (("· ", "$quiet"), tr("rests")) if working else (("○ ", "$bad"), tr("nobody runs it"))
    )
    return _fact(clean(pump.name), sign, (words, "$quiet"))


def _findings(found: wire.Checkup) -> list[Content]:
    """What is wrong first, then what is worth knowing, then how much is in order; the disk last."""
    signs = {"wrong": ("✗ ", "bold $bad"), "note": ("· ", "$wait")}
    lines = [
        Content.assemble(signs[level], (f"{clean(one.check)}  ", "$quiet"), clean(one.message))
        for level in ("wrong", "note")
        for one in found.findings
        if one.level == level
    ]
    fine = [one for one in found.findings if one.level == "ok"]
    word = many(len(fine), "check is in order|checks are in order")
    lines.append(Content.assemble(("✓ ", "$good"), f"{len(fine)} {word}"))
    lines += [
        Content.assemble((fit(tr("disk"), _LABEL), "$quiet"), clean(one.message))
        for one in fine
        if one.check == "disk"
    ]
    return lines


def _whole(item: wire.Problem, now: int) -> Content:
    """All about one row, its body as it came in."""
    pairs = (
        (tr("when"), show.ago(item.at, now)), (tr("kind"), item.kind), (tr("source"), item.source),
        (tr("field"), item.field),
    )  # fmt: skip
    head = [
        Content.assemble((fit(name, _LABEL), "$quiet"), clean(value))
        for name, value in pairs
        if value
    ]
    return Content("\n").join(
        [Content.styled(clean(item.reason), "bold $bad"), Content(""), *head, Content(""),
         Content(show.clean_lines(item.body))]
    )  # fmt: skip
