"""The page on which people choose, and those that follow a letter: plain HTML without scripts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

from aiohttp import web

from mautod.core.sending.consent import ALL
from mautod.core.sending.preferences import ALWAYS, OFFERED
from mautod.core.sending.topics import Topic
from mautod.http.pages import LANGUAGES, masked, page
from mautod.http.preference_words import WORDS
from mautod.services.delivery.preferences import Choice, Chosen

PAUSES: Final = ("keep", "none", "week", "month", "date")


@dataclass(frozen=True, slots=True)
class Setting:
    """In which language, for which company, what was just done (`notice`), and which days may be
    chosen; `paused` is the day on which a pause ends, empty without one.
    """

    language: str
    company: str
    notice: str = ""
    first_day: str = ""
    last_day: str = ""
    paused: str = ""

    def word(self, key: str, **values: str) -> str:
        """One phrase, escaped."""
        return escape(WORDS[self.language][key].format(**values))


def label(choice: Choice, language: str) -> str:
    """The words beside a box, as the ledger keeps them."""
    name, about = choice.topic.name(language), choice.topic.description(language)
    said = f"{name}: {about}" if about else name
    return f"{said} ({_by(choice.channel, language)})"


def preferences_page(setting: Setting, chosen: Chosen) -> web.Response:
    """The page with all that holds; one form saves, the others are one button each."""
    notice = f'<p class="notice" role="status">{setting.notice}</p>' if setting.notice else ""
    address = masked(chosen.address) if chosen.address else ""
    body = (
        f"{notice}<p>{setting.word('for', address=address) if address else ''}</p>"
        f'<form method="post">{_topics(setting, chosen)}{_pause(setting)}'
        f"{_language(setting)}"
        f'<button name="act" value="save">{setting.word("save")}</button></form>'
        f'<form method="post"><button name="act" value="stop" class="quiet">'
        f"{setting.word('stop')}</button></form>"
        f"<h2>{setting.word('data_title')}</h2>"
        f"{_act(setting, 'data', 'quiet')}{_act(setting, 'forget', 'danger')}"
    )
    return page(setting.language, setting.company, _text(setting, "title"), body, wide=True)


def _topics(setting: Setting, chosen: Chosen) -> str:
    topics: dict[str, list[Choice]] = {}
    for choice in chosen.choices:
        topics.setdefault(choice.topic.key, []).append(choice)
    often = chosen.wishes.frequency
    told = "".join(_topic(setting, some, often.get(key, ALWAYS)) for key, some in topics.items())
    shown = " ".join(f"{topic}.{channel}" for topic, channel in (c.place for c in chosen.choices))
    words = setting.word("often_all")
    return (
        f"<h2>{setting.word('topics')}</h2>"
        f'<input type="hidden" name="shown" value="{escape(shown)}">{told}'
        f"<h2>{setting.word('often')}</h2>"
        f"{_often(setting, ALL, words, OFFERED, often.get(ALL, ALWAYS))}"
    )


def _topic(setting: Setting, choices: Sequence[Choice], often: str) -> str:
    topic = choices[0].topic
    about = topic.description(setting.language)
    more = f"<div>{escape(about)}</div>" if about else ""
    if any(choice.waiting for choice in choices):
        more += f"<div>{setting.word('waiting')}</div>"
    name = f"<strong>{escape(topic.name(setting.language))}</strong>"
    if len(choices) == 1:
        head = _box(choices[0], name)
    else:
        head = name
        more += "".join(_box(c, escape(_by(c.channel, setting.language))) for c in choices)
    if topic.frequency:
        words = setting.word("often")
        more += _often(setting, topic.key, words, topic.frequency, often)
    return f'<div class="topic">{head}<div class="more">{more}</div></div>'


def _box(choice: Choice, words: str) -> str:
    topic, channel = choice.place
    checked = " checked" if choice.on or choice.waiting else ""
    return (
        f'<label><input type="checkbox" name="on" value="{escape(topic)}.{escape(channel)}"'
        f"{checked}><span>{words}</span></label>"
    )


def _often(setting: Setting, about: str, words: str, offered: Iterable[str], now: str) -> str:
    values = [(each, setting.word(each)) for each in (ALWAYS, *offered)]
    return (
        f'<label class="field">{words}'
        f'<select name="often.{escape(about)}">{_options(values, now)}</select></label>'
    )


def _pause(setting: Setting) -> str:
    keep = setting.word("paused", date=setting.paused) if setting.paused else setting.word("none")
    values = [("keep", keep), *((each, setting.word(each)) for each in PAUSES[2:])]
    if setting.paused:
        values.insert(1, ("none", setting.word("none")))
    return (
        f"<h2>{setting.word('pause')}</h2><fieldset>"
        + "".join(
            f'<label><input type="radio" name="pause" value="{value}"'
            f"{' checked' if value == 'keep' else ''}><span>{told}</span></label>"
            for value, told in values
        )
        + f'<label class="field"><input type="date" name="until"'
        f' aria-label="{setting.word("date")}" min="{setting.first_day}"'
        f' max="{setting.last_day}"></label></fieldset>'
    )


def _language(setting: Setting) -> str:
    values = [(each, setting.word(each)) for each in LANGUAGES]
    return (
        f'<label class="field">{setting.word("language")}'
        f'<select name="language">{_options(values, setting.language)}</select></label><p></p>'
    )


def _options(values: Iterable[tuple[str, str]], now: str) -> str:
    return "".join(
        f'<option value="{value}"{" selected" if value == now else ""}>{told}</option>'
        for value, told in values
    )


def _act(setting: Setting, act: str, look: str) -> str:
    return (
        f'<form method="post"><button name="act" value="{act}" class="{look}">'
        f"{setting.word(act)}</button><p><small>{setting.word(f'{act}_note')}</small></p></form>"
    )


def confirm_page(setting: Setting, topics: Sequence[Topic], preferences: str) -> web.Response:
    """The page that asks; only its button confirms."""
    body = (
        f"<p>{setting.word('confirm')}</p>{_names(setting, topics)}"
        f'<form method="post"><button>{setting.word("confirm_button")}</button></form>'
        f"{_choose(setting, preferences)}"
    )
    return page(setting.language, setting.company, _text(setting, "confirm_title"), body)


def confirmed_page(
    setting: Setting, topics: Sequence[Topic], preferences: str, *, new: bool
) -> web.Response:
    """The page after the button."""
    told = setting.word("confirmed" if new else "confirmed_before")
    body = f"<p>{told}</p>{_names(setting, topics)}{_choose(setting, preferences)}"
    return page(setting.language, setting.company, _text(setting, "confirmed_title"), body)


def confirm_text(topics: Sequence[Topic], language: str) -> str:
    """The words that somebody confirmed, as the ledger keeps them."""
    names = ", ".join(topic.name(language) for topic in topics)
    return f"{WORDS[language]['confirm']} {names} [{WORDS[language]['confirm_button']}]"


def act_page(setting: Setting, act: str) -> web.Response:
    """The page that a letter about data leads to: one button; `act` is get or erase."""
    look = ' class="danger"' if act == "erase" else ""
    body = (
        f"<p>{setting.word(act)}</p>"
        f'<form method="post"><button{look}>{setting.word(f"{act}_button")}</button></form>'
    )
    return page(setting.language, setting.company, _text(setting, f"{act}_title"), body)


def erased_page(setting: Setting) -> web.Response:
    """The page that says goodbye."""
    body = f"<p>{setting.word('erased')}</p>"
    return page(setting.language, setting.company, _text(setting, "erased_title"), body)


def _names(setting: Setting, topics: Sequence[Topic]) -> str:
    names = (f"<strong>{escape(topic.name(setting.language))}</strong>" for topic in topics)
    return f"<p>{'<br>'.join(names)}</p>"


def _choose(setting: Setting, preferences: str) -> str:
    return f'<p><a href="{escape(preferences)}">{setting.word("choose")}</a></p>'


def _text(setting: Setting, key: str) -> str:
    return WORDS[setting.language][key]


def _by(channel: str, language: str) -> str:
    words = WORDS[language]
    return words.get(f"by {channel}") or words["by"].format(channel=channel)
