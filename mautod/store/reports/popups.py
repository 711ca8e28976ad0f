"""Pop-ups in numbers: how often each was shown, closed, followed and answered."""

from __future__ import annotations

from typing import Final

from mautod.store.db import Tx

NAMES: Final = ("Popup Shown", "Popup Closed", "Popup Clicked", "Popup Submitted")

# Index event_name_ts.
_COUNTS: Final = """
SELECT e.props ->> 'popup', coalesce(e.props ->> 'variant', ''), n.name, count(*),
  count(DISTINCT e.person_id)
FROM event_name n CROSS JOIN event e ON e.name_id = n.id AND e.ts >= ?
WHERE n.name IN ('Popup Shown', 'Popup Closed', 'Popup Clicked', 'Popup Submitted')
GROUP BY 1, 2, 3"""

Counts = dict[tuple[str, str], dict[str, tuple[int, int]]]
"""(pop-up, variant) → event name → (times, people)"""


def counts(tx: Tx, since: int) -> Counts:
    """What happened to each variant of each pop-up since an instant."""
    found: Counts = {}
    for popup, variant, name, times, people in tx.execute(_COUNTS, (since,)):
        if popup:
            found.setdefault((str(popup), str(variant)), {})[name] = (times, people)
    return found
