"""Long work at the daemon: begun there, asked after from here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from mautod import wire
from mautod.client import Client, failure
from mautod.errors import Conflict
from tui import show
from tui.words import tr

LOOK_S: Final = 0.3


async def finished(
    client: Client, begin: Awaitable[wire.Work], say: Callable[[str], None]
) -> wire.Work:
    """The work with its answer; meanwhile `say` is told how far it is.

    Raises:
        MautodError: what it came to grief on there.
    """
    work = await begin
    while work.state == "running":
        say(_words(work))
        await asyncio.sleep(LOOK_S)
        work = await client.work(work.id)
    if work.fault is not None:
        raise failure(work.fault)
    if work.state == "stopped":
        raise Conflict(tr("somebody ended this work"))
    return work


def _words(work: wire.Work) -> str:
    share = f" {show.percent(work.done, work.total)}" if work.total else ""
    return f"{tr(work.kind)} …{share}"
