"""Whether the mailbox can be read right now: asked by `doctor`, which waits a few seconds."""

from __future__ import annotations

import asyncio
from typing import Final

from mautod.services.mail.fetch import FAILURES
from mautod.services.mail.imap import Imap
from mautod.services.mail.places import Door, Inbox

PATIENCE_S: Final = 5.0


def unread(inbox: Inbox) -> str:
    """Why the mailbox cannot be read; empty if it can. Reads nothing, changes nothing."""
    return asyncio.run(_refusal(inbox))


def is_open(door: Door) -> bool:
    """Whether somebody answers where letters are handed over."""
    return asyncio.run(_answers(door))


async def _refusal(inbox: Inbox) -> str:
    session = Imap(inbox)
    try:
        async with asyncio.timeout(PATIENCE_S):
            await session.open()
            await session.select()
    except TimeoutError:
        return f"no answer within {PATIENCE_S:g} s"
    except FAILURES as error:
        return str(error) or type(error).__name__
    finally:
        await session.close()
    return ""


async def _answers(door: Door) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_S):
            _, writer = await asyncio.open_connection(door.host, door.port)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True
