"""Receipts of messages become events of the people who got them.

What comes back may come back twice: a message is delivered, bounced and complained about once, and
a hard bounce is still news after a soft one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, cast

from mautod.core.envelope import Bounce, Receipt
from mautod.core.sending import returns
from mautod.core.sending.caps import Cap
from mautod.core.sending.consent import ALL
from mautod.core.sending.machines import Kind, Suspects, Visit
from mautod.core.sending.receipts import BOUNCED, COMPLAINED, DELIVERED
from mautod.services.delivery.consent import FromMessage, unsubscribe_in
from mautod.services.intake import visits
from mautod.services.intake.visits import Happening
from mautod.store.db import Tx
from mautod.store.delivery import consent, tallies
from mautod.store.delivery import receipts as store
from mautod.store.delivery.receipts import Addressee

Came = tuple[Receipt, int, str]
"""(receipt, when it came, from which address)"""

_MARKS: Final[Mapping[Bounce, int]] = {
    "hard": returns.HARD_BOUNCED,
    "soft": returns.SOFT_BOUNCED,
    "policy": returns.POLICY_BOUNCED,
}
_REASONS: Final[Mapping[Bounce, str]] = {
    "hard": "bounced",
    "soft": "soft bounce",
    "policy": "refused by server",
}


def resolve(
    tx: Tx, receipts: Sequence[Came], soft: Cap | None, suspects: Suspects, now: int
) -> list[Happening]:
    """Note what came back in the ledger; the events that it comes to, in the order of time.

    Opens and clicks that may be a machine's are told later. Those of unknown messages and of erased
    people come to nothing, and so does what was told before. An address from which more letters
    than `soft` says come back softly, none arriving in between, is never used again; one that does
    not exist is not from the first on. Inside `write`.
    """
    if not receipts:
        return []
    known = store.addressees(tx, {receipt.message for receipt, _, _ in receipts})
    visited, told = [], []
    for receipt, at, address in receipts:
        sent = known.get(receipt.message)
        if sent is not None and receipt.kind in visits.KINDS:
            visited.append((sent, _visit(receipt, at, address)))
        elif sent is not None and receipt.kind in _TAKEN:
            told.append(_TAKEN[receipt.kind](tx, sent, receipt, at, soft))
    found = [*visits.take(tx, visited, suspects, now), *(each for each in told if each)]
    return sorted(found, key=lambda happening: happening[3])


def _visit(receipt: Receipt, at: int, address: str) -> Visit:
    kind = cast("Kind", receipt.kind)
    return Visit(kind, at, receipt.url, receipt.agent, address, receipt.method)


def _delivered(
    tx: Tx, sent: Addressee, _receipt: Receipt, at: int, _soft: Cap | None
) -> Happening | None:
    if not store.newly(tx, sent.message_id, returns.DELIVERED, returns.BOUNCED):
        return None
    store.set_delivered(tx, sent.message_id)
    return sent.person_id, "Message Delivered", visits.about(sent), at


def _bounced(
    tx: Tx, sent: Addressee, receipt: Receipt, at: int, soft: Cap | None
) -> Happening | None:
    how: Bounce = receipt.bounce or "soft"
    told = 0 if how == "hard" else returns.BOUNCED
    before = store.has_mark(tx, sent.message_id, returns.BOUNCED)
    if not store.newly(tx, sent.message_id, _MARKS[how], told):
        return None
    if not before:
        tallies.bounced(tx, [sent.message_id])
    detail = f"{receipt.code} {receipt.text}".strip()
    store.set_bounced(tx, sent.message_id, _REASONS[how], detail, at)
    if how == "hard" or (how == "soft" and _too_often(tx, sent, soft, at)):
        reason = "bounced" if how == "hard" else "bounced softly too often"
        _suppress(tx, sent, reason, at)
    props = {**visits.about(sent), "kind": how, "code": receipt.code, "detail": receipt.text}
    return sent.person_id, "Message Bounced", props, at


def _complained(
    tx: Tx, sent: Addressee, receipt: Receipt, at: int, _soft: Cap | None
) -> Happening | None:
    if not store.newly(tx, sent.message_id, returns.COMPLAINED):
        return None
    tallies.complained(tx, [sent.message_id])
    who = FromMessage(sent.message_id)
    unsubscribe_in(tx, who, at, topic=ALL, channel=sent.channel, source="complaint")
    props = {**visits.about(sent), "detail": receipt.text}
    return sent.person_id, "Message Complained", props, at


_Taker = Callable[[Tx, Addressee, Receipt, int, Cap | None], Happening | None]

_TAKEN: Final[Mapping[str, _Taker]] = {
    DELIVERED: _delivered,
    BOUNCED: _bounced,
    COMPLAINED: _complained,
}


def _too_often(tx: Tx, sent: Addressee, soft: Cap | None, at: int) -> bool:
    if soft is None or not sent.address:
        return False
    return store.soft_bounces(tx, sent, at - soft.period_ms) >= soft.count


def _suppress(tx: Tx, sent: Addressee, reason: str, at: int) -> None:
    if sent.address:
        consent.suppress(tx, sent.channel, sent.address, reason, at)
