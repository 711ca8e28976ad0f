"""Broadcasts asked for, looked at, started, followed, held and cancelled."""

from __future__ import annotations

from mautod import wire
from mautod.services.broadcasts import draft, status
from mautod.services.delivery.admit import terms_of
from mautod.services.desk.base import After, Base, Limit, Number


class BroadcastsDesk(Base):
    """One letter to many people."""

    def broadcasts(self, after: After = None, limit: Limit = 20) -> wire.BroadcastPage:
        """Broadcasts that were started, the latest first."""
        question = f"{after} {limit}"
        tx, now = self._db.read(), self._tools.now()
        return self._broadcasts.ask(question, lambda: status.page(tx, after, limit, now))

    def broadcast(self, key: str) -> wire.Broadcast:
        """One broadcast: what became of each recipient, counted now."""
        return status.one(self._db.read(), key, self._tools.now())

    def recipients(
        self, key: str, state: str = "", after: After = None, limit: Limit = 50
    ) -> wire.RecipientPage:
        """Recipients one by one, in the order in which they are written to."""
        return status.recipients(self._db.read(), key, state, after, limit)

    def ask_broadcast(self, ask: wire.BroadcastAsk) -> wire.Broadcast:
        """Write down a broadcast and everybody it is for; nothing is sent before it is started."""
        asked = draft.ask(self._db, ask, self._at())
        return status.one(self._db.read(), asked.key, self._tools.now())

    def check_broadcast(self, key: str, piece: Number = 0) -> wire.BroadcastCheck:
        """What the gate would say now about one part of a draft's recipients."""
        return draft.check(self._db.read(), key, piece, self._at())

    def start_broadcast(self, key: str) -> wire.Broadcast:
        """Send a draft; the daemon does it, and goes on by itself after whatever happens."""
        with self._db.write() as tx:
            draft.start(tx, key, self._tools.now())
        return self._told(key)

    def drop_broadcast(self, key: str) -> wire.Done:
        """Forget a draft."""
        with self._db.write() as tx:
            return draft.drop(tx, key)

    def pause_broadcast(self, key: str) -> wire.Done:
        """Send nothing more of it until `resume_broadcast`."""
        with self._db.write() as tx:
            done = status.turn(tx, key, "paused", self._tools.now())
        self._broadcasts.forget()
        return done

    def resume_broadcast(self, key: str) -> wire.Done:
        """Go on where it was; nobody is written to twice, and a rate is kept."""
        with self._db.write() as tx:
            done = status.turn(tx, key, "running", self._tools.now())
        self._broadcasts.forget()
        return done

    def cancel_broadcast(self, key: str) -> wire.Done:
        """Let whoever was not written to get nothing."""
        with self._db.write() as tx:
            done = status.cancel(tx, key, self._tools.now())
        self._broadcasts.forget()
        return done

    def _told(self, key: str) -> wire.Broadcast:
        self._broadcasts.forget()
        return status.one(self._db.read(), key, self._tools.now())

    def _at(self) -> draft.At:
        return draft.At(self._tools.now(), terms_of(self._settings.config))
