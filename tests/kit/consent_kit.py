"""A shop with topics of every sort, and the pages behind its letters."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from http_kit import URL
from mail_kit import Shop, open_shop

from mautod.core.sending.links import Links
from mautod.http.limits import RateLimit
from mautod.http.preferences import PreferencePages
from mautod.store import catalog
from mautod.store.journal import Journal

TOPICS = {
    "offers": '{"name": {"en": "Offers", "ru": "Скидки"}}',
    "news": '{"name": {"en": "News & <b>tips</b>", "ru": "Новости"},'
    ' "about": {"en": "Twice a month", "ru": "Два раза в месяц"}, "frequency": ["weekly"]}',
    "club": '{"name": {"": "Club"}, "default": "out"}',
    "magazine": '{"name": {"": "Magazine"}, "default": "out", "double": true}',
}


PLAIN = "---\nsubject: x\n---\n<p>{{ unsubscribe_url }}</p>"
"""A letter that is about what its message is about."""


def with_topics(shop: Shop) -> Shop:
    with shop.db.write() as tx:
        for key, body in TOPICS.items():
            catalog.put(tx, "topic", key, "topics.toml", body, shop.clock())
        catalog.put(tx, "template", "plain", "plain.liquid", PLAIN, shop.clock())
    return shop


def topical_shop(path: Path) -> Shop:
    return with_topics(open_shop(path))


def states(shop: Shop, person: int) -> dict[tuple[str, str], str]:
    """What somebody said, by topic and channel."""
    rows = shop.all("SELECT topic, channel, state FROM consent WHERE person_id = ?", person)
    return {(topic, channel): state for topic, channel, state in rows}


def ledger(shop: Shop, person: int) -> list[tuple[str, str, str]]:
    """(topic, state, source) of every entry about somebody."""
    sql = "SELECT topic, state, source FROM consent_log WHERE person_id = ? ORDER BY id"
    return shop.all(sql, person)


def letters(shop: Shop, template: str) -> list[int]:
    """The messages of one template."""
    rows = shop.all("SELECT id FROM message WHERE template = ? ORDER BY id", template)
    return [row[0] for row in rows]


@dataclass
class Form(HTMLParser):
    """What a browser would post of a page: its fields as they stand, and its words."""

    fields: list[tuple[str, str]] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    _select: str = ""

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        told = dict(attrs)
        self.tags.append(tag)
        if tag == "input":
            kind = told.get("type", "text")
            if kind not in {"checkbox", "radio"} or "checked" in told:
                self.fields.append((told["name"], told.get("value") or ""))
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and "selected" in told:
            self.fields.append((self._select, told["value"]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def read(html: str) -> Form:
    form = Form()
    form.feed(html)
    return form


class Pages:
    """The public pages of a shop, as a browser meets them."""

    def __init__(self, client: Any, shop: Shop, links: Links) -> None:
        self.client, self.shop, self.links = client, shop, links

    def path(self, page: Any, message: int) -> str:
        return self.links.page(page, message).removeprefix(URL)

    async def get(self, page: Any, message: int, **headers: str) -> tuple[int, Form]:
        answer = await self.client.get(self.path(page, message), headers=headers)
        return answer.status, read(await answer.text())

    async def post(self, page: Any, message: int, *fields: tuple[str, str]) -> tuple[int, Form]:
        answer = await self.client.post(self.path(page, message), data=list(fields))
        return answer.status, read(await answer.text())

    async def save(
        self, message: int, on: set[str] | None = None, **change: str
    ) -> tuple[int, Form]:
        """Save the page as it stands, but for `on`, the boxes that are ticked, and `change`."""
        _, form = await self.get("preferences", message)
        fields = [
            (name, change.pop(name.replace(".", "_"), value))
            for name, value in form.fields
            if not (name == "on" and on is not None)
        ]
        fields += [("on", each) for each in on or ()]
        fields += change.items()
        return await self.post("preferences", message, *fields, ("act", "save"))


def pages_of(shop: Shop, journal: Journal, **change: Any) -> PreferencePages:
    told = {
        "db": shop.db, "journal": journal, "limit": RateLimit(1000.0, 1000),
        "links": Links("secret", URL), "company": "Bolts & Co", "language": "en", "zone": "UTC",
        "clock": shop.clock, **change,
    }  # fmt: skip
    return PreferencePages(**told)
