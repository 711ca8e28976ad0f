"""All tries to send in numbers: by hour, server, recipient's domain, outcome and code.

Written in the transaction that records the outcomes, so that they agree with the ledger.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from mautod.core.reports.landed import Tries
from mautod.duration import DAY, HOUR
from mautod.store.db import Tx

ACCEPTED: Final = "accepted"
DEFERRED: Final = "deferred"
BOUNCED: Final = "bounced"
REFUSED: Final = "refused"
UNKNOWN: Final = "unknown"
KEPT_MS: Final = 90 * DAY

# primary key of attempt
COUNT: Final = """
INSERT INTO attempt VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (hour, channel, server, domain, outcome, code) DO UPDATE SET
  count = attempt.count + excluded.count, timed = attempt.timed + excluded.timed,
  took_ms = attempt.took_ms + excluded.took_ms,
  longest_ms = max(attempt.longest_ms, excluded.longest_ms)"""
# primary key of attempt, a range of hours
SUMS: Final = """
SELECT server, domain, outcome, code, sum(count), sum(timed), sum(took_ms), max(longest_ms)
FROM attempt WHERE hour >= ? AND hour < ? AND channel = ?
GROUP BY server, domain, outcome, code ORDER BY server, domain, outcome, code"""
# primary key of attempt, a range of hours
BY: Final = """
SELECT {key}, outcome, sum(count), sum(timed), sum(took_ms), max(longest_ms)
FROM attempt WHERE hour >= ? AND hour < ? AND channel = ? GROUP BY 1, 2"""
KEYS: Final = {"domain": "domain", "server": "server", "code": "code", "hour": "CAST(hour AS TEXT)"}
# primary key of attempt
FORGET: Final = "DELETE FROM attempt WHERE hour < ?"


@dataclass(frozen=True, slots=True)
class Kind:
    """What tries are counted by.

    `outcome`: accepted, deferred (to be tried again), bounced (hard or soft), refused (by policy),
    unknown. `code`: what the server said, as "550 5.1.1"; empty if it said nothing.
    """

    server: str
    domain: str
    outcome: str
    code: str


@dataclass(slots=True)
class Count:
    """So many tries; of the `timed` ones, the milliseconds to accept all together and at most."""

    count: int = 0
    timed: int = 0
    took_ms: int = 0
    longest_ms: int = 0

    def add(self, other: Count) -> None:
        """Count another's tries as well."""
        self.count += other.count
        self.timed += other.timed
        self.took_ms += other.took_ms
        self.longest_ms = max(self.longest_ms, other.longest_ms)


@dataclass(slots=True)
class Tally:
    """The tries of one batch, counted before they are written."""

    counts: dict[Kind, Count] = field(default_factory=dict)

    def add(self, kind: Kind, took_ms: int | None) -> None:
        """One try more."""
        timed = took_ms is not None
        self.counts.setdefault(kind, Count()).add(Count(1, timed, took_ms or 0, took_ms or 0))

    def store(self, tx: Tx, channel: str, now: int) -> None:
        """Add all to the hour of `now`; inside `write`."""
        hour = now - now % HOUR
        tx.executemany(
            COUNT,
            [
                (hour, channel, kind.server, kind.domain, kind.outcome, kind.code, count.count,
                 count.timed, count.took_ms, count.longest_ms)
                for kind, count in self.counts.items()
            ],
        )  # fmt: skip


def between(tx: Tx, channel: str, since: int, until: int) -> dict[Kind, Count]:
    """The tries in the hours that begin from `since` up to before `until`, by kind in order."""
    rows = tx.execute(SUMS, (since, until, channel))
    return {Kind(*row[:4]): Count(*row[4:]) for row in rows}


def by(tx: Tx, channel: str, what: str, since: int, until: int) -> list[Tries]:
    """The tries in the hours that begin from `since` up to before `until`, by one of `KEYS`."""
    rows = tx.execute(BY.format(key=KEYS[what]), (since - since % HOUR, until, channel))
    return [Tries(*row) for row in rows]


def forget(tx: Tx, now: int) -> int:
    """Drop what is older than `KEPT_MS`; how many rows. Inside `write`."""
    return int(tx.execute(FORGET, (now - KEPT_MS,)).rowcount)
