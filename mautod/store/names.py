"""The names that occur in what is stored, for warnings about those that do not."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod.core.rules.checker import Names
from mautod.store.db import Tx
from mautod.store.values import COLUMNS

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


def known_names(tx: Tx, asked: Iterable[str]) -> Names:
    """Names of events, segments, and properties of recent people and of the events `asked`."""
    return Names(
        events=frozenset(row[0] for row in tx.execute("SELECT name FROM event_name")),
        props=COLUMNS | {row[0] for row in tx.execute(_PROPS)},
        segments=frozenset(
            row[0] for row in tx.execute("SELECT key FROM segment WHERE active = 1")
        ),
        event_props={
            name: frozenset(row[0] for row in tx.execute(_EVENT_PROPS, (name,))) for name in asked
        },
    )
