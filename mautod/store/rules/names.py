"""The names that occur in what is stored, for warnings about those that do not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, Final

from mautod.core.rules.checker import Names
from mautod.store.db import Tx, from_json
from mautod.store.rules.values import COLUMNS, TEXTS

# the latest people, by primary key
_PROPS: Final = """
SELECT DISTINCT j.key FROM (SELECT props FROM person ORDER BY id DESC LIMIT 2000) p
CROSS JOIN json_each(p.props) j"""
# index event_name_ts_person, then the primary key of event
_EVENT_PROPS: Final = """
SELECT DISTINCT j.key FROM (
  SELECT props FROM event WHERE name_id = (SELECT id FROM event_name WHERE name = ?)
  ORDER BY ts DESC LIMIT 200) e
CROSS JOIN json_each(e.props) j"""

_STAGES: Final = "SELECT key FROM segment WHERE active = 1 AND stage IS NOT NULL"
# index definition_active
_DEFINED: Final = "SELECT key FROM definition WHERE kind = ? AND active = 1"


def known_names(tx: Tx, asked: Iterable[str]) -> Names:
    """Names of events, segments, and properties of recent people and of the events `asked`."""
    return Names(
        events=frozenset(row[0] for row in tx.execute("SELECT name FROM event_name")),
        props=COLUMNS | {row[0] for row in tx.execute(_PROPS)},
        segments=frozenset(
            row[0] for row in tx.execute("SELECT key FROM segment WHERE active = 1")
        ),
        chains=frozenset(row[0] for row in tx.execute("SELECT key FROM chain")),
        templates=frozenset(key.partition(".")[0] for key in _defined(tx, "template")),
        topics=frozenset(_defined(tx, "topic")),
        stages=frozenset(row[0] for row in tx.execute(_STAGES)),
        scores=frozenset(_defined(tx, "score")),
        event_props={
            name: frozenset(row[0] for row in tx.execute(_EVENT_PROPS, (name,))) for name in asked
        },
    )


def _defined(tx: Tx, kind: str) -> list[str]:
    return [row[0] for row in tx.execute(_DEFINED, (kind,))]


# the latest people, by primary key
_PROP_TYPES: Final = """
SELECT DISTINCT j.key, j.type FROM (SELECT props FROM person ORDER BY id DESC LIMIT 2000) p
CROSS JOIN json_each(p.props) j WHERE j.type <> 'null'"""
_KINDS: Final = {
    "integer": "number", "real": "number", "true": "bool", "false": "bool", "array": "list",
}  # fmt: skip


def prop_kinds(tx: Tx) -> dict[str, str]:
    """Properties of recent people with their kind: number, bool or list, else text."""
    found: dict[str, str] = dict.fromkeys(COLUMNS, "text")
    for prop, type_ in tx.execute(_PROP_TYPES):
        kind = _KINDS.get(type_, "text")
        found[prop] = kind if found.get(prop, kind) == kind else "text"
    return found


# the latest people, by primary key
_COLUMN_VALUES: Final = "SELECT 'text', {name} FROM person p ORDER BY id DESC LIMIT 2000"
_PROP_VALUES: Final = """
SELECT j.type, j.value FROM (SELECT props FROM person ORDER BY id DESC LIMIT 2000) p
CROSS JOIN json_each(p.props) j WHERE j.key = ?"""
# index event_name_ts_person, then the primary key of event
_EVENT_VALUES: Final = """
SELECT j.type, j.value FROM (
  SELECT props FROM event WHERE name_id = (SELECT id FROM event_name WHERE name = ?)
  ORDER BY ts DESC LIMIT 200) e
CROSS JOIN json_each(e.props) j WHERE j.key = ?"""


def person_texts(tx: Tx, prop: str) -> list[str]:
    """Texts that a property of recent people has, or holds as a list, the most frequent first."""
    if prop in TEXTS:
        return _frequent(tx.execute(_COLUMN_VALUES.format(name=prop)))
    return _frequent(tx.execute(_PROP_VALUES, (prop,)))


def event_texts(tx: Tx, events: Iterable[str], prop: str) -> list[str]:
    """Texts that a property of recent events has, or holds as a list, the most frequent first."""
    return _frequent(row for name in events for row in tx.execute(_EVENT_VALUES, (name, prop)))


def _frequent(rows: Iterable[tuple[str, Any]]) -> list[str]:
    found: Counter[str] = Counter()
    for kind, value in rows:
        items = from_json(value) if kind == "array" else [value]
        found.update(item for item in items if isinstance(item, str) and item)
    return [text for text, _ in found.most_common()]
