"""Links in messages: clicks, opens, and the way out.

Programs follow links too: a GET never unsubscribes, and one link is there for programs alone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec
from aiohttp import hdrs, web

from mautod.clock import Clock, now_ms
from mautod.core.envelope import RECEIPT, Receipt, Request
from mautod.core.sending.consent import ALL, Proof
from mautod.core.sending.links import Links, is_trial
from mautod.errors import BadInput, NotFound, TooMany, Unavailable
from mautod.http import pages
from mautod.http.limits import RateLimit
from mautod.http.visitor import address_of
from mautod.services.delivery.consent import FromMessage, unsubscribe
from mautod.services.delivery.preferences import part
from mautod.services.intake.reader import Reader, reader
from mautod.store.db import Database
from mautod.store.group_commit import GroupCommit

OWN_SOURCE: Final = "mautod"
PIXEL: Final = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\x00\x00\x00!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02D\x01\x00;"
)
_NEVER_KEPT: Final = {hdrs.CACHE_CONTROL: "no-store, private", "X-Robots-Tag": "noindex"}
# What a Location may hold as it is; all else is escaped, line ends above all.
_URL_CHARACTERS: Final = "!#$%&'()*+,/:;=?@[]~-._"
_AGENT_CHARS: Final = 255
# Unknown charsets are a LookupError to aiohttp, unknown transfer encodings a RuntimeError.
_UNREADABLE: Final = (
    ValueError,
    LookupError,
    RuntimeError,
    web.HTTPException,
    web.RequestPayloadError,
)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MessageLinks:
    """The public routes that messages lead to.

    `topic_name(topic, language)` is what people read as a topic's name, empty if it has none.
    """

    db: Database
    writer: GroupCommit
    limit: RateLimit
    links: Links
    company: str
    language: str
    topic_name: Callable[[str, str], str]
    trust_proxy: bool = False
    clock: Clock = now_ms

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/c/{token}", self.click)
        app.router.add_get("/o/{token}", self.open)
        app.router.add_get("/h/{token}", self.trap)
        app.router.add_get("/u/{token}", self.ask)
        app.router.add_post("/u/{token}", self.unsubscribe)

    async def click(self, request: web.Request) -> web.Response:
        """Lead on to where the message pointed, and note the click."""
        try:
            message, url = self.links.read_click(request.match_info["token"])
        except NotFound:
            return pages.gone_page(self._language(request), self.company)
        await self._note(request, _receipt(request, "click", message, url))
        location = quote(url, safe=_URL_CHARACTERS)
        return web.Response(status=302, headers={**_NEVER_KEPT, hdrs.LOCATION: location})

    async def open(self, request: web.Request) -> web.Response:
        """One transparent pixel, and note the opening."""
        status = 200
        try:
            message = self.links.read_open(request.match_info["token"])
        except NotFound:
            status = 404
        else:
            await self._note(request, _receipt(request, "open", message))
        return web.Response(
            body=PIXEL, status=status, content_type="image/gif", headers=_NEVER_KEPT
        )

    async def trap(self, request: web.Request) -> web.Response:
        """Where the link leads that nobody sees: nowhere; and note who followed it."""
        with suppress(NotFound):
            message = self.links.read_trap(request.match_info["token"])
            await self._note(request, _receipt(request, "trap", message))
        return pages.gone_page(self._language(request), self.company)

    async def ask(self, request: web.Request) -> web.Response:
        """Show the page that asks; changes nothing."""
        try:
            message, who = await self._reader(request)
        except NotFound:
            return pages.gone_page(self._language(request), self.company)
        if is_trial(message):
            return pages.trial_page(self._language(request), self.company)
        language = self._language(request, who.language)
        return pages.ask_page(
            language,
            self.company,
            topic=self.topic_name(who.topic, language),
            address=who.address,
            preferences=self.links.page("preferences", message),
        )

    async def unsubscribe(self, request: web.Request) -> web.Response:
        """Unsubscribe: the page's buttons, and a mail program's one click (RFC 8058).

        With a reason it only notes that, for whoever has left already.
        """
        language = self._language(request)
        form = await _form(request)
        everything = form.get("scope") == "all"
        try:
            message, who = await self._reader(request)
            if is_trial(message):
                return pages.trial_page(language, self.company)
            language = self._language(request, who.language)
            if "reason" in form:
                return await self._part(message, form, language)
            topic = self.topic_name(who.topic, language)
            await asyncio.to_thread(
                unsubscribe,
                self.db,
                FromMessage(message),
                self.clock(),
                topic=ALL if everything else "",
                channel=ALL if everything else "",
                source="one-click" if "List-Unsubscribe" in form else "link",
                proof=self._proof(request, form, language, topic),
            )
        except NotFound:
            return pages.gone_page(language, self.company)
        except Unavailable as error:
            return pages.later_page(language, self.company, error.retry_after_s)
        return pages.done_page(language, self.company, topic=topic, everything=everything)

    async def _part(self, message: int, form: Mapping[str, object], language: str) -> web.Response:
        reason, note = str(form["reason"]), str(form.get("note", ""))
        try:
            await asyncio.to_thread(part, self.db, message, reason, note, self.clock())
        except BadInput:
            return pages.gone_page(language, self.company)
        return pages.thanks_page(language, self.company)

    def _proof(
        self, request: web.Request, form: Mapping[str, object], language: str, topic: str
    ) -> Proof:
        ip = address_of(request, trust_proxy=self.trust_proxy)
        scope = form.get("scope")
        text = pages.button(language, topic, everything=scope == "all") if scope else ""
        return Proof(ip=ip, agent=_agent(request), language=language if text else "", text=text)

    async def _reader(self, request: web.Request) -> tuple[int, Reader]:
        message = self.links.read_unsubscribe(request.match_info["token"])
        if is_trial(message):
            return message, Reader("", "", "")
        return message, await asyncio.to_thread(reader, self.db, message)

    async def _note(self, request: web.Request, receipt: Receipt) -> None:
        """Put a receipt into the journal; a full disk keeps nobody from where they want to go.

        A flood from one address is answered and not noted, nor is what comes of a trial letter.
        """
        if is_trial(receipt.message):
            return
        address = address_of(request, trust_proxy=self.trust_proxy)
        body = msgspec.json.encode(receipt)
        try:
            self.limit.take(OWN_SOURCE, address, asyncio.get_running_loop().time())
            await self.writer.write(Request(self.clock(), OWN_SOURCE, RECEIPT, address, body))
        except (TooMany, Unavailable) as error:
            log.warning("a receipt of message %d is lost: %s", receipt.message, error)

    def _language(self, request: web.Request, person: str = "") -> str:
        accepted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
        return pages.choose_language(person, accepted, self.language)


async def _form(request: web.Request) -> Mapping[str, object]:
    """The fields that were posted; `multipart` and `urlencoded` both.

    A body that cannot be read is taken as a plain no to the message's topic: whoever posts here
    wants out.
    """
    try:
        return await request.post()
    except _UNREADABLE:
        return {}


def _receipt(request: web.Request, kind: str, message: int, url: str = "") -> Receipt:
    return Receipt(kind, message, url, _agent(request), method=request.method)


def _agent(request: web.Request) -> str:
    return request.headers.get(hdrs.USER_AGENT, "")[:_AGENT_CHARS]
