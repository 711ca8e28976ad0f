"""`POST /hooks/NAME`: what providers tell of letters, taken into the journal before it is answered.

A provider that gets no answer tells again; the ledger notes each thing once.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import msgspec
from aiohttp import web

from mautod.channels.email.hooks.port import Hook, Posted, Report, Seen, Told
from mautod.clock import Clock, now_ms
from mautod.core.envelope import RECEIPT, Receipt, Request
from mautod.core.sending.links import Links
from mautod.errors import MautodError, NotFound, TooLarge
from mautod.http.limits import RateLimit
from mautod.http.links import OWN_SOURCE
from mautod.http.visitor import address_of
from mautod.store.group_commit import GroupCommit

MAX_BODY_BYTES: Final = 2 * 1024 * 1024
QUIET_S: Final = 60.0
AT_ONCE: Final = 50
"""Receipts of one call that wait for the disk together: they leave room for the site's events."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Hooks:
    """The webhooks that are configured."""

    hooks: Mapping[str, Hook]
    writer: GroupCommit
    limit: RateLimit
    links: Links
    trust_proxy: bool = False
    clock: Clock = now_ms
    seen: Seen = field(default_factory=Seen)
    warned: dict[str, float] = field(default_factory=dict)

    def mount(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_post("/hooks/{name}", self.take)

    async def take(self, request: web.Request) -> web.Response:
        """Verify one call, and write down what it tells."""
        name = request.match_info["name"]
        hook = self.hooks.get(name)
        if hook is None:
            raise NotFound("No such webhook is set up.", hint="See: mautod manual deliverability")
        address = address_of(request, trust_proxy=self.trust_proxy)
        self.limit.take(OWN_SOURCE, address, asyncio.get_running_loop().time())
        report = await self._read(name, hook, request)
        token = f"{name} {report.token}" if report.token else ""
        again = self.seen.has(token, self.clock())
        noted = 0 if again else await self._note(report.told, address)
        self.seen.add(token, self.clock())
        return web.json_response({"success": True, "noted": noted})

    async def _read(self, name: str, hook: Hook, request: web.Request) -> Report:
        headers = {key.lower(): value for key, value in request.headers.items()}
        try:
            return await hook.read(Posted(headers, await _body(request), self.clock()))
        except MautodError as error:
            self._warn(name, error)
            raise

    def _warn(self, name: str, error: MautodError) -> None:
        """Say why calls are refused, not more than once in a while: anybody may call."""
        now_s = asyncio.get_running_loop().time()
        if now_s - self.warned.get(name, -QUIET_S) >= QUIET_S:
            self.warned[name] = now_s
            hint = "If the provider sent it, compare what .env says."
            log.warning("a call of the webhook %s is refused: %s %s", name, error.message, hint)

    async def _note(self, told: Sequence[Told], address: str) -> int:
        """Write all of it; of letters that are not ours nothing. Raises Unavailable."""
        receipts = [receipt for one in told if (receipt := self._receipt(one))]
        for start in range(0, len(receipts), AT_ONCE):
            part = receipts[start : start + AT_ONCE]
            await asyncio.gather(*(self._write(receipt, address) for receipt in part))
        return len(receipts)

    async def _write(self, receipt: Receipt, address: str) -> None:
        body = msgspec.json.encode(receipt)
        await self.writer.write(Request(self.clock(), OWN_SOURCE, RECEIPT, address, body))

    def _receipt(self, told: Told) -> Receipt | None:
        try:
            return told.receipt(self.links.read_stamp(told.stamp))
        except NotFound:
            return None


async def _body(request: web.Request) -> bytes:
    """The body, as it was sent; Raises TooLarge."""
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise TooLarge(f"At most {MAX_BODY_BYTES} bytes are taken.")
    body = await request.read()
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"At most {MAX_BODY_BYTES} bytes are taken.")
    return body
