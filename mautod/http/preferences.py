"""Pages behind a letter: preferences, the confirmation of a subscription, one's own data.

Programs follow links too: a GET shows a page with a button and changes nothing. The token in the
address is the proof of who is asking, so nothing else is: no cookie, no password.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import wraps
from html import escape
from itertools import islice
from typing import Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import hdrs, web
from multidict import MultiDict

from mautod.clock import Clock, now_ms
from mautod.core.sending.consent import ALL, Proof
from mautod.core.sending.links import Links
from mautod.core.sending.preferences import LONGEST_PAUSE
from mautod.core.sending.topics import Topic
from mautod.core.times.windows import first_known_zone
from mautod.duration import DAY, SECOND, WEEK
from mautod.errors import BadInput, NotFound, TooMany, Unavailable
from mautod.http import pages
from mautod.http import preference_page as show
from mautod.http.limits import RateLimit
from mautod.http.preference_page import Setting
from mautod.http.preference_words import WORDS
from mautod.http.visitor import address_of
from mautod.services.definitions.topics import topics
from mautod.services.delivery import optin, own_data, preferences
from mautod.services.delivery.preferences import Asked, Chosen, Saved
from mautod.services.intake.reader import reader
from mautod.store.db import Database
from mautod.store.journal import Journal

_AGENT_CHARS: Final = 255
_MOST_FIELDS: Final = 500
_PAUSES: Final = {"none": 0, "week": WEEK, "month": 30 * DAY}
_UNREADABLE: Final = (
    ValueError,
    LookupError,
    RuntimeError,
    web.HTTPException,
    web.RequestPayloadError,
)
_LETTERS: Final[dict[str, own_data.What]] = {"data": "my-data", "forget": "forget-me"}

Form = MultiDict[str]
Handler = Callable[["PreferencePages", web.Request], Awaitable[web.StreamResponse]]


def _friendly(handler: Handler) -> Handler:
    """Answer what is expected to fail by a page in the visitor's language."""

    @wraps(handler)
    async def answer(self: PreferencePages, request: web.Request) -> web.StreamResponse:
        language = self.language_of(request)
        try:
            self.limit.take("pages", self.ip(request), asyncio.get_running_loop().time())
            return await handler(self, request)
        except NotFound:
            return pages.gone_page(language, self.company)
        except (TooMany, Unavailable) as error:
            return pages.later_page(language, self.company, error.retry_after_s)

    return answer


