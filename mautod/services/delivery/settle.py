"""Write down what became of messages that were `sending`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from mautod.core.sending.message import Failed, Outcome, Retry, Sent, Unknown
from mautod.core.sending.retry import next_try
from mautod.services.delivery.admit import Admitted, note
from mautod.services.delivery.policies import Policies
from mautod.store import inbox, state
from mautod.store.db import Tx
from mautod.store.delivery import consent, messages, receipts
from mautod.store.delivery.messages import Slip, Stranded
from mautod.store.inbox import Note
from mautod.store.state import Aside

LONGEST_DETAIL: Final = 500
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
    sent: list[tuple[int, str]] = field(default_factory=list)
    ended: list[tuple[int, str, str, str]] = field(default_factory=list)
    again: list[tuple[int, int, str, str]] = field(default_factory=list)
    dead: list[tuple[str, str]] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    def add(self, settled: Settled) -> None:
        """Take one outcome."""
        admitted = settled.admitted
        match settled.outcome:
            case Sent(ref):
                self.sent.append((admitted.dossier.id, ref))
                self._note(admitted, "Message Sent")
            case Retry(detail):
                self._retry(admitted, "retry", detail)
            case Unknown(detail):
                self._unknown(admitted, detail)
            case Failed(detail, dead):
                if dead:
                    self.dead.append((admitted.address, "bounced"))
                self._fail(admitted, "bounced" if dead else "refused by server", detail)
            case Unrendered(detail):
                self.asides.append(_aside(admitted, detail))
                self._fail(admitted, "render", detail)

    def store(self, tx: Tx) -> None:
        """Write everything; inside `write`."""
        messages.sent(tx, self.sent, self.now)
        messages.ended(tx, self.ended, self.now)
        messages.again(tx, self.again)
        unsent = [row[0] for row in self.again]
        unsent += [row[0] for row in self.ended]
        receipts.withdraw(tx, unsent)
        for address, reason in self.dead:
            consent.suppress(tx, self.channel, address, reason, self.now)
        messages.note(tx, self.slips)
        inbox.post_all(tx, self.now, self.notes)
        state.set_aside(tx, self.now, self.asides)

    def _retry(self, admitted: Admitted, verdict: str, detail: str) -> None:
        dossier = admitted.dossier
        attempt = dossier.attempt + 1
        due_at = next_try(attempt, dossier.id, self.now)
        if due_at is None:
            self._fail(admitted, "gave up", detail)
            return
        self.again.append((dossier.id, due_at, verdict, short(detail)))
        evidence = {"detail": short(detail), "attempt": attempt, "until": due_at}
        self.slips.append(Slip(dossier.id, self.now, verdict, "", evidence))

    def _unknown(self, admitted: Admitted, detail: str) -> None:
        if admitted.policy.resend:
            self._retry(admitted, "unknown", detail)
            return
        self.ended.append((admitted.dossier.id, "unknown", "unknown", short(detail)))
        evidence = {"detail": short(detail), "attempt": admitted.dossier.attempt + 1}
        self.slips.append(Slip(admitted.dossier.id, self.now, "unknown", "", evidence))

    def _fail(self, admitted: Admitted, reason: str, detail: str) -> None:
        self.ended.append((admitted.dossier.id, "failed", reason, short(detail)))
        self._note(admitted, "Message Failed", reason)

    def _note(self, admitted: Admitted, name: str, reason: str = "") -> None:
        self.notes.append(note(self.channel, admitted.dossier, name, reason))


def settle(tx: Tx, channel: str, holder: str, batch: Sequence[Settled], now: int) -> None:
    """Record outcomes; those of messages that were given up meanwhile are ignored."""
    if not batch:
        return
    ours = messages.still_sending(tx, [each.admitted.dossier.id for each in batch], holder)
    ledger = _Ledger(channel, now)
    for each in batch:
        if each.admitted.dossier.id in ours:
            ledger.add(each)
    ledger.store(tx)


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
    messages.note(tx, slips)


def set_aside(tx: Tx, message_id: int, detail: str, now: int) -> None:
    """End a queued message that cannot be dealt with, so that the others go on."""
    messages.ended(tx, [(message_id, "failed", "error", short(detail))], now)
    state.set_aside(tx, now, [Aside("message", short(detail), body=str(message_id))])


def short(detail: str) -> str:
    """What a server said, cut to a length that is safe to keep."""
    return detail[:LONGEST_DETAIL]


def _aside(admitted: Admitted, detail: str) -> Aside:
    dossier = admitted.dossier
    return Aside("message", short(detail), dossier.template, dossier.chain, str(dossier.id))
