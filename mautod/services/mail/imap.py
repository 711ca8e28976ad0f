"""A small IMAP client: what reading a mailbox takes, with a limit on everything the server says."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from mautod.services.mail.places import Inbox

COMMAND_S: Final = 60.0
IDLE_S: Final = 25 * 60.0
"""Servers hang up on whoever idles for half an hour (RFC 2177)."""
LONGEST_LINE: Final = 1024 * 1024
BEGINNING: Final = 64 * 1024
"""So much is taken of a letter that is too large."""
_SLACK: Final = 64 * 1024
_LITERAL: Final = re.compile(rb"\{(\d{1,12})\}\r\n$")
_SIZE: Final = re.compile(rb"RFC822\.SIZE (\d{1,12})")
_UID: Final = re.compile(rb"\bUID (\d{1,12})")
_VALIDITY: Final = re.compile(rb"\[UIDVALIDITY (\d{1,12})\]")


class ImapError(Exception):
    """The server said no, or something that is no IMAP; the text holds no secret."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response: its line, and the literals that came within it."""

    line: bytes
    literals: Sequence[bytes] = ()


class Imap:
    """One session with a mailbox; used by one task. Every wait has a limit.

    Raises, from every method: ImapError, OSError (TLS failures too), TimeoutError.
    """

    def __init__(self, inbox: Inbox) -> None:
        self._inbox = inbox
        self._number = 0
        self._capabilities: frozenset[bytes] = frozenset()
        self._reader: asyncio.StreamReader | None = None
        self._writer: asyncio.StreamWriter | None = None

    async def open(self) -> None:
        """Connect and log in; the password never crosses an open line to another machine."""
        place = self._inbox
        context = place.context() if place.secure else None
        async with asyncio.timeout(COMMAND_S):
            self._reader, self._writer = await asyncio.open_connection(
                place.host, place.port, ssl=context, limit=LONGEST_LINE
            )
            greeting = await self._response(place.largest)
        if not greeting.line.upper().startswith((b"* OK", b"* PREAUTH")):
            raise ImapError(f"the server greets with {_shown(greeting.line)}")
        await self._ask_capabilities()
        if not place.secure:
            await self._secure()
        if not greeting.line.upper().startswith(b"* PREAUTH"):
            await self._log_in()
        await self._ask_capabilities()

    async def select(self) -> int:
        """Enter the folder; its UIDVALIDITY."""
        answers = await self._do(b"SELECT " + _quoted(self._inbox.folder))
        found = next((m for each in answers if (m := _VALIDITY.search(each.line))), None)
        if found is None:
            raise ImapError("the server names no UIDVALIDITY")
        return int(found[1])

    async def after(self, uid: int) -> list[tuple[int, int]]:
        """The letters above `uid`, as (uid, size in bytes), in order."""
        answers = await self._do(b"UID FETCH %d:* (UID RFC822.SIZE)" % (uid + 1))
        found = [
            (int(number[1]), int(size[1]))
            for each in answers
            if (number := _UID.search(each.line)) and (size := _SIZE.search(each.line))
        ]
        # `n:*` names the last letter even if all are below n.
        return sorted(pair for pair in set(found) if pair[0] > uid)

    async def fetch(self, uid: int, size: int) -> bytes | None:
        """A letter's bytes; of one over the limit only the beginning. None if it is gone."""
        part = b"BODY.PEEK[]"
        if size > self._inbox.largest:
            part = b"BODY.PEEK[]<0.%d>" % BEGINNING
        answers = await self._do(b"UID FETCH %d (UID %s)" % (uid, part), self._inbox.largest)
        found = [each for each in answers if b"FETCH" in each.line.upper() and each.literals]
        return bytes(found[0].literals[0]) if found else None

    async def settle(self, uids: Sequence[int]) -> None:
        """Do with these letters what the configuration says; they are safe here."""
        place = self._inbox
        if not uids or place.then == "keep":
            return
        named = b",".join(b"%d" % uid for uid in uids)
        if place.then == "seen":
            await self._do(b"UID STORE " + named + rb" +FLAGS.SILENT (\Seen)")
        elif place.then == "move" and b"MOVE" in self._capabilities:
            await self._do(b"UID MOVE " + named + b" " + _quoted(place.target))
        else:
            if place.then == "move":
                await self._do(b"UID COPY " + named + b" " + _quoted(place.target))
            await self._do(b"UID STORE " + named + rb" +FLAGS.SILENT (\Deleted)")
            await self._expunge(named)

    async def idle(self, otherwise_s: float) -> None:
        """Wait for news; where the server cannot tell, for so many seconds."""
        if b"IDLE" not in self._capabilities:
            await asyncio.sleep(otherwise_s)
            await self._do(b"NOOP")
            return
        tag = self._send(b"IDLE")
        await self._expect_go_on(tag)
        with suppress(TimeoutError):
            async with asyncio.timeout(IDLE_S):
                while b"EXISTS" not in (await self._response(_SLACK)).line.upper():
                    pass
        self._write(b"DONE\r\n")
        await self._finish(tag, _SLACK)

    async def close(self) -> None:
        """Say good-bye; may be called twice."""
        writer, self._writer = self._writer, None
        if writer is None:
            return
        with suppress(OSError):
            writer.write(b"Z LOGOUT\r\n")
            writer.close()
            async with asyncio.timeout(1):
                await writer.wait_closed()

    async def _expunge(self, named: bytes) -> None:
        """Without UIDPLUS an EXPUNGE would take along what others have marked."""
        if b"UIDPLUS" in self._capabilities:
            await self._do(b"UID EXPUNGE " + named)

    async def _ask_capabilities(self) -> None:
        answers = await self._do(b"CAPABILITY")
        lines = [each.line.upper().split() for each in answers]
        self._capabilities = frozenset(
            word for line in lines if line[1:2] == [b"CAPABILITY"] for word in line
        )

    async def _secure(self) -> None:
        if b"STARTTLS" in self._capabilities and self._writer is not None:
            context = self._inbox.context()
            if self._inbox.is_near and not self._inbox.ca:
                return
            await self._do(b"STARTTLS")
            async with asyncio.timeout(COMMAND_S):
                await self._writer.start_tls(context, server_hostname=self._inbox.host)
            await self._ask_capabilities()
        elif not self._inbox.is_near:
            raise ImapError("the server offers no STARTTLS, so the password stays here")

    async def _log_in(self) -> None:
        place = self._inbox
        if b"AUTH=PLAIN" not in self._capabilities:
            await self._do(b"LOGIN " + _quoted(place.user) + b" " + _quoted(place.password))
            return
        tag = self._send(b"AUTHENTICATE PLAIN")
        await self._expect_go_on(tag)
        self._write(b64encode(f"\0{place.user}\0{place.password}".encode()) + b"\r\n")
        await self._finish(tag, _SLACK)

    async def _do(self, command: bytes, largest: int = _SLACK) -> list[Answer]:
        """Send a command; all that was said before its OK."""
        return await self._finish(self._send(command), largest)

    async def _finish(self, tag: bytes, largest: int) -> list[Answer]:
        answers: list[Answer] = []
        while True:
            async with asyncio.timeout(COMMAND_S):
                answer = await self._response(largest)
            if answer.line.startswith(tag + b" "):
                if answer.line[len(tag) + 1 :].upper().startswith(b"OK"):
                    return answers
                raise ImapError(f"the server refuses: {_shown(answer.line[len(tag) + 1 :])}")
            if answer.line.upper().startswith(b"* BYE"):
                raise ImapError(f"the server hangs up: {_shown(answer.line)}")
            answers.append(answer)

    async def _expect_go_on(self, tag: bytes) -> None:
        while True:
            async with asyncio.timeout(COMMAND_S):
                answer = await self._response(_SLACK)
            if answer.line.startswith(b"+"):
                return
            if answer.line.startswith((tag + b" ", b"* BYE")):
                raise ImapError(f"the server refuses: {_shown(answer.line)}")

    def _send(self, command: bytes) -> bytes:
        self._number += 1
        tag = b"m%d" % self._number
        self._write(tag + b" " + command + b"\r\n")
        return tag

    def _write(self, raw: bytes) -> None:
        if self._writer is None:
            raise ImapError("the session is closed")
        self._writer.write(raw)

    async def _response(self, largest: int) -> Answer:
        """The next response with its literals; they may be `largest` bytes together, and a bit."""
        line, room = b"", largest + _SLACK
        literals: list[bytes] = []
        while True:
            piece = await self._line()
            line += piece
            found = _LITERAL.search(piece)
            if found is None:
                return Answer(line.rstrip(b"\r\n"), literals)
            size = int(found[1])
            room -= size
            if room < 0 or len(line) > LONGEST_LINE or self._reader is None:
                raise ImapError(f"the server sends {size} bytes, more than were asked for")
            literals.append(await self._reader.readexactly(size))

    async def _line(self) -> bytes:
        if self._reader is None:
            raise ImapError("the session is closed")
        try:
            return await self._reader.readuntil(b"\r\n")
        except asyncio.LimitOverrunError as error:
            raise ImapError("the server sends a line without end") from error
        except asyncio.IncompleteReadError as error:
            raise ImapError("the server hung up") from error


def _quoted(text: str) -> bytes:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.encode()


def _shown(line: bytes) -> str:
    return "".join(c if c.isprintable() else " " for c in line[:200].decode("utf-8", "replace"))
