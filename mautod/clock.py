"""The only reader of time and randomness.

Everything else takes `now` (UTC milliseconds since the epoch) and ids as arguments.
"""

from __future__ import annotations

import secrets
import time
import uuid
from collections.abc import Callable

Clock = Callable[[], int]
"""Anything that answers the present instant in UTC milliseconds."""


def now_ms() -> int:
    """The present instant in UTC milliseconds."""
    return time.time_ns() // 1_000_000


def monotonic_s() -> float:
    """Seconds from an arbitrary start that never step backwards; for measuring durations."""
    return time.monotonic()


def new_id() -> str:
    """A random id that nobody can guess, 32 hexadecimal digits."""
    return uuid.uuid4().hex


def new_secret() -> str:
    """A random secret of 256 bits in 43 URL-safe characters."""
    return secrets.token_urlsafe(32)
