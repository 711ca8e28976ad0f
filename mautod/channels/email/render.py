"""Fills a template for one person: HTML, text and headers, links signed, as one letter."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape, unescape
from typing import Any, Final

from mautod.channels.email import mime
from mautod.channels.email.address import split_mailbox
from mautod.channels.email.headers import Returns, ReturnsOf, mailing, notice
from mautod.channels.email.headers import thread as written_by_hand
from mautod.channels.email.prepare import (
    LINK_END,
    LINK_START,
    OPEN_URL,
    TRAP_URL,
    ready_html,
    ready_text,
)
from mautod.core.sending.links import LONGEST_URL, SCHEMES, Links
from mautod.core.sending.message import Draft, Letter
from mautod.core.sending.utm import Utm, marked
from mautod.core.sending.values import values_of
from mautod.core.templates.attachment import type_of
from mautod.core.templates.liquid import Filled, compile_html, compile_text
from mautod.core.templates.template import PAGES, UNSUBSCRIBE, Template

_MARKED: Final = re.compile(f"{LINK_START}([^{LINK_END}]*){LINK_END}")
_TEXT_URL: Final = re.compile(r"https?://[^\s<>\"'()\[\]]*[^\s<>\"'()\[\].,;:!?]")
_SCHEME: Final = re.compile(r"[\x00-\x20]*([A-Za-z][A-Za-z0-9+.\x00-\x20-]*):")
_HARMLESS: Final = ("http", "https", "mailto", "tel", "sms", "geo")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who writes, unless the template says another; `return_path` takes the bounces."""

    name: str
    address: str
    reply_to: str = ""
    return_path: str = ""
    mailbox: str = ""


@dataclass(frozen=True, slots=True)
class Compiled:
    """One template, parsed, inlined and ready to be filled many times."""

    subject: Filled
    html: Filled
    text: Filled
    origin: str
    domain: str
    returns: ReturnsOf
    marketing: bool
    template: str
    language: str
    utm: Utm
    attached: tuple[bytes, ...] = field(repr=False)
    pages: tuple[str, ...] = ()

    @classmethod
    def of(cls, template: Template, sender: Sender, utm: Utm, *, trap: bool = True) -> Compiled:
        """Compile `template`; `utm` is what holds for links if it says nothing else, `trap` whether
        it has the link that nobody sees.

        Raises:
            DefinitionError: its Liquid does not parse.
            BadInput: its `from` or `reply_to` is no mailbox.
        """
        name, address = sender.name, sender.address
        if template.sender:
            name, address = split_mailbox(template.sender)
        reply_to = template.reply_to or sender.reply_to
        file = template.file
        html = compile_html(ready_html(template, trap=trap), file=file)
        text = compile_text(ready_text(template), file=file)
        return cls(
            subject=compile_text(template.subject, file=file),
            html=html,
            text=text,
            pages=tuple(name for name in PAGES if name in html.names or name in text.names),
            origin=mime.mailbox(name, address),
            domain=address.rpartition("@")[2],
            returns=ReturnsOf(
                mailbox=sender.mailbox,
                name=name,
                sender=address,
                return_path=sender.return_path,
                reply_to=mime.mailbox(*split_mailbox(reply_to)) if reply_to else "",
            ),
            marketing=template.marketing,
            template=template.key,
            language=template.language,
            utm=utm.told(template.utm),
            attached=tuple(
                mime.attachment(each.name, type_of(each), each.content)
                for each in template.attachments
            ),
        )

    def letter(self, draft: Draft, links: Links, workspace: dict[str, str], now: int) -> Letter:
        """The letter for `draft`, dated `now`.

        Raises:
            BadInput: the template cannot be filled with these values.
        """
        page = _Page(draft, links, workspace, now, self.utm, self._marks(draft))
        page.values |= {name: links.page(PAGES[name], draft.message_id) for name in self.pages}
        html = page.html(self.html.render(page.values))
        text = page.text(self.text.render(page.values))
        stamp = links.stamp(draft.message_id)
        returns = self.returns.letter(links, draft.message_id)
        headers = self._headers(page, self.subject.render(page.values), stamp, returns)
        return Letter(
            message_id=draft.message_id,
            address=draft.address,
            sender=returns.bounces,
            payload=mime.message(headers, text, html, f"=_{stamp}", self.attached),
        )

    def _marks(self, draft: Draft) -> str:
        """What links of this message are marked with, if they are."""
        return self.utm.filled(
            {
                "campaign": draft.campaign,
                "template": self.template,
                "topic": draft.topic,
                "language": self.language,
            }
        )

    def _headers(
        self, page: _Page, subject: str, stamp: str, returns: Returns
    ) -> list[tuple[str, str]]:
        draft = page.draft
        headers = [
            ("From", self.origin),
            ("To", mime.mailbox(str(draft.person.get("name") or ""), draft.address)),
            ("Subject", mime.header_text(subject)),
            ("Date", mime.date_text(page.now)),
            ("Message-ID", f"<{stamp}@{self.domain}>"),
        ]
        if returns.reply_to:
            headers.append(("Reply-To", returns.reply_to))
        if self.language:
            headers.append(("Content-Language", mime.token(self.language)))
        if draft.thread is not None:
            return headers + written_by_hand(draft.thread)
        if not self.marketing:
            return headers + notice()
        return headers + mailing(
            draft.topic, self.template, self.domain, page.values[UNSUBSCRIBE], returns.leave
        )


