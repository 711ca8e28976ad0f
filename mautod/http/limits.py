"""How often one write key and address may call: a token bucket for each pair."""

from __future__ import annotations

from math import ceil
from typing import Final

from mautod.errors import TooMany

MAX_BUCKETS: Final = 100_000


class RateLimit:
    """`rate_per_s` requests a second, and `burst` more at once after a quiet time.

    A bucket is one number, the moment at which it will be full again (GCRA); full ones are dropped.
    """

    def __init__(self, rate_per_s: float, burst: int, *, max_buckets: int = MAX_BUCKETS) -> None:
        self._cost_s = 1 / rate_per_s
        self._depth_s = burst / rate_per_s
        self._max_buckets = max_buckets
        self._full_at: dict[tuple[str, str], float] = {}

    def take(self, source: str, address: str, now_s: float) -> None:
        """Count one request of `source` from `address` at the monotonic time `now_s`.

        Raises:
            TooMany: over the rate; says when to come again.
        """
        pair = (source, _network(address))
        full_at = self._full_at.get(pair, 0.0)
        if full_at <= now_s:
            full_at = now_s
            if len(self._full_at) >= self._max_buckets:
                self._forget(now_s)
        full_at += self._cost_s
        over_s = full_at - now_s - self._depth_s
        if over_s > 1e-9:  # noqa: PLR2004 - sums of floats are off by less
            wait_s = max(1, ceil(over_s))
            raise TooMany(f"more than {1 / self._cost_s:g} requests a second", retry_after_s=wait_s)
        self._full_at[pair] = full_at

    def _forget(self, now_s: float) -> None:
        """Drop full buckets; when a flood of addresses fills the table, all of them."""
        self._full_at = {pair: at for pair, at in self._full_at.items() if at > now_s}
        if len(self._full_at) >= self._max_buckets:
            self._full_at.clear()


def _network(address: str) -> str:
    """An IPv6 subscriber has a whole /64 and could take a new address for every request."""
    return ":".join(address.split(":", 4)[:4]) if ":" in address else address
