"""Where letters come in: the door and the reader of the configured mailbox, in the web process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from mautod.app.parts import Parts
from mautod.services.mail.fetch import Fetcher
from mautod.services.mail.listener import listen
from mautod.services.mail.places import door_of, inbox_of
from mautod.store.group_commit import GroupCommit


@asynccontextmanager
async def receiving(parts: Parts, writer: GroupCommit) -> AsyncIterator[None]:
    """Take letters in until the end of the block.

    Raises:
        ConfigError: the mailbox cannot be read as it is configured.
        Unavailable: the address of the door is not free.
    """
    door, inbox = door_of(parts.settings), inbox_of(parts.settings)
    server = await listen(door, writer) if door else None
    reader = asyncio.create_task(Fetcher(inbox, parts.db, writer).run()) if inbox else None
    try:
        yield
    finally:
        if server is not None:
            server.close()
        if reader is not None:
            reader.cancel()
            with suppress(asyncio.CancelledError):
                await reader
