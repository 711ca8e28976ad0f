"""Push messages to browsers that agreed, over the push services of their makers (Web Push)."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from typing import Annotated, ClassVar, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec import Meta

from mautod.channels.port import Net
from mautod.channels.push import cipher, vapid
from mautod.channels.push.post import Said, Services
from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import MOST, Standing
from mautod.core.sending.links import LONGEST_URL, SCHEMES, Links
from mautod.core.sending.message import (
    Door,
    Draft,
    Failed,
    Letter,
    Outcome,
    Preview,
    Retry,
    Sent,
    Trace,
    Unknown,
)
from mautod.core.sending.rate import Room
from mautod.core.sending.values import values_of
from mautod.core.templates.spoken import Speech
from mautod.core.templates.template import Template
from mautod.duration import SECOND, parse_duration
from mautod.errors import BadInput, ConfigError

_PARALLEL: Final = 64
_TEMPLATES_KEPT: Final = 500
_LONGEST: Final = {"title": 200, "body": 1000}


class PushConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Push messages to browsers. `mautod push init` makes the key."""

    key: Annotated[str, Meta(description="File of the key that signs.")] = "keys/push.pem"
    contact: Annotated[
        str,
        Meta(description="Whom push services write to, as mailto:you@shop.example; or your site."),
    ] = ""
    ttl: Annotated[
        str, Meta(description="How long a service keeps a message for a browser that is closed.")
    ] = "1d"
    urgency: Annotated[
        Literal["very-low", "low", "normal", "high"],
        Meta(description="How much of a phone's battery it is worth."),
    ] = "normal"
    icon: Annotated[str, Meta(description="Address of the picture beside every message.")] = ""
    rate_per_s: Annotated[
        float, Meta(description="The most messages that leave in a second; 0 for no limit.", ge=0)
    ] = 0.0
    window: Annotated[
        str, Meta(description="When marketing may leave by push, within the gate's window.")
    ] = ""
    cap: Annotated[
        str | tuple[str, ...],
        Meta(description='Most marketing pushes to one person, as "1 per 1d"; several in a list.'),
    ] = ""
    private: Annotated[
        tuple[str, ...],
        Meta(description="Push services of one's own, as HOST:PORT, in private networks."),
    ] = ()


class _Parcel(msgspec.Struct, frozen=True):
    """What a letter of this channel holds: to whom, and what each is told."""

    doors: tuple[Door, ...]
    note: dict[str, str]


class Push:
    """The push channel; see `mautod.channels.port.Channel` for its promises."""

    kind: ClassVar[str] = "push"
    on_visit: ClassVar[bool] = False
    Config: ClassVar[type[PushConfig]] = PushConfig

    def __init__(self, config: PushConfig, net: Net) -> None:
        """Raises ConfigError if a value is unfit."""
        self._config = config
        self._net = net
        self._ttl_s = _seconds(config.ttl)
        self._contact = config.contact or net.url
        self._key: ec.EllipticCurvePrivateKey | None = None
        self._services = Services(frozenset(host.lower() for host in config.private))
        self._ready: dict[Template, Speech] = {}

    def __repr__(self) -> str:
        return f"Push({self._config!r})"

    @property
    def parallel(self) -> int:
        return _PARALLEL

    @property
    def rate_per_s(self) -> float:
        return self._config.rate_per_s

    @property
    def limits(self) -> Sequence[DomainLimit]:
        return ()

    def room(self, now: int, *, waiting: bool) -> Room:  # noqa: ARG002 - services have room
        return Room(MOST)

    def standings(self) -> Sequence[Standing]:
        return ()

    def resume(self, standings: Sequence[Standing]) -> None:
        """Services are asked anew each time."""

    async def open(self) -> None:
        self._key = vapid.load_key(self._net.folder / self._config.key)

    def render(self, template: Template, draft: Draft, links: Links) -> Letter:
        """What is told, for the browsers of `draft.doors`.

        Raises:
            BadInput: the template cannot be filled with this person's values.
        """
        place = {"name": self._net.name, "url": self._net.url, "currency": self._net.currency}
        spoken = self._speech(template).say(values_of(draft, links, place, self._net.clock()))
        url = spoken.url if spoken.url.startswith((*SCHEMES, "/")) else self._net.url
        fits = url.startswith(SCHEMES) and len(url) <= LONGEST_URL and not links.is_own(url)
        note = {
            "title": spoken.title[: _LONGEST["title"]],
            "body": spoken.text[: _LONGEST["body"]],
            "url": links.click(draft.message_id, url) if fits else url,
            "icon": spoken.icon or self._config.icon,
            "image": spoken.image,
            "tag": links.stamp(draft.message_id),
        }
        parcel = _Parcel(tuple(draft.doors), {key: value for key, value in note.items() if value})
        return Letter(draft.message_id, draft.address, "", msgspec.json.encode(parcel))

    def preview(self, letter: Letter) -> Preview:
        note = msgspec.json.decode(letter.payload, type=_Parcel).note
        shown = (note.get("body", ""), note.get("url", ""))
        return Preview(note.get("title", ""), "\n".join(filter(None, shown)))

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        return list(await asyncio.gather(*map(self._tell, batch)))

    def forget(self, addresses: Collection[str]) -> int:  # noqa: ARG002 - nothing is kept here
        return 0

    async def close(self) -> None:
        await self._services.close()

    def _speech(self, template: Template) -> Speech:
        found = self._ready.get(template)
        if found is None:
            if len(self._ready) >= _TEMPLATES_KEPT:
                self._ready.clear()
            wording = template.wording(self.kind)
            found = Speech.of(wording, template.subject, template.html, template.file)
            self._ready[template] = found
        return found

    async def _tell(self, letter: Letter) -> Outcome:
        """One message to all browsers of a person: taken by one of them, it is sent."""
        parcel = msgspec.json.decode(letter.payload, type=_Parcel)
        text = msgspec.json.encode(parcel.note)
        said = await asyncio.gather(*(self._post(text, door) for door in parcel.doors))
        return _outcome(parcel.doors, said)

    async def _post(self, text: bytes, door: Door) -> Said:
        if self._key is None:
            return Said("again", "the channel is not open")
        try:
            body = cipher.encrypt(text, door)
        except ValueError as error:
            return Said("refused", str(error))
        now_s = self._net.clock() // SECOND
        headers = {
            "Authorization": vapid.authorization(self._key, door.endpoint, self._contact, now_s),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(self._ttl_s),
            "Urgency": self._config.urgency,
        }
        return await self._services.post(door.endpoint, body, headers)


def _outcome(doors: Sequence[Door], said: Sequence[Said]) -> Outcome:
    """Of several answers the best: a message that one browser has is not sent again for another."""
    gone = tuple(d.id for d, each in zip(doors, said, strict=True) if each.fate == "gone")
    for fate in ("taken", "doubt", "again", "refused", "gone"):
        one = next((each for each in said if each.fate == fate), None)
        if one is not None:
            return _as_outcome(one, Trace(code=one.code, gone=gone))
    return Failed("no browser is there any more")


def _as_outcome(one: Said, trace: Trace) -> Outcome:
    match one.fate:
        case "taken":
            return Sent(trace=trace)
        case "doubt":
            return Unknown(one.detail, trace)
        case "again":
            return Retry(one.detail, trace=trace)
        case _:
            return Failed(one.detail, trace=trace)


def _seconds(text: str) -> int:
    try:
        return parse_duration(text) // SECOND
    except BadInput as error:
        place = "channels.push.ttl"
        raise ConfigError(f"{place}: {error.message}", field=place, hint=error.hint) from error


CHANNEL = Push
