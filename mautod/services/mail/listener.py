"""A door for mail servers on this machine: they hand letters over by LMTP, or by SMTP.

A letter is answered 250 when it is on disk, and not before. Nothing is sent on from here.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from mautod.clock import Clock, now_ms
from mautod.core.envelope import MAIL, Request
from mautod.core.mail.mime import too_complex
from mautod.errors import Unavailable
from mautod.services.mail.arrive import traced
from mautod.services.mail.fetch import SOURCE
from mautod.services.mail.places import Door
from mautod.store.group_commit import GroupCommit

MOST_CONNECTIONS: Final = 20
MOST_RECIPIENTS: Final = 100
MOST_ERRORS: Final = 20
LONGEST_LINE: Final = 4096
IDLE_S: Final = 300.0
LETTER_S: Final = 600.0
CHUNK: Final = 64 * 1024
_END: Final = b"\r\n.\r\n"
_PATH: Final = re.compile(r"\s*(?:FROM|TO)\s*:\s*<([^<>\r\n]{0,320})>\s*(.*)", re.IGNORECASE)
_SIZE: Final = re.compile(r"(?:^|\s)SIZE=(\d{1,15})(?:\s|$)", re.IGNORECASE)
_LATER: Final = "451 4.3.0 it cannot be kept now, try again later"

log = logging.getLogger(__name__)


class _Gone(Exception):
    """The other side hung up, or says what nobody can read."""


async def listen(door: Door, writer: GroupCommit, clock: Clock = now_ms) -> asyncio.Server:
    """Open the door.

    Raises:
        Unavailable: the address is not free.
    """
    host = _Host(door, writer, clock)
    try:
        return await asyncio.start_server(host.serve, door.host, door.port, limit=CHUNK)
    except OSError as error:
        raise Unavailable(
            f"{door.name}: {error.strerror or error}",
            hint="Is another daemon running? Choose another [mailbox] listen.",
        ) from error


@dataclass(slots=True)
class _Host:
    door: Door
    writer: GroupCommit
    clock: Clock
    guests: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its greeting to its end."""
        self.guests += 1
        try:
            if self.guests > MOST_CONNECTIONS:
                writer.write(b"421 4.3.2 too many connections\r\n")
                return
            await _Talk(self, reader, writer).run()
        except (_Gone, OSError, TimeoutError, asyncio.IncompleteReadError):
            pass
        finally:
            self.guests -= 1
            with suppress(OSError):
                await writer.drain()
            writer.close()


