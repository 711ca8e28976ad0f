"""The installation: what is there, what waits, what went wrong."""

from __future__ import annotations

import msgspec

from mautod import __version__, wire
from mautod.services.delivery import alarms
from mautod.services.desk.base import After, Base, Limit, Number
from mautod.services.doctor import examine
from mautod.services.intake import aside
from mautod.services.live import live
from mautod.services.log import tail
from mautod.store import inbox, listing, state
from mautod.store.reports import stats


class SystemDesk(Base):
    """Counts, who is here, what was set aside."""

    def status(self) -> wire.Status:
        """Counts of everything, and what waits."""
        tx, now, place = self._db.read(), self._tools.now(), self._settings.config.workspace
        messages, reasons = stats.messages(tx)
        return wire.Status(
            version=__version__,
            name=place.name,
            now=now,
            timezone=place.timezone,
            currency=place.currency,
            people=stats.people(tx),
            events=stats.events(tx),
            events_per_minute=stats.minutes(tx, now)[-2],
            online=stats.online(tx, now),
            journal=wire.Journal(self._journal.pending(int(state.get(tx, state.OFFSET, "0")))),
            inbox=inbox.pending(tx),
            segments=stats.segments(tx),
            chains=stats.chains(tx),
            runs=stats.runs(tx),
            messages=messages,
            reasons=reasons,
            rejected=stats.rejected(tx),
            pumps=stats.pumps(tx, now),
            last_event_id=stats.last_event(tx),
            next_due_at=stats.next_due(tx),
            alarms=[each.text for each in alarms.lasting(tx)],
            held=[each.channel for each in alarms.held(tx)],
        )

    def live(self, limit: Limit = 200) -> wire.LivePage:
        """Who is on the site now, and the latest events."""
        return live(self._db.read(), self._tools.now(), limit)

    def problems(self, after: After = None, limit: Limit = 50) -> wire.Problems:
        """What was set aside because it made no sense, newest first."""
        tx = self._db.read()
        items, more = listing.page(listing.problems(tx, after, limit + 1), limit)
        return wire.Problems(items, stats.rejected(tx), items[-1].id if more else None)

    def doctor(self) -> wire.Checkup:
        """The installation looked over: what is wrong, and what to do about it."""
        found = examine(self._settings.folder, self._tools.now())
        return msgspec.convert(found, wire.Checkup, from_attributes=True)

    def log(self, limit: Limit = 200) -> wire.LogPage:
        """What the daemon's processes said last, newest first."""
        return wire.LogPage(tail(self._settings.data, limit))

    def retry_problem(self, problem: Number) -> wire.Done:
        """Take an event that was set aside in again, as it is kept; the digest judges it anew."""
        return aside.retry(self._db, self._journal, problem, self._tools.now())

    def drop_problem(self, problem: Number) -> wire.Done:
        """Forget something that was set aside."""
        with self._db.write() as tx:
            return aside.drop(tx, problem)
