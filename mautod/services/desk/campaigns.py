"""Chains, their runs and messages, and what they reached."""

from __future__ import annotations

import msgspec

from mautod import wire
from mautod.errors import BadInput, NotFound
from mautod.services.chains import campaigns, codes
from mautod.services.delivery.fates import decided
from mautod.services.desk.base import After, Base, Limit, Number
from mautod.services.reports import earned as report
from mautod.store import listing
from mautod.store.chains import calls as made
from mautod.store.listing import MessageFilter, RunFilter


class CampaignsDesk(Base):
    """Chains shown, held and resumed; runs, messages, goals."""

    def chains(self) -> wire.Chains:
        """Chains with their counters."""
        return wire.Chains(self._chains.ask("", lambda: campaigns.every(self._db.read())))

    def chain(self, key: str) -> wire.Chain:
        """One chain with its counters, step by step."""
        now = self._tools.now()
        (found,) = self._chains.ask(key, lambda: [campaigns.one(self._db.read(), key, now)])
        return found

    def calls(
        self, chain: str = "", state: str = "", after: After = None, limit: Limit = 50
    ) -> wire.CallPage:
        """Webhooks and notes to operators, newest first."""
        if state and state not in wire.CALL_STATES:
            known = ", ".join(wire.CALL_STATES)
            raise BadInput(f"{state!r} is no state", field="state", hint=f"One of: {known}.")
        found = made.list_calls(self._db.read(), chain, state, after, limit + 1)
        items, more = listing.page(found, limit)
        return wire.CallPage(items, items[-1].id if more else None)

    def codes(self) -> wire.CodePools:
        """Pools of promo codes: how many were given, how many are left."""
        return wire.CodePools(codes.pools(self._db.read()))

    def pause(self, key: str) -> wire.Done:
        """Hold a chain: who enters waits, nobody goes on, nothing is sent until `resume`."""
        return self._turn(key, "paused")

    def resume(self, key: str) -> wire.Done:
        """Let a paused chain go on where it was."""
        return self._turn(key, "running")

    def shift(self, key: str) -> wire.Done:
        """Let a paused chain go on with every wait longer by the pause."""
        return self._turn(key, "running", shift=True)

    def stop(self, key: str) -> wire.Done:
        """End a chain and all runs under way in it; what is queued is not sent."""
        done = campaigns.stop(self._db, key, self._tools.now())
        self._chains.forget()
        return done

    def _turn(self, key: str, wanted: str, *, shift: bool = False) -> wire.Done:
        with self._db.write() as tx:
            done = campaigns.turn(tx, key, wanted, self._tools.now(), shift=shift)
        self._chains.forget()
        return done

    def runs(
        self,
        chain: str = "",
        state: str = "",
        step: str = "",
        after: After = None,
        limit: Limit = 50,
    ) -> wire.RunPage:
        """Runs of people through chains, newest first."""
        tx = self._db.read()
        sought = RunFilter(chain=chain, state=state, step=step)
        items, more = listing.page(listing.runs(tx, sought, after, limit + 1), limit)
        return wire.RunPage(campaigns.titled(tx, items), items[-1].id if more else None)

    def messages(
        self,
        state: str = "",
        reason: str = "",
        chain: str = "",
        person: Number | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> wire.MessagePage:
        """Messages newest first, with their states and reasons."""
        if state and state not in wire.MESSAGE_STATES:
            known = ", ".join(wire.MESSAGE_STATES)
            raise BadInput(f"{state!r} is no state", field="state", hint=f"One of: {known}.")
        sought = MessageFilter(state=state, reason=reason, chain=chain, person=person)
        found = listing.messages(self._db.read(), sought, after, limit + 1)
        items, more = listing.page(found, limit)
        return wire.MessagePage(items, items[-1].id if more else None)

    def message(self, message: Number) -> wire.Message:
        """One message with every decision of the gate about it."""
        tx = self._db.read()
        found = listing.messages_by_id(tx, [message])
        if not found:
            raise NotFound(f"there is no message {message}", field="message")
        decisions = decided(tx, message)
        return msgspec.structs.replace(found[0], decisions=decisions)

    def goals(
        self,
        chain: str = "",
        since: Number | None = None,
        until: Number | None = None,
        by: str = "",
        attribution: str = "",
    ) -> wire.GoalReport:
        """What chains reached and earned, by step; with `by` (day, week or month) over time.

        `attribution` (last, first or linear) reads all goals as if they were shared so.
        """
        place = self._settings.config.workspace
        asked = report.Asked(chain, by, attribution, place.currency, self._zone)
        return report.goals(self._db.read(), asked, report.Period(since, until, self._tools.now()))
