"""What people wish: how often, and until when not at all."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from mautod.core.sending.preferences import ALWAYS, Preferences
from mautod.store.db import Tx
from mautod.store.delivery.consent import marks

PAUSE: Final = "pause"
_OFTEN: Final = "often "

# Primary key (person_id, kind).
WISHES: Final = "SELECT person_id, kind, value FROM preference WHERE person_id IN ({marks})"
_PUT: Final = """
INSERT INTO preference (person_id, kind, value, at) VALUES (?, ?, ?, ?)
ON CONFLICT (person_id, kind) DO UPDATE SET value = excluded.value, at = excluded.at
WHERE preference.value <> excluded.value"""


def of_people(tx: Tx, people: Collection[int]) -> dict[int, Preferences]:
    """The wishes of those of `people` who have any."""
    often: dict[int, dict[str, str]] = {}
    pauses: dict[int, int] = {}
    for person, kind, value in tx.execute(WISHES.format(marks=marks(people)), tuple(people)):
        if kind == PAUSE:
            pauses[person] = int(value)
        elif value != ALWAYS:
            often.setdefault(person, {})[kind.removeprefix(_OFTEN)] = value
    return {
        person: Preferences(often.get(person, {}), pauses.get(person, 0))
        for person in often.keys() | pauses.keys()
    }


def put_pause(tx: Tx, person_id: int, until: int, at: int) -> bool:
    """Let nothing leave before `until`, 0 to end a pause; True if that is new. Inside `write`."""
    return _put(tx, person_id, PAUSE, str(until), at)


def put_frequency(tx: Tx, person_id: int, about: str, often: str, at: int) -> bool:
    """How often, of one topic or of all; True if that is new. Inside `write`."""
    return _put(tx, person_id, f"{_OFTEN}{about}", often, at)


def _put(tx: Tx, person_id: int, kind: str, value: str, at: int) -> bool:
    return tx.execute(_PUT, (person_id, kind, value, at)).rowcount > 0
