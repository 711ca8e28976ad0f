"""The versions of a chain with what differs, and an old one put in force again."""

from __future__ import annotations

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
from tui.screens.full import Framed
from tui.screens.sheets import Confirm
from tui.show import clean
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import many, tr

LIMIT: Final = 100
STYLES: Final = {"+": "$good", "-": "$bad", "@": "$lead"}


class Versions(Place):
    """Versions at the left, the difference of the chosen one to the one before at the right."""

    PLACE: ClassVar[str] = "versions"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.VERSIONS)]
    DEFAULT_CSS = """
    Versions > .left { width: 36; }
    Versions VerticalScroll { height: 1fr; padding: 0 1; scrollbar-size-vertical: 1; }
    Versions VerticalScroll Static { height: auto; color: $ink; }
    """

    def __init__(self, chain: wire.Chain) -> None:
        super().__init__()
        self._chain = chain
        self.rows: Listing[wire.Version] = Listing(self._draw, lambda v: v.version, id="versions")
        self.diff = Static("", markup=False)
        self._scroll = VerticalScroll(self.diff, can_focus=True)
        self._pane = Pane(f"{tr('Versions')} · {clean(chain.key)}", self.rows, top=True)
        self._diff_pane = Pane("", self._scroll, top=True)

    def compose(self) -> ComposeResult:
        with Vertical(classes="left"):
            yield self._pane
            yield Foot()
        with Vertical(classes="right"):
            yield self._diff_pane
            yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.rows, self._scroll

    def on_mount(self) -> None:
        self.rows.focus()
        self.load()

    def load(self) -> None:
        self.run_worker(self._load(), group="versions-load", exclusive=True)

    async def _load(self) -> None:
        found = await self.fetch(self.desk.client.versions("chain", self._chain.key, LIMIT))
        if found is not None:
            self.rows.put(found.items)
            self._describe()

    def _draw(self, item: wire.Version, width: int) -> Content:
        now = self.desk.now()
        sign = ("● ", "$good") if item.in_force else ("  ", "")
        when = show.moment(item.applied_at, now.ms, now.zone)
        return Content.assemble(
            sign, show.fit(f"v{item.version}", 6), (show.fit(when, width - 8), "$quiet")
        )

    def _describe(self) -> None:
        chosen = self.rows.chosen
        if chosen is None:
            return
        state = Content.styled(tr("in force"), "$good") if chosen.in_force else Content("")
        self._diff_pane.name_it(Content(f"v{chosen.version} · {clean(chosen.file)}"), state)
        self.diff.update(coloured(chosen.diff))
        self._scroll.scroll_home(animate=False)

    # --- keys

    def action_rollback(self) -> None:
        """Put the chosen version in force again; asks first, naming the people under way."""
        chosen = self.rows.chosen
        if chosen is None:
            return
        if chosen.in_force:
            self.desk.say(tr("v{number} is in force already", number=chosen.version), "wait")
            return
        self.run_worker(self._rollback(chosen), group="versions-act")

    async def _rollback(self, wanted: wire.Version) -> None:
        client, key = self.desk.client, self._chain.key
        chain = await self.fetch(client.chain(key))
        if chain is None:
            return
        what = _meaning(chain, wanted.version)
        title = tr("Go back to v{number}?", number=wanted.version)
        if not await self.app.push_screen_wait(Confirm(title, what, tr("go back"))):
            return
        done = await self.fetch(client.rollback("chain", key, wire.RollbackAsk(wanted.version)))
        if done is None:
            return
        effects = "".join(f", {each}" for each in done.change.effects)
        drift = tr(" The file says something else: see mautod plan.") if done.drifts else ""
        version = tr("v{number} is in force", number=done.change.version)
        self.desk.say(f"{version}{effects}.{drift}")
        await self._load()

    def action_copy(self) -> None:
        if self.rows.chosen:
            self.desk.copy(show.clean_lines(self.rows.chosen.diff))

    @on(Listing.Chosen, "#versions")
    def _choose(self, event: Listing.Chosen) -> None:
        event.stop()
        self._describe()

    @on(Listing.Opened, "#versions")
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        self.open_detail()


def _meaning(chain: wire.Chain, number: int) -> Content:
    """What going back means for the people under way."""
    people = many(chain.active, "person is under way|people are under way")
    how = tr("v{number} comes into force as a new version; its on_edit says", number=number)
    rest = tr("what they do. The file stays as it is.")
    return Content.assemble((f"{show.count(chain.active)} {people}", "bold"), f".\n{how} {rest}")


def coloured(diff: str) -> Content:
    """A unified diff, line by line."""
    lines = (Content.styled(clean(line), STYLES.get(line[:1], "")) for line in diff.splitlines())
    return Content("\n").join(lines)


class VersionsScreen(Framed):
    """The versions of one chain on the whole terminal."""

    PLACE: ClassVar[str] = "versions"

    def __init__(self, chain: wire.Chain) -> None:
        super().__init__()
        self._place = Versions(chain)

    def inside(self) -> ComposeResult:
        yield self._place
