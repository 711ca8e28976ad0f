"""The topics in force, and what people read as their names."""

from __future__ import annotations

from mautod.core.files.definition import Table
from mautod.core.sending.topics import Topic, read_topic
from mautod.store import catalog
from mautod.store.catalog import Definition
from mautod.store.db import Database, Tx, from_json


def topics(tx: Tx) -> dict[str, Topic]:
    """All topics in force, by key."""
    return {found.key: _topic(found) for found in catalog.active(tx, "topic")}


def topic_name(db: Database, key: str, language: str) -> str:
    """The name of a topic for somebody who speaks `language`; empty when there is no such topic."""
    found = catalog.find(db.read(), "topic", key)
    return "" if found is None else _topic(found).name(language)


def _topic(found: Definition) -> Topic:
    return read_topic(found.key, Table(found.file, from_json(found.body)))
