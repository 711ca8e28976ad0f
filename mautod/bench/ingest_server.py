"""What `bench ingest` measures: our ingest as `mautod web` has it, and an empty aiohttp handler."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import uvloop
from aiohttp import web

from mautod.http.ingest import Ingest
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.server import make_app, start
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

NO_LIMIT = 1_000_000


def main(data: Path, key: str) -> None:
    """Serve until SIGTERM; prints the port of our ingest and the port of the empty handler."""
    uvloop.run(_serve(data, key))


async def _serve(data: Path, key: str) -> None:
    journal = Journal(data / "journal.db").open()
    writer = GroupCommit(journal, limit=4096)
    ingest = Ingest(writer, WriteKeys({key: "bench"}), RateLimit(NO_LIMIT, NO_LIMIT))
    runner, port = await start(make_app([ingest.mount]), "127.0.0.1", 0)
    bare, bare_port = await start(_empty_app(), "127.0.0.1", 0)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print(port, bare_port, flush=True)
    await stop.wait()
    await bare.cleanup()
    await runner.cleanup()
    await writer.close()
    journal.close()


def _empty_app() -> web.Application:
    async def empty(request: web.Request) -> web.Response:  # noqa: ARG001 - aiohttp hands it over
        return web.Response()

    app = web.Application()
    app.router.add_get("/", empty)
    return app


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
