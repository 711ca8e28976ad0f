"""Which of several letters the others get."""

from __future__ import annotations

from typing import Final

from mautod.core.chains.definition import Chain
from mautod.core.chains.steps.split import Split
from mautod.services.chains.experiments import evidence_of, look_at, question_of
from mautod.store.chains import experiments
from mautod.store.chains.broadcasts import Broadcast
from mautod.store.db import Tx

FORCED: Final = "time was up"
"""Stands in the evidence of a winner that was not certain, but the best when it had to be one."""


def is_decided(tx: Tx, found: Broadcast, now: int) -> bool:
    """Whether a variant has won, or has to be chosen now."""
    if found.decide_at is not None and found.decide_at <= now:
        return True
    return bool(experiments.winners(tx, found.definition_id))


def decide(tx: Tx, chain: Chain, found: Broadcast, now: int) -> None:
    """Let the best variant so far win, unless one has won already. Inside `write`."""
    for split in chain.steps:
        if isinstance(split, Split):
            asked = question_of(found.definition_id, split, now, "click")
            look = look_at(tx, split, asked)
            best = look.standing.best or next(iter(split.weights))
            experiments.decide(tx, asked, best, {**evidence_of(look), FORCED: True}, now)
