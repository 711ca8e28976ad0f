"""What `bench live` measures: the chat as `mautod web` has it, with limits out of the way."""

from __future__ import annotations

import asyncio
import signal
import sys
from pathlib import Path

import uvloop

from mautod.core.sending.links import Links
from mautod.http.chat import ChatDoor
from mautod.http.chat_hub import ChatHub
from mautod.http.chat_writer import ChatWriter
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.server import make_app, start
from mautod.store.db import Database
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

NO_LIMIT = 1_000_000


def main(data: Path, key: str) -> None:
    """Serve until SIGTERM; prints the port."""
    uvloop.run(_serve(data, key))


async def _serve(data: Path, key: str) -> None:
    journal, db = Journal(data / "journal.db").open(), Database(data / "mautod.db").open()
    writer = GroupCommit(journal, limit=4096)
    free = RateLimit(NO_LIMIT, NO_LIMIT)
    door = ChatDoor(
        db=db,
        writer=writer,
        keys=WriteKeys({key: "bench"}),
        links=Links(key, "http://127.0.0.1"),
        hub=ChatHub(db),
        acts=ChatWriter(db),
        asks=free,
        words=free,
        tokens=free,
        most_per_address=NO_LIMIT,
    )
    runner, port = await start(make_app([door.mount]), "127.0.0.1", 0)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    print(port, flush=True)
    await stop.wait()
    await runner.cleanup()
    await writer.close()
    db.close()
    journal.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
