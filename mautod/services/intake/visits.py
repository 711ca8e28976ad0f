"""Visits to messages: kept as they came, judged, and told as events of the people they are of.

What looks like a person's click soon after a letter left waits for ten seconds, since a gateway
that follows every link is known by the company that its clicks keep. A verdict that falls later
changes the event that was told; what a chain had decided on it stays decided.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from mautod.config import Config
from mautod.core.sending.machines import TOGETHER_MS, Suspects, Visit, read_ranges, verdicts
from mautod.duration import MINUTE, parse_duration
from mautod.store import inbox
from mautod.store.db import Database, Tx
from mautod.store.delivery import receipts, visits
from mautod.store.delivery.receipts import Addressee
from mautod.store.delivery.visits import Kept

Happening = tuple[int, str, dict[str, Any], int]
"""(person id, event name, properties, when it happened)"""

NAMES: Final = {"open": "Message Opened", "click": "Message Clicked"}
KINDS: Final = (*NAMES, "trap")
HASTE_MS: Final = 2 * MINUTE
"""How long after a letter left clicks are looked at together before they are told."""
MOST: Final = 500


def suspects_of(config: Config) -> Suspects:
    """What the configuration takes for machines."""
    machines = config.machines
    return Suspects(read_ranges(machines.ranges), parse_duration(machines.at_once))


def take(
    tx: Tx, came: Sequence[tuple[Addressee, Visit]], suspects: Suspects, now: int
) -> list[Happening]:
    """Keep visits in the order in which they came; the events that can be told. Inside `write`."""
    for sent, visit in came:
        visits.add(tx, sent.message_id, visit, _judge_at(sent, visit))
    addressees = {sent.message_id: sent for sent, _ in came}
    told = [event for sent in addressees.values() for event in judge(tx, sent, suspects, now)]
    return sorted(told, key=lambda event: event[3])


def settle(db: Database, suspects: Suspects, now: int) -> int:
    """Judge what has waited long enough, and leave it to the digest; how many events."""
    if not visits.waiting(db.read(), now, 1):
        return 0
    with db.write() as tx:
        events = _judge_all(tx, visits.waiting(tx, now, MOST), suspects, now)
        for person_id, name, props, at in events:
            inbox.post(tx, at, person_id, name, props)
    return len(events)


def rejudge(db: Database, suspects: Suspects, since: int, now: int) -> int:
    """Judge every visit since an instant anew, some messages a transaction; how many messages.

    Idempotent, and can be interrupted anywhere.
    """
    judged = after = 0
    while found := visits.visited_since(db.read(), since, after, MOST):
        with db.write() as tx:
            for person_id, name, props, at in _judge_all(tx, found, suspects, now):
                inbox.post(tx, at, person_id, name, props)
        judged, after = judged + len(found), found[-1]
    return judged


def judge(tx: Tx, sent: Addressee, suspects: Suspects, now: int) -> list[Happening]:
    """Judge the visits to one message together; the events that are told for the first time.

    Those that were told before and are judged otherwise now are put right. Inside `write`.
    """
    kept = visits.of_message(tx, sent.message_id)
    rules = verdicts([one.visit for one in kept], sent.sending_at, suspects)
    new = [
        (one, rule)
        for one, rule in zip(kept, rules, strict=True)
        if one.rule != rule and (one.rule is not None or rule or one.judge_at <= now)
    ]
    if not new:
        return []
    visits.set_rules(tx, [(one.id, rule) for one, rule in new])
    anew = any(one.rule is not None for one, _ in new)
    visits.set_marks(tx, sent.message_id, anew=anew)
    return [event for one, rule in new for event in _told(tx, sent, one, rule)]


def _judge_all(
    tx: Tx, message_ids: Collection[int], suspects: Suspects, now: int
) -> list[Happening]:
    known = receipts.addressees(tx, message_ids)
    for message_id in set(message_ids) - set(known):
        # Their people were erased: nobody is told anything of them.
        visits.set_rules(tx, [(one.id, "") for one in visits.of_message(tx, message_id)])
    return [event for sent in known.values() for event in judge(tx, sent, suspects, now)]


def _told(tx: Tx, sent: Addressee, kept: Kept, rule: str) -> list[Happening]:
    visit = kept.visit
    name = NAMES.get(visit.kind)
    if name is None:
        return []
    if kept.rule is not None:
        visits.restate(tx, sent.person_id, name, (sent.message_id, visit), rule)
        return []
    return [(sent.person_id, name, _props(sent, visit, rule), visit.at)]


def about(sent: Addressee) -> dict[str, Any]:
    """What every event of a message says of it."""
    return {
        "message": sent.message_id,
        "run": sent.run_id,
        "chain": sent.chain,
        "step": sent.step,
        "template": sent.template,
        "channel": sent.channel,
    }


def _props(sent: Addressee, visit: Visit, rule: str) -> dict[str, Any]:
    props = about(sent)
    if visit.kind == "click":
        props["url"] = visit.url
    return {**props, "machine": rule} if rule else props


def _judge_at(sent: Addressee, visit: Visit) -> int:
    hasty = sent.sending_at is not None and visit.at - sent.sending_at < HASTE_MS
    return visit.at + TOGETHER_MS if hasty and visit.kind == "click" else visit.at
