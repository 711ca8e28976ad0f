"""A channel that writes its letters in earnest and sends none."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from mautod.channels.port import Channel
from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import MOST, Standing
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft, Letter, Outcome, Preview, Sent
from mautod.core.sending.rate import Room
from mautod.core.templates.template import Template

Taken = Callable[[str, Letter, Preview], None]
"""Hears of every letter that would have left on a channel."""


class Recorder:
    """Stands before `channel`, which renders and is never opened; every letter is taken."""

    def __init__(self, channel: Channel, taken: Taken) -> None:
        self.channel = channel
        self.taken = taken

    @property
    def kind(self) -> str:
        return self.channel.kind

    @property
    def on_visit(self) -> bool:
        """Whoever is played is there whenever something is to be seen."""
        return False

    @property
    def parallel(self) -> int:
        return self.channel.parallel

    @property
    def rate_per_s(self) -> float:
        return self.channel.rate_per_s

    @property
    def limits(self) -> Sequence[DomainLimit]:
        return self.channel.limits

    def room(self, now: int, *, waiting: bool) -> Room:  # noqa: ARG002
        """What no server takes needs no room on one."""
        return Room(MOST)

    def standings(self) -> Sequence[Standing]:
        return ()

    def resume(self, standings: Sequence[Standing]) -> None:
        """There is nothing to go on with."""

    async def open(self) -> None:
        """Nothing to open."""

    def render(self, template: Template, draft: Draft, links: Links) -> Letter:
        return self.channel.render(template, draft, links)

    def preview(self, letter: Letter) -> Preview:
        return self.channel.preview(letter)

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        for letter in batch:
            self.taken(self.kind, letter, self.preview(letter))
        return [Sent("simulated")] * len(batch)

    def forget(self, addresses: Collection[str]) -> int:  # noqa: ARG002
        return 0

    async def close(self) -> None:
        """Nothing to close."""


class Sampler(Recorder):
    """Renders the first letters, so that a template that cannot be filled shows; of the rest not.

    What nobody reads need not be written: history has many letters.
    """

    MOST: ClassVar[int] = 50

    def __init__(self, channel: Channel, taken: Taken) -> None:
        super().__init__(channel, taken)
        self._left = self.MOST

    @property
    def parallel(self) -> int:
        """Nothing of it is ever in doubt, so many may be asked about at once."""
        return 1024

    def render(self, template: Template, draft: Draft, links: Links) -> Letter:
        if self._left > 0:
            self._left -= 1
            return super().render(template, draft, links)
        return Letter(draft.message_id, draft.address, "", b"")

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        return [Sent("simulated")] * len(batch)
