"""The few pages that people see: plain HTML without scripts, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Final

from aiohttp import hdrs, web

LANGUAGES: Final = ("en", "ru")

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "ask_title": "Unsubscribe",
        "ask": "Shall we stop writing to you?",
        "ask_address": "Shall we stop writing to {address}?",
        "topic": "Stop “{topic}”",
        "topic_unnamed": "Stop messages of this kind",
        "all": "Stop all messages",
        "done_title": "You are unsubscribed",
        "done_topic": "You will not get “{topic}” any more.",
        "done_topic_unnamed": "You will not get messages of this kind any more.",
        "done_all": "You will not get any messages from us any more.",
        "gone_title": "This link does not work",
        "gone": "It is incomplete or very old. Open it from the message again.",
        "later_title": "Please try again in a moment",
        "later": "Nothing has been changed yet.",
    },
    "ru": {
        "ask_title": "Отписка",
        "ask": "Больше не писать вам?",
        "ask_address": "Больше не писать на {address}?",
        "topic": "Отписаться от «{topic}»",
        "topic_unnamed": "Отписаться от таких писем",
        "all": "Отписаться от всего",
        "done_title": "Вы отписаны",
        "done_topic": "Письма «{topic}» больше не придут.",
        "done_topic_unnamed": "Таких писем больше не будет.",
        "done_all": "Мы больше не будем вам писать.",
        "gone_title": "Ссылка не работает",
        "gone": "Она неполная или очень старая. Откройте её из письма ещё раз.",
        "later_title": "Попробуйте ещё раз чуть позже",
        "later": "Пока ничего не изменилось.",
    },
}

_STYLE: Final = """
:root { color-scheme: light dark }
body { margin: 0; font: 17px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }
main { max-width: 26rem; margin: 12vh auto 0; padding: 1.5rem; text-align: center }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem }
p { margin: 0 0 1.5rem; overflow-wrap: anywhere }
button { display: block; width: 100%; margin: 0 0 .75rem; padding: .8rem 1rem; font: inherit;
  border-radius: .5rem; border: 1px solid #1a56db; background: #1a56db; color: #fff;
  cursor: pointer }
button.quiet { background: transparent; color: inherit; border-color: GrayText }
button:focus-visible { outline: 3px solid #93b4f5; outline-offset: 2px }
small { color: GrayText }
"""

_HEADERS: Final = {
    hdrs.CACHE_CONTROL: "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self';"
        " base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}


def choose_language(person: str, accepted: str, default: str) -> str:
    """The person's own language if we speak it, else one that the browser accepts, else ours."""
    asked = [person, *(part.partition(";")[0].strip() for part in accepted.split(","))]
    for tag in (*asked, default):
        tongue = tag.lower().replace("_", "-").partition("-")[0]
        if tongue in TEXTS:
            return tongue
    return LANGUAGES[0]


def ask_page(language: str, company: str, *, topic: str, address: str) -> web.Response:
    """The page that asks; only its buttons unsubscribe."""
    texts = TEXTS[language]
    asked = texts["ask_address"].format(address=masked(address)) if address else texts["ask"]
    of_topic = texts["topic"].format(topic=topic) if topic else texts["topic_unnamed"]
    buttons = (
        f'<button name="scope" value="topic">{escape(of_topic)}</button>'
        f'<button name="scope" value="all" class="quiet">{escape(texts["all"])}</button>'
    )
    body = f'<p>{escape(asked)}</p><form method="post">{buttons}</form>'
    return _page(language, company, texts["ask_title"], body)


def done_page(language: str, company: str, *, topic: str, everything: bool) -> web.Response:
    """The page that confirms."""
    texts = TEXTS[language]
    told = texts["done_topic"].format(topic=topic) if topic else texts["done_topic_unnamed"]
    if everything:
        told = texts["done_all"]
    return _page(language, company, texts["done_title"], f"<p>{escape(told)}</p>")


def gone_page(language: str, company: str) -> web.Response:
    """The page for a link that nobody here made."""
    texts = TEXTS[language]
    return _page(language, company, texts["gone_title"], f"<p>{texts['gone']}</p>", status=404)


def later_page(language: str, company: str, retry_after_s: int) -> web.Response:
    """The page that says that nothing was done, so that nobody believes it was."""
    texts = TEXTS[language]
    page = _page(language, company, texts["later_title"], f"<p>{texts['later']}</p>", status=503)
    page.headers[hdrs.RETRY_AFTER] = str(retry_after_s)
    return page


def masked(address: str) -> str:
    """Enough of an address for its owner to know it, for a passer-by not to learn it."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}" if at else f"…{address[-4:]}"


def _page(language: str, company: str, title: str, body: str, *, status: int = 200) -> web.Response:
    text = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}<small>{escape(company)}</small></main>"
        "</body></html>\n"
    )
    return web.Response(
        text=text, status=status, content_type="text/html", charset="utf-8", headers=_HEADERS
    )
