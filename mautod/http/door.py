"""The door of the desk in a browser: a page that asks for the key, and a session behind it."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from html import escape
from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from mautod import clock
from mautod.errors import TooMany
from mautod.http.limits import RateLimit
from mautod.http.pages import LANGUAGES

COOKIE: Final = "mautod_desk"
SESSION_S: Final = 12 * 3600.0
MOST_SESSIONS: Final = 1000
TRIES_A_MINUTE: Final = 6
LOGIN: Final = "/login"
LOGOUT: Final = "/logout"
SOCKET: Final = "/ws"
HEADERS: Final = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
TEXTS: Final = {
    "en": ("The desk", "API key", "Open", "This is not the key.", "Too many tries, wait a minute."),
    "ru": ("Пульт", "Ключ API", "Открыть", "Ключ не подходит.", "Слишком часто, подождите минуту."),
}
_PAGE: Final = """<!doctype html><html lang="{language}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>{title}</title>
<style>:root {{ color-scheme: light dark }} body {{ font: 17px/1.5 system-ui, sans-serif }}
form {{ max-width: 22rem; margin: 16vh auto 0; padding: 1.5rem }}
input, button {{ display: block; width: 100%; box-sizing: border-box; margin: 0 0 .75rem;
padding: .7rem; font: inherit }} p {{ color: #c5221f }}</style>
<form method="post"><h1>{title}</h1><p role="alert">{wrong}</p>
<label>{label}<input type="password" name="key" autocomplete="current-password" autofocus required>
</label><button>{button}</button></form></html>"""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Lets those through who gave `key`; `url` is where browsers see the desk."""

    def __init__(
        self, key: str, url: str, *, now_s: Callable[[], float] = clock.monotonic_s
    ) -> None:
        self._key = key
        self._secure = url.startswith("https://")
        self._host = urlsplit(url).netloc
        self._now_s = now_s
        self._limit = RateLimit(TRIES_A_MINUTE / 60, TRIES_A_MINUTE)
        self._sessions: dict[str, float] = {}

    def mount(self, app: web.Application) -> None:
        """Stand before everything that `app` serves."""
        app.router.add_get(LOGIN, self.ask)
        app.router.add_post(LOGIN, self.enter)
        app.router.add_get(LOGOUT, self.leave)
        app.middlewares.append(self.guard)

    @web.middleware
    async def guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Everything but the door itself is for sessions; sockets only from our own page."""
        if request.path != LOGIN and not self._is_in(request):
            if request.method == "GET" and request.path == "/":
                raise web.HTTPSeeOther(LOGIN)
            raise web.HTTPForbidden(text="Log in first.\n")
        if request.path == SOCKET:
            origin = urlsplit(request.headers.get(hdrs.ORIGIN, "")).netloc
            if origin not in {self._host, request.host}:
                raise web.HTTPForbidden(text="This page is not ours.\n")
            return await handler(request)
        answer = await handler(request)
        answer.headers.update(HEADERS)
        return answer

    async def ask(self, request: web.Request) -> web.Response:
        """The page that asks for the key."""
        return self._page(request, "")

    async def enter(self, request: web.Request) -> web.Response:
        """A session for whoever gives the key; few tries a minute for everybody else."""
        *_, wrong, many = TEXTS[_language(request)]
        try:
            self._limit.take("", request.remote or "", self._now_s())
        except TooMany:
            return self._page(request, many, status=429)
        given = str((await request.post()).get("key", ""))
        if not hmac.compare_digest(given.strip().encode("utf-8", "replace"), self._key.encode()):
            return self._page(request, wrong, status=403)
        answer = web.Response(status=303, headers={hdrs.LOCATION: "/"})
        answer.set_cookie(
            COOKIE, self._begin(), max_age=int(SESSION_S), path="/",
            httponly=True, secure=self._secure, samesite="Strict",
        )  # fmt: skip
        return answer

    async def leave(self, request: web.Request) -> web.Response:
        """End the session."""
        self._sessions.pop(request.cookies.get(COOKIE, ""), None)
        answer = web.Response(status=303, headers={hdrs.LOCATION: LOGIN})
        answer.del_cookie(COOKIE, path="/")
        return answer

    def _begin(self) -> str:
        now = self._now_s()
        self._sessions = {one: until for one, until in self._sessions.items() if until > now}
        while len(self._sessions) >= MOST_SESSIONS:
            self._sessions.pop(next(iter(self._sessions)))
        made = clock.new_secret()
        self._sessions[made] = now + SESSION_S
        return made

    def _is_in(self, request: web.Request) -> bool:
        return self._sessions.get(request.cookies.get(COOKIE, ""), 0.0) > self._now_s()

    def _page(self, request: web.Request, wrong: str, *, status: int = 200) -> web.Response:
        language = _language(request)
        title, label, button, *_ = TEXTS[language]
        words = {"title": title, "label": label, "button": button, "wrong": wrong}
        told = {name: escape(text) for name, text in words.items()}
        text = _PAGE.format(language=language, **told)
        return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def _language(request: web.Request) -> str:
    """The first language that the browser asks for, if it is one of ours."""
    asked = request.headers.get(hdrs.ACCEPT_LANGUAGE, "")[:2].lower()
    return asked if asked in LANGUAGES else LANGUAGES[0]
