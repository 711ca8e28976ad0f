"""Pop-ups: `popups/KEY.toml` says who sees which words on the site, when, and what they may answer.

name  = "A gift for those who leave"
kind  = "modal"                          # corner, bar, full, embedded, button
when  = 'email is unknown'               # asked at the server
url   = ["/catalog*", "!/checkout*"]
show  = { exit = true }                  # after, scroll, idle, page, seen, event
again = "per 7d"

[[step]]
title  = { en = "A gift for you", ru = "Подарок для вас" }
text   = "Leave your email, and we send it."
button = "Send it"
[[step.field]]
name = "email"
type = "email"
save = true
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from mautod.core.files.definition import (
    Table,
    duration,
    expected,
    flag,
    key_name,
    label,
    mapping,
    one_of,
    text,
    window,
)
from mautod.core.rules import named
from mautod.core.rules.named import Texts
from mautod.core.rules.tree import Rule
from mautod.core.times.windows import Window
from mautod.duration import DAY
from mautod.errors import BadInput

KINDS: Final = ("modal", "corner", "bar", "full", "embedded", "button")
FIELDS: Final = (
    "email", "phone", "text", "long", "choice", "select", "checkbox", "consent", "rating", "nps",
)  # fmt: skip
DEVICES: Final = ("desktop", "mobile")
TRIGGERS: Final = ("after", "scroll", "exit", "idle", "page", "seen", "event")
ALWAYS: Final = 0
ONCE: Final = -1
MOST_STEPS: Final = 10
MOST_FIELDS: Final = 20
MOST_OPTIONS: Final = 30
_LONGEST_TEXT: Final = 5000
_LONGEST_HTML: Final = 64 * 1024
_CHOOSING: Final = frozenset({"choice", "select"})

Words = Mapping[str, str]
"""Text by language, "" where the file gave one for all."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is asked; `save` makes it a property of the person as well."""

    name: str
    type: str
    label: Words
    required: bool = False
    save: bool = False
    options: tuple[Words, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One face of a pop-up; `html` in place of title and text, `link` is where its button leads."""

    title: Words = field(default_factory=dict)
    text: Words = field(default_factory=dict)
    html: str = ""
    image: str = ""
    button: Words = field(default_factory=dict)
    link: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True)
class Variant:
    """One of several ways to say it, drawn by weight and the same for a visitor ever after."""

    key: str
    weight: int
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Popup:
    """One checked pop-up.

    `show`: what makes it appear, milliseconds for times; `again_ms`: how long after it was seen it
    may be seen again, `ONCE` never, `ALWAYS` at once. `since` and `until` in UTC milliseconds.
    """

    key: str
    name: str
    kind: str
    when: Rule | None
    urls: tuple[str, ...]
    show: Mapping[str, Any]
    again_ms: int
    variants: tuple[Variant, ...]
    done: Words = field(default_factory=dict)
    window: Window | None = None
    device: str = ""
    place: str = ""
    since: int | None = None
    until: int | None = None
    by_chain: bool = False

    @property
    def topics(self) -> set[str]:
        """The topics that people may agree to in it."""
        steps = (step for variant in self.variants for step in variant.steps)
        return {field.topic for step in steps for field in step.fields if field.topic}


def read_popup(key: str, table: Table, known: Texts, html: Mapping[str, str]) -> Popup:
    """The pop-up that a file describes; `known` are named rules, `html` texts by file name.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table.only(
        "name", "kind", "when", "url", "show", "again", "window", "device", "place", "from", "to",
        "by", "done", "step", "variant",
    )  # fmt: skip
    kind = table.get("kind", one_of(*KINDS), "modal")
    if kind == "embedded" and "place" not in table:
        raise table.error("place", "is missing.", 'Write place = "#news", where it stands.')
    return Popup(
        key=key,
        name=table.get("name", label, key),
        kind=kind,
        when=table.get("when", lambda value: named.read(text(value), known, entry=False), None),
        urls=table.get("url", _globs, ()),
        show=_show(table, kind),
        again_ms=table.get("again", _again, DAY),
        variants=_variants(table, html),
        done=table.get("done", words, {}),
        window=table.get("window", window, None),
        device=table.get("device", one_of(*DEVICES), ""),
        place=table.get("place", label, ""),
        since=table.get("from", _midnight, None),
        until=table.get("to", lambda value: _midnight(value) + DAY, None),
        by_chain="by" in table and table.need("by", one_of("chain")) == "chain",
    )


def corner(key: str, step: Step) -> Popup:
    """A corner of any page that says one thing at once, sent by a chain."""
    return Popup(
        key=key,
        name=key,
        kind="corner",
        when=None,
        urls=(),
        show={"after": 0},
        again_ms=ALWAYS,
        variants=(Variant("", 1, (step,)),),
        by_chain=True,
    )


def said(written: Words, language: str, default: str = "") -> str:
    """The words for somebody who speaks `language`, in any other if there are none."""
    wanted = (language, language.partition("-")[0], "", default, "en")
    found = next((written[tongue] for tongue in wanted if tongue in written), None)
    return found if found is not None else next(iter(written.values()), "")


def words(value: Any) -> Words:
    """Reader: text, or one for each language."""
    if isinstance(value, str):
        return {"": _bounded(value)}
    if not isinstance(value, Mapping) or not value:
        raise expected('text, or one per language like { en = "…", ru = "…" }', value)
    return {label(language): _bounded(each) for language, each in value.items()}


def _bounded(value: Any) -> str:
    found = text(value)
    if len(found) > _LONGEST_TEXT:
        raise expected(f"at most {_LONGEST_TEXT} characters", value)
    return found


def _variants(table: Table, html: Mapping[str, str]) -> tuple[Variant, ...]:
    found = table.tables("variant")
    if not found:
        return (Variant("", 1, _steps(table, html)),)
    if "step" in table:
        raise table.error("step", "stands beside variants.", "Write [[variant.step]].")
    variants = tuple(_variant(each, html) for each in found)
    if len({each.key for each in variants}) < len(variants):
        raise table.error("variant", "two variants share a name.")
    return variants


def _variant(table: Table, html: Mapping[str, str]) -> Variant:
    table.only("name", "weight", "step")
    weight = table.get("weight", _weight, 1)
    return Variant(table.need("name", key_name), weight, _steps(table, html))


def _steps(table: Table, html: Mapping[str, str]) -> tuple[Step, ...]:
    found = tuple(_step(each, html) for each in table.tables("step"))
    if not 1 <= len(found) <= MOST_STEPS:
        raise table.error("step", f"expected 1 to {MOST_STEPS} steps.", "Write [[step]].")
    return found


def _step(table: Table, html: Mapping[str, str]) -> Step:
    table.only("title", "text", "html", "image", "button", "link", "field")
    fields = tuple(map(_field, table.tables("field")))
    if len(fields) > MOST_FIELDS:
        raise table.error("field", f"more than {MOST_FIELDS} fields.")
    if not {"title", "text", "html"} & set(table.values):
        raise table.error("", "says nothing.", "Write title, text or html.")
    if fields and "button" not in table:
        raise table.error("button", "is missing.", 'Write button = "Send".')
    return Step(
        title=table.get("title", words, {}),
        text=table.get("text", words, {}),
        html=table.get("html", lambda value: _html(value, html), ""),
        image=table.get("image", _address, ""),
        button=table.get("button", words, {}),
        link=table.get("link", _address, ""),
        fields=fields,
    )


def _field(table: Table) -> Field:
    table.only("name", "type", "label", "required", "save", "options", "topic")
    kind = table.get("type", one_of(*FIELDS), "text")
    name = table.need("name", label)
    options = table.get("options", _options, ())
    if (kind in _CHOOSING) != bool(options):
        raise table.error("options", "go with choice and select.", 'Write options = ["A", "B"].')
    if kind == "consent" and "label" not in table:
        raise table.error("label", "is missing: it is what people agree to.")
    return Field(
        name=name,
        type=kind,
        label=table.get("label", words, {"": name}),
        required=table.get("required", flag, kind in {"email", "phone", "consent"}),
        save=table.get("save", flag, kind in {"email", "phone"}),
        options=options,
        topic=table.get("topic", key_name, ""),
    )


def _show(table: Table, kind: str) -> dict[str, Any]:
    default = {} if kind in {"embedded", "button"} else {"after": "0s"}
    found = table.get("show", mapping, default)
    inner = Table(table.file, found, (*table.path, "show"), table.lines)
    inner.only(*TRIGGERS)
    readers = {
        "after": duration, "idle": duration, "scroll": _percent, "page": _weight, "exit": flag,
        "seen": label, "event": label,
    }  # fmt: skip
    return {name: inner.need(name, readers[name]) for name in found}


def _again(value: Any) -> int:
    if value in {"once", "always"}:
        return ONCE if value == "once" else ALWAYS
    if not isinstance(value, str) or not value.startswith("per "):
        raise expected('"once", "always" or "per 7d"', value)
    return duration(value.removeprefix("per ").strip())


def _globs(value: Any) -> tuple[str, ...]:
    found = [value] if isinstance(value, str) else value
    if not isinstance(found, list) or not found or len(found) > MOST_OPTIONS:
        raise expected('a path like "/catalog*", or several in a list', value)
    return tuple(label(each) for each in found)


def _options(value: Any) -> tuple[Words, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_OPTIONS:
        raise expected(f"1 to {MOST_OPTIONS} options in a list", value)
    return tuple(map(words, value))


def _address(value: Any) -> str:
    found = label(value)
    if not found.startswith(("https://", "http://", "/")) or found.startswith("//"):
        raise BadInput(f"{found!r} leads nowhere.", hint="Write https://… or /path.")
    return found


def _html(value: Any, html: Mapping[str, str]) -> str:
    name = label(value)
    if name not in html:
        raise BadInput(f"there is no file popups/{name}.")
    if len(html[name]) > _LONGEST_HTML:
        raise BadInput(f"popups/{name} is longer than {_LONGEST_HTML} characters.")
    return html[name]


def _percent(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 100:  # noqa: PLR2004
        raise expected("a share of the page, 1 to 100", value)
    return value


def _weight(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1000:  # noqa: PLR2004
        raise expected("a whole number from 1 on", value)
    return value


def _midnight(value: Any) -> int:
    if isinstance(value, datetime) or not isinstance(value, date):
        raise expected("a day like 2026-12-31", value)
    return int(datetime(value.year, value.month, value.day, tzinfo=UTC).timestamp() * 1000)
