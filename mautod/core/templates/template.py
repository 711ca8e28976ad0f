"""Template files: front matter, an HTML body in Liquid, and a plain text if one was written.

---
subject: {{ person.name | default: "Hello" }}, your cart is waiting
topic: offers
---
<p>…</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>
--- text
…                                                         {{ unsubscribe_url }}
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, NamedTuple

from mautod.core.sending.links import Page
from mautod.core.templates.liquid import Filled, compile_html, compile_text
from mautod.errors import DefinitionError

SUFFIXES: Final = (".liquid", ".html")
UNSUBSCRIBE: Final = "unsubscribe_url"
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
    "message",
    "workspace",
    "now",
    "today",
    UNSUBSCRIBE,
    *PAGES,
)
LARGEST: Final = 512 * 1024

_FENCE: Final = "---"
_TEXT_FENCE: Final = re.compile(r"^---[ \t]*text[ \t]*$", re.MULTILINE)
_PAIR: Final = re.compile(r"(?P<key>[A-Za-z_][\w-]*)\s*(?P<sign>[:=])\s*(?P<value>.*)")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_KEYS: Final = (
    "subject", "from", "reply_to", "preheader", "topic", "language", "transactional"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Template:
    """One checked template in one language; `text` is empty where none was written."""

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

    @property
    def marketing(self) -> bool:
        """Whether people may say no to it: everything that does not call itself transactional."""
        return not self.transactional


class _Value(NamedTuple):
    text: str
    line: int


class _Part(NamedTuple):
    text: str
    line: int


def parse_template(text: str, file: str, key: str, language: str = "") -> Template:
    """The template in `text`; `language` is what the file's name says, "" for the base.

    Raises:
        DefinitionError: naming file, line and what to write.
    """
    if len(text) > LARGEST:
        raise DefinitionError(
            f"{len(text)} characters are too many", file=file, hint=f"At most {LARGEST}."
        )
    values, body = _front_matter(text.replace("\r\n", "\n").removeprefix("\ufeff"), file)
    html, plain = _parts(body)
    template = Template(
        key=key,
        language=language or _language(values, file),
        file=file,
        subject=_required(values, "subject", file),
        html=html.text,
        text=plain.text.strip("\n"),
        sender=_text(values, "from"),
        reply_to=_text(values, "reply_to"),
        preheader=_text(values, "preheader"),
        topic=_text(values, "topic"),
        transactional=_truth(values, "transactional", file),
    )
    _check(template, values, html, plain)
    return template


def name_of(file: str) -> tuple[str, str]:
    """Key and language that a file's name says: `cart-1.ru.liquid` is (cart-1, ru).

    Raises:
        DefinitionError: the name does not end in .liquid or .html.
    """
    name = file.rpartition("/")[2]
    stem = next((name.removesuffix(s) for s in SUFFIXES if name.endswith(s)), "")
    if not stem:
        raise DefinitionError("is not a template", file=file, hint="Name it KEY.liquid.")
    key, _, language = stem.rpartition(".")
    return (key, language) if key and _LANGUAGE.fullmatch(language) else (stem, "")


def choose(variants: Mapping[str, Template], language: str) -> Template | None:
    """The variant for `language`: exactly it, its main language, the base, or any there is."""
    wanted = (language, language.replace("_", "-").partition("-")[0].lower(), "")
    found = next((variants[name] for name in wanted if name in variants), None)
    return found or next(iter(variants.values()), None)


def _front_matter(text: str, file: str) -> tuple[dict[str, _Value], _Part]:
    lines = text.split("\n")
    if lines[0].strip() != _FENCE:
        raise DefinitionError(
            "does not begin with ---",
            file=file,
            line=1,
            hint="Begin with:\n---\nsubject: …\ntopic: …\n---",
        )
    end = next((i for i, line in enumerate(lines[1:], 1) if line.strip() == _FENCE), 0)
    if not end:
        raise DefinitionError(
            "the front matter has no end", file=file, line=1, hint="Close it with a line ---."
        )
    values: dict[str, _Value] = {}
    for number, line in enumerate(lines[1:end], 2):
        if line.strip() and not line.lstrip().startswith("#"):
            name, value = _pair(line, number, file)
            if name in values:
                raise DefinitionError("is written twice", file=file, line=number, key=name)
            values[name] = value
    return values, _Part("\n".join(lines[end + 1 :]), end + 2)


def _pair(line: str, number: int, file: str) -> tuple[str, _Value]:
    found = _PAIR.fullmatch(line.strip())
    if found is None:
        raise DefinitionError("expected: key: value", file=file, line=number, key=line.strip()[:40])
    name = found["key"].lower().replace("-", "_")
    if name not in _KEYS:
        near = get_close_matches(name, _KEYS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(_KEYS)}."
        raise DefinitionError("is not known", file=file, line=number, key=found["key"], hint=hint)
    value = found["value"].strip()
    if found["sign"] == "=":
        return name, _Value(_toml(value, name, number, file), number)
    return name, _Value(_unquoted(value), number)


def _toml(value: str, key: str, line: int, file: str) -> str:
    try:
        read = tomllib.loads(f"v = {value}")["v"]
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(
            "is not a TOML value", file=file, line=line, key=key, hint='Write "…".'
        ) from error
    return str(read).lower() if isinstance(read, bool) else str(read)


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "\"'"
    # A subject may begin and end with quotes of its own: "A" or "B".
    return value[1:-1] if quoted and value[0] not in value[1:-1] else value


def _parts(body: _Part) -> tuple[_Part, _Part]:
    fence = _TEXT_FENCE.search(body.text)
    if fence is None:
        return body, _Part("", 0)
    html, plain = body.text[: fence.start()], body.text[fence.end() + 1 :]
    return _Part(html, body.line), _Part(plain, body.line + html.count("\n") + 1)


def _text(values: Mapping[str, _Value], key: str) -> str:
    return values[key].text if key in values else ""


def _required(values: Mapping[str, _Value], key: str, file: str) -> str:
    if not _text(values, key):
        raise DefinitionError(
            "is missing", file=file, line=1, key=key, hint=f"Write {key}: … between the --- lines."
        )
    return values[key].text


def _truth(values: Mapping[str, _Value], key: str, file: str) -> bool:
    if key not in values:
        return False
    if values[key].text not in {"true", "false"}:
        raise DefinitionError("expected true or false", file=file, line=values[key].line, key=key)
    return values[key].text == "true"


def _language(values: Mapping[str, _Value], file: str) -> str:
    language = _text(values, "language")
    if language and not _LANGUAGE.fullmatch(language):
        raise DefinitionError(
            "is not a language",
            file=file,
            line=values["language"].line,
            key="language",
            hint="Write en, ru, pt-BR.",
        )
    return language


def _check(template: Template, values: Mapping[str, _Value], html: _Part, plain: _Part) -> None:
    file = template.file
    if not html.text.strip():
        raise DefinitionError(
            "has no body", file=file, line=html.line, hint="Write HTML below ---."
        )
    _known(compile_text(template.subject, file=file, line=values["subject"].line), file)
    if template.preheader:
        _known(compile_html(template.preheader, file=file, line=values["preheader"].line), file)
    parts = [(html, compile_html(html.text, file=file, line=html.line), UNSUBSCRIBE_HTML)]
    if template.text:
        text = compile_text(plain.text, file=file, line=plain.line)
        parts.append((plain, text, UNSUBSCRIBE_TEXT))
    for part, filled, line in parts:
        _known(filled, file)
        if template.marketing and UNSUBSCRIBE not in filled.names:
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
