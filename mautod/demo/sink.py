"""A mail server that keeps what it gets: enough of RFC 5321 for a real, pipelining client."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

from mautod.clock import now_ms

HELLO: Final = "250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 33554432"


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter that arrived."""

    at: int
    recipient: str
    raw: bytes

    def parsed(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=policy.default)

    def html(self) -> str:
        """The HTML part, empty when there is none."""
        part = self.parsed().get_body(("html",))
        return "" if part is None else str(part.get_content())


@dataclass(slots=True)
class Sink:
    """Listens on a port of 127.0.0.1; `on_letter` hears of every letter as it is accepted."""

    on_letter: Callable[[Letter], None] | None = None
    letters: list[Letter] = field(default_factory=list)
    _server: asyncio.Server | None = None
    _open: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in tuple(self._open):
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talk = _Talk(self, reader, writer)
        self._open.add(writer)
        try:
            await talk.run()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            self._open.discard(writer)
            writer.close()

    def keep(self, recipients: list[str], raw: bytes) -> None:
        """Take a letter for everybody it is addressed to."""
        for recipient in recipients:
            letter = Letter(now_ms(), recipient, raw)
            self.letters.append(letter)
            if self.on_letter is not None:
                self.on_letter(letter)


class _Talk:
    """One connection."""

    def __init__(
        self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._sink = sink
        self._reader = reader
        self._writer = writer
        self._recipients: list[str] = []

    async def run(self) -> None:
        self._say("220 sink ESMTP")
        while True:
            await self._writer.drain()
            line = (await self._reader.readline()).decode("latin-1").strip()
            if not line:
                return
            if not await self._obey(line):
                return

    async def _obey(self, line: str) -> bool:
        verb = line[:4].upper()
        if verb in {"EHLO", "HELO"}:
            self._say(HELLO)
        elif verb == "RCPT":
            self._recipients.append(line.partition("<")[2].partition(">")[0])
            self._say("250 ok")
        elif verb == "DATA":
            await self._data()
        elif verb == "QUIT":
            self._say("221 bye")
            return False
        else:
            if verb in {"MAIL", "RSET"}:
                self._recipients = []
            self._say("250 ok")
        return True

    async def _data(self) -> None:
        self._say("354 go on")
        await self._writer.drain()
        raw = await self._reader.readuntil(b"\r\n.\r\n")
        self._sink.keep(self._recipients, raw[:-3].replace(b"\r\n..", b"\r\n."))
        self._recipients = []
        self._say("250 kept")

    def _say(self, text: str) -> None:
        self._writer.write(f"{text}\r\n".encode())
