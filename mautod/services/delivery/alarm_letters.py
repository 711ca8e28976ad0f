"""Letters to operators about alarms: one when it begins, one more if marketing is stopped for it.

A try is put off before it begins and its outcome is stored after, as with the notes of chains: who
dies in between is followed by another try, so that nobody misses an alarm.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from mautod import wire
from mautod.clock import Clock
from mautod.core.sending.message import Letter, Outcome, Sent
from mautod.core.sending.retry import next_try
from mautod.duration import MINUTE
from mautod.services.delivery import alarms
from mautod.store.db import Database
from mautod.store.delivery import incidents
from mautod.store.delivery.incidents import Incident

BATCH: Final = 16
LEASE_MS: Final = 2 * MINUTE
"""Longer than any try takes."""
LONGEST_DETAIL: Final = 300
NOBODY: Final = "config.toml names nobody in [notify]"
NO_EMAIL: Final = "there is no channel email"

log = logging.getLogger(__name__)


class Mailer(Protocol):
    """A channel that can write a plain letter to anybody."""

    def plain(self, number: int, address: str, subject: str, text: str) -> Letter: ...
    async def send(self, batch: Sequence[Letter]) -> list[Outcome]: ...


@dataclass(frozen=True, slots=True)
class Desk:
    """Who is written to, by what, and about which installation."""

    mailer: Mailer | None
    to: Sequence[str]
    name: str


class AlarmLetters:
    """Tells operators what they were not told yet; one at a time in a workspace."""

    def __init__(self, db: Database, desk: Desk, clock: Clock) -> None:
        self._db = db
        self._desk = desk
        self._clock = clock

    def next_due(self) -> int | None:
        """When the next letter can be tried."""
        return incidents.next_tell(self._db.read())

    async def batch(self) -> int:
        """Try what is due, at most one batch; how many."""
        now = self._clock()
        due = self.next_due()
        if due is None or due > now:
            return 0
        with self._db.write() as tx:
            claimed = incidents.claim(tx, now, now + LEASE_MS, BATCH)
        for each in claimed:
            log.warning("%s", alarms.in_words(each).text)
            trouble = await self._tell(each)
            with self._db.write() as tx:
                incidents.told(tx, each, *self._after(each, trouble))
        return len(claimed)

    async def _tell(self, incident: Incident) -> str:
        """Write to all; why nobody got it, nothing if somebody did."""
        if not self._desk.to:
            return NOBODY
        if self._desk.mailer is None:
            return NO_EMAIL
        subject, text = _letter(alarms.in_words(incident), self._desk.name)
        try:
            letters = [
                self._desk.mailer.plain(incident.id, address, subject, text)
                for address in self._desk.to
            ]
            outcomes = await self._desk.mailer.send(letters)
        except Exception as error:
            log.exception("the letter about alarm %d failed", incident.id)
            return f"{type(error).__name__}: {error}"
        if any(isinstance(outcome, Sent) for outcome in outcomes):
            return ""
        return next(each.detail for each in outcomes if not isinstance(each, Sent))

    def _after(self, incident: Incident, trouble: str) -> tuple[int | None, int | None, str]:
        """When it is tried again, when it was told, and why it was not."""
        now = self._clock()
        if not trouble:
            return None, now, ""
        hopeless = trouble in (NOBODY, NO_EMAIL)
        again = None if hopeless else next_try(incident.attempt + 1, incident.id, now)
        return again, None, trouble[:LONGEST_DETAIL]


def _letter(alarm: wire.Alarm, name: str) -> tuple[str, str]:
    """Subject and text."""
    place = f"chain {alarm.chain}" if alarm.chain else alarm.channel
    what = "marketing is paused" if alarm.paused_at else f"too many {alarm.kind}"
    lines = [alarm.text, ""]
    if way_on := alarms.way_on(alarm):
        lines += ["It waits until somebody has found the cause and says:", f"  {way_on}", ""]
    lines += ["What the servers say:", "  mautod messages domains --by code", ""]
    return f"{name}: {what}, {place}", "\n".join(lines)
