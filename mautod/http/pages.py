"""The few pages that people see: plain HTML without scripts, in their language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

from aiohttp import hdrs, web

from mautod.core.sending.preferences import LONGEST_NOTE, REASONS

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
        "trial_title": "This was a test letter",
        "trial": "The link works. Nobody is unsubscribed by it: the letter was sent to try it out.",
        "later_title": "Please try again in a moment",
        "later": "Nothing has been changed yet.",
        "instead": "Choose what you get instead",
        "why": "Would you tell us why?",
        "too often": "Too many letters",
        "not interesting": "Not interesting to me",
        "never asked": "I never asked for them",
        "other": "Something else",
        "note": "In your own words, if you like",
        "send_reason": "Send",
        "thanks_title": "Thank you",
        "thanks": "You stay unsubscribed.",
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
        "trial_title": "Это было пробное письмо",
        "trial": "Ссылка работает. Никто не отписан: письмо было пробой.",
        "later_title": "Попробуйте ещё раз чуть позже",
        "later": "Пока ничего не изменилось.",
        "instead": "Выбрать, что получать",
        "why": "Расскажете, почему?",
        "too often": "Слишком много писем",
        "not interesting": "Мне неинтересно",
        "never asked": "Я на них не подписывался",
        "other": "Другое",
        "note": "Своими словами, если хотите",
        "send_reason": "Отправить",
        "thanks_title": "Спасибо",
        "thanks": "Вы остаётесь отписанными.",
    },
}

_STYLE: Final = """
:root { color-scheme: light dark }
* { box-sizing: border-box }
body { margin: 0; font: 17px/1.5 system-ui, sans-serif; background: Canvas; color: CanvasText }
main { max-width: 26rem; margin: 12vh auto 0; padding: 1.5rem; text-align: center }
main.wide { max-width: 34rem; margin-top: 4vh; text-align: left }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0 0 .75rem }
h2 { font-size: 1.1rem; line-height: 1.3; margin: 2rem 0 .5rem }
p { margin: 0 0 1.5rem; overflow-wrap: anywhere }
button { display: block; width: 100%; margin: 0 0 .75rem; padding: .8rem 1rem; font: inherit;
  border-radius: .5rem; border: 1px solid #1a56db; background: #1a56db; color: #fff;
  cursor: pointer; overflow-wrap: anywhere }
