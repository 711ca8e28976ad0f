"""`/live` and `/v1/chat`: the chat of a site's pages, by WebSocket or by requests that wait.

Both speak the same: an ask, and news in answer. What a visitor says is on disk before its `ref`
comes back among the parts; what is asked with `after` is exactly what was said later.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any, Final

import msgspec
from aiohttp import WSMsgType, web
from msgspec import Meta

from mautod.clock import Clock, new_id, now_ms
from mautod.core.envelope import Request
from mautod.core.people.person import clean_email
from mautod.core.sending.links import Links
from mautod.errors import BadInput, MautodError, TooLarge, TooMany
from mautod.http.callers import admit, proven
from mautod.http.chat_hub import ChatHub, Seat
from mautod.http.chat_writer import ChatWriter
from mautod.http.cors import open_to_pages, preflight
from mautod.http.ingest import read_body, refusal
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.visitor import address_of
from mautod.services.conversations import visitor
from mautod.services.conversations.visitor import Claim, News, Words
from mautod.store.conversations import chats
from mautod.store.db import Database, Tx
from mautod.store.group_commit import GroupCommit

LARGEST: Final = 32 * 1024
LONGEST_WAIT_MS: Final = 25_000
HELLO_S: Final = 10.0
HEARTBEAT_S: Final = 30.0
MOST_OPEN: Final = 20_000
MOST_PER_ADDRESS: Final = 200

Short = Annotated[str, Meta(max_length=255)]


class Ask(msgspec.Struct, frozen=True, rename="camel"):
    """What a widget asks: who it is, what it wants to know, what it has to say.

    Over a WebSocket the first ask says who; `begin` asks for a token.
    """

    write_key: Short = ""
    anonymous_id: Short = ""
    user_id: Short = ""
    user_hash: Short = ""
    token: Short = ""
    begin: bool = False
    after: Annotated[int, Meta(ge=0, le=2**53)] = 0
    wait: Annotated[int, Meta(ge=0, le=LONGEST_WAIT_MS)] = 0
    text: str = ""
    ref: Short = ""
    email: Short = ""
    url: Annotated[str, Meta(max_length=4096)] = ""
    read: Annotated[int, Meta(ge=0, le=2**53)] = 0
    writes: bool | None = None


@dataclass(slots=True)
class Caller:
    """Who asks, by which key, from where."""

    source: str
    address: str
    claim: Claim


@dataclass(frozen=True, slots=True)
class ChatDoor:
    """Takes what visitors say, and brings them what operators answer.

    `asks` limits requests of an address, `words` what a device says, `tokens` how many new devices
    an address may be. `on_news` is called after events were left for the digest.
    """

    db: Database
    writer: GroupCommit
    keys: WriteKeys
    links: Links
    hub: ChatHub
    acts: ChatWriter
    asks: RateLimit
    words: RateLimit = field(default_factory=lambda: RateLimit(2, 30))
    tokens: RateLimit = field(default_factory=lambda: RateLimit(0.5, 60))
    secret: str = field(default="", repr=False)
    trust_proxy: bool = False
    clock: Clock = now_ms
    on_news: Callable[[], None] = lambda: None
    most_per_address: int = MOST_PER_ADDRESS
    _open: Counter[str] = field(default_factory=Counter, repr=False)
    _sockets: set[web.WebSocketResponse] = field(default_factory=set, repr=False)

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_post("/v1/chat", self.told)
        app.router.add_options("/v1/chat", preflight)
        app.router.add_get("/live", self.live)
        app.on_shutdown.append(self._close)

    async def told(self, request: web.Request) -> web.Response:
        """Answer one ask; with `wait` only when there is news, or the time is over."""
        try:
            ask = _read(await read_body(request))
            caller = self._caller(request, ask)
            with self._room(caller.address):
                response = web.json_response(await self._answer(caller, ask))
        except MautodError as error:
            response = refusal(error)
        open_to_pages(request, response)
        return response

    async def live(self, request: web.Request) -> web.StreamResponse:
        """Keep a WebSocket until the page goes."""
        address = address_of(request, trust_proxy=self.trust_proxy)
        # Compression would cost each connection 300 KB for texts of a line.
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LARGEST, compress=False)
        with self._room(address):
            await socket.prepare(request)
            self._sockets.add(socket)
            try:
                await _Line(self, socket).serve(request)
            finally:
                self._sockets.discard(socket)
        return socket

    @contextlib.contextmanager
    def _room(self, address: str) -> Iterator[None]:
        if self._open.total() >= MOST_OPEN or self._open[address] >= self.most_per_address:
            raise TooMany("too many open chats", retry_after_s=30)
        self._open[address] += 1
        try:
            yield
        finally:
            self._open[address] -= 1
            if not self._open[address]:
                del self._open[address]

    async def _close(self, _: web.Application) -> None:
        for socket in tuple(self._sockets):
            await socket.close(code=1012, message=b"restart")
        await self.hub.close()

    def _caller(self, request: web.Request, ask: Ask) -> Caller:
        source, address = admit(
            request, ask.write_key, self.keys, self.asks, trust_proxy=self.trust_proxy
        )
        known = self.links.read_chat(ask.token) if ask.token else ""
        claim = Claim(ask.anonymous_id, known, proven(self.secret, ask.user_id, ask.user_hash))
        return Caller(source, address, claim)

    async def _answer(self, caller: Caller, ask: Ask) -> dict[str, Any]:
        token = self.begin(caller, ask)
        await self.act(caller, ask)
        came: asyncio.Queue[News] = asyncio.Queue()
        seat = Seat(came.put_nowait)
        try:
            found = await self.seated(seat, caller.claim, ask.after)
            if ask.wait and not found.parts:
                with contextlib.suppress(TimeoutError):
                    found = await asyncio.wait_for(came.get(), ask.wait / 1000)
        finally:
            self.hub.rise(seat)
        return {**shape(found), **({"token": token} if token else {})}

    def begin(self, caller: Caller, ask: Ask) -> str:
        """A token for a device that asks for one and has none of ours; else an empty one."""
        if not ask.begin or caller.claim.visitor:
            return ""
        self.tokens.take("", caller.address, asyncio.get_running_loop().time())
        name = new_id()
        claim = caller.claim
        caller.claim = Claim(claim.anonymous_id, name, claim.user_id)
        return self.links.chat(name)

    async def seated(self, seat: Seat, claim: Claim, after: int) -> News:
        """Take a seat; what it has missed since `after`."""
        ids, found = await asyncio.to_thread(self._look, claim, after)
        if ids:
            await self.acts.write(lambda tx: chats.present(tx, ids, self.clock()))
        self.hub.sit(seat, ids, max((part.id for part in found.parts), default=after))
        return found

    def _look(self, claim: Claim, after: int) -> tuple[list[int], News]:
        tx = self.db.read()
        ids = visitor.audience(tx, claim)
        return ids, visitor.news(tx, ids, after)

    async def act(self, caller: Caller, ask: Ask) -> None:
        """Do what an ask says; on disk when this returns.

        Raises:
            BadInput, TooLarge: it cannot be said.
            TooMany: too fast.
            Unavailable: the disk is full; nothing was said.
        """
        if not (ask.text or ask.read or ask.writes is not None):
            return
        claim = caller.claim
        who = claim.visitor or claim.user_id or caller.address
        now_s = asyncio.get_running_loop().time()
        self.words.take(who, "", now_s)
        self.asks.take(caller.source, caller.address, now_s)
        if ask.text:
            visitor.check(Words(ask.text, ask.ref))
            await self._introduce(caller, ask)
        await self.acts.write(partial(self._act, claim, ask))
        self.hub.poke()
        if ask.text:
            self.on_news()

    def _act(self, claim: Claim, ask: Ask, tx: Tx) -> None:
        now = self.clock()
        if ask.text:
            visitor.say(tx, claim, Words(ask.text, ask.ref, ask.url), now)
            return
        ids = visitor.audience(tx, claim)
        if ask.read:
            chats.read(tx, ids, ask.read)
        if ask.writes is not None:
            chats.writing(tx, ids, now if ask.writes else 0)

    async def _introduce(self, caller: Caller, ask: Ask) -> None:
        """An email goes the road of all that browsers say: it proves nothing."""
        if not ask.email:
            return
        address = clean_email(ask.email)
        if address is None:
            raise BadInput("this is no email address", field="email")
        told: dict[str, Any] = {
            "messageId": f"chat-email-{ask.ref}",
            "anonymousId": caller.claim.anonymous_id,
            "traits": {"email": address},
        }
        if caller.claim.user_id:
            told |= {"userId": caller.claim.user_id, "userHash": ask.user_hash}
        body = msgspec.json.encode(told)
        request = Request(self.clock(), caller.source, "identify", caller.address, body)
        await self.writer.write(request)


class _Line:
    """One WebSocket: asks come in order, news goes out as it comes."""

    __slots__ = ("_door", "_news", "_seat", "_sending", "_socket", "_who")

    def __init__(self, door: ChatDoor, socket: web.WebSocketResponse) -> None:
        self._door = door
        self._socket = socket
        self._seat = Seat(self._tell)
        self._news: list[dict[str, Any]] = []
        self._sending: asyncio.Task[None] | None = None
        self._who: Ask = Ask()

    async def serve(self, request: web.Request) -> None:
        try:
            caller = await self._hello(request)
            if caller is not None:
                async for message in self._socket:
                    if message.type is not WSMsgType.TEXT:
                        break
                    await self._take(caller, message.data)
        finally:
            self._door.hub.rise(self._seat)
            if self._sending is not None:
                self._sending.cancel()

    async def _hello(self, request: web.Request) -> Caller | None:
        try:
            self._who = ask = _read((await self._socket.receive_str(timeout=HELLO_S)).encode())
            caller = self._door._caller(request, ask)  # noqa: SLF001 - the other half of the door
            await self._do(caller, ask, ask.after)
        except (TimeoutError, TypeError):
            await self._socket.close(code=1008, message=b"nobody said hello")
            return None
        except MautodError as error:
            await self._socket.send_json(_refused(error, ""))
            await self._socket.close(code=1008)
            return None
        return caller

    async def _take(self, caller: Caller, text: str) -> None:
        ref = ""
        try:
            ask = _read(text.encode())
            ref = ask.ref
            said = msgspec.structs.replace(ask, user_hash=self._who.user_hash)
            await self._do(caller, said, self._seat.after)
        except MautodError as error:
            self._send(_refused(error, ref))

    async def _do(self, caller: Caller, ask: Ask, after: int) -> None:
        token = self._door.begin(caller, ask)
        await self._door.act(caller, ask)
        seated = bool(self._seat.conversations)
        if token or not seated:
            found = await self._door.seated(self._seat, caller.claim, after)
            self._send({**shape(found), **({"token": token} if token else {})})

    def _tell(self, news: News) -> None:
        self._send(shape(news))

    def _send(self, told: dict[str, Any]) -> None:
        self._news.append(told)
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._drain())

    async def _drain(self) -> None:
        with contextlib.suppress(ConnectionError):
            while self._news:
                await self._socket.send_json(self._news.pop(0))


def shape(news: News) -> dict[str, Any]:
    """News as widgets read them."""
    parts = [
        {
            "id": part.id,
            "at": part.at,
            "mine": part.direction == "in",
            "author": part.author,
            "text": part.text,
            "ref": part.ref.removeprefix("chat:") if part.direction == "in" else "",
        }
        for part in news.parts
    ]
    typing = {"name": news.typist, "at": news.typing_at} if news.typing_at else None
    return {"parts": parts, "read": news.read, "typing": typing}


def _refused(error: MautodError, ref: str) -> dict[str, Any]:
    told = {"code": error.code, "message": error.message, "field": error.field}
    retry = getattr(error, "retry_after_s", 0)
    return {"error": told, "ref": ref, "retryAfter": retry}


def _read(body: bytes) -> Ask:
    if len(body) > LARGEST:
        raise TooLarge(f"a body of more than {LARGEST} bytes", field="body")
    try:
        return msgspec.json.decode(body, type=Ask)
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"the body is not JSON as expected: {error}", field="body") from error
