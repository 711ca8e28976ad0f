"""Events come in, as Segment's and RudderStack's clients send them.

A request is looked at just enough to know that it can be answered: its key, its rate, its outline.
It is answered when it is on disk; its events are taken apart later, by the digest.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiohttp import hdrs, web

from mautod.clock import Clock, now_ms
from mautod.core.envelope import BATCHES, MAX_BATCH, Outline, Request, outline
from mautod.core.surrogates import mend
from mautod.errors import BadInput, MautodError, TooLarge, TooMany, Unavailable
from mautod.http.cors import open_to_pages, preflight
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.visitor import address_of
from mautod.store.group_commit import GroupCommit

MAX_BODY_BYTES: Final = 4 * 1024 * 1024
OK: Final = b'{"success": true}'

ROUTES: Final = {
    "/v1/batch": "batch",
    "/v1/b": "batch",
    "/v1/import": "import",
    "/beacon/v1/batch": "batch",
    "/v1/track": "track",
    "/v1/t": "track",
    "/v1/identify": "identify",
    "/v1/i": "identify",
    "/v1/page": "page",
    "/v1/p": "page",
    "/v1/screen": "screen",
    "/v1/s": "screen",
    "/v1/group": "group",
    "/v1/g": "group",
    "/v1/alias": "alias",
    "/v1/a": "alias",
}

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Ingest:
    """What stands between a client and the journal."""

    writer: GroupCommit
    keys: WriteKeys
    limit: RateLimit
    trust_proxy: bool = False
    clock: Clock = now_ms

    def mount(self, app: web.Application) -> None:
        """Add the routes that take events."""
        for path, kind in ROUTES.items():
            app.router.add_post(path, self._handler(kind))
            app.router.add_options(path, preflight)
        app.router.add_post("/v1/m", _ignore)
        app.router.add_options("/v1/m", preflight)

    async def keep(self, request: web.Request, kind: str) -> None:
        """Put one request into the journal; on disk when this returns.

        Raises:
            BadInput: it is not JSON of the right outline.
            TooLarge: over 4 MB decompressed, or over 2 500 events.
            Unauthorized: no write key that we know.
            TooMany: over the rate of its key and address.
            Unavailable: too much waits, or the disk is full.
        """
        body, head = _outlined(await read_body(request))
        source = self.keys.of(request, head)
        address = address_of(request, trust_proxy=self.trust_proxy)
        self.limit.take(source, address, asyncio.get_running_loop().time())
        if kind in BATCHES and not _events(head):
            return
        await self.writer.write(Request(self.clock(), source, kind, address, body))

    def _handler(self, kind: str) -> Handler:
        async def handle(request: web.Request) -> web.StreamResponse:
            try:
                await self.keep(request, kind)
            except MautodError as error:
                response = refusal(error)
            else:
                response = _accepted()
            open_to_pages(request, response)
            return response

        return handle


async def read_body(request: web.Request) -> bytes:
    """The decompressed body.

    Raises:
        TooLarge: it is over the limit of the application.
        BadInput: it is not compressed as its header says, or broke off.
    """
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise TooLarge(f"a body of more than {MAX_BODY_BYTES} bytes", field="body") from error
    except web.RequestPayloadError as error:
        raise BadInput("the body cannot be decompressed", field="body") from error


def refusal(error: MautodError) -> web.Response:
    """The answer to a client: Python's clients read `code` and `message`, and fail without them."""
    told = {"success": False, "code": error.code, "message": str(error), "field": error.field}
    response = web.json_response(told, status=error.status)
    if isinstance(error, TooMany | Unavailable):
        response.headers[hdrs.RETRY_AFTER] = str(error.retry_after_s)
    return response


def _accepted() -> web.Response:
    return web.Response(body=OK, content_type="application/json")


def _outlined(body: bytes) -> tuple[bytes, Outline]:
    """The body, mended where a browser cut a character in half, and its outline."""
    try:
        return body, _outline(body)
    except ValueError as error:
        mended = mend(body)
        if mended != body:
            return _outlined(mended)
        raise BadInput(f"the body is not JSON as expected: {error}", field="body") from error


def _outline(body: bytes) -> Outline:
    if not body.isascii():
        body.decode()
    return outline(body)


def _events(head: Outline) -> int:
    if head.batch is None:
        raise BadInput("a batch is expected, an array of events", field="batch")
    if len(head.batch) > MAX_BATCH:
        raise TooLarge(f"a batch of more than {MAX_BATCH} events", field="batch")
    return len(head.batch)


async def _ignore(request: web.Request) -> web.Response:
    """Metrics that analytics-next gathers about itself."""
    await read_body(request)
    response = _accepted()
    open_to_pages(request, response)
    return response
