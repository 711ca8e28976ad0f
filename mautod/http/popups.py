"""`/v1/popups`: which pop-ups are for whoever looks at a page."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from mautod.clock import Clock, now_ms
from mautod.errors import BadInput, MautodError, TooLarge
from mautod.http.callers import admit, proven
from mautod.http.cors import open_to_pages, preflight
from mautod.http.ingest import read_body, refusal
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.services.site.popups import Popups, Visitor
from mautod.services.site.waiting import Waiting
from mautod.store.db import Database

LARGEST: Final = 16 * 1024
AGAIN_MS: Final = 1500
"""When to ask again about somebody whose first event is on its way."""

Short = Annotated[str, Meta(max_length=255)]


class Ask(msgspec.Struct, frozen=True, rename="camel"):
    """What a page says of its visitor."""

    write_key: Short
    anonymous_id: Short
    user_id: Short = ""
    user_hash: Short = ""
    url: Annotated[str, Meta(max_length=4096)] = ""
    language: Short = ""
    device: Short = "desktop"


@dataclass(frozen=True, slots=True)
class PopupDoor:
    """Answers pages of any origin; a write key alone tells nothing about anybody."""

    db: Database
    popups: Popups
    keys: WriteKeys
    limit: RateLimit
    secret: str = field(default="", repr=False)
    trust_proxy: bool = False
    waiting: Waiting | None = None
    clock: Clock = now_ms

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/v1/popups", self.told)
        app.router.add_options("/v1/popups", preflight)

    async def told(self, request: web.Request) -> web.Response:
        """The pop-ups for a visitor; `retryAfterMs` where nobody is known by that id yet."""
        try:
            response = web.json_response(await self._answer(request))
        except MautodError as error:
            response = refusal(error)
        open_to_pages(request, response)
        return response

    async def _answer(self, request: web.Request) -> dict[str, Any]:
        ask = _read(await read_body(request))
        admit(request, ask.write_key, self.keys, self.limit, trust_proxy=self.trust_proxy)
        found = await asyncio.to_thread(self._find, ask)
        return {"popups": [], "retryAfterMs": AGAIN_MS} if found is None else {"popups": found}

    def _find(self, ask: Ask) -> list[dict[str, Any]] | None:
        user_id = proven(self.secret, ask.user_id, ask.user_hash)
        device = "mobile" if ask.device == "mobile" else "desktop"
        visitor = Visitor(ask.anonymous_id, user_id, ask.url, ask.language, device)
        now = self.clock()
        found = self.popups.of(self.db.read(), visitor, now)
        if found is None or self.waiting is None:
            return found
        return [*self.waiting.of(visitor, now), *found]


def _read(body: bytes) -> Ask:
    if len(body) > LARGEST:
        raise TooLarge(f"a body of more than {LARGEST} bytes", field="body")
    try:
        return msgspec.json.decode(body, type=Ask)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the body is not JSON as expected: {error}", field="body") from error