@dataclass(slots=True)
class _Talk:
    """One conversation; `_sender` is None outside a letter."""

    host: _Host
    reader: asyncio.StreamReader
    out: asyncio.StreamWriter
    _buffer: bytearray = field(default_factory=bytearray)
    _greeted: bool = False
    _sender: str | None = None
    _recipients: list[str] = field(default_factory=list)
    _errors: int = 0

    async def run(self) -> None:
        self._say("220 mautod")
        while self._errors < MOST_ERRORS:
            line = await self._command()
            verb, _, rest = line.partition(" ")
            if verb.upper() == "QUIT":
                self._say("221 2.0.0 bye")
                return
            await self._verbs().get(verb.upper(), self._unknown)(rest)
            await self.out.drain()
        self._say("421 4.7.0 too many errors")

    def _verbs(self) -> dict[str, Callable[[str], Awaitable[None]]]:
        hello = {"LHLO": self._hello} if self.host.door.lmtp else {"EHLO": self._hello}
        return {
            **hello,
            **({} if self.host.door.lmtp else {"HELO": self._helo}),
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "RSET": self._rset,
            "NOOP": self._noop,
        }

    async def _hello(self, _rest: str) -> None:
        self._reset(greeted=True)
        self._say("250-mautod")
        self._say("250-PIPELINING")
        self._say("250-8BITMIME")
        self._say("250-ENHANCEDSTATUSCODES")
        self._say(f"250 SIZE {self.host.door.largest}")

    async def _helo(self, _rest: str) -> None:
        self._reset(greeted=True)
        self._say("250 mautod")

    async def _mail(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        if not self._greeted or self._sender is not None or found is None:
            self._wrong("503 5.5.1" if found else "501 5.5.4")
            return
        size = _SIZE.search(found[2])
        if size is not None and int(size[1]) > self.host.door.largest:
            self._say(self._too_large())
            return
        self._sender = found[1]
        self._say("250 2.1.0 ok")

    async def _rcpt(self, rest: str) -> None:
        found = _PATH.fullmatch(rest)
        if self._sender is None or found is None or not found[1]:
            self._wrong("503 5.5.1" if found else "501 5.5.4")
        elif len(self._recipients) >= MOST_RECIPIENTS:
            self._say("452 4.5.3 too many recipients")
        else:
            self._recipients.append(found[1])
            self._say("250 2.1.5 ok")

    async def _data(self, _rest: str) -> None:
        if not self._recipients:
            self._wrong("503 5.5.1")
            return
        self._say("354 go on")
        await self.out.drain()
        async with asyncio.timeout(LETTER_S):
            raw = await self._letter()
        answer = self._too_large() if raw is None else await self._keep(raw)
        # LMTP answers once for each recipient (RFC 2033).
        for _ in self._recipients if self.host.door.lmtp else (1,):
            self._say(answer)
        self._reset(greeted=True)

    async def _rset(self, _rest: str) -> None:
        self._reset(greeted=self._greeted)
        self._say("250 2.0.0 ok")

    async def _noop(self, _rest: str) -> None:
        self._say("250 2.0.0 ok")

    async def _unknown(self, _rest: str) -> None:
        self._wrong("500 5.5.2")

    async def _keep(self, raw: bytes) -> str:
        """What to answer: 250 once the letter is on disk."""
        if too_complex(raw):
            return "554 5.6.0 nested deeper than anything honest"
        body = traced(raw, self._sender or "", tuple(self._recipients))
        try:
            await self.host.writer.write(Request(self.host.clock(), SOURCE, MAIL, "", body))
        except Unavailable as error:
            log.warning("a letter is put off: %s", error)
            return _LATER
        return "250 2.0.0 it is on disk"

    async def _letter(self) -> bytes | None:
        """The letter up to its dot, without the dots that were put before lines; None if too large.

        Only a dot between two whole line ends is the end: others hide a second letter.
        """
        taken = bytearray(b"\r\n")
        too_large = False
        while True:
            taken += self._buffer
            self._buffer.clear()
            at = taken.find(_END, max(0, len(taken) - CHUNK - len(_END) - LONGEST_LINE))
            if at >= 0:
                self._buffer += taken[at + len(_END) :]
                del taken[at + 2 :]
                break
            if len(taken) > self.host.door.largest:
                too_large = True
                del taken[: -len(_END)]
            await self._fill(IDLE_S)
        if too_large or len(taken) > self.host.door.largest + len(_END):
            return None
        return bytes(taken).replace(b"\r\n..", b"\r\n.")[2:]

    async def _command(self) -> str:
        while (at := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > LONGEST_LINE:
                self._say("500 5.5.6 the line is too long")
                raise _Gone
            await self._fill(IDLE_S)
        line = bytes(self._buffer[:at])
        del self._buffer[: at + 1]
        return line.decode("utf-8", "replace").rstrip("\r")

    async def _fill(self, within_s: float) -> None:
        async with asyncio.timeout(within_s):
            piece = await self.reader.read(CHUNK)
        if not piece:
            raise _Gone
        self._buffer += piece

    def _reset(self, *, greeted: bool) -> None:
        self._greeted, self._sender = greeted, None
        self._recipients.clear()

    def _too_large(self) -> str:
        return f"552 5.3.4 more than {self.host.door.largest} bytes"

    def _wrong(self, code: str) -> None:
        self._errors += 1
        self._say(f"{code} this is not the time for it, or not the way")

    def _say(self, line: str) -> None:
        self.out.write(f"{line}\r\n".encode())
