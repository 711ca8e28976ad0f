"""The web process: ingest, links, control API."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Final

from aiohttp import web

from mautod.app import site
from mautod.app.loops import new_loop
from mautod.app.mailbox import receiving
from mautod.app.parts import RUNG, Parts, open_parts
from mautod.app.supervisor import orphaned
from mautod.channels.email.hooks import hooks
from mautod.clock import now_ms
from mautod.config import Settings
from mautod.errors import MautodError
from mautod.http import control
from mautod.http.chat import ChatDoor
from mautod.http.chat_hub import ChatHub
from mautod.http.chat_writer import ChatWriter
from mautod.http.hooks import Hooks
from mautod.http.ingest import Ingest
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.links import MessageLinks
from mautod.http.metrics import Metrics
from mautod.http.preferences import PreferencePages
from mautod.http.sdk import BrowserSdk
from mautod.http.server import make_app, start, start_socket
from mautod.services.definitions.topics import topic_name
from mautod.services.desk import Desk
from mautod.services.site.settings import chat_settings
from mautod.services.work.apart import Apart
from mautod.store.group_commit import GroupCommit
from mautod.tasks.alarm import Alarm, Bell

LOOK_S: Final = 1.0


def run(settings: Settings) -> None:
    """Serve until SIGTERM; what is under way is finished.

    Raises:
        Unavailable: the address is not free.
    """
    parts = open_parts(settings)
    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(_serve(parts))
    parts.close()


async def _serve(parts: Parts) -> None:
    bell = Bell(Alarm(parts.settings.data / "queue.db", RUNG), "digest")
    config, secrets = parts.settings.config, parts.settings.secrets
    writer = GroupCommit(parts.journal, limit=config.http.queue, on_commit=bell.ring)
    limit = RateLimit(config.http.rate_per_s, config.http.burst)
    keys = WriteKeys({secrets.get(source.key): source.name for source in config.source})
    proxy = config.http.trust_proxy
    chat_settings(config, now_ms())
    works, api_key = Apart(parts.settings), secrets.get("MAUTOD_API_KEY")
    desk = Desk(parts.db, parts.journal, parts.settings, works=works)
    app = make_app(
        [
            Ingest(writer, keys, limit, trust_proxy=proxy).mount,
            _message_links(parts, writer).mount,
            _hooks(parts, writer).mount,
            _preference_pages(parts).mount,
            BrowserSdk(keys, config.workspace.url, trust_proxy=proxy).mount,
            *site.doors(parts, keys),
            _chat(parts, keys, writer, bell.ring).mount,
            Metrics(desk, writer, api_key).mount,
            lambda app: control.mount(app, desk, api_key, on_journal=bell.ring),
        ],
        not_ready=lambda: _not_ready(parts),
    )
    runners = [(await start(app, config.http.host, config.http.port))[0]]
    try:
        runners += await _socket(parts, desk, bell)
        async with receiving(parts, writer):
            await _until_stopped()
    finally:
        works.close()
        for runner in runners:
            await runner.cleanup()
        await writer.close()
        await asyncio.to_thread(bell.close)


async def _socket(parts: Parts, desk: Desk, bell: Bell) -> list[web.AppRunner]:
    """The control API alone, at a file whose mode is the key."""
    path = parts.settings.socket
    if path is None:
        return []
    app = make_app([lambda app: control.mount(app, desk, None, on_journal=bell.ring)])
    return [await start_socket(app, path, int(parts.settings.config.http.socket_mode, 8))]


def _chat(
    parts: Parts, keys: WriteKeys, writer: GroupCommit, on_news: Callable[[], None]
) -> ChatDoor:
    config = parts.settings.config
    return ChatDoor(
        db=parts.db,
        writer=writer,
        keys=keys,
        links=parts.links,
        hub=ChatHub(parts.db),
        acts=ChatWriter(parts.db),
        asks=RateLimit(config.http.rate_per_s, config.http.burst),
        secret=parts.settings.secrets.find("MAUTOD_IDENTITY_SECRET"),
        trust_proxy=config.http.trust_proxy,
        on_news=on_news,
    )


def _message_links(parts: Parts, writer: GroupCommit) -> MessageLinks:
    config = parts.settings.config
    return MessageLinks(
        db=parts.db,
        writer=writer,
        limit=RateLimit(config.http.rate_per_s, config.http.burst),
        links=parts.links,
        company=config.workspace.name,
        language=config.workspace.language,
        topic_name=partial(topic_name, parts.db),
        trust_proxy=config.http.trust_proxy,
    )


def _hooks(parts: Parts, writer: GroupCommit) -> Hooks:
    config = parts.settings.config
    return Hooks(
        hooks=hooks(parts.settings.secrets.find),
        writer=writer,
        limit=RateLimit(config.http.rate_per_s, config.http.burst),
        links=parts.links,
        trust_proxy=config.http.trust_proxy,
    )


def _preference_pages(parts: Parts) -> PreferencePages:
    config = parts.settings.config
    return PreferencePages(
        db=parts.db,
        journal=parts.journal,
        limit=RateLimit(config.http.rate_per_s, config.http.burst),
        links=parts.links,
        company=config.workspace.name,
        language=config.workspace.language,
        zone=config.workspace.timezone,
        channels=tuple(config.channels) or ("email",),
        trust_proxy=config.http.trust_proxy,
    )


def _not_ready(parts: Parts) -> str:
    try:
        parts.db.read().execute("SELECT 1").fetchone()
        parts.journal.last_id()
    except MautodError as error:
        return error.message
    return ""


async def _until_stopped() -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    while not (stopped.is_set() or orphaned()):
        with suppress(TimeoutError):
            await asyncio.wait_for(stopped.wait(), LOOK_S)