@dataclass(frozen=True, slots=True)
class PreferencePages:
    """The routes; `channels` are those that people may choose, `zone` that of the workspace."""

    db: Database
    journal: Journal
    limit: RateLimit
    links: Links
    company: str
    language: str
    zone: str
    channels: tuple[str, ...] = ("email",)
    trust_proxy: bool = False
    clock: Clock = now_ms
    _gathering: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        for path, get, post in (
            ("p", self.preferences, self.act),
            ("y", self.confirm, self.confirmed),
            ("d", self.data, self.download),
            ("f", self.forget, self.forgotten),
        ):
            app.router.add_get(f"/{path}/{{token}}", get)
            app.router.add_post(f"/{path}/{{token}}", post)

    # --- preferences ---

    @_friendly
    async def preferences(self, request: web.Request) -> web.StreamResponse:
        """Show what holds."""
        message = self.links.read_page("preferences", request.match_info["token"])
        chosen = await self._chosen(message)
        return self._shown(self.language_of(request, chosen.language), chosen)

    @_friendly
    async def act(self, request: web.Request) -> web.StreamResponse:
        """Do what a button of the page says, and show what holds then."""
        message = self.links.read_page("preferences", request.match_info["token"])
        form = await _form(request)
        chosen = await self._chosen(message)
        language = self.language_of(request, chosen.language)
        proof = self._proof(request, language)
        act = form.get("act", "")
        if act == "save":
            language, notice = await self._save(message, chosen, form, proof)
        elif act == "stop":
            notice = await self._stop(message, proof)
        elif act in _LETTERS:
            notice = await self._letter(message, chosen, act, language)
        else:
            notice = ""
        return self._shown(language, await self._chosen(message), notice)

    async def _save(
        self, message: int, chosen: Chosen, form: Form, proof: Proof
    ) -> tuple[str, str]:
        language = form.get("language", "")
        language = language if language in pages.LANGUAGES else proof.language
        try:
            asked = self._asked(chosen, form, proof.language)
            saved = await asyncio.to_thread(
                preferences.save, self.db, message, asked, proof, self.clock()
            )
        except BadInput:
            return language, _words(language, "wrong")
        return language, _words(language, _told(saved))

    async def _stop(self, message: int, proof: Proof) -> str:
        proof = replace(proof, text=_words(proof.language, "stop"))
        await asyncio.to_thread(preferences.stop, self.db, message, proof, self.clock())
        return _words(proof.language, "stopped")

    async def _letter(self, message: int, chosen: Chosen, act: str, language: str) -> str:
        try:
            sent = await asyncio.to_thread(
                own_data.ask, self.db, message, _LETTERS[act], self.clock()
            )
        except NotFound:
            return _words(language, "no_address")
        if not sent:
            return _words(language, "again")
        address = pages.masked(chosen.address) if chosen.address else ""
        return _words(language, f"{act}_asked").format(address=address)

    def _asked(self, chosen: Chosen, form: Form, language: str) -> Asked:
        shown = set(form.get("shown", "").split(" "))
        offered = {choice.place: show.label(choice, language) for choice in chosen.choices}
        known = {place: words for place, words in offered.items() if ".".join(place) in shown}
        ticked = set(form.getall("on", []))
        about = [ALL, *(topic for topic, _ in known)]
        often = {each: form[f"often.{each}"] for each in about if f"often.{each}" in form}
        wanted = form.get("language", "")
        is_news = wanted in pages.LANGUAGES and wanted != language
        return Asked(
            known,
            frozenset(place for place in known if ".".join(place) in ticked),
            often,
            self._pause(chosen, form),
            wanted if is_news else "",
        )

    def _pause(self, chosen: Chosen, form: Form) -> int | None:
        """Until when; a day begins at midnight on the person's clock.

        Raises:
            BadInput: the day is none.
        """
        pause = form.get("pause", "keep")
        if pause in _PAUSES:
            return self.clock() + _PAUSES[pause] if _PAUSES[pause] else 0
        if pause != "date":
            return None
        try:
            day = date.fromisoformat(form.get("until", ""))
        except ValueError as error:
            raise BadInput("no such day", field="until") from error
        begins = datetime(day.year, day.month, day.day, tzinfo=self._zone(chosen))
        return int(begins.timestamp()) * SECOND

    def _shown(self, language: str, chosen: Chosen, notice: str = "") -> web.Response:
        zone, now = self._zone(chosen), self.clock()
        today = _day(now, zone)
        until = chosen.wishes.pause_until
        setting = Setting(
            language,
            self.company,
            escape(notice),
            first_day=(today + timedelta(days=1)).isoformat(),
            last_day=(today + timedelta(milliseconds=LONGEST_PAUSE - DAY)).isoformat(),
            paused=_day(until, zone).isoformat() if until > now else "",
        )
        return show.preferences_page(setting, chosen)

    # --- the confirmation of a subscription ---

    @_friendly
    async def confirm(self, request: web.Request) -> web.StreamResponse:
        """Ask; changes nothing."""
        message = self.links.read_page("confirm", request.match_info["token"])
        keys = await asyncio.to_thread(optin.to_confirm, self.db, message, self.clock())
        setting = await self._setting(request, message)
        return show.confirm_page(setting, self._topics(keys), self._way(message))

    @_friendly
    async def confirmed(self, request: web.Request) -> web.StreamResponse:
        """Confirm; once, a second click says that it was."""
        message = self.links.read_page("confirm", request.match_info["token"])
        keys = await asyncio.to_thread(optin.to_confirm, self.db, message, self.clock())
        setting = await self._setting(request, message)
        text = show.confirm_text(self._topics(keys), setting.language)
        proof = replace(self._proof(request, setting.language), text=text)
        done = await asyncio.to_thread(optin.confirm, self.db, message, proof, self.clock())
        topics_ = self._topics(done.topics)
        return show.confirmed_page(setting, topics_, self._way(message), new=done.new)

    # --- one's own data ---

    @_friendly
    async def data(self, request: web.Request) -> web.StreamResponse:
        """Show the button; changes nothing and tells nothing."""
        message = self.links.read_page("data", request.match_info["token"])
        await asyncio.to_thread(own_data.person_of, self.db, message, "my-data", self.clock())
        return show.act_page(await self._setting(request, message), "get")

    @_friendly
    async def download(self, request: web.Request) -> web.StreamResponse:
        """Everything that is kept, as a file."""
        message = self.links.read_page("data", request.match_info["token"])
        async with self._gathering:
            found = await asyncio.to_thread(
                own_data.data, self.db, self.journal, message, self.clock()
            )
        headers = {
            **pages.HEADERS,
            hdrs.CONTENT_DISPOSITION: 'attachment; filename="my-data.json"',
        }
        body = msgspec.json.format(msgspec.json.encode(found), indent=2)
        return web.Response(body=body, content_type="application/json", headers=headers)

    @_friendly
    async def forget(self, request: web.Request) -> web.StreamResponse:
        """Ask once more; changes nothing."""
        message = self.links.read_page("forget", request.match_info["token"])
        if await asyncio.to_thread(own_data.was_forgotten, self.db, message):
            return show.erased_page(Setting(self.language_of(request), self.company))
        await asyncio.to_thread(own_data.person_of, self.db, message, "forget-me", self.clock())
        return show.act_page(await self._setting(request, message), "erase")

    @_friendly
    async def forgotten(self, request: web.Request) -> web.StreamResponse:
        """Erase; the worker does it from here on."""
        message = self.links.read_page("forget", request.match_info["token"])
        setting = await self._setting(request, message)
        await asyncio.to_thread(own_data.forget, self.db, message, self.clock())
        return show.erased_page(setting)

    # --- what all of them need ---

    async def _chosen(self, message: int) -> Chosen:
        return await asyncio.to_thread(preferences.chosen, self.db, message, self.channels)

    async def _setting(self, request: web.Request, message: int) -> Setting:
        who = await asyncio.to_thread(reader, self.db, message)
        return Setting(self.language_of(request, who.language), self.company)

    def _topics(self, keys: tuple[str, ...]) -> list[Topic]:
        known = topics(self.db.read())
        return [known.get(key) or Topic(key, {"": key}) for key in keys]

    def _way(self, message: int) -> str:
        return self.links.page("preferences", message)

    def _zone(self, chosen: Chosen) -> ZoneInfo:
        return ZoneInfo(first_known_zone(chosen.zone, self.zone))

    def _proof(self, request: web.Request, language: str) -> Proof:
        agent = request.headers.get(hdrs.USER_AGENT, "")[:_AGENT_CHARS]
        return Proof(ip=self.ip(request), agent=agent, language=language)

    def ip(self, request: web.Request) -> str:
        """From where the request comes."""
        return address_of(request, trust_proxy=self.trust_proxy)

    def language_of(self, request: web.Request, person: str = "") -> str:
        """Theirs, else one that the browser accepts, else ours."""
        accepted = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")
        return pages.choose_language(person, accepted, self.language)


def _told(saved: Saved) -> str:
    if not saved.waiting:
        return "saved"
    return "asked" if saved.asked else "not_asked"


def _words(language: str, key: str) -> str:
    return WORDS[language][key]


def _day(at: int, zone: ZoneInfo) -> date:
    return datetime.fromtimestamp(at // SECOND, UTC).astimezone(zone).date()


async def _form(request: web.Request) -> Form:
    """The fields of a form, files left out; what cannot be read is a form without any."""
    try:
        fields = await request.post()
    except _UNREADABLE:
        return MultiDict()
    texts = ((key, value) for key, value in fields.items() if isinstance(value, str))
    return MultiDict(islice(texts, _MOST_FIELDS))
