"""Write down what became of messages that were `sending`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mautod.core.sending import returns
from mautod.core.sending.caps import Cap
from mautod.core.sending.domains import domain_of
from mautod.core.sending.gate import RATE
from mautod.core.sending.message import (
    Failed,
    Later,
    Outcome,
    Retry,
    Sent,
    Trace,
    Unknown,
)
from mautod.core.sending.retry import next_try
from mautod.services.delivery.admit import Admitted, note
from mautod.services.delivery.policies import Policies
from mautod.store import inbox, state
from mautod.store.db import Tx
from mautod.store.delivery import attempts, browsers, consent, messages, receipts, tallies
from mautod.store.delivery.attempts import Tally
from mautod.store.delivery.messages import Slip, Stranded
from mautod.store.delivery.receipts import Addressee
from mautod.store.inbox import Note
from mautod.store.state import Aside

LONGEST_DETAIL: Final = 500
SERVERS: Final = "servers"
"""Why a letter waits that no server could take."""
BOUNCES: Final = frozenset({"hard", "soft"})
"""Kinds of a no that count as bounces; policy is refused."""
MARKS: Final = {
    "hard": returns.HARD_BOUNCED,
    "soft": returns.SOFT_BOUNCED,
    "policy": returns.POLICY_BOUNCED,
}
TOO_OFTEN: Final = "bounced softly too often"
DIED: Final = "the process ended between sending and the answer"


@dataclass(frozen=True, slots=True)
class Unrendered:
    """The template could not be filled; nothing left."""

    detail: str


@dataclass(frozen=True, slots=True)
class Settled:
    """One message and what became of it."""

    admitted: Admitted
    outcome: Outcome | Unrendered


@dataclass(slots=True)
class _Ledger:
    """The rows that a batch of outcomes comes to."""

    channel: str
    now: int
    soft_cap: Cap | None
    sent: list[tuple[int, str, str, str]] = field(default_factory=list)
    answered: list[tuple[int, str, str, str]] = field(default_factory=list)
    ended: list[tuple[int, str, str, str]] = field(default_factory=list)
    again: list[tuple[int, int, str, str]] = field(default_factory=list)
    untried: list[tuple[int, int, str, str]] = field(default_factory=list)
    dead: list[tuple[str, str]] = field(default_factory=list)
    marked: list[tuple[int, int]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    soft: list[Admitted] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    bounced: list[int] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    slips: list[Slip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    def add(self, settled: Settled) -> None:
        """Take one outcome."""
        admitted = settled.admitted
        if not isinstance(settled.outcome, Unrendered | Later):
            self.gone += settled.outcome.trace.gone
        match settled.outcome:
            case Sent(ref, trace):
                self.sent.append((admitted.dossier.id, ref, trace.server, trace.code))
                self._count(admitted, attempts.ACCEPTED, trace)
                self.left.append(admitted.dossier.id)
                self._note(admitted, "Message Sent")
            case Retry(detail, rule, trace):
                self._answered(admitted, attempts.DEFERRED, trace, rule)
                self._retry(admitted, "retry", detail, rule)
            case Unknown(detail, trace):
                self._answered(admitted, attempts.UNKNOWN, trace)
                self._unknown(admitted, detail)
            case Failed():
                self._refused(admitted, settled.outcome)
            case Later(until, detail):
                self._later(admitted, until, detail)
            case Unrendered(detail):
                self.asides.append(_aside(admitted, detail))
                self._fail(admitted, "render", detail)

    def store(self, tx: Tx) -> None:
        """Write everything; inside `write`."""
        messages.sent(tx, self.sent, self.now)
        messages.ended(tx, self.ended, self.now)
        messages.again(tx, self.again)
        messages.untried(tx, self.untried)
        messages.answered(tx, self.answered)
        self.tally.store(tx, self.channel, self.now)
        unsent = [row[0] for row in (*self.again, *self.ended, *self.untried)]
        receipts.withdraw(tx, unsent)
        tallies.left(tx, self.left)
        tallies.bounced(tx, self.bounced)
        for message_id, mark in self.marked:
            receipts.set_mark(tx, message_id, mark)
        self.dead += [(each.address, TOO_OFTEN) for each in self.soft if self._too_often(tx, each)]
        for address, reason in self.dead:
            consent.suppress(tx, self.channel, address, reason, self.now)
        browsers.gone(tx, self.gone, self.now)
        messages.note(tx, self.slips)
        inbox.post_all(tx, self.now, self.notes)
        state.set_aside(tx, self.now, self.asides)

    def _too_often(self, tx: Tx, admitted: Admitted) -> bool:
        """Whether so many letters have come back softly that no more should go there."""
        if self.soft_cap is None:
            return False
        found = admitted.dossier
        sent = Addressee(
            found.id, found.person_id, found.run_id or 0, found.chain, found.step, found.template,
            self.channel, self.now, admitted.address,
        )  # fmt: skip
        since = self.now - self.soft_cap.period_ms
        return receipts.soft_bounces(tx, sent, since) >= self.soft_cap.count

    def _answered(self, admitted: Admitted, outcome: str, trace: Trace, rule: str = "") -> None:
        self.answered.append((admitted.dossier.id, trace.server, trace.code, rule))
        self._count(admitted, outcome, trace)

    def _count(self, admitted: Admitted, outcome: str, trace: Trace) -> None:
        domain = domain_of(admitted.address)
        self.tally.add(attempts.Kind(trace.server, domain, outcome, trace.code), trace.took_ms)

    def _later(self, admitted: Admitted, until: int, detail: str) -> None:
        """Nobody tried it: it has its place and its attempts as before."""
        dossier = admitted.dossier
        self.untried.append((dossier.id, until, RATE, short(detail)))
        evidence = {"detail": short(detail), "until": until}
        self.slips.append(Slip(dossier.id, self.now, "postpone", SERVERS, evidence))

    def _refused(self, admitted: Admitted, failed: Failed) -> None:
        """A no for good: a bounce if the recipient's side said it."""
        bounced = failed.dead or failed.kind in BOUNCES
        outcome = attempts.BOUNCED if bounced else attempts.REFUSED
        self._answered(admitted, outcome, failed.trace, failed.rule)
        if failed.dead:
            self.dead.append((admitted.address, "bounced"))
        self._fail(admitted, _reason(failed), failed.detail)
        if failed.kind:
            self._bounce(admitted, failed)

    def _bounce(self, admitted: Admitted, failed: Failed) -> None:
        """What the recipient's side said, as an event of the person."""
        self.left.append(admitted.dossier.id)
        self.bounced.append(admitted.dossier.id)
        self.marked.append((admitted.dossier.id, MARKS[failed.kind]))
        if failed.kind == "soft":
            self.soft.append(admitted)
        person, name, props = note(self.channel, admitted.dossier, "Message Bounced")
        said = {"kind": failed.kind, "code": failed.trace.code, "detail": short(failed.detail)}
        self.notes.append((person, name, {**props, **said}))

    def _retry(self, admitted: Admitted, verdict: str, detail: str, rule: str = "") -> None:
        dossier = admitted.dossier
        attempt = dossier.attempt + 1
        due_at = next_try(attempt, dossier.id, self.now, rule)
        if due_at is None:
            self._fail(admitted, "gave up", detail)
            return
        self.again.append((dossier.id, due_at, verdict, short(detail)))
        evidence = {"detail": short(detail), "attempt": attempt, "until": due_at}
        if rule:
            evidence["schedule"] = rule
        self.slips.append(Slip(dossier.id, self.now, verdict, "", evidence))

    def _unknown(self, admitted: Admitted, detail: str) -> None:
        if admitted.policy.resend:
            self._retry(admitted, "unknown", detail)
            return
        self.left.append(admitted.dossier.id)
        self.ended.append((admitted.dossier.id, "unknown", "unknown", short(detail)))
        evidence = {"detail": short(detail), "attempt": admitted.dossier.attempt + 1}
        self.slips.append(Slip(admitted.dossier.id, self.now, "unknown", "", evidence))

    def _fail(self, admitted: Admitted, reason: str, detail: str) -> None:
        self.ended.append((admitted.dossier.id, "failed", reason, short(detail)))
        self._note(admitted, "Message Failed", reason)

    def _note(self, admitted: Admitted, name: str, reason: str = "") -> None:
        self.notes.append(note(self.channel, admitted.dossier, name, reason))


