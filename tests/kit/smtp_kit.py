"""Mail servers for tests: Postfix's smtp-sink, and one that follows a script."""

import asyncio
import contextlib
import os
import shutil
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from mautod.core.sending.message import Draft, Letter

SINK = shutil.which("smtp-sink", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(port: int) -> None:
    for _ in range(200):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.1):
            return
        time.sleep(0.01)
    raise AssertionError("the server did not come up")


def taken_by(folder: Path) -> list[str]:
    """Whom the sink has a whole message for; it dumps cut ones too, without an end."""
    found = []
    for file in folder.iterdir():
        text = file.read_text()
        found += [
            line.split("<")[1].split(">")[0]
            for line in text.splitlines()
            if line.startswith("X-Rcpt-Args:")
        ]
    return sorted(found)


def letters(count: int, size: int = 200, host: str = "x.test") -> list[Letter]:
    body = b"Subject: Hi\r\n\r\n" + b"0123456789\r\n.dots\r\n" * (size // 19)
    return [Letter(n, f"p{n}@{host}", "shop@shop.test", body) for n in range(count)]


def draft(**changes) -> Draft:
    values = {
        "message_id": 7,
        "person_id": 1,
        "address": "ann@x.test",
        "template": "cart-1",
        "topic": "offers",
        "language": "en",
        "person": {"name": "Ann"},
        "event": {},
    }
    return Draft(**{**values, **changes})


Rule = Callable[[int, str], str | None]
"""Number of the connection and what it is about → an answer, "cut", or None for the usual one."""


@dataclass
class Scripted:
    """A mail server that does what a test tells it; `took` holds whom it answered 250 for."""

    pipelining: bool = True
    on_mail: Rule | None = None
    on_rcpt: Rule | None = None
    on_data: Rule | None = None
    on_text: Rule | None = None
    on_dot: Rule | None = None
    port: int = 0
    took: list[str] = field(default_factory=list)
    texts: list[bytes] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    tasks: list[asyncio.Task] = field(default_factory=list)

    @property
    def connections(self) -> int:
        return len(self.tasks)

    async def serve(self, reader, writer):
        self.tasks.append(asyncio.current_task())
        try:
            with contextlib.suppress(ConnectionError):
                await _Conversation(self, len(self.tasks), reader, writer).run()
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


@dataclass
class _Conversation:
    script: Scripted
    number: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    recipient: str = ""

    async def run(self):
        self.say("220 scripted")
        while line := (await self.reader.readline()).decode().strip():
            self.script.commands.append(line)
            verb = line.partition(":")[0].split(" ")[0].lower()
            await getattr(self, f"_{verb}", self._other)(line)
            if verb == "quit":
                return

    def say(self, line):
        self.writer.write(line.encode() + b"\r\n")

    async def answer(self, rule, about, usual):
        """Says what `rule` wants, else `usual`; true if it was the usual."""
        told = rule(self.number, about) if rule else None
        if told != "cut" and (told or usual):
            self.say(told or usual)
        if told and told.startswith(("cut", "421")):
            await self.writer.drain()
            raise ConnectionAbortedError
        return told is None

    async def _ehlo(self, _line):
        pipelining = "250-PIPELINING\r\n" if self.script.pipelining else ""
        self.say(f"250-scripted\r\n{pipelining}250 SIZE 50000000")

    async def _mail(self, line):
        await self.answer(self.script.on_mail, line, "250 ok")

    async def _rcpt(self, line):
        address = line.split("<")[1].split(">")[0]
        taken = await self.answer(self.script.on_rcpt, address, "250 ok")
        self.recipient = address if taken else ""

    async def _data(self, _line):
        told = self.script.on_data(self.number, self.recipient) if self.script.on_data else None
        usual = "354 go on" if self.recipient else "503 no recipient"
        self.say(told or usual)
        if (told or usual).startswith("354"):
            await self.answer(self.script.on_text, self.recipient, "")
            await self._take(await self.text())

    async def _take(self, text):
        if await self.answer(self.script.on_dot, self.recipient, "250 2.0.0 queued as 42"):
            self.script.took.append(self.recipient)
            self.script.texts.append(text)

    async def text(self):
        lines = []
        while (line := await self.reader.readline()) != b".\r\n":
            if not line:
                raise ConnectionAbortedError
            lines.append(line.removeprefix(b"."))
        return b"".join(lines)

    async def _quit(self, _line):
        self.say("221 bye")

    async def _other(self, _line):
        self.say("250 ok")