button.quiet { background: transparent; color: inherit; border-color: GrayText }
button.danger { background: transparent; color: #c81e1e; border-color: #c81e1e }
a { color: LinkText }
fieldset { margin: 0 0 1.5rem; padding: 0; border: 0; text-align: left }
legend { padding: 0; font-weight: 600; margin: 0 0 .5rem }
label { display: flex; gap: .75rem; align-items: flex-start; padding: .35rem 0 }
label span { min-width: 0; overflow-wrap: anywhere }
label input { flex: none; width: 1.25rem; height: 1.25rem; margin: .15rem 0 0;
  accent-color: #1a56db }
label.field { display: block }
label.field input, label.field select, textarea { display: block; width: 100%; height: auto;
  margin: .25rem 0 0; padding: .55rem .6rem; font: inherit; color: inherit; background: Field;
  border: 1px solid GrayText; border-radius: .5rem }
.topic { padding: .75rem 0; border-top: 1px solid color-mix(in srgb, GrayText 40%, transparent) }
.topic label { padding: 0 }
.topic .more { margin: .4rem 0 0 2rem; font-size: .95rem }
.topic .more > div, small { color: color-mix(in srgb, CanvasText 65%, Canvas) }
.topic .more label { padding: .2rem 0 }
.notice { padding: .75rem 1rem; border-radius: .5rem; border: 1px solid #1a56db }
:is(button, input, select, textarea, a):focus-visible { outline: 3px solid #93b4f5;
  outline-offset: 2px }
@media (prefers-color-scheme: dark) { button.danger { color: #f98080; border-color: #f98080 } }
"""

HEADERS: Final = {
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
        tongue = main_tongue(tag)
        if tongue in TEXTS:
            return tongue
    return LANGUAGES[0]


def main_tongue(tag: str) -> str:
    """The language of a tag without its country: `ru` of `ru-RU`."""
    return tag.lower().replace("_", "-").partition("-")[0]


def ask_page(
    language: str, company: str, *, topic: str, address: str, preferences: str
) -> web.Response:
    """The page that asks; only its buttons unsubscribe. `preferences` is where more is chosen."""
    texts = TEXTS[language]
    asked = texts["ask_address"].format(address=masked(address)) if address else texts["ask"]
    of_topic = button(language, topic, everything=False)
    buttons = (
        f'<button name="scope" value="topic">{escape(of_topic)}</button>'
        f'<button name="scope" value="all" class="quiet">{escape(texts["all"])}</button>'
    )
    instead = f'<p><a href="{escape(preferences)}">{texts["instead"]}</a></p>'
    body = f'<p>{escape(asked)}</p><form method="post">{buttons}</form>{instead}'
    return page(language, company, texts["ask_title"], body)


def button(language: str, topic: str, *, everything: bool) -> str:
    """What stands on a button of the page that asks."""
    texts = TEXTS[language]
    if everything:
        return texts["all"]
    return texts["topic"].format(topic=topic) if topic else texts["topic_unnamed"]


def done_page(language: str, company: str, *, topic: str, everything: bool) -> web.Response:
    """The page that confirms."""
    texts = TEXTS[language]
    told = texts["done_topic"].format(topic=topic) if topic else texts["done_topic_unnamed"]
    if everything:
        told = texts["done_all"]
    why = _choices("reason", [(reason, texts[reason]) for reason in REASONS])
    body = (
        f"<p>{escape(told)}</p>"
        f'<form method="post"><fieldset><legend>{texts["why"]}</legend>{why}'
        f'<label class="field">{texts["note"]}<textarea name="note" rows="3"'
        f' maxlength="{LONGEST_NOTE}"></textarea></label></fieldset>'
        f'<button class="quiet">{texts["send_reason"]}</button></form>'
    )
    return page(language, company, texts["done_title"], body)


def thanks_page(language: str, company: str) -> web.Response:
    """The page for those who said why they left."""
    texts = TEXTS[language]
    return page(language, company, texts["thanks_title"], f"<p>{texts['thanks']}</p>")


def _choices(name: str, values: Sequence[tuple[str, str]]) -> str:
    return "".join(
        f'<label><input type="radio" name="{name}" value="{value}" required>'
        f"<span>{told}</span></label>"
        for value, told in values
    )


def gone_page(language: str, company: str) -> web.Response:
    """The page for a link that nobody here made."""
    texts = TEXTS[language]
    return page(language, company, texts["gone_title"], f"<p>{texts['gone']}</p>", status=404)


def trial_page(language: str, company: str) -> web.Response:
    """The page behind the way out of a letter that was sent to try it out."""
    texts = TEXTS[language]
    return page(language, company, texts["trial_title"], f"<p>{texts['trial']}</p>")


def later_page(language: str, company: str, retry_after_s: int) -> web.Response:
    """The page that says that nothing was done, so that nobody believes it was."""
    texts = TEXTS[language]
    shown = page(language, company, texts["later_title"], f"<p>{texts['later']}</p>", status=503)
    shown.headers[hdrs.RETRY_AFTER] = str(retry_after_s)
    return shown


def masked(address: str) -> str:
    """Enough of an address for its owner to know it, for a passer-by not to learn it."""
    name, at, host = address.rpartition("@")
    return f"{name[:1]}…{at}{host}" if at else f"…{address[-4:]}"


def page(
    language: str,
    company: str,
    title: str,
    body: str,
    *,
    status: int = 200,
    wide: bool = False,
) -> web.Response:
    """One page; `body` is HTML in which all that people wrote is escaped."""
    shape = ' class="wide"' if wide else ""
    text = (
        f'<!doctype html>\n<html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>"
        f"<body><main{shape}><h1>{escape(title)}</h1>{body}<small>{escape(company)}</small></main>"
        "</body></html>\n"
    )
    return web.Response(
        text=text, status=status, content_type="text/html", charset="utf-8", headers=HEADERS
    )
