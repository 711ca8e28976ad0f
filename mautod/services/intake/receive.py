"""Receipts of messages become events of the people who got them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from mautod.core.envelope import Receipt
from mautod.core.sending.returns import machine, mark
from mautod.store.db import Tx
from mautod.store.delivery import receipts as store
from mautod.store.delivery.receipts import Addressee

Happening = tuple[int, str, dict[str, Any], int]
"""(person id, event name, properties, when it happened)"""

NAMES: Final = {"open": "Message Opened", "click": "Message Clicked"}


def resolve(tx: Tx, receipts: Sequence[tuple[Receipt, int]]) -> list[Happening]:
    """Note opens and clicks, each with its instant, in the ledger; the events that they are.

    In order; those of unknown messages and of erased people come to nothing. Inside `write`.
    """
    if not receipts:
        return []
    known = store.addressees(tx, {receipt.message for receipt, _ in receipts})
    return [
        _event(tx, known[receipt.message], receipt, at)
        for receipt, at in receipts
        if receipt.kind in NAMES and receipt.message in known
    ]


def _event(tx: Tx, sent: Addressee, receipt: Receipt, at: int) -> Happening:
    props: dict[str, Any] = {
        "message": sent.message_id,
        "run": sent.run_id,
        "chain": sent.chain,
        "step": sent.step,
        "template": sent.template,
        "channel": sent.channel,
    }
    by_machine = machine(receipt.agent, None if sent.sending_at is None else at - sent.sending_at)
    left = mark(receipt.kind, by_machine)
    if by_machine:
        props["machine"] = by_machine
    if receipt.kind == "click":
        store.set_clicked(tx, sent.message_id, at, left)
        props["url"] = receipt.url
    else:
        store.set_opened(tx, sent.message_id, at, left)
    return sent.person_id, NAMES[receipt.kind], props, at