def plain_letter(
    number: int, address: str, subject: str, text: str, sender: Sender, now: int
) -> Letter:
    """A letter of text alone, dated `now`. Nobody can write a text that holds its own stamp."""
    domain = sender.address.rpartition("@")[2]
    stamp = sha256(f"{number} {now} {text}".encode()).hexdigest()[:32]
    headers = [
        ("From", mime.mailbox(sender.name, sender.address)),
        ("To", mime.mailbox("", address)),
        ("Subject", mime.header_text(subject)),
        ("Date", mime.date_text(now)),
        ("Message-ID", f"<{stamp}@{domain}>"),
        *notice(),
    ]
    html = escape(text).replace("\n", "<br>\n")
    payload = mime.message(headers, text, f"<p>{html}</p>", f"=_{stamp}")
    return Letter(number, address, sender.return_path or sender.address, payload)


@dataclass(slots=True)
class _Page:
    """One person's copy: the variables, and the links that were signed for it."""

    draft: Draft
    links: Links
    workspace: dict[str, str]
    now: int
    utm: Utm
    marks: str
    values: dict[str, Any] = field(init=False)
    _signed: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        draft, links = self.draft, self.links
        self.values = values_of(draft, links, self.workspace, self.now)
        self.values[OPEN_URL] = links.open(draft.message_id)
        self.values[TRAP_URL] = links.trap(draft.message_id)

    @property
    def _counts(self) -> bool:
        """Whether links are counted; in what a person writes to another they stay as they are."""
        return self.draft.thread is None

    def html(self, html: str) -> str:
        return _MARKED.sub(self._href, html)

    def text(self, text: str) -> str:
        if not self._counts:
            return text
        return _TEXT_URL.sub(lambda found: self._tracked(found[0]), text)

    def _href(self, found: re.Match[str]) -> str:
        written = found[1].strip()
        url = unescape(written) if "&" in written else written
        if url.startswith(SCHEMES):
            tracked = self._tracked(url)
            return written if tracked == url else tracked
        scheme = _SCHEME.match(url)
        if scheme and scheme[1].lower() not in _HARMLESS:
            return "#"
        return written

    def _tracked(self, url: str) -> str:
        known = self._signed.get(url)
        if known is None:
            known = self._signed[url] = self._sign(url)
        return known

    def _sign(self, url: str) -> str:
        if len(url) > LONGEST_URL or self.links.is_own(url):
            return url
        if self.marks and self.utm.means(url):
            told = marked(url, self.marks)
            url = told if len(told) <= LONGEST_URL else url
        return self.links.click(self.draft.message_id, url)
