"""Acts on many people: which one, a confirmation that states the number, and how far it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from mautod import wire
from mautod.errors import MautodError, RuleError
from tui import show
from tui.asking import Asking
from tui.export import Export, matching
from tui.messages import Asked
from tui.screens.sheets import Confirm
from tui.show import clean
from tui.words import tr


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its letter, its words, and what the prompt asks for; nothing if that is empty."""

    letter: str
    name: str
    words: str
    label: str = ""
    hint: str = ""


EXPORT: Final = "export"
ACTS: Final = (
    Act("t", "tag", "tag", "tag ", "+wholesale -trial"),
    Act("s", "segment", "segment", "add to static segment ", "the key of a static segment"),
    Act("c", "chain", "chain", "start chain ", "the key of a chain"),
    Act("u", "unsubscribe", "unsubscribe", "unsubscribe from ", "a topic, or nothing for all"),
    Act("n", "suppress", "suppress"),
    Act("x", EXPORT, "export", "export to ", "a file on this machine, as people.csv"),
)


class ActMenu(ModalScreen[str]):
    """The letters in place of the last line; answers the name of an act, or nothing."""

    DEFAULT_CSS = """
    ActMenu {
        background: transparent;
        & > Static { dock: bottom; height: 1; background: $panel; color: $ink; }
    }
    """

    def __init__(self, whom: str) -> None:
        super().__init__()
        self._whom = whom

    def compose(self) -> ComposeResult:
        line = Content.assemble((f" {self._whom}", "bold $mark"), "  ")
        for act in ACTS:
            line = Content.assemble(line, (act.letter, "$mark"), f" {tr(act.words)}  ")
        yield Static(line)

    def on_key(self, event: events.Key) -> None:
        event.stop()
        self.dismiss({act.letter: act.name for act in ACTS}.get(event.key, ""))


@dataclass(frozen=True, slots=True)
class Whom:
    """The people meant: these, or everybody whom a search finds."""

    people: tuple[wire.Person, ...] = ()
    query: str = ""

    @property
    def ids(self) -> list[int]:
        return [person.id for person in self.people]


class Acting(Asking):
    """A place from which one acts on many people."""

    _whom: Whom = Whom()
    _act: Act | None = None

    def begin(self, whom: Whom, told: str) -> None:
        """Ask which act; `told` names the people in the menu."""
        self._whom = whom
        self.run_worker(self._menu(told), group="people-act", exclusive=True)

    async def _menu(self, told: str) -> None:
        name = await self.app.push_screen_wait(ActMenu(told))
        act = next((act for act in ACTS if act.name == name), None)
        if act is None:
            return
        self._act = act
        if act.label:
            self.desk.ask_line("act", tr(act.label), hint=tr(act.hint))
        else:
            await self._do(act, "")

    def act_asked(self, event: Asked) -> None:
        """The prompt that `begin` opened was ended."""
        given_up = event.text == "" and (self._act is None or self._act.name != "unsubscribe")
        if event.done and self._act is not None and not given_up:
            work = self._do(self._act, event.text.strip())
            self.run_worker(work, group="people-act", exclusive=True)

    async def _do(self, act: Act, value: str) -> None:
        try:
            if act.name == EXPORT:
                await self._export(home(value))
            else:
                await self._bulk(wire.BulkAsk(act.name, value, self._whom.query, self._whom.ids))
        except MautodError as error:
            self.desk.failed(error)

    async def _bulk(self, ask: wire.BulkAsk) -> None:
        """Count, confirm, then step by step; what is cut off here the daemon finishes."""
        self.desk.say(tr("counting …"), "wait")
        asked = await self.desk.client.bulk(ask)
        number = show.count(asked.total)
        what = Content.assemble(
            (clean(asked.text), "bold"), "\n",
            (f"It is done for these {number} people, whoever comes to match later.", "$quiet"),
        )  # fmt: skip
        if not await self.app.push_screen_wait(Confirm("Sure?", what, f"do it for {number}")):
            self.desk.say(tr("nothing was done"), "wait")
            return
        done = await self.desk.client.bulk_step(asked.id)
        while done.state != "done":
            self.desk.say(f"{done.text}: {show.count(done.done)} done", "wait")
            done = await self.desk.client.bulk_step(asked.id)
        rest = show.count(done.total - done.changed)
        self.desk.say(f"{done.text}: {show.count(done.changed)} changed, {rest} were so already")
        self.acted()

    async def _export(self, path: Path) -> None:
        whom = f"{show.count(len(self._whom.people))} people"
        if not self._whom.people:
            whom = await self._told(self._whom.query)
        what = Content.assemble((f"export {whom}", "bold"), f"\nto {clean(path)}")
        if not await self.app.push_screen_wait(Confirm("Sure?", what, tr("write the file"))):
            self.desk.say(tr("nothing was written"), "wait")
            return
        file = Export(path)
        try:
            if self._whom.people:
                file.write(self._whom.people)
            else:
                async for people in matching(self.desk.client, self._whom.query):
                    file.write(people)
                    self.desk.say(f"{path}: {show.count(file.count)} people", "wait")
        finally:
            file.close()
        self.desk.say(f"{show.count(file.count)} people are in {path}")

    async def _told(self, query: str) -> str:
        """How many people a search finds, in words; words themselves are not counted."""
        if not query:
            return f"all {show.count((await self.desk.client.status()).people)} people"
        try:
            found = await self.desk.client.preview(wire.PreviewAsk(query, 1))
        except RuleError:
            return f"all people who match {clean(query)}"
        return f"{show.count(found.count)} people"

    def acted(self) -> None:
        """An act is done."""


def home(path: str) -> Path:
    """A path as it is typed, `~` included."""
    return Path(path).expanduser()


def known(people: Sequence[wire.Person], marked: set[int]) -> tuple[wire.Person, ...]:
    """The marked among those that are listed."""
    return tuple(person for person in people if person.id in marked)
