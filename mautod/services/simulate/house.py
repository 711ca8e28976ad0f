"""A house for a while: an empty workspace of its own, made from definition files, gone afterwards.

Its ids, its seeds and its secrets are always the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import msgspec

from mautod import channels
from mautod.channels.port import Channel, Net
from mautod.config import Config, Secrets, Settings, Source
from mautod.core.event import Touched
from mautod.core.segments import STATIC, Segment
from mautod.core.sending.links import Links
from mautod.errors import Conflict
from mautod.services.chains.advance import Witness
from mautod.services.definitions import apply
from mautod.services.definitions.workspace import Workspace
from mautod.services.delivery.admit import terms_of
from mautod.services.delivery.deliver import Deliver
from mautod.services.delivery.marks import utm_of
from mautod.services.goods.count import borrow
from mautod.services.pumps import House, Pumps
from mautod.services.simulate.recorder import Recorder, Taken
from mautod.store import inbox, state
from mautod.store.db import Database
from mautod.store.delivery.consent import SALT_KEY
from mautod.store.events import Fresh
from mautod.store.journal import Journal
from mautod.store.segments import membership as segments

VISITOR: Final = "simulated visitor"
"""The source of what an invented person's browser says."""
SECRET: Final = "simulated"  # noqa: S105 - it signs links that nobody can open
MOST_ROUNDS: Final = 10_000
CACHE_MB: Final = 64


class VirtualClock:
    """A clock that stands still until it is set."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now


@dataclass(frozen=True, slots=True)
class Means:
    """How a stage is set: what stands in for a channel, and who hears of letters and of steps.

    `unheard`: events of our own that nobody there listens to and that need not be taken in.
    """

    links: Links
    recorder: Callable[[Channel, Taken], Channel] = Recorder
    taken: Taken = lambda _kind, _letter, _preview: None
    witness: Witness | None = None
    unheard: frozenset[str] = frozenset()


class Stage:
    """The pumps and the channels of a house, and its clock."""

    def __init__(self, house: House, clock: VirtualClock, means: Means) -> None:
        self.house = house
        self.clock = clock
        self._pumps = Pumps(house, means.witness)
        terms = terms_of(house.settings.config)
        self._deliveries = [
            Deliver(
                house.db, means.recorder(channel, means.taken), means.links, terms, SECRET, clock
            )
            for channel in _channels(house.settings, clock)
        ]
        self._unheard = means.unheard
        self._runner = asyncio.Runner()
        sending = (_Sending(self._runner, each) for each in self._deliveries)
        self._every: list[Callable[[], int]] = [*self._pumps.every, *sending]

    def settle(self) -> Iterator[None]:
        """Let every pump do what is due at the clock's instant; yields after each that did.

        Raises:
            Conflict: it never comes to rest.
        """
        for _ in range(MOST_ROUNDS):
            worked = False
            for pump in self._every:
                while pump():
                    worked = True
                    yield
                yield
            if not worked:
                return
        raise Conflict("the workspace never comes to rest at this instant")

    def pass_by(self) -> None:
        """Let every pump have one turn, and take in what they say; the rest is due at once."""
        with self.house.db.together():
            self._forget()
            for pump in self._every:
                while pump():
                    pass
            self._forget()
            while self._pumps.digest():
                pass

    def feed(self, fresh: Sequence[Fresh], touched: Touched) -> None:
        """Let events happen whose people are there already, with all that follows."""
        self._pumps.feed(fresh, touched)

    def _forget(self) -> None:
        with self.house.db.write() as tx:
            inbox.forget(tx, self._unheard)

    def next_due(self, until: int) -> int | None:
        """The next instant, up to `until`, at which something is due; call it at rest."""
        mail = [at for each in self._deliveries if (at := each.next_due()) is not None]
        first = min([until, *mail])
        pumps = self._pumps.next_due(first)
        found = [at for at in (pumps, *mail) if at is not None and at <= until]
        return min(found, default=None)

    def close(self) -> None:
        """Let go of what delivers."""
        self._runner.close()


class _Sending:
    """One channel's pump, called like the others."""

    __slots__ = ("_deliver", "_runner")

    def __init__(self, runner: asyncio.Runner, deliver: Deliver) -> None:
        self._runner = runner
        self._deliver = deliver

    def __call__(self) -> int:
        return self._runner.run(self._deliver.batch())


@contextmanager
def temporary_house(
    settings: Settings, workspace: Workspace, clock: VirtualClock, made: Collection[str] = ()
) -> Iterator[House]:
    """A house in which `workspace` is in force and nobody has been yet.

    `made` are segments that no file has; they are there, and empty. What the workspace knows of
    products is there as well, for letters that recommend some.
    """
    with TemporaryDirectory(prefix="mautod-") as folder:
        place = Path(folder)
        db = Database(place / "data" / "mautod.db", cache_mb=CACHE_MB, durable=False).open()
        journal = Journal(place / "data" / "journal.db", durable=False).open()
        try:
            with db.write() as tx:
                state.put(tx, SALT_KEY, SECRET)
                for key in made:
                    segments.put(tx, Segment(key, key, kind=STATIC), clock())
            zone = settings.config.workspace.timezone
            apply.put(db, workspace, clock(), zone)
            borrow(db, settings.data)
            yield House(_settings(settings, place), db, journal, clock)
        finally:
            journal.close()
            db.close()


def links_of(settings: Settings) -> Links:
    """Links signed by a secret that everybody knows: the same input makes the same letters."""
    return Links(SECRET, settings.config.workspace.url)


def _settings(settings: Settings, folder: Path) -> Settings:
    config = settings.config
    visitor = Source(name=VISITOR, key="MAUTOD_SECRET")
    return Settings(
        folder, msgspec.structs.replace(config, source=(*config.source, visitor)), Secrets({})
    )


def _channels(settings: Settings, clock: VirtualClock) -> list[Channel]:
    config = settings.config
    return [
        channels.create(kind, section, _net(settings, config, clock))
        for kind, section in sorted(config.channels.items())
    ]


def _net(settings: Settings, config: Config, clock: VirtualClock) -> Net:
    place = config.workspace
    return Net(
        folder=settings.folder,
        name=place.name,
        url=place.url,
        currency=place.currency,
        secret=lambda _: SECRET,
        clock=clock,
        utm=utm_of(config),
    )
