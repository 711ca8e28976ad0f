"""Pop-ups on the site: a message waits until its reader is seen there, and is shown then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from mautod.channels.port import Net
from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import MOST, Standing
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft, Later, Letter, Outcome, Preview
from mautod.core.sending.rate import Room
from mautod.core.sending.values import values_of
from mautod.core.templates.spoken import Speech, Spoken
from mautod.core.templates.template import Template
from mautod.duration import HOUR

_PARALLEL: Final = 64


class PopupConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Pop-ups that chains send: shown when the person is next seen on the site."""

    window: Annotated[
        str, Meta(description="When they may be shown, within the gate's window.")
    ] = ""
    cap: Annotated[
        str | tuple[str, ...],
        Meta(description='The most of them to one person, as "1 per 1d"; several in a list.'),
    ] = ""


class Popup:
    """The pop-up channel; see `mautod.channels.port.Channel` for its promises."""

    kind: ClassVar[str] = "popup"
    on_visit: ClassVar[bool] = True
    Config: ClassVar[type[PopupConfig]] = PopupConfig

    def __init__(self, config: PopupConfig, net: Net) -> None:
        self._config = config
        self._net = net
        self._ready: dict[Template, Speech] = {}

    def __repr__(self) -> str:
        return f"Popup({self._config!r})"

    @property
    def parallel(self) -> int:
        return _PARALLEL

    @property
    def rate_per_s(self) -> float:
        return 0.0

    @property
    def limits(self) -> Sequence[DomainLimit]:
        return ()

    def room(self, now: int, *, waiting: bool) -> Room:  # noqa: ARG002 - nobody sends these
        return Room(MOST)

    def standings(self) -> Sequence[Standing]:
        return ()

    def resume(self, standings: Sequence[Standing]) -> None:
        """There is no server."""

    async def open(self) -> None:
        """There is nothing to open."""

    def say(self, template: Template, draft: Draft, links: Links) -> Spoken:
        """What the person is told where no file of `popups/` says it.

        Raises:
            BadInput: the template cannot be filled with this person's values.
        """
        speech = self._ready.get(template)
        if speech is None:
            self._ready.clear()
            wording = template.wording(self.kind)
            speech = Speech.of(wording, template.subject, template.html, template.file)
            self._ready[template] = speech
        place = {"name": self._net.name, "url": self._net.url, "currency": self._net.currency}
        return speech.say(values_of(draft, links, place, self._net.clock()))

    def render(self, template: Template, draft: Draft, links: Links) -> Letter:
        spoken = self.say(template, draft, links)
        return Letter(draft.message_id, draft.address, "", msgspec.json.encode(spoken))

    def preview(self, letter: Letter) -> Preview:
        spoken = msgspec.json.decode(letter.payload, type=Spoken)
        return Preview(spoken.title, "\n".join(filter(None, (spoken.text, spoken.url))))

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        until = self._net.clock() + HOUR
        return [Later(until, "it is shown when the person is next on the site")] * len(batch)

    def forget(self, addresses: Collection[str]) -> int:  # noqa: ARG002 - nothing is kept here
        return 0

    async def close(self) -> None:
        """There is nothing to close."""


CHANNEL = Popup
