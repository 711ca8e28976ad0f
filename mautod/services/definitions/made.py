"""Segments that were made at the desk: files may ask them, though no file has them."""

from __future__ import annotations

from mautod.config import Settings
from mautod.errors import MautodError
from mautod.store.db import Database
from mautod.store.health import DAMAGE
from mautod.store.segments import membership as segments


def made_segments(settings: Settings) -> list[str]:
    """Their keys; none where nothing is stored yet or the database cannot be read."""
    if not (settings.data / "mautod.db").is_file():
        return []
    database = Database(settings.data / "mautod.db")
    try:
        return segments.made(database.open().read())
    except (MautodError, *DAMAGE):
        return []
    finally:
        database.close()
