"""What is new since the last look: events, segment sizes, chains, messages, chats and alarms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod import wire
from mautod.clock import Clock, now_ms
from mautod.services.delivery import alarms
from mautod.store import listing
from mautod.store.chains import campaigns
from mautod.store.conversations import chats
from mautod.store.conversations import listing as conversations
from mautod.store.db import Database, Tx
from mautod.store.reports import stats

MOST_EVENTS: Final = 500
"""Events of one look; when more happened, the oldest are left out: this is for eyes."""

MOST_MISSED: Final = 1000
MOST_MESSAGES: Final = 200
MOST_CHATS: Final = 200
MOST_ALARMS: Final = 20
CHAINS_EVERY: Final = 4


class Watch:
    """Remembers what it has shown; it begins with what follows event `after`, or the first look.

    All looks come from one thread, because commits are noticed by its connection.
    """

    def __init__(self, db: Database, after: int | None = None, clock: Clock = now_ms) -> None:
        self._db = db
        self._now = clock
        self._after = after
        self._commits = -1
        self._event = -1
        self._message = 0
        self._stir = 0
        self._sizes: dict[str, wire.SegmentSize] = {}
        self._chains: dict[str, wire.ChainChange] = {}
        self._chains_in = 0
        self._alarms: dict[int, wire.Alarm] = {}

    def look(self) -> list[wire.Update]:
        """Everything new, topic by topic; next to nothing to do when nobody has committed."""
        tx = self._db.read()
        before, self._commits = self._commits, stats.commits(tx)
        if self._event < 0:
            self._begin(tx)
        changed = before != self._commits
        return [*(self._news(tx) if changed else ()), *self._campaigns(tx, changed=changed)]

    def _begin(self, tx: Tx) -> None:
        self._event = stats.last_event(tx) if self._after is None else self._after
        self._message = stats.last_message(tx)
        self._stir = chats.last_stir(tx)
        self._sizes, self._chains = _sizes(tx), _changes(tx)
        self._alarms = _alarms(tx)

    def _news(self, tx: Tx) -> list[wire.Update]:
        events = events_since(tx, self._event, MOST_EVENTS)
        self._event = max((each.id for each in events), default=self._event)
        told = [*events, *self._segments(tx), *self._messages(tx, events)]
        return [*told, *self._chats(tx), *self._rung(tx)]

    def _rung(self, tx: Tx) -> Iterable[wire.Update]:
        """Alarms that began, stopped marketing, or ended."""
        before, self._alarms = self._alarms, _alarms(tx)
        return [
            wire.Update("alarms", self._event, alarm)
            for key, alarm in self._alarms.items()
            if _phase(before.get(key)) != _phase(alarm)
        ]

    def _segments(self, tx: Tx) -> Iterable[wire.Update]:
        before, self._sizes = self._sizes, _sizes(tx)
        return [
            wire.Update("segments", self._event, size)
            for key, size in self._sizes.items()
            if before.get(key) != size
        ]

    def _campaigns(self, tx: Tx, *, changed: bool) -> Iterable[wire.Update]:
        """Chains that changed; counting runs is dear, so at most at every `CHAINS_EVERY`th look."""
        if changed and not self._chains_in:
            self._chains_in = CHAINS_EVERY
        if not self._chains_in:
            return []
        self._chains_in -= 1
        if self._chains_in:
            return []
        before, self._chains = self._chains, _changes(tx)
        return [
            wire.Update("chains", self._event, change)
            for key, change in self._chains.items()
            if before.get(key) != change
        ]

    def _messages(self, tx: Tx, events: Iterable[wire.Update]) -> Iterable[wire.Update]:
        """Messages just queued, and those that the new events tell of."""
        fresh = listing.new_messages(tx, self._message, MOST_MESSAGES)
        self._message = max(fresh, default=self._message)
        told = {number for each in events if (number := _message_of(each)) is not None}
        wanted = sorted(told.union(fresh))[-MOST_MESSAGES:]
        return [
            wire.Update("messages", self._event, message)
            for message in (listing.messages_by_id(tx, wanted) if wanted else ())
        ]

    def _chats(self, tx: Tx) -> Iterable[wire.Update]:
        """Conversations in which something was said, read, typed or decided."""
        stirred = chats.stirred(tx, self._stir, MOST_CHATS)
        if not stirred:
            return []
        self._stir = stirred[-1].stir
        found = conversations.some(tx, [each.id for each in stirred], self._now())
        return [wire.Update("chats", self._event, chat) for chat in found[::-1]]


def events_since(tx: Tx, after: int, limit: int = MOST_MISSED) -> list[wire.Update]:
    """Events after `after`, oldest first, at most the latest `limit`."""
    start = max(after, stats.last_event(tx) - limit)
    return [
        wire.Update("events", event.id, event) for event in listing.events_since(tx, start, limit)
    ]


def _alarms(tx: Tx) -> dict[int, wire.Alarm]:
    return {each.id: each for each in alarms.shown(tx, None, MOST_ALARMS)}


def _phase(alarm: wire.Alarm | None) -> tuple[object, ...]:
    return () if alarm is None else (alarm.paused_at, alarm.ended_at)


def _sizes(tx: Tx) -> dict[str, wire.SegmentSize]:
    return {
        each.key: wire.SegmentSize(each.key, each.name, each.size)
        for each in stats.segment_list(tx)
    }


def _changes(tx: Tx) -> dict[str, wire.ChainChange]:
    return {each.key: _change(tx, each) for each in campaigns.chains(tx)}


def _change(tx: Tx, chain: campaigns.ChainRow) -> wire.ChainChange:
    active, entered = campaigns.walked(tx, chain.id)
    return wire.ChainChange(chain.key, chain.name, chain.state, chain.version, active, entered)


def _message_of(update: wire.Update) -> int | None:
    event = update.body
    if not isinstance(event, wire.EventItem) or not event.name.startswith("Message "):
        return None
    number = event.props.get("message")
    return number if isinstance(number, int) else None
