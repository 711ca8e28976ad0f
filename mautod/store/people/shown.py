"""What visitors saw of pop-ups, read from their events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.store.db import Tx

SHOWN: Final = "Popup Shown"
SUBMITTED: Final = "Popup Submitted"

# Index event_person_name_ts.
_SEEN: Final = """
SELECT e.props ->> 'popup', max(e.ts) FROM event e
WHERE e.person_id = ? AND e.name_id = (SELECT id FROM event_name WHERE name = ?) GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class Shown:
    """When a person saw each pop-up last, and answered it last, by its key."""

    seen: dict[str, int]
    answered: dict[str, int]


def shown_to(tx: Tx, person_id: int) -> Shown:
    """What this person saw and answered so far."""
    return Shown(_last(tx, person_id, SHOWN), _last(tx, person_id, SUBMITTED))


def _last(tx: Tx, person_id: int, name: str) -> dict[str, int]:
    return {str(key): at for key, at in tx.execute(_SEEN, (person_id, name)) if key}
