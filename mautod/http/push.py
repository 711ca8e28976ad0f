"""`/v1/push`: browsers that agree to push messages, and those that want no more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

import msgspec
from aiohttp import web
from msgspec import Meta

from mautod.clock import Clock, now_ms
from mautod.core.sending.message import Door
from mautod.errors import BadInput, MautodError, TooLarge
from mautod.http.callers import admit, proven
from mautod.http.cors import open_to_pages, preflight
from mautod.http.ingest import read_body, refusal
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.services.site.popups import Visitor
from mautod.services.site.push import leave, subscribe
from mautod.store.db import Database

LARGEST: Final = 8 * 1024
AGAIN_MS: Final = 1500
"""When to say it again of somebody whose first event is on its way."""

Short = Annotated[str, Meta(max_length=255)]


class Told(msgspec.Struct, frozen=True, rename="camel"):
    """What a page says of its browser; with `gone` that nobody there wants more."""

    write_key: Short
    anonymous_id: Short
    endpoint: Annotated[str, Meta(max_length=2048)]
    p256dh: Short = ""
    auth: Short = ""
    user_id: Short = ""
    user_hash: Short = ""
    gone: bool = False


@dataclass(frozen=True, slots=True)
class PushDoor:
    """Answers pages of any origin: who knows an anonymous id may add browsers to it, no more."""

    db: Database
    private: frozenset[str]
    keys: WriteKeys
    limit: RateLimit
    secret: str = field(default="", repr=False)
    trust_proxy: bool = False
    clock: Clock = now_ms

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/v1/push", self.told)
        app.router.add_options("/v1/push", preflight)

    async def told(self, request: web.Request) -> web.Response:
        """Keep it; `retryAfterMs` where nobody is known by that id yet."""
        try:
            response = web.json_response(await self._answer(request))
        except MautodError as error:
            response = refusal(error)
        open_to_pages(request, response)
        return response

    async def _answer(self, request: web.Request) -> dict[str, Any]:
        told = _read(await read_body(request))
        admit(request, told.write_key, self.keys, self.limit, trust_proxy=self.trust_proxy)
        known = await asyncio.to_thread(self._keep, told)
        return {"success": True} if known else {"success": False, "retryAfterMs": AGAIN_MS}

    def _keep(self, told: Told) -> bool:
        user_id = proven(self.secret, told.user_id, told.user_hash)
        visitor = Visitor(told.anonymous_id, user_id)
        if told.gone:
            return leave(self.db, visitor, told.endpoint, self.clock())
        door = Door(0, told.endpoint, told.p256dh, told.auth)
        return subscribe(self.db, visitor, door, self.private, self.clock())


def _read(body: bytes) -> Told:
    if len(body) > LARGEST:
        raise TooLarge(f"a body of more than {LARGEST} bytes", field="body")
    try:
        return msgspec.json.decode(body, type=Told)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the body is not JSON as expected: {error}", field="body") from error
