"""Calls: what chains have done outside, webhooks and notes to operators, each until it is done.

A try is put off before it begins, and what became of it is stored after; who dies in between is
followed by another try. So a call is made at least once, never again once its answer is stored, and
whoever is called can tell a second try by its Idempotency-Key.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from mautod.clock import Clock
from mautod.core.chains.run import DONE, FAILED, WAITING, WEBHOOK, spoken_of
from mautod.core.chains.step import Memo, Step
from mautod.core.sending.message import Failed, Letter, Outcome, Sent
from mautod.core.sending.retry import next_try
from mautod.core.templates.liquid import compile_text
from mautod.duration import MINUTE
from mautod.errors import MautodError
from mautod.services.chains.versions import Versions
from mautod.services.post import Answered, Poster, Refused, Unreached
from mautod.store.chains import calls, runs
from mautod.store.chains.calls import Claimed, Settled
from mautod.store.db import Database, Tx

BATCH: Final = 32
LEASE_MS: Final = 2 * MINUTE
"""Longer than any try takes; so long nobody else makes a call that is being tried."""
LONGEST_DETAIL: Final = 300
LONGEST_SUBJECT: Final = 150

log = logging.getLogger(__name__)

Result = Answered | Refused | Unreached


class Mailer(Protocol):
    """A channel that can write a plain letter to anybody."""

    def plain(self, number: int, address: str, subject: str, text: str) -> Letter: ...
    async def send(self, batch: Sequence[Letter]) -> list[Outcome]: ...


@dataclass(frozen=True, slots=True)
class Means:
    """What calls are made with: `mailer` is None where there is no email.

    `to` are those who are notified where a step does not say.
    """

    poster: Poster
    mailer: Mailer | None = None
    to: Sequence[str] = ()


class Calls:
    """Makes the calls that are due, in the name of `holder`; one at a time in a workspace."""

    def __init__(
        self,
        db: Database,
        versions: Versions,
        means: Means,
        holder: str,
        clock: Clock,
    ) -> None:
        self._db = db
        self._versions = versions
        self._means = means
        self._holder = holder
        self._clock = clock

    def next_due(self) -> int | None:
        """When the next call can be tried."""
        return calls.next_due(self._db.read())

    async def batch(self) -> int:
        """Try what is due, at most one batch; how many.

        Raises:
            Unavailable: the disk is full or the database is held; what was tried is tried again.
        """
        now = self._clock()
        with self._db.write() as tx:
            claimed = calls.claim(tx, self._holder, now, now + LEASE_MS, BATCH)
        if not claimed:
            return 0
        results = await asyncio.gather(*(self._try(call) for call in claimed))
        with self._db.write() as tx:
            for call, result in zip(claimed, results, strict=True):
                self._settle(tx, call, result)
        return len(claimed)

    async def _try(self, call: Claimed) -> Result:
        if not call.wanted:
            return Refused("nobody waits for it any more")
        try:
            step = self._step(call)
            if call.kind == WEBHOOK and step.post is not None:
                body = _body(call, self._clock())
                return await self._means.poster.post(step.post, body, f"mautod-call-{call.id}")
            if step.memo is not None:
                return await self._notify(call, step.memo)
        except (MautodError, KeyError) as error:
            return Refused(str(error))
        except Exception as error:
            log.exception("call %d failed", call.id)
            return Unreached(f"{type(error).__name__}: {error}")
        return Refused("the step says nothing of it")

    def _step(self, call: Claimed) -> Step:
        """The step that asked for a call.

        Raises:
            NotFound, DefinitionError: the version cannot be read any more.
            KeyError: it has no such step.
        """
        return self._versions.get(self._db.read(), call.definition_id).chain.step(call.step)

    async def _notify(self, call: Claimed, memo: Memo) -> Result:
        to, mailer = memo.to or self._means.to, self._means.mailer
        if mailer is None:
            return Refused("there is no channel email")
        if not to:
            return Refused("nobody is to be told: config.toml names nobody in [notify]")
        subject, text = _words(call, memo)
        letters = [mailer.plain(call.id, address, subject, text) for address in to]
        outcomes = await mailer.send(letters)
        if any(isinstance(outcome, Sent) for outcome in outcomes):
            return Answered(0, {"sent": sum(isinstance(each, Sent) for each in outcomes)})
        detail = next(each.detail for each in outcomes if not isinstance(each, Sent))
        if all(isinstance(outcome, Failed) for outcome in outcomes):
            return Refused(detail)
        return Unreached(detail)

    def _settle(self, tx: Tx, call: Claimed, result: Result) -> None:
        settled = conclude(tx, call, self._holder, result, self._clock())
        if settled is not None and settled.state == FAILED and call.wanted:
            log.warning(
                "%s of chain %s, step %s: %s", call.kind, call.chain, call.step, settled.detail
            )


def conclude(tx: Tx, call: Claimed, holder: str, result: Result, now: int) -> Settled | None:
    """Note what became of a try and wake the run that waits for it; None if another tried since.

    Inside `write`.
    """
    settled = _settled(call, result, now)
    if not calls.settle(tx, call, holder, settled, now):
        return None
    if settled.state != WAITING and call.kind == WEBHOOK:
        runs.stir(tx, [call.run_id], now)
    return settled


def _settled(call: Claimed, result: Result, now: int) -> Settled:
    match result:
        case Answered(status, answer):
            return Settled(DONE, now, status, "", answer)
        case Refused(detail, status):
            return Settled(FAILED, now, status, detail[:LONGEST_DETAIL])
        case Unreached(detail, status, after_ms):
            again = next_try(call.attempt, call.id, now)
            if again is None or max(again, now + after_ms) >= call.until:
                return Settled(FAILED, now, status, detail[:LONGEST_DETAIL])
            return Settled(WAITING, max(again, now + after_ms), status, detail[:LONGEST_DETAIL])


def _run(call: Claimed) -> dict[str, Any]:
    return spoken_of(call.run_id, call.run_key, call.entered_at, call.kept)


def _body(call: Claimed, now: int) -> dict[str, Any]:
    """What a webhook is told."""
    return {
        "call": call.id,
        "chain": call.chain,
        "step": call.step,
        "at": now,
        "run": _run(call),
        "person": call.person,
        "event": call.event,
    }


def _words(call: Claimed, memo: Memo) -> tuple[str, str]:
    """Subject and text of a note, filled in.

    Raises:
        BadInput: they cannot be filled with what is known.
    """
    values = {"person": call.person, "event": call.event, "run": _run(call)}
    text = compile_text(memo.text, file=call.chain).render(values).strip()
    subject = compile_text(memo.subject, file=call.chain).render(values) if memo.subject else text
    line = next(iter(subject.strip().splitlines()), "") or call.chain
    return line[:LONGEST_SUBJECT], text
