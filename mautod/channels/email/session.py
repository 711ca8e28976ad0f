"""A connection on which the server has greeted us, knows us, and said what it can do."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass

from mautod.channels.email.line import Line, connect
from mautod.channels.email.replies import Cut, Reply
from mautod.channels.email.server import Server
from mautod.core.sending.bounce import CLOSING

_GOODBYE_S = 1.0


@dataclass(slots=True)
class Session:
    """`served`: a letter was settled here, so that a later failure says little about the server.

    `dirty`: a transaction is open and has to be reset before the next.
    """

    line: Line
    features: Mapping[str, str]
    served: bool = False
    dirty: bool = False

    @property
    def pipelining(self) -> bool:
        return "PIPELINING" in self.features

    @property
    def largest(self) -> int:
        """Bytes of the largest message it takes; 0 for no limit."""
        size = self.features.get("SIZE", "")
        return int(size) if size.isdigit() else 0

    async def quit(self) -> None:
        """Say good-bye; never fails."""
        try:
            async with asyncio.timeout(_GOODBYE_S):
                await ask(self.line, b"QUIT")
        except (Cut, TimeoutError):
            pass
        finally:
            self.line.abort()


async def log_in(server: Server) -> Session:
    """A session ready for letters.

    Raises:
        Cut: no connection, or the server does not want us; says why, never with the password.
    """
    line = await connect(server)
    try:
        return Session(line, await _introduced(line, server))
    except BaseException:
        line.abort()
        raise


async def ask(line: Line, command: bytes) -> Reply:
    """Say one thing and hear the answer.

    Raises:
        Cut: no answer, or the server is closing.
    """
    line.write(command + b"\r\n")
    return open_still(await line.reply())


def open_still(reply: Reply) -> Reply:
    """`reply`, unless it announces that the connection ends.

    Raises:
        Cut: it does.
    """
    if reply.closing:
        raise Cut(reply.text, CLOSING, reply.stated)
    return reply


async def _introduced(line: Line, server: Server) -> Mapping[str, str]:
    _wanted(open_still(await line.reply()), "the server does not want us")
    features = await _hello(line, server)
    if not line.secure and server.tls != "never":
        features = await _under_tls(line, server, features)
    if server.user:
        await _authenticate(line, server, features)
    return features


async def _hello(line: Line, server: Server) -> Mapping[str, str]:
    reply = await ask(line, f"EHLO {server.hello}".encode())
    if reply.permanent:
        _wanted(await ask(line, f"HELO {server.hello}".encode()), "HELO refused")
        return {}
    _wanted(reply, "EHLO refused")
    pairs = (text.upper().replace("AUTH=", "AUTH ").partition(" ") for text in reply.lines[1:])
    return {keyword: rest.strip() for keyword, _, rest in pairs}


async def _under_tls(line: Line, server: Server, features: Mapping[str, str]) -> Mapping[str, str]:
    if "STARTTLS" not in features:
        if server.tls == "require":
            raise Cut('the server offers no STARTTLS, and tls = "require"')
        return features
    _wanted(await ask(line, b"STARTTLS"), "STARTTLS refused")
    await line.start_tls(server)
    # What was said in plain text counts for nothing.
    return await _hello(line, server)


async def _authenticate(line: Line, server: Server, features: Mapping[str, str]) -> None:
    if not line.secure and not server.may_log_in_openly:
        raise Cut('the password would cross an open connection; write tls = "never" to allow it')
    offered = features.get("AUTH", "").split()
    if "PLAIN" in offered:
        word = _base64(f"\0{server.user}\0{server.password}")
        reply = await ask(line, b"AUTH PLAIN " + word)
    elif "LOGIN" in offered:
        await ask(line, b"AUTH LOGIN")
        await ask(line, _base64(server.user))
        reply = await ask(line, _base64(server.password))
    else:
        raise Cut("the server offers no AUTH PLAIN or LOGIN")
    if not reply.positive:
        # Only the code: some servers repeat what they were told.
        raise Cut(f"the server refused user and password ({reply.code})")


def _base64(text: str) -> bytes:
    return b64encode(text.encode())


def _wanted(reply: Reply, otherwise: str) -> None:
    if not reply.positive:
        raise Cut(f"{otherwise}: {reply.text}", code=reply.stated)
