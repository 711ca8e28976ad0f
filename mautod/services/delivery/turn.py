"""What a message that is due waits for while the gate has not been asked: its turn."""

from __future__ import annotations

from typing import Final

from mautod import wire
from mautod.core.sending.fleet import Standing
from mautod.services.delivery.fates import utc
from mautod.store.db import Tx
from mautod.store.delivery import messages, servers

MOST: Final = 10_000
"""Messages that are counted; of more it is said that they are more."""


def turn(tx: Tx, message: wire.Message, rate_per_s: float, now: int) -> str:
    """What a queued message waits for; nothing if it is not due or need not wait.

    `rate_per_s`: the most that its channel sends, 0 for no limit.
    """
    if message.state != "queued" or message.due_at > now:
        return ""
    standings = [standing for standing, _ in servers.list_servers(tx, message.channel)]
    blocked = [_blocked(standing, now) for standing in standings]
    if blocked and all(blocked):
        return f"Due since {utc(message.due_at)}, but no mail server takes letters now: " + (
            "; ".join(blocked) + "."
        )
    ahead = messages.ahead(tx, message.channel, message.due_at, message.id, MOST)
    limit = rate_per_s or sum(standing.rate_per_s for standing in standings)
    if not ahead or not limit:
        return ""
    more = f"{ahead}" if ahead < MOST else f"{MOST} or more"
    return (
        f"Due since {utc(message.due_at)}; {more} were due before it, and {message.channel} sends"
        f" at most {limit:g} a second."
    )


def _blocked(one: Standing, now: int) -> str:
    """Why a server takes no letters; nothing if it does."""
    if one.state == "off":
        return f"{one.name} is off"
    if one.state == "open" and now < one.until:
        return f"{one.name} is tried again on {utc(one.until)} ({one.error})"
    today = one.today.at(now)
    # A new day has a limit of its own, which the worker knows.
    if one.day_limit is not None and today == one.today and today.sent >= one.day_limit:
        return f"{one.name} has sent the {one.day_limit} letters of day {today.nth} of its warm-up"
    return ""
