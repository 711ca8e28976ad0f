"""The control API: every method of the desk at an address, with a bearer key.

The desk's signatures are the truth: query parameters, bodies, answers, checks and the OpenAPI
description all come from them, so an endpoint is one line of `ENDPOINTS`.
"""

from __future__ import annotations

import asyncio
import hmac
import logging
import re
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

import msgspec
from aiohttp import web

from mautod import wire
from mautod.errors import BadInput, MautodError, NotFound, TooLarge, Unauthorized
from mautod.http.endpoints import ENDPOINTS, Endpoint
from mautod.http.live import Hub, stream
from mautod.http.openapi import describe
from mautod.http.reads import read_while
from mautod.services.desk import Desk
from mautod.services.work.faults import fault_of

THREADS: Final = 4
MAX_BODY_BYTES: Final = 8 << 20

LONG_READS: Final = frozenset({"preview", "people", "people_whole", "overlap"})
"""Methods that may read for seconds and change nothing: given up when the asker goes away."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_MISSING: Final = re.compile(r"missing required field `(\w+)`")

log = logging.getLogger(__name__)


def mount(
    app: web.Application,
    desk: Desk,
    key: str | None,
    *,
    on_journal: Callable[[], None] | None = None,
) -> None:
    """Serve the control API of `desk` under /api to whoever holds `key`.

    None is no key at all: whoever reaches `app` may. `on_journal` is called after events were put
    into the journal.
    """
    hub = Hub(desk)
    app.add_routes(routes(desk, key, hub, on_journal=on_journal))
    app.on_shutdown.append(hub.close)


def routes(
    desk: Desk, key: str | None, hub: Hub, *, on_journal: Callable[[], None] | None = None
) -> list[web.RouteDef]:
    """The routes alone; the caller closes `hub` on shutdown."""
    pool = ThreadPoolExecutor(THREADS, thread_name_prefix="desk")
    description = msgspec.json.encode(describe())

    async def openapi(_: web.Request) -> web.StreamResponse:
        return _json(description)

    async def updates(request: web.Request) -> web.StreamResponse:
        return await stream(request, hub)

    async def nothing(request: web.Request) -> web.StreamResponse:
        raise NotFound(
            f"there is no {request.method} {request.path}", hint="See /api/openapi.json."
        )

    called = [
        web.route(each.method, each.path, _guarded(_caller(desk, each, pool, on_journal), key))
        for each in ENDPOINTS
    ]
    return [
        *called,
        web.get("/api/openapi.json", _guarded(openapi, key)),
        web.get("/api/stream", _guarded(updates, key)),
        web.route("*", "/api/{rest:.*}", _guarded(nothing, key)),
    ]


def _caller(
    desk: Desk, endpoint: Endpoint, pool: ThreadPoolExecutor, on_journal: Callable[[], None] | None
) -> Handler:
    """A handler that calls the desk's method in a thread, where SQLite may take its time."""
    method = getattr(desk, endpoint.name)

    async def handle(request: web.Request) -> web.StreamResponse:
        arguments = await _arguments(request, endpoint)
        call = partial(method, **arguments)
        if endpoint.name in LONG_READS:
            answer = await read_while(lambda: _waits(request), pool, desk.db, call)
        else:
            answer = await asyncio.get_running_loop().run_in_executor(pool, call)
        if endpoint.name == "send" and on_journal is not None:
            on_journal()
        return _json(msgspec.json.encode(answer))

    return handle


def _waits(request: web.Request) -> bool:
    """Whether the one who asked is still connected."""
    return request.transport is not None and not request.transport.is_closing()


async def _arguments(request: web.Request, endpoint: Endpoint) -> dict[str, Any]:
    given = {**request.query, **request.match_info}
    try:
        checked = msgspec.convert(given, endpoint.query, strict=False)
        arguments: dict[str, Any] = msgspec.structs.asdict(checked)
        if endpoint.body is not None:
            arguments["ask"] = msgspec.json.decode(await _body(request), type=endpoint.body)
    except msgspec.ValidationError as error:
        raise _nonsense(error) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the body is not JSON: {error}") from error
    return arguments


async def _body(request: web.Request) -> bytes:
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise TooLarge(f"at most {MAX_BODY_BYTES} bytes are taken")
    return await request.read()


def _nonsense(error: msgspec.ValidationError) -> BadInput:
    text, _, place = str(error).partition(" - at `$")
    field = place.rstrip("`").removeprefix(".")
    missing = _MISSING.search(text)
    return BadInput(text, field=missing[1] if missing else field)


def _guarded(handler: Handler, key: str | None) -> Handler:
    """`handler` for those with the key; whatever fails is answered in the API's own form."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            if key is not None:
                _check_key(request, key)
            return await handler(request)
        except MautodError as error:
            return _failed(error)
        except web.HTTPException as error:
            if error.status == TooLarge.status:
                return _failed(TooLarge("the body is too large"))
            raise
        except Exception:
            log.exception("%s %s failed", request.method, request.path)
            return _failed(MautodError("something went wrong here; the log says what"))

    return handle


def _check_key(request: web.Request, key: str) -> None:
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode("utf-8", "replace"), key.encode())
    if not (key and right and scheme.lower() == "bearer"):
        raise Unauthorized(
            "the API key is missing or wrong",
            hint="Send Authorization: Bearer … with MAUTOD_API_KEY of .env.",
        )


def _failed(error: MautodError) -> web.Response:
    fault = fault_of(error)
    headers = {}
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Bearer"
    retry_after_s = getattr(error, "retry_after_s", None)
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    return _json(msgspec.json.encode(wire.ErrorAnswer(fault)), error.status, headers)


def _json(body: bytes, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=body,
        status=status,
        headers={"Cache-Control": "no-store", **(headers or {})},
        content_type="application/json",
    )
