"""The terminal desk: one application, its numbered places, one stream of what happens."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import tzinfo
from typing import ClassVar, Final

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.suggester import Suggester, SuggestFromList
from textual.widgets import ContentSwitcher

from mautod import wire
from mautod.client import Client
from mautod.errors import MautodError, Unavailable
from tui import keys, show, theme
from tui.answers import Answers
from tui.draw import Now
from tui.messages import Asked, Notice
from tui.outbox import Outbox
from tui.palette import Finder
from tui.place import Place
from tui.screens.campaigns.place import Campaigns
from tui.screens.full import Framed
from tui.screens.home import Home
from tui.screens.inbox.place import Inbox
from tui.screens.journey import Journey
from tui.screens.live import Live
from tui.screens.people import People
from tui.screens.person import PersonScreen
from tui.screens.rule import RuleScreen
from tui.screens.segments import Segments
from tui.screens.sheets import Jump, Sheet, help_text
from tui.screens.system import System
from tui.shell import Shell
from tui.widgets.card import Card
from tui.words import tr

NARROW: Final = 96
"""Cells under which the right half becomes a screen of its own."""

FLUSH_S: Final = 0.1
"""How often what the stream brought is drawn; a thousand events a second are ten drawings."""

PING_S: Final = 5
RETRY_S: Final = 10


class Main(Framed):
    """The numbered places, one of them in view."""

    def __init__(self, outbox: Outbox) -> None:
        super().__init__()
        self._outbox = outbox

    def inside(self) -> ComposeResult:
        with ContentSwitcher(initial=keys.SCREENS[0].name):
            yield Home()
            yield Live()
            yield Inbox(self._outbox)
            yield People()
            yield Segments()
            yield Campaigns()
            yield Journey()
            yield System()

    def place(self, name: str) -> Place:
        return self.query_one(f"#{name}", Place)


class DeskApp(Answers, App[None]):
    """The desk of one daemon, reached through `client`; `clock` answers UTC milliseconds.

    `zone` is the wall clock of the operator, None the terminal's own; `at` the place to begin at.
    `outbox.operator` is the name under which answers are given.
    """

    TITLE = "mautod"
    ENABLE_COMMAND_PALETTE = True
    COMMANDS = {Finder}  # noqa: RUF012 - Textual's own way
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-wide")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.EVERYWHERE)]
    CSS_PATH = "desk.tcss"

    def __init__(
        self,
        client: Client,
        clock: Callable[[], int],
        *,
        shell: Shell | None = None,
        zone: tzinfo | None = None,
        look: str = "",
        at: str = "",
    ) -> None:
        super().__init__()
        self.client = client
        self.outbox = Outbox(client)
        self.currency = ""
        self.shell = shell or Shell()
        self.folder = self.shell.folder
        self._clock = clock
        self._zone = zone
        self._look = look
        self._at = at or keys.SCREENS[0].name
        self._buffer: list[wire.Update] = []
        self._last: int | None = None
        self._up: bool | None = None
        self._host = client.url.partition("://")[2]
        self._latency: int | None = None
        self._lost = ""
        self._marks: dict[str, int] = {}

    # --- beginning and end

    def get_default_screen(self) -> Screen[None]:
        return Main(self.outbox)

    def get_css_variables(self) -> dict[str, str]:
        variables = super().get_css_variables()
        return variables | theme.meanings(variables, ansi=self.current_theme.ansi)

    def on_mount(self) -> None:
        for one in theme.THEMES:
            self.register_theme(one)
        few = self.console.color_system == "standard"
        self.theme = self._look or ("ansi-dark" if few else "mautod")
        self.set_interval(FLUSH_S, self._deliver)
        self.set_interval(1, self._tick)
        self.set_interval(PING_S, self.ping)
        self.call_after_refresh(self._begin)

    def _begin(self) -> None:
        self._frame()
        self.action_go(self._at)
        self.listen()
        self.ping()

    async def on_unmount(self) -> None:
        await self.outbox.leave()
        await self.client.close()

    # --- the daemon

    @work(group="stream", exclusive=True, exit_on_error=False)
    async def listen(self) -> None:
        """Follow the stream for ever; the client reconnects by itself, after what came last."""
        while True:
            try:
                async for update in self.client.stream(after=self._last):
                    self._last = max(self._last or 0, update.id) or None
                    if isinstance(update.body, wire.Link):
                        self._link(update.body.up, update.body.detail)
                    else:
                        self._buffer.append(update)
            except MautodError as error:
                self._link(up=False, detail=str(error))
            await asyncio.sleep(RETRY_S)

    @work(group="ping", exclusive=True, exit_on_error=False)
    async def ping(self) -> None:
        """Measure how far the daemon is and learn its name."""
        began = self._clock()
        try:
            status = await self.client.status()
        except MautodError:
            return  # the stream says what is wrong
        self._latency = max(self._clock() - began, 0)
        self._host = status.name or self._host
        self.currency = status.currency
        self._frame()

    def _link(self, up: bool, detail: str = "") -> None:  # noqa: FBT001
        was, self._up = self._up, up
        since = show.clock(self.now().ms, self._zone)
        if up:
            self._lost = ""
        elif was is not False or not self._lost:
            seen = tr(" What you see is of {since}.", since=since) if was else ""
            self._lost = f"{show.clean(_brief(detail))}. {tr('Trying again.')}{seen}"
        self._frame()
        if up and was is False:
            self.action_reload()

    def _deliver(self) -> None:
        if not self._buffer:
            return
        items, self._buffer = self._buffer, []
        for place in self._places():
            place.updates(items)

    def _tick(self) -> None:
        self._frame()
        for place in self._places():
            place.tick()

    def _places(self) -> list[Place]:
        """Places that have to know: all of the desk, and what lies over it."""
        return [place for screen in self.screen_stack for place in screen.query(Place)]

    # --- what places may ask

    def now(self) -> Now:
        return Now(self._clock(), self._zone)

    def say(self, text: str, kind: str = "good") -> None:
        frame = self._framed()
        if frame:
            frame.bottom.say(text, kind)

    def failed(self, error: MautodError) -> None:
        if isinstance(error, Unavailable) and not self._up:
            return  # the bar says it already
        self.say(str(error), "bad")

    def ring(self, who: str) -> None:
        """Somebody wrote: the bell, and the title of the terminal says who."""
        self.bell()
        self._entitle(f"{show.clean(who)} · mautod")

    def _entitle(self, words: str) -> None:
        if self._driver is not None:
            self._driver.write(f"\x1b]2;{words}\x07")

    def mark(self, name: str, number: int) -> None:
        """A number beside the name of a place."""
        frame = self._framed()
        self._marks[name] = number
        if frame:
            frame.top.marks = dict(self._marks)

    def sheet(self, title: str, text: Content) -> None:
        self.push_screen(Sheet(title, text))

    def copy(self, text: str) -> None:
        self.copy_to_clipboard(text)
        first, more, _ = text.partition("\n")
        self.say(tr("copied {text}", text=f"{first} …" if more else first))

    def go(self, name: str) -> None:
        """Go to one of the numbered places."""
        self.action_go(name)

    def open_person(self, person_id: int) -> None:
        self.push_screen(PersonScreen(person_id))

    def open_rule(self, rule: str) -> None:
        """The editor with a rule of no segment."""
        self.push_screen(RuleScreen(None, {"": rule}))

    def open_row(self, name: str, key: str) -> None:
        """Go to a place and choose a row there."""
        self.action_go(name)
        place = self._main().place(name)
        if isinstance(place, (Segments, Campaigns)):
            place.rows.choose(key)

    def ask_line(
        self,
        purpose: str,
        label: str,
        *,
        value: str = "",
        hint: str = "",
        words: Suggester | None = None,
    ) -> None:
        frame = self._framed()
        if frame:
            frame.bottom.ask(purpose, label, value=value, hint=hint, words=words)

    # --- frames

    def _main(self) -> Main:
        return next(screen for screen in self.screen_stack if isinstance(screen, Main))

    def _framed(self) -> Framed | None:
        return next((s for s in reversed(self.screen_stack) if isinstance(s, Framed)), None)

    @property
    def place(self) -> Place:
        """The place in view."""
        frame = self._framed()
        over = None if isinstance(frame, Main) or frame is None else frame.query(Place)
        if over:  # one that is about to come has nothing in it yet
            return over.first()
        main = self._main()
        return main.place(main.query_one(ContentSwitcher).current or self._at)

    @property
    def place_name(self) -> str:
        """The place in view; `card` while the keyboard is in a card."""
        focused = self.screen.focused
        if focused is not None and any(
            isinstance(one, Card) for one in focused.ancestors_with_self
        ):
            return "card"
        return self.place.keys_name

    def _frame(self) -> None:
        """Write the first and the last line."""
        frame = self._framed()
        if frame is None or not frame.is_mounted:
            return
        top = frame.top
        top.host, top.up, top.latency_ms = self._host, self._up is not False, self._latency
        top.read_only = self.client.read_only
        top.marks = dict(self._marks)
        top.time = show.clock(self.now().ms, self._zone, seconds=False)
        top.place = self._main().query_one(ContentSwitcher).current or self._at
        frame.bottom.bar.lost = self._lost
        frame.bottom.bar.place = self.place_name

    def on_descendant_focus(self) -> None:
        self._frame()

    # --- keys that work everywhere

    def action_go(self, name: str) -> None:
        self._entitle("mautod")
        while not isinstance(self.screen, Main):
            self.pop_screen()
        main = self._main()
        switcher = main.query_one(ContentSwitcher)
        if switcher.current != name:
            main.set_focus(None)
            switcher.current = name
        place = main.place(name)
        place.halves()[0].focus()
        place.load()
        self._frame()

    @work(group="jump")
    async def action_jump(self) -> None:
        to = await self.push_screen_wait(Jump())
        if to in {"first", "last"}:
            await self.run_action(
                f"edge({0 if to == 'first' else -1})", self.focused or self.screen
            )
        elif to:
            self.action_go(to)

    def action_leave(self) -> None:
        if self.place.back():
            return
        if not isinstance(self.screen, Main):
            self.pop_screen()
            self.call_after_refresh(self._frame)

    def action_help(self) -> None:
        self.push_screen(Sheet(tr("Keys"), help_text(self.place_name)))

    def action_filter(self) -> None:
        self.place.start_filter()

    def action_reload(self) -> None:
        self.place.load()
        self.ping()
        if not self._up:
            self.listen()

    def action_next_theme(self) -> None:
        names = ["mautod", "mautod-day", "ansi-dark", "ansi-light"]
        at = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(at + 1) % len(names)]
        self.say(tr("theme {name}", name=self.theme))

    def action_command(self) -> None:
        self.start_command("")

    def start_command(self, value: str) -> None:
        """Open the prompt for a command, with `value` typed already."""
        words = SuggestFromList([name for name, _ in self.shell.commands])
        hint = tr("a command, as after mautod in a shell; q leaves")
        self.ask_line("command", ":", value=value, hint=hint, words=words)

    # --- what comes back

    @on(Notice)
    def _notice(self, event: Notice) -> None:
        self.say(event.text, event.kind)

    @on(Asked)
    def _asked(self, event: Asked) -> None:
        if event.purpose not in {"command", "why"}:
            self.place.asked(event)
        elif event.done and event.text.strip():
            text = event.text.strip()
            if event.purpose == "why":
                self.show_why(self.why_person, text)
            else:
                self._command(text)

    def _command(self, line: str) -> None:
        screens = {screen.name for screen in keys.SCREENS}
        if line in {"q", "quit", "exit"}:
            self.exit()
        elif line in screens:
            self.action_go(line)
        else:
            self.run_command(line)

    @work(group="command", exclusive=True)
    async def run_command(self, line: str) -> None:
        """Run a command of the command line and show what it says."""
        try:
            words = self.shell.split(line)
            self.say(f"{line} …", "wait")
            code, output = await self.shell.run(words, max(self.size.width - 8, 40))
        except MautodError as error:
            self.say(str(error), "bad")
            return
        self.say(
            tr("done") if code == 0 else tr("ended with {code}", code=code),
            "good" if code == 0 else "bad",
        )
        text = show.clean_lines(output.strip("\n")) or tr("Nothing to say.")
        self.push_screen(Sheet(f": {show.clean(line)}", Content(text), wide=True))


def _brief(detail: str) -> str:
    """The part of a failure that a person can use; which socket call it was is not."""
    said, silent, _ = detail.partition(" does not answer")
    return (said + silent).rstrip(".")
