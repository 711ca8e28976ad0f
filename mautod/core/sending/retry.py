"""When a message that was surely not taken is tried again, by what the server said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from mautod.core.sending.bounce import GREYLISTED, MAILBOX_FULL, THROTTLED
from mautod.duration import HOUR, MINUTE, SECOND

UNREACHABLE: Final = "unreachable"
"""The rule of a letter that found no server: connection, TLS or log-in failed."""

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
SCHEDULES: Final[Mapping[str, tuple[int, ...]]] = {
    # A greylist lets in who comes back after some minutes, from the same server.
    GREYLISTED: (
        5 * MINUTE,
        10 * MINUTE,
        20 * MINUTE,
        40 * MINUTE,
        90 * MINUTE,
        3 * HOUR,
        6 * HOUR,
    ),
    # Whoever sends too fast is told to slow down, not to knock again.
    THROTTLED: (2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR),
    # People tidy up in hours or days.
    MAILBOX_FULL: (HOUR, 4 * HOUR, 12 * HOUR, 24 * HOUR, 48 * HOUR),
}
"""By the rule of a transient no; any other has DELAYS."""
_SPREAD: Final = 997
_GOLDEN: Final = 2654435761


def next_try(attempt: int, message_id: int, now: int, rule: str = "") -> int | None:
    """When to try again after `attempt` tries failed, the last by `rule`; None if it was the last.

    Up to a tenth is added by message, so that a server that comes back does not meet all at once.
    """
    delays = SCHEDULES.get(rule, DELAYS)
    if attempt > len(delays):
        return None
    delay = delays[max(attempt, 1) - 1]
    spread = message_id * _GOLDEN % _SPREAD
    return now + delay + delay * spread // (10 * _SPREAD)
