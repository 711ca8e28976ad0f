"""What ctrl+p finds: screens, keys of this place, chains, segments, commands, people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from mautod.errors import MautodError
from tui import keys
from tui.show import clean
from tui.words import tr

if TYPE_CHECKING:
    from tui.app import DeskApp

_MOST_PEOPLE: Final = 8
_LEAST_LETTERS: Final = 2
Entry = tuple[str, str, Callable[[], Any]]
"""(words, explanation, act)."""


class Finder(Provider):
    """Entries from what is known here, and people from the daemon while one types."""

    _chains: list[str]
    _segments: list[str]

    @property
    def _desk(self) -> DeskApp:
        return cast("DeskApp", self.app)

    async def startup(self) -> None:
        self._chains, self._segments = [], []
        try:
            self._chains = [chain.key for chain in (await self._desk.client.chains()).items]
            self._segments = [one.key for one in (await self._desk.client.segments()).items]
        except MautodError:
            return  # without the daemon the palette still knows the screens and keys

    def _entries(self) -> Iterator[Entry]:
        app = self._desk
        for screen in keys.SCREENS:
            yield (
                tr("Go to {name}", name=tr(screen.title)),
                tr(screen.help),
                partial(app.action_go, screen.name),
            )
        for key in keys.PLACES.get(app.place_name, ()):
            if key.action:
                act = partial(app.simulate_key, key.key.split(",")[0])
                yield tr(key.help), tr("key {name}", name=key.written), act
        for name in self._chains:
            yield (
                tr("Campaign {name}", name=clean(name)),
                tr("its picture"),
                partial(app.open_row, "campaigns", name),
            )
        for name in self._segments:
            act = partial(app.open_row, "segments", name)
            yield tr("Segment {name}", name=clean(name)), tr("its rule and people"), act
        for name, words in app.shell.commands:
            yield f": {name}", words, partial(app.start_command, f"{name} ")

    async def discover(self) -> Hits:
        for words, explanation, act in self._entries():
            yield DiscoveryHit(Content(words), act, text=words, help=explanation)

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for words, explanation, act in self._entries():
            score = matcher.match(words)
            if score > 0:
                yield Hit(score, matcher.highlight(words), act, text=words, help=explanation)
        async for hit in self._people(query):
            yield hit

    async def _people(self, query: str) -> Hits:
        if len(query) < _LEAST_LETTERS:
            return
        try:
            page = await self._desk.client.people(query, limit=_MOST_PEOPLE)
        except MautodError:
            return  # what is typed may look like the beginning of a rule
        for person in page.items:
            words = f"{clean(person.label)}  {clean(person.email)}".strip()

            act = partial(self._desk.open_person, person.id)
            yield Hit(0.5, Content(words), act, text=words, help="card")
