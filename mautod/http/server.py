"""The web process as one aiohttp application: who answers what, and what errors look like."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path
from typing import Final

from aiohttp import hdrs, web

from mautod.errors import MautodError, TooMany, Unavailable
from mautod.http.ingest import MAX_BODY_BYTES

KEEPALIVE_S: Final = 75.0
SHUTDOWN_S: Final = 20.0
LONGEST_PATH_BYTES: Final = 100
"""What all systems take as the path of a socket."""

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


Mount = Callable[[web.Application], None]
"""Adds the routes of one part to the application."""


def make_app(mounts: Iterable[Mount], *, not_ready: Callable[[], str] = str) -> web.Application:
    """The application that answers with the parts that `mounts` add.

    `not_ready` says what is still missing, empty when all is there; it is asked by `/readyz`.
    """
    app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=[errors_as_json])

    async def readyz(request: web.Request) -> web.Response:  # noqa: ARG001 - aiohttp hands it over
        missing = not_ready()
        return web.Response(text=f"{missing or 'ready'}\n", status=503 if missing else 200)

    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/readyz", readyz)
    for mount in mounts:
        mount(app)
    return app


async def start(app: web.Application, host: str, port: int) -> tuple[web.AppRunner, int]:
    """Listen; the runner, whose `cleanup` finishes what is under way, and the port taken.

    Raises:
        Unavailable: the address is not free.
    """
    runner = web.AppRunner(
        app,
        access_log=None,
        handle_signals=False,
        keepalive_timeout=KEEPALIVE_S,
        shutdown_timeout=SHUTDOWN_S,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
    except OSError as error:
        await runner.cleanup()
        hint = "Stop what listens there, or choose another port with --port."
        raise Unavailable(f"{host}:{port}: {error.strerror or error}", hint=hint) from error
    return runner, int(runner.addresses[0][1])


async def start_socket(app: web.Application, path: Path, mode: int) -> web.AppRunner:
    """Listen at the file `path`, which only those whom `mode` names may write to.

    A file that a dead process left behind is taken over.

    Raises:
        Unavailable: it cannot be made, or somebody listens there.
    """
    if len(os.fsencode(path)) > LONGEST_PATH_BYTES:
        hint = f"At most {LONGEST_PATH_BYTES} bytes; choose http.socket nearer to the root."
        raise Unavailable(f"{path} is too long for a socket", hint=hint)
    if await _is_heard(path):
        raise Unavailable(f"{path}: somebody listens there", hint="Is mautod up already?")
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_S)
    await runner.setup()
    before = os.umask(0o777 & ~mode)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        await web.UnixSite(runner, path).start()
    except OSError as error:
        await runner.cleanup()
        raise Unavailable(
            f"{path}: {error.strerror or error}", hint="Choose another file as http.socket."
        ) from error
    finally:
        os.umask(before)
    return runner


async def _is_heard(path: Path) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(path)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@web.middleware
async def errors_as_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Every failure as `{"error": {"code", "message", "field"}}`, never a traceback."""
    try:
        return await handler(request)
    except MautodError as error:
        return _told(error.status, error.code, str(error), error.field, _retry(error))
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004 - a redirect is no failure
            raise
        code = error.reason.lower().replace(" ", "_")
        allow = error.headers.get(hdrs.ALLOW)
        return _told(error.status, code, error.reason, "", {"Allow": allow} if allow else {})
    except Exception:
        log.exception("%s %s failed", request.method, request.path)
        return _told(500, "internal", "This is our fault; the log says more.", "", {})


def _retry(error: MautodError) -> dict[str, str]:
    if isinstance(error, TooMany | Unavailable):
        return {hdrs.RETRY_AFTER: str(error.retry_after_s)}
    return {}


def _told(
    status: int, code: str, message: str, field: str, headers: dict[str, str]
) -> web.Response:
    error = {"code": code, "message": message, "field": field}
    told = {"success": False, "code": code, "message": message, "error": error}
    return web.json_response(told, status=status, headers=headers)


async def _healthz(request: web.Request) -> web.Response:  # noqa: ARG001 - aiohttp hands it over
    return web.Response(text="alive\n")
