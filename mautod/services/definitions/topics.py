"""What people read as the name of a topic."""

from __future__ import annotations

from mautod.core.sending.topics import Topic
from mautod.store import catalog
from mautod.store.db import Database, from_json


def topic_name(db: Database, key: str, language: str) -> str:
    """The name of a topic for somebody who speaks `language`; empty when there is no such topic."""
    found = catalog.find(db.read(), "topic", key)
    return "" if found is None else Topic(key, from_json(found.body)["name"]).name(language)
