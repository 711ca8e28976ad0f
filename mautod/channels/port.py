"""What the rest of mautod asks of a channel, and what a channel may ask of the rest."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mautod.clock import Clock, now_ms
from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import Standing
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft, Letter, Outcome, Preview
from mautod.core.sending.rate import Room
from mautod.core.sending.utm import Utm
from mautod.core.templates.template import Template


def _no_secret(_name: str) -> str:
    return ""


@dataclass(frozen=True, slots=True)
class Net:
    """A channel's surroundings.

    `folder`: where relative paths begin; `name`, `url`, `currency`: the workspace as people know
    it; `secret`: reads one secret by its name, "" where there is none; `clock`: the time; `utm`:
    what marks links for analytics.
    """

    folder: Path
    name: str = "mautod"
    url: str = "http://127.0.0.1:8484"
    currency: str = ""
    secret: Callable[[str], str] = field(default=_no_secret, repr=False)
    clock: Clock = now_ms
    utm: Utm = field(default_factory=Utm)


class Channel(Protocol):
    """One way to reach people. Its `repr` holds no secret.

    A channel belongs to the event loop in which it was opened.
    """

    @property
    def kind(self) -> str:
        """Its name, that of its module."""
        ...

    @property
    def on_visit(self) -> bool:
        """Whether its messages are fetched when their reader comes to the site: `send` is never
        called then.
        """
        ...

    @property
    def parallel(self) -> int:
        """How many letters one `send` takes with profit; no more should be in doubt at once."""
        ...

    @property
    def rate_per_s(self) -> float:
        """The most letters that may leave in a second; 0 for no limit."""
        ...

    @property
    def limits(self) -> Sequence[DomainLimit]:
        """What single mail domains get at most; the first that means a domain holds for it."""
        ...

    def room(self, now: int, *, waiting: bool) -> Room:
        """How many letters its servers may be given now; `waiting` if more than that are due.

        May be asked from any thread.
        """
        ...

    def standings(self) -> Sequence[Standing]:
        """How its servers stand; none where there are none."""
        ...

    def resume(self, standings: Sequence[Standing]) -> None:
        """Go on from how its servers stood when they were used last."""
        ...

    async def open(self) -> None:
        """Make ready; connections are made when there is something to send.

        Raises:
            ConfigError: it cannot work as it is configured.
        """
        ...

    def render(self, template: Template, draft: Draft, links: Links) -> Letter:
        """The message as it goes over the wire; the same input makes the same letter.

        Raises:
            BadInput: the template cannot be filled with this person's values.
        """
        ...

    def preview(self, letter: Letter) -> Preview:
        """What the reader of a letter that `render` made will see of it."""
        ...

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        """Try each letter once; n letters → n outcomes, in the order of `batch`.

        Several servers may try a letter, one after another, as long as none of them has it. Never
        raises for a provider's fault: that is an outcome. Batches may overlap in time.
        """
        ...

    def forget(self, addresses: Collection[str]) -> int:
        """Delete what is kept here of letters to these addresses; how many letters.

        What a provider has is out of reach.
        """
        ...

    async def close(self) -> None:
        """Say good-bye to the provider; may be called twice."""
        ...
