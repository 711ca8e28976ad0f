"""When a message that was surely not taken is tried again."""

from __future__ import annotations

from typing import Final

from mautod.duration import HOUR, MINUTE, SECOND

DELAYS: Final = (
    5 * SECOND,
    30 * SECOND,
    2 * MINUTE,
    10 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    6 * HOUR,
)
ATTEMPTS: Final = len(DELAYS) + 1
_SPREAD: Final = 997
_GOLDEN: Final = 2654435761


def next_try(attempt: int, message_id: int, now: int) -> int | None:
    """When to try again after `attempt` tries failed; None if that was the last.

    Up to a tenth is added by message, so that a server that comes back does not meet all at once.
    """
    if attempt >= ATTEMPTS:
        return None
    delay = DELAYS[max(attempt, 1) - 1]
    spread = message_id * _GOLDEN % _SPREAD
    return now + delay + delay * spread // (10 * _SPREAD)
