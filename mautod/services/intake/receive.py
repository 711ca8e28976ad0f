"""Receipts of messages become events of the people who got them.

What comes back may come back twice: a message is delivered, bounced and complained about once, and
a hard bounce is still news after a soft one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from mautod.core.envelope import Bounce, Receipt
from mautod.core.sending import returns
from mautod.core.sending.caps import Cap
from mautod.core.sending.consent import ALL
from mautod.core.sending.receipts import BOUNCED, COMPLAINED, DELIVERED
from mautod.core.sending.returns import machine, mark
from mautod.services.delivery.consent import FromMessage, unsubscribe_in
from mautod.store.db import Tx
from mautod.store.delivery import consent
from mautod.store.delivery import receipts as store
from mautod.store.delivery.receipts import Addressee

Happening = tuple[int, str, dict[str, Any], int]
"""(person id, event name, properties, when it happened)"""

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
    tx: Tx, receipts: Sequence[tuple[Receipt, int]], soft: Cap | None = None
) -> list[Happening]:
    """Note what came back, each with its instant, in the ledger; the events that it comes to.

    In order; those of unknown messages and of erased people come to nothing, and so does what was
    told before. An address from which more letters than `soft` says come back softly, none
    arriving in between, is never used again; one that does not exist is not from the first on.
    Inside `write`.
    """
    if not receipts:
        return []
    known = store.addressees(tx, {receipt.message for receipt, _ in receipts})
    came = (
        _TAKEN[receipt.kind](tx, known[receipt.message], receipt, at, soft)
        for receipt, at in receipts
        if receipt.kind in _TAKEN and receipt.message in known
    )
    return [happening for happening in came if happening is not None]


def _opened(tx: Tx, sent: Addressee, receipt: Receipt, at: int, _soft: Cap | None) -> Happening:
    props, left = _judged(sent, receipt, at)
    store.set_opened(tx, sent.message_id, at, left)
    return sent.person_id, "Message Opened", props, at


def _clicked(tx: Tx, sent: Addressee, receipt: Receipt, at: int, _soft: Cap | None) -> Happening:
    props, left = _judged(sent, receipt, at)
    store.set_clicked(tx, sent.message_id, at, left)
    return sent.person_id, "Message Clicked", {**props, "url": receipt.url}, at


def _delivered(
    tx: Tx, sent: Addressee, _receipt: Receipt, at: int, _soft: Cap | None
) -> Happening | None:
    if not store.newly(tx, sent.message_id, returns.DELIVERED, returns.BOUNCED):
        return None
    store.set_delivered(tx, sent.message_id)
    return sent.person_id, "Message Delivered", _about(sent), at


def _bounced(
    tx: Tx, sent: Addressee, receipt: Receipt, at: int, soft: Cap | None
) -> Happening | None:
    how: Bounce = receipt.bounce or "soft"
    told = 0 if how == "hard" else returns.BOUNCED
    if not store.newly(tx, sent.message_id, _MARKS[how], told):
        return None
    detail = f"{receipt.code} {receipt.text}".strip()
    store.set_bounced(tx, sent.message_id, _REASONS[how], detail, at)
    if how == "hard" or (how == "soft" and _too_often(tx, sent, soft, at)):
        reason = "bounced" if how == "hard" else "bounced softly too often"
        _suppress(tx, sent, reason, at)
    props = {**_about(sent), "kind": how, "code": receipt.code, "detail": receipt.text}
    return sent.person_id, "Message Bounced", props, at


def _complained(
    tx: Tx, sent: Addressee, receipt: Receipt, at: int, _soft: Cap | None
) -> Happening | None:
    if not store.newly(tx, sent.message_id, returns.COMPLAINED):
        return None
    who = FromMessage(sent.message_id)
    unsubscribe_in(tx, who, at, topic=ALL, channel=sent.channel, source="complaint")
    props = {**_about(sent), "detail": receipt.text}
    return sent.person_id, "Message Complained", props, at


_Taker = Callable[[Tx, Addressee, Receipt, int, Cap | None], Happening | None]

_TAKEN: Final[Mapping[str, _Taker]] = {
    "open": _opened,
    "click": _clicked,
    DELIVERED: _delivered,
    BOUNCED: _bounced,
    COMPLAINED: _complained,
}


def _about(sent: Addressee) -> dict[str, Any]:
    return {
        "message": sent.message_id,
        "run": sent.run_id,
        "chain": sent.chain,
        "step": sent.step,
        "template": sent.template,
        "channel": sent.channel,
    }


def _judged(sent: Addressee, receipt: Receipt, at: int) -> tuple[dict[str, Any], int]:
    """What a person's or a machine's doing is kept as, and its mark."""
    by_machine = machine(receipt.agent, None if sent.sending_at is None else at - sent.sending_at)
    props = _about(sent)
    if by_machine:
        props["machine"] = by_machine
    return props, mark(receipt.kind, by_machine)


def _too_often(tx: Tx, sent: Addressee, soft: Cap | None, at: int) -> bool:
    if soft is None or not sent.address:
        return False
    return store.soft_bounces(tx, sent, at - soft.period_ms) >= soft.count


def _suppress(tx: Tx, sent: Addressee, reason: str, at: int) -> None:
    if sent.address:
        consent.suppress(tx, sent.channel, sent.address, reason, at)
