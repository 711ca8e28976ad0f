"""Pages tell which pop-ups they showed, and what was done with them: messages among them settle."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod.core.event import Happened
from mautod.services.intake.visits import about
from mautod.store import inbox
from mautod.store.db import Tx
from mautod.store.delivery import offers, receipts

CHANNEL: Final = "popup"
_SHOWN: Final = "Popup Shown"
_ANSWERED: Final = frozenset({"Popup Clicked", "Popup Submitted"})
_LARGEST: Final = 2**62


def follow(tx: Tx, happened: Iterable[Happened], now: int) -> None:
    """Settle the messages that were shown, each once. Inside `write`.

    Whoever names the number of a message, it counts for the person alone whom it is for.
    """
    told = [
        (event, number)
        for event in happened
        if event.name == _SHOWN or event.name in _ANSWERED
        if (number := _number(event))
    ]
    known = receipts.addressees(tx, {number for _, number in told}) if told else {}
    for event, number in told:
        sent = known.get(number)
        if sent is not None and sent.person_id == event.person_id and sent.channel == CHANNEL:
            _settle(tx, event, sent, now)


def _number(event: Happened) -> int:
    number = event.props.get("message")
    if not isinstance(number, int) or isinstance(number, bool):
        return 0
    return number if 0 < number < _LARGEST else 0


def _settle(tx: Tx, event: Happened, sent: receipts.Addressee, now: int) -> None:
    person, number, at = sent.person_id, sent.message_id, event.ts
    props = about(sent)
    if offers.shown(tx, person, CHANNEL, number, now, at):
        inbox.post(tx, at, person, "Message Sent", props)
        inbox.post(tx, at, person, "Message Opened", props)
    if event.name in _ANSWERED and offers.answered(tx, person, CHANNEL, number, at):
        url = event.props.get("url", "")
        inbox.post(tx, at, person, "Message Clicked", {**props, "url": url})
