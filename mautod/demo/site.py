"""The visitors' side: events over the public API, and what they do with their letters."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import unescape
from typing import Any, Final

import aiohttp

from mautod.clock import new_id, now_ms
from mautod.core.sending.machines import AT_ONCE_MS
from mautod.demo.cast import Visitor, scenes, track
from mautod.demo.sink import Letter
from mautod.duration import SECOND
from mautod.errors import Unavailable

NONSENSE: Final = (
    {"type": "track", "anonymousId": "visitor-0000"},
    {"type": "frobnicate", "anonymousId": "visitor-0000"},
    {"type": "track", "event": "Nobody's"},
)
_LINK: Final = re.compile(r'href="(http[^"]+/(?:c|u)/[^"]+)"')
_PIXEL: Final = re.compile(r'src="(http[^"]+/o/[^"]+)"')


BREATH_S: Final = AT_ONCE_MS / SECOND + 0.5
"""Who reads a letter sooner is taken for a machine."""


BROWSER: Final = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"}


@dataclass(slots=True)
class Played:
    """What was played; the audit holds it against what mautod counted."""

    events: Counter[str] = field(default_factory=Counter)
    people: set[str] = field(default_factory=set)
    opened: set[str] = field(default_factory=set)
    clicked: set[str] = field(default_factory=set)
    bought: set[str] = field(default_factory=set)
    unsubscribed: dict[str, int] = field(default_factory=dict)
    nonsense: int = 0


class Site:
    """Plays visitors against a running daemon at `url`."""

    def __init__(self, http: aiohttp.ClientSession, url: str, write_key: str) -> None:
        self._http = http
        self._url = url
        self._auth = aiohttp.encode_basic_auth(write_key, "")
        self.played = Played()
        self._letters = Counter[str]()

    async def visit(self, visitor: Visitor, now: datetime) -> None:
        """First scenes in a batch, sent twice as by a client that never got its answer."""
        events = list(scenes(visitor, now))
        self._count(events)
        batch = self._batch(events)
        await asyncio.gather(self._post(batch), self._post(batch))

    async def talk_nonsense(self) -> None:
        """Events that make no sense, between good ones: they are set aside, and nothing else is."""
        await self._post(self._batch([dict(event) for event in NONSENSE]))
        self.played.nonsense += len(NONSENSE)

    async def read(self, visitor: Visitor, letter: Letter) -> None:
        """What `visitor` does on getting `letter`."""
        html = unescape(letter.html())
        message_id = str(letter.parsed()["Message-ID"])
        if visitor.unsubscribes and visitor.email not in self.played.unsubscribed:
            await self._unsubscribe(visitor, str(letter.parsed()["List-Unsubscribe"]))
        await asyncio.sleep(BREATH_S)
        if visitor.opens:
            await self._get(_PIXEL.findall(html)[0])
            self.played.opened.add(message_id)
        self._letters[visitor.email] += 1
        clicks = [link for link in _LINK.findall(html) if "/c/" in link]
        if visitor.clicks and clicks and self._letters[visitor.email] >= visitor.patience:
            await self._get(clicks[0])
            self.played.clicked.add(message_id)
            await self._come_back(visitor)

    async def _come_back(self, visitor: Visitor) -> None:
        now = datetime.fromtimestamp(now_ms() / 1000).astimezone()
        if visitor.role == "sleeper":
            await self._do(track(visitor, now, "Product Viewed", visitor.product()))
        if visitor.buys_after_click and visitor.email not in self.played.bought:
            self.played.bought.add(visitor.email)
            await self._do(track(visitor, now, "Order Completed", visitor.order()))

    async def _do(self, event: dict[str, Any]) -> None:
        self._count([event])
        await self._post(self._batch([event]))

    def _count(self, events: Sequence[dict[str, Any]]) -> None:
        for event in events:
            self.played.people.add(event["anonymousId"])
            name = {"page": "Page Viewed", "track": event.get("event")}.get(event["type"])
            if name:
                self.played.events[name] += 1

    @staticmethod
    def _batch(events: list[dict[str, Any]]) -> dict[str, Any]:
        now = datetime.fromtimestamp(now_ms() / 1000).astimezone()
        stamped = [{**event, "messageId": new_id()} for event in events]
        return {"batch": stamped, "sentAt": now.isoformat(timespec="milliseconds")}

    async def _post(self, batch: dict[str, Any]) -> None:
        url, headers = f"{self._url}/v1/batch", {"Authorization": self._auth}
        async with self._http.post(url, json=batch, headers=headers) as answer:
            if answer.status != 200:  # noqa: PLR2004 - the only success that every client knows
                raise Unavailable(f"{url} answers {answer.status}: {await answer.text()}")

    async def _get(self, url: str) -> None:
        async with self._http.get(url, headers=BROWSER, allow_redirects=False) as answer:
            if answer.status >= 400:  # noqa: PLR2004 - the errors begin here
                raise Unavailable(f"{url} answers {answer.status}")

    async def _unsubscribe(self, visitor: Visitor, header: str) -> None:
        url = header.partition("<")[2].partition(">")[0]
        body = {"List-Unsubscribe": "One-Click"}
        async with self._http.post(url, data=body) as answer:
            if not answer.ok:
                raise Unavailable(f"{url} answers {answer.status}")
        self.played.unsubscribed[visitor.email] = now_ms()
