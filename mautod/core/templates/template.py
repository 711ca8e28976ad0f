"""Template files: front matter, an HTML body in Liquid, and a plain text if one was written.

---
subject: {{ person.name | default: "Hello" }}, your cart is waiting
topic: offers
---
<p>…</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>
--- text
…                                                         {{ unsubscribe_url }}
--- push
title: Your cart is waiting
…
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Final

from mautod.core.sending.links import Page
from mautod.core.sending.utm import read_utm
from mautod.core.templates.attachment import Attachment, check_sum, read_attachment
from mautod.core.templates.front import (
    LANGUAGE,
    TEXT,
    Front,
    Part,
    read_front,
    read_sections,
)
from mautod.core.templates.liquid import Filled, compile_html, compile_text
from mautod.core.templates.spoken import Wording, compiled_parts, read_wording
from mautod.errors import BadInput, DefinitionError

SUFFIXES: Final = (".liquid", ".html", ".md", ".mjml")
UNSUBSCRIBE: Final = "unsubscribe_url"
RECOMMENDED: Final = "recommended"
"""Products that people buy together with the person's."""
UNSUBSCRIBE_HTML: Final = '<a href="{{ unsubscribe_url }}">Unsubscribe</a>'
UNSUBSCRIBE_TEXT: Final = "Unsubscribe: {{ unsubscribe_url }}"
PAGES: Final[Mapping[str, Page]] = {
    "preferences_url": "preferences",
    "confirm_url": "confirm",
    "data_url": "data",
    "forget_url": "forget",
}
"""Variables that lead to a page for the one who got the message."""
VARIABLES: Final = (
    "person",
    "event",
    "run",
    "code",
    RECOMMENDED,
    "message",
    "workspace",
    "now",
    "today",
    UNSUBSCRIBE,
    *PAGES,
)
LARGEST: Final = 512 * 1024


@dataclass(frozen=True, slots=True)
class Template:
    """One checked template in one language; `text` is empty where none was written.

    `utm` is what it says of its links, see `mautod.core.sending.utm`; `recommends` whether it shows
    what is bought together.
    `by_hand`: what one person writes to another; nothing in it is counted.
    """

    key: str
    language: str
    file: str
    subject: str
    html: str
    text: str = ""
    sender: str = ""
    reply_to: str = ""
    preheader: str = ""
    topic: str = ""
    transactional: bool = False
    utm: str = ""
    attachments: tuple[Attachment, ...] = ()
    recommends: bool = False
    by_hand: bool = False
    wordings: tuple[Wording, ...] = ()

    def wording(self, channel: str) -> Wording | None:
        """What was written for this channel alone."""
        return next((each for each in self.wordings if each.channel == channel), None)

    @property
    def marketing(self) -> bool:
        """Whether people may say no to it: everything that does not call itself transactional."""
        return not self.transactional


def parse_template(text: str, file: str, key: str, language: str = "") -> Template:
    """The template in `text`; `language` is what the file's name says, "" for the base.

    Raises:
        DefinitionError: naming file, line and what to write.
    """
    if len(text) > LARGEST:
        raise DefinitionError(
            f"{len(text)} characters are too many", file=file, hint=f"At most {LARGEST}."
        )
    front, body = read_front(text.replace("\r\n", "\n").removeprefix("\ufeff"), file)
    html, sections = read_sections(body)
    plain = next((part for name, part in sections if name == TEXT), Part("", 0))
    template = Template(
        key=key,
        language=language or front.language(),
        file=file,
        subject=front.required("subject"),
        html=html.text,
        text=plain.text.strip("\n"),
        sender=front.text("from"),
        reply_to=front.text("reply_to"),
        preheader=front.text("preheader"),
        topic=front.text("topic"),
        transactional=front.truth("transactional"),
        utm=_utm(front),
        attachments=_attachments(front),
        wordings=tuple(_wordings(sections, file)),
    )
    names = _check(template, front, html, plain)
    return replace(template, recommends=RECOMMENDED in names)


def name_of(file: str) -> tuple[str, str]:
    """Key and language that a file's name says: `cart-1.ru.liquid` is (cart-1, ru).

    Raises:
        DefinitionError: the name does not end as a template does.
    """
    name = file.rpartition("/")[2]
    stem = next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), "")
    if not stem:
        raise DefinitionError("is not a template", file=file, hint="Name it KEY.liquid.")
    key, _, language = stem.rpartition(".")
    return (key, language) if key and LANGUAGE.fullmatch(language) else (stem, "")


def choose(variants: Mapping[str, Template], language: str) -> Template | None:
    """The variant for `language`: exactly it, its main language, the base, or any there is."""
    wanted = (language, language.replace("_", "-").partition("-")[0].lower(), "")
    found = next((variants[name] for name in wanted if name in variants), None)
    return found or next(iter(variants.values()), None)


def _wordings(sections: Sequence[tuple[str, Part]], file: str) -> Iterator[Wording]:
    seen: set[str] = set()
    for name, part in sections:
        if name in seen:
            raise DefinitionError(f"--- {name} is written twice", file=file, line=part.line - 1)
        seen.add(name)
        if name != TEXT:
            yield read_wording(name, part, file)


def _utm(front: Front) -> str:
    try:
        read_utm(front.text("utm"))
    except BadInput as error:
        raise front.error("utm", error.message, error.hint) from error
    return front.text("utm")


def _attachments(front: Front) -> tuple[Attachment, ...]:
    try:
        found = tuple(map(read_attachment, front.names("attachments")))
        check_sum(found)
    except BadInput as error:
        raise front.error("attachments", error.message, error.hint) from error
    return found


def _check(template: Template, front: Front, html: Part, plain: Part) -> set[str]:
    """The variables that it reads.

    Raises:
        DefinitionError: a part does not parse, or lacks what it must have.
    """
    file = template.file
    if not html.text.strip():
        raise DefinitionError(
            "has no body", file=file, line=html.line, hint="Write HTML below ---."
        )
    found = [compile_text(template.subject, file=file, line=front.line("subject"))]
    if template.preheader:
        found.append(compile_html(template.preheader, file=file, line=front.line("preheader")))
    parts = [(html, compile_html(html.text, file=file, line=html.line), UNSUBSCRIBE_HTML)]
    if template.text:
        text = compile_text(plain.text, file=file, line=plain.line)
        parts.append((plain, text, UNSUBSCRIBE_TEXT))
    for wording in template.wordings:
        found += compiled_parts(wording, file)
    for filled in (*found, *(filled for _, filled, _ in parts)):
        _known(filled, file)
    if template.marketing:
        for part, filled, line in parts:
            _check_way_out(part, filled, line, file)
    return {name for filled in (*found, *(each[1] for each in parts)) for name in filled.names}


def _check_way_out(part: Part, filled: Filled, line: str, file: str) -> None:
    if UNSUBSCRIBE not in filled.names:
        raise DefinitionError(
            "has no unsubscribe link",
            file=file,
            line=part.line + part.text.rstrip("\n").count("\n"),
            key=UNSUBSCRIBE,
            hint=f"Add this line, or write transactional: true above:\n{line}",
        )


def _known(filled: Filled, file: str) -> None:
    for name, line in sorted(filled.names.items()):
        if name in VARIABLES:
            continue
        near = get_close_matches(name, VARIABLES, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Write person.{name} or event.{name}."
        raise DefinitionError("is no variable", file=file, line=line, key=name, hint=hint)
