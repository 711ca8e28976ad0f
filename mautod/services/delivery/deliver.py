"""Send what is due on one channel: lease, ask the gate, send, write down the outcomes.

At most `channel.parallel` messages are `sending` at any moment, in two groups: while one is on the
wire, the other is at the gate or being rendered. A crash leaves those few in doubt and no others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from mautod.channels.port import Channel
from mautod.clock import Clock, now_ms
from mautod.core.sending.links import Links
from mautod.core.sending.message import Outcome, Unknown
from mautod.core.sending.pace import pace_of
from mautod.duration import SECOND
from mautod.errors import Unavailable
from mautod.services.definitions.templates import Templates
from mautod.services.delivery import alarms
from mautod.services.delivery.admit import VISIT, Admitted, Gatekeeper, Terms
from mautod.services.delivery.compose import Writer, compose
from mautod.services.delivery.policies import Policies
from mautod.services.delivery.servers import Watch
from mautod.services.delivery.settle import Settled, give_up, set_aside, settle
from mautod.store.db import Database, Tx
from mautod.store.delivery import incidents, messages

log = logging.getLogger(__name__)

LEASE_MS: Final = 60 * SECOND
MOST: Final = 512
"""Messages leased at once."""
GROUPS: Final = 2
WOKEN: Final = 2000
"""Messages that are brought forward at once when their channel is resumed."""
LOOK_MS: Final = SECOND
"""So often at most it is asked whether too many letters come back."""
UNSEEN: Final = "offered to a page that did not show it"
BATCH_MS: Final = SECOND
"""A batch that takes longer gives back what it has not begun."""


class Deliver:
    """The pump of one channel. Run one `batch` at a time.

    `holder` names this process's life: unique to it, the same for its pump's lease.
    """

    def __init__(
        self,
        db: Database,
        channel: Channel,
        links: Links,
        terms: Terms,
        holder: str,
        clock: Clock = now_ms,
    ) -> None:
        self._db = db
        self._channel = channel
        self._links = links
        self._clock = clock
        self._policies = Policies(terms.timezone)
        self._pace = pace_of(channel.rate_per_s, channel.limits, clock())
        self._gate = Gatekeeper(
            channel.kind, holder, terms, self._policies, Templates(), self._pace, channel.on_visit
        )
        self._watch = Watch(channel)
        self._unsettled: list[Settled] = []
        self._stopping = False
        self._until = 0
        self._looked_at = 0
        self._came_back = False

    def recover(self, *, alone: bool = False) -> int:
        """Name the messages that a dead process left in `sending`; how many.

        Call it between batches. With `alone`, the caller holds the channel's pump, so whatever is
        `sending` was left by the dead; otherwise it takes a lease that ran out to tell.
        """
        self._settle()
        now = self._clock()
        if self._channel.on_visit:
            return self._take_back(now)
        with self._db.write() as tx:
            if alone:
                messages.free_all(tx, self._kind, now)
                self._watch.resume(tx, now)
            found = messages.stranded(tx, self._kind, self._holder, now, alone=alone)
            give_up(tx, self._policies, found, now)
        return len(found)

    def _take_back(self, now: int) -> int:
        """What was offered to a page that never showed it waits on: a page tells what it shows."""
        with self._db.write() as tx:
            found = messages.stranded(tx, self._kind, self._holder, now, alone=False)
            messages.untried(tx, [(each.id, now, VISIT, UNSEEN) for each in found])
        return len(found)

    def next_due(self) -> int | None:
        """When to call `batch` next, as far as is known now; None if nothing is queued."""
        now = self._clock()
        if self._is_resumed():
            return now
        due = messages.next_due(self._db.read(), self._kind, self._holder, now)
        if self._channel.on_visit:
            offered = messages.next_offered(self._db.read(), self._kind)
            due = min((at for at in (due, offered) if at is not None), default=None)
        servers = self._channel.room(now, waiting=False)
        if due is None or (servers.count == 0 and servers.at is None):
            return None
        waits = (due, self._pace.room_at(now), None if servers.count else servers.at)
        return max(at for at in waits if at is not None)

    @property
    def stopping(self) -> bool:
        """Whether no batch is begun any more."""
        return self._stopping

    def stop(self) -> None:
        """Let the batch under way finish what is sending, and begin no more of it."""
        self._stopping = True

    async def batch(self) -> int:
        """Deal with one batch of due messages; how many, 0 if nothing is due.

        Raises:
            Unavailable: the ledger can't be written. What was sent by then is kept in memory and
                written down by the next call.
        """
        self._settle()
        if messages.stranded(self._db.read(), self._kind, self._holder, self._clock(), alone=False):
            self.recover()
        if self._is_resumed():
            with self._db.write() as tx:
                messages.unpark(tx, self._kind, self._clock(), WOKEN)
        ids = self._lease()
        if not ids:
            return 0
        async with self._heartbeat():
            left = await self._all(ids)
        if left:
            with self._db.write() as tx:
                messages.free(tx, left)
        return len(ids) - len(left)

    @property
    def _kind(self) -> str:
        return self._channel.kind

    @property
    def _holder(self) -> str:
        return self._gate.holder

    def _is_resumed(self) -> bool:
        """Whether messages wait for the channel to be resumed, which it was."""
        tx = self._db.read()
        return messages.parks(tx, self._kind) and incidents.hold_of(tx, self._kind) is None

    def _lease(self) -> list[int]:
        now = self._clock()
        due = messages.next_due(self._db.read(), self._kind, self._holder, now)
        if self._stopping or due is None or due > now:
            return []
        room = self._room(now)
        if room == 0:
            return []
        with self._db.write() as tx:
            until = now + LEASE_MS
            ids = messages.lease(tx, self._kind, self._holder, now, until, room)
        self._pace.waiting = len(ids) >= room
        return ids

    def _room(self, now: int) -> int:
        """How many of those that are due may leave now, by the channel's rate and its servers."""
        servers = self._channel.room(now, waiting=self._pace.waiting)
        room = self._pace.room(now, MOST)
        self._pace.waiting = True
        return min(room, servers.count)

    async def _all(self, ids: Sequence[int]) -> list[int]:
        """Deal with `ids`, as far as time allows; those that were not begun."""
        size = max(1, self._channel.parallel // GROUPS)
        self._until = self._clock() + BATCH_MS
        groups = iter([ids[start : start + size] for start in range(0, len(ids), size)])
        lines = [self._line(groups) for _ in range(GROUPS)]
        # The other line is not cancelled when one fails: what it is sending would be in doubt.
        for error in await asyncio.gather(*lines, return_exceptions=True):
            if error is not None:
                raise error
        return [message_id for group in groups for message_id in group]

    async def _line(self, groups: Iterator[Sequence[int]]) -> None:
        while not self._stopping and self._clock() <= self._until:
            group = next(groups, None)
            if group is None:
                break
            admitted = self._admit(group)
            if admitted:
                await self._send(admitted)
        self._settle()

    async def _send(self, admitted: Sequence[Admitted]) -> None:
        writer = Writer(self._channel, self._links, self._gate.terms.language)
        mail = compose(self._db.read(), writer, admitted)
        outcomes: Sequence[Outcome] = []
        try:
            outcomes = await self._channel.send(mail.letters) if mail.letters else []
        except Exception:
            log.exception("channel %s broke its promise not to raise", self._kind)
            outcomes = [Unknown("the channel failed; see the log")] * len(mail.letters)
        self._unsettled += mail.settled(outcomes)

    def _admit(self, ids: Sequence[int]) -> list[Admitted]:
        """Ask the gate about a group, in the transaction that records the outcomes of the last.

        A group that fails is asked one by one; the message that fails alone is set aside.
        """
        now = self._clock()
        try:
            with self._db.write() as tx:
                self._record(tx, now)
                admitted = self._gate.admit(tx, ids, now, now + LEASE_MS)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("%d messages failed at the gate", len(ids))
            self._settle()
            return self._admit_each(ids, error)
        self._unsettled.clear()
        return admitted

    def _admit_each(self, ids: Sequence[int], error: Exception) -> list[Admitted]:
        if len(ids) > 1:
            return [one for message_id in ids for one in self._admit([message_id])]
        with self._db.write() as tx:
            set_aside(tx, ids[0], f"{type(error).__name__}: {error}", self._clock())
        return []

    def _settle(self) -> None:
        """Write down the outcomes that are known; they are kept until that has worked."""
        if not self._unsettled:
            return
        with self._db.write() as tx:
            self._record(tx, self._clock())
        self._unsettled.clear()

    def _record(self, tx: Tx, now: int) -> None:
        """Write the outcomes that are known, and stop marketing if too many letters come back."""
        terms = self._gate.terms
        if settle(tx, self._kind, self._holder, self._unsettled, now, terms.soft):
            self._came_back = True
        self._watch.store(tx, now)
        soon = 0 <= now - self._looked_at < LOOK_MS
        if self._came_back and terms.limits is not None and not soon:
            alarms.look(tx, self._kind, terms.limits, now)
            self._looked_at, self._came_back = now, False

    @asynccontextmanager
    async def _heartbeat(self) -> AsyncIterator[None]:
        beat = asyncio.create_task(self._beat())
        try:
            yield
        finally:
            beat.cancel()
            with suppress(asyncio.CancelledError):
                await beat

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(LEASE_MS / SECOND / 3)
            with suppress(Unavailable), self._db.write() as tx:
                messages.renew(tx, self._kind, self._holder, self._clock() + LEASE_MS)
