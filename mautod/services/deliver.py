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
from mautod.core.links import Links
from mautod.core.message import Draft, Letter, Outcome, Unknown
from mautod.core.rate import full_bucket
from mautod.duration import SECOND
from mautod.errors import Unavailable
from mautod.services.admit import Admitted, Gatekeeper, Terms
from mautod.services.policies import Policies
from mautod.services.settle import Settled, Unrendered, give_up, settle
from mautod.services.templates import Templates
from mautod.store import messages
from mautod.store.db import Database

log = logging.getLogger(__name__)

LEASE_MS: Final = 60 * SECOND
MOST: Final = 512
"""Messages leased at once."""
GROUPS: Final = 2
BATCH_MS: Final = 3 * SECOND
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
        rate = float(getattr(channel, "rate_per_s", 0) or 0)
        bucket = full_bucket(rate, clock())
        self._gate = Gatekeeper(channel.kind, holder, terms, self._policies, Templates(), bucket)
        self._unsettled: list[Settled] = []
        self._stopping = False
        self._until = 0

    def recover(self, *, alone: bool = False) -> int:
        """Name the messages that a dead process left in `sending`; how many.

        Call it between batches. With `alone`, the caller holds the channel's pump, so whatever is
        `sending` was left by the dead; otherwise it takes a lease that ran out to tell.
        """
        self._settle()
        now = self._clock()
        with self._db.write() as tx:
            messages.release(tx, self._kind, self._holder, now, alone=alone)
            found = messages.stranded(tx, self._kind, self._holder, now, alone=alone)
            give_up(tx, self._policies, found, now)
        return len(found)

    def next_due(self) -> int | None:
        """When to call `batch` next, as far as is known now; None if nothing is queued."""
        now = self._clock()
        due = messages.next_due(self._db.read(), self._kind, now)
        room = self._gate.bucket.filled(now).room_at()
        return due if due is None or room is None else max(due, room)

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
        ids = self._lease()
        if not ids:
            return 0
        async with self._heartbeat():
            await self._all(ids)
        with self._db.write() as tx:
            messages.release(tx, self._kind, self._holder, self._clock())
        return len(ids)

    @property
    def _kind(self) -> str:
        return self._channel.kind

    @property
    def _holder(self) -> str:
        return self._gate.holder

    def _lease(self) -> list[int]:
        now = self._clock()
        room = self._gate.bucket.filled(now).room(MOST)
        due = messages.next_due(self._db.read(), self._kind, now)
        if self._stopping or room == 0 or due is None or due > now:
            return []
        with self._db.write() as tx:
            until = now + LEASE_MS
            return messages.lease(tx, self._kind, self._holder, now, until, room)

    async def _all(self, ids: Sequence[int]) -> None:
        size = max(1, self._channel.parallel // GROUPS)
        self._until = self._clock() + BATCH_MS
        groups = iter([ids[start : start + size] for start in range(0, len(ids), size)])
        lines = [self._line(groups) for _ in range(GROUPS)]
        # The other line is not cancelled when one fails: what it is sending would be in doubt.
        for error in await asyncio.gather(*lines, return_exceptions=True):
            if error is not None:
                raise error

    async def _line(self, groups: Iterator[Sequence[int]]) -> None:
        for group in groups:
            if self._stopping or self._clock() > self._until:
                return
            await self._group(group)

    async def _group(self, ids: Sequence[int]) -> None:
        now = self._clock()
        with self._db.write() as tx:
            admitted = self._gate.admit(tx, ids, now, now + LEASE_MS)
        if not admitted:
            return
        letters, failed = self._render(admitted)
        outcomes = await self._send([letter for _, letter in letters])
        self._unsettled += failed
        self._unsettled += [
            Settled(one, outcome) for (one, _), outcome in zip(letters, outcomes, strict=True)
        ]
        self._settle()

    def _settle(self) -> None:
        """Write down the outcomes that are known; they are kept until that has worked."""
        if not self._unsettled:
            return
        with self._db.write() as tx:
            settle(tx, self._kind, self._holder, self._unsettled, self._clock())
        self._unsettled.clear()

    def _render(
        self, admitted: Sequence[Admitted]
    ) -> tuple[list[tuple[Admitted, Letter]], list[Settled]]:
        """The letters that could be made, and the messages that could not."""
        letters, failed = [], []
        for one in admitted:
            try:
                letter = self._channel.render(one.template, self._draft(one), self._links)
            except Exception as error:  # noqa: BLE001 - a template may raise anything; others go on
                failed.append(Settled(one, Unrendered(f"{type(error).__name__}: {error}")))
            else:
                letters.append((one, letter))
        return letters, failed

    async def _send(self, letters: Sequence[Letter]) -> list[Outcome]:
        if not letters:
            return []
        try:
            return await self._channel.send(letters)
        except Exception:
            log.exception("channel %s broke its promise not to raise", self._kind)
            return [Unknown("the channel failed; see the log")] * len(letters)

    def _draft(self, one: Admitted) -> Draft:
        found = one.dossier
        return Draft(
            message_id=found.id,
            person_id=found.person_id,
            address=one.address,
            template=found.template,
            topic=found.topic,
            language=found.language or self._gate.terms.language,
            person={
                **found.props,
                "id": found.person_id,
                "email": found.email,
                "phone": found.phone,
                "name": found.name,
                "user_id": found.user_id,
                "timezone": found.timezone,
                "country": found.country,
                "language": found.language,
            },
            event=found.event,
        )

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