def settle(
    tx: Tx,
    channel: str,
    holder: str,
    batch: Sequence[Settled],
    now: int,
    soft: Cap | None = None,
) -> bool:
    """Record outcomes; those of messages that were given up meanwhile are ignored.

    An address of which more letters come back softly than `soft` says is never used again.
    Answers whether any letter came back.
    """
    if not batch:
        return False
    ours = messages.still_sending(tx, [each.admitted.dossier.id for each in batch], holder)
    ledger = _Ledger(channel, now, soft)
    for each in batch:
        if each.admitted.dossier.id in ours:
            ledger.add(each)
    ledger.store(tx)
    return bool(ledger.bounced)


def give_up(tx: Tx, policies: Policies, stranded: Sequence[Stranded], now: int) -> None:
    """Messages that a dead process was sending are unknown, or tried again if so wished."""
    known = policies.load(tx, {each.definition_id for each in stranded})
    again, ended, slips = [], [], []
    for each in stranded:
        resend = known[each.definition_id].resend
        due_at = next_try(each.attempt, each.id, now) if resend else None
        if due_at is None:
            ended.append((each.id, "unknown", "unknown", DIED))
        else:
            again.append((each.id, due_at, "unknown", DIED))
        evidence = {"detail": DIED, "attempt": each.attempt, "until": due_at}
        slips.append(Slip(each.id, now, "unknown", "", evidence))
    messages.ended(tx, ended, now)
    messages.again(tx, again)
    tallies.left(tx, [key for key, *_ in ended])
    messages.note(tx, slips)


def set_aside(tx: Tx, message_id: int, detail: str, now: int) -> None:
    """End a queued message that cannot be dealt with, so that the others go on."""
    messages.ended(tx, [(message_id, "failed", "error", short(detail))], now)
    state.set_aside(tx, now, [Aside("message", short(detail), body=str(message_id))])


def short(detail: str) -> str:
    """What a server said, cut to a length that is safe to keep."""
    return detail[:LONGEST_DETAIL]


def _reason(failed: Failed) -> str:
    if failed.dead:
        return "bounced"
    return "soft bounce" if failed.kind == "soft" else "refused by server"


def _aside(admitted: Admitted, detail: str) -> Aside:
    dossier = admitted.dossier
    return Aside("message", short(detail), dossier.template, dossier.chain, str(dossier.id))
