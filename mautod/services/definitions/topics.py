"""The topics in force, and what people read as their names."""

from __future__ import annotations

from contextlib import suppress

from mautod.core.files.definition import Table
from mautod.core.sending.topics import Topic, read_topic
from mautod.errors import DefinitionError
from mautod.store import catalog
from mautod.store.catalog import Definition
from mautod.store.db import Database, Tx, from_json


def topics(tx: Tx) -> dict[str, Topic]:
    """All topics in force, by key; what does not parse was let in by another version of mautod."""
    return {found.key: topic for found in catalog.active(tx, "topic") if (topic := _topic(found))}


def topic_name(db: Database, key: str, language: str) -> str:
    """The name of a topic for somebody who speaks `language`; empty when there is no such topic."""
    found = catalog.find(db.read(), "topic", key)
    topic = None if found is None else _topic(found)
    return "" if topic is None else topic.name(language)


def _topic(found: Definition) -> Topic | None:
    with suppress(DefinitionError):
        return read_topic(found.key, Table(found.file, from_json(found.body)))
    return None
