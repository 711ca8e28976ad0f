"""`events.toml`: what the tracker tells of a site without a line of code in its pages.

[auto]
outbound = true                      # also downloads, forms

[buy]
event = "Buy Clicked"
click = ".buy"                       # or submit = "#lead", or visit = "/pricing*"
url = "/shop/*"
properties = { name = "text:h1", price = "data:price|number" }

[lead]
event = "Lead Sent"
submit = "#lead"
identify = { email = "field:email", name = "field:name" }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.envelope import RESERVED
from mautod.core.files.definition import Table, expected, flag, label, mapping
from mautod.errors import BadInput

AUTO: Final = "auto"
AUTOMATIC: Final = ("outbound", "downloads", "forms")
ACTS: Final = ("click", "submit", "visit")
MOST_PROPERTIES: Final = 50
MOST: Final = 200
_LONGEST: Final = 500
_SOURCE: Final = re.compile(r"(field|text|data|attr|url|):\S.*|=.*", re.DOTALL)
_SOURCES: Final = (
    '"field:NAME" of a form, "text:SELECTOR", "data:NAME" or "attr:NAME" of the element,'
    ' "url:PARAMETER", or "=WORDS"; "|number" behind it makes a number'
)


@dataclass(frozen=True, slots=True)
class Capture:
    """One event that the tracker makes: on which act, where, and what it tells.

    `selector` is CSS for `click` and `submit`; `url` a glob of the path, or of the whole address.
    `properties` and `identify` say where each value is found.
    """

    key: str
    event: str
    on: str
    selector: str = ""
    url: str = ""
    properties: Mapping[str, str] = field(default_factory=dict)
    identify: Mapping[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """What is stored of it, and what the tracker reads."""
        found: dict[str, Any] = {"name": self.event, "on": self.on}
        more = {
            "selector": self.selector,
            "url": self.url,
            "properties": dict(self.properties),
            "identify": dict(self.identify),
        }
        return {**found, **{name: value for name, value in more.items() if value}}


def read_capture(key: str, table: Table) -> Capture:
    """The event that one table of the file describes.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table.only("event", "url", "properties", "identify", *ACTS)
    acts = [act for act in ACTS if act in table]
    if len(acts) != 1:
        raise table.error("", "says not on what.", "Write one of click, submit and visit.")
    on = acts[0]
    place = table.need(on, _line)
    url = place if on == "visit" else table.get("url", _line, "")
    if on == "visit" and "url" in table:
        raise table.error("url", "stands in visit already.")
    return Capture(
        key=key,
        event=table.need("event", _name),
        on=on,
        selector="" if on == "visit" else place,
        url=url,
        properties=table.get("properties", _sources, {}),
        identify=table.get("identify", _sources, {}),
    )


def body_of(key: str, table: Table) -> dict[str, Any]:
    """What is stored of one table, `[auto]` or an event.

    Raises:
        DefinitionError: it is neither.
    """
    if key == AUTO:
        return {AUTO: read_auto(table)}
    return read_capture(key, table).body()


def read_auto(table: Table) -> tuple[str, ...]:
    """What `[auto]` switches on, of `AUTOMATIC`.

    Raises:
        DefinitionError: a key is unknown, or no yes or no.
    """
    table.only(*AUTOMATIC)
    return tuple(name for name in AUTOMATIC if table.get(name, flag, default=False))


def _name(value: Any) -> str:
    name = label(value)
    if name in RESERVED:
        raise BadInput(f"{name!r} is a name of mautod's own events.")
    return name


def _line(value: Any) -> str:
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST:
        raise expected(f"text of at most {_LONGEST} characters", value)
    return value.strip()


def _sources(value: Any) -> dict[str, str]:
    found = mapping(value)
    if len(found) > MOST_PROPERTIES:
        raise BadInput(f"more than {MOST_PROPERTIES} properties.")
    return {label(name): _source(source) for name, source in found.items()}


def _source(value: Any) -> str:
    source = _line(value)
    if not _SOURCE.fullmatch(source):
        raise BadInput(f"{source!r} says not where the value is.", hint=f"Write {_SOURCES}.")
    return source
