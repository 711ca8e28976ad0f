"""Experiments: what came of the variants of a split, and letting the best of them win.

A version of a chain is an experiment of its own: who changes the chain begins anew. Looking is
free, so it is done again and again; the decision is made once and stored with its evidence.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from mautod import wire
from mautod.core import experiments as core
from mautod.core.chains.definition import parse_chain
from mautod.core.chains.step import By
from mautod.core.chains.steps.split import Split
from mautod.core.experiments import Arm
from mautod.services.chains.versions import Versions
from mautod.store import rows
from mautod.store.catalog import Definition
from mautod.store.chains import experiments
from mautod.store.chains.experiments import Came, Decided, Question
from mautod.store.db import Database, Tx

EVER: Final = 2**53

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Look:
    """What is known of a split now; `currencies` if money of several keeps it from being judged."""

    arms: tuple[Arm, ...]
    standing: core.Standing
    chances: dict[str, float]
    currencies: tuple[str, ...] = ()


def judge(db: Database, versions: Versions, now: int) -> int:
    """Let variants win that are certain to be the best; how many did."""
    tx = db.read()
    won = 0
    for key, definition_id, split in _waiting(db, versions, now):
        question = question_of(definition_id, split, now, "click")
        look = look_at(tx, split, question)
        if look.standing.winner is not None:
            won += _decide(db, question, look, now)
            log.info("chain %s, split %s: %s", key, split.id, _told(look))
    return won


def look_at(tx: Tx, split: Split, question: Question) -> Look:
    """How the variants of a split compare."""
    found = experiments.tallies(tx, question)
    nobody = experiments.Tally(0, 0)
    arms = tuple(
        Arm(name, weight, tally.people, tally.successes, tally.total, tally.squares)
        for name, weight in split.weights.items()
        for tally in (found.get(name, nobody),)
    )
    by_money = question.by == "money"
    currencies = experiments.currencies(tx, question) if by_money else []
    if len(currencies) > 1:
        return Look(arms, core.Standing("", 1.0), {}, tuple(currencies))
    alpha, least = (split.judged.alpha, split.judged.least) if split.judged else (0.0, 0)
    standing = core.judge(arms, by_money=by_money, alpha=alpha, least=least)
    return Look(arms, standing, core.chances(arms, by_money=by_money))


def shown(tx: Tx, definition: Definition, now: int) -> dict[str, wire.Experiment]:
    """The splits of a version of a chain with their numbers, by step.

    A split that names no winner is compared by goals, or by clicks if the chain has no goal.
    """
    chain = parse_chain(definition.body, definition.file, definition.key)
    usual: By = "goal" if chain.goal else "click"
    decided = experiments.decided(tx, definition.id)
    return {
        split.id: _shown(tx, split, question_of(definition.id, split, now, usual), decided)
        for split in chain.steps
        if isinstance(split, Split)
    }


def _shown(
    tx: Tx, split: Split, question: Question, decided: Mapping[str, Decided]
) -> wire.Experiment:
    look, won = look_at(tx, split, question), decided.get(split.id)
    came = experiments.came(tx, question.definition_id, split.id)
    shown_ = wire.Experiment(
        by=question.by,
        currencies=list(look.currencies),
        p_value=look.standing.p_value,
        variants=[_variant(arm, look, came.get(arm.name, Came())) for arm in look.arms],
    )
    if split.judged is None:
        return shown_
    return replace(
        shown_,
        after_ms=split.judged.after_ms,
        confidence=round(1 - split.judged.alpha, 6),
        least=split.judged.least,
        winner=won.variant if won else "",
        decided_at=won.at if won else None,
        evidence=won.evidence if won else {},
    )


def _waiting(db: Database, versions: Versions, now: int) -> Iterator[tuple[str, int, Split]]:
    """The splits that wait for a winner: chain, version, step."""
    with db.write() as tx:
        in_force = list(versions.earning(tx, now))
    for row, version in in_force:
        waiting = [step for step in version.chain.steps if step.winner is not None]
        decided: dict[str, Decided] = {}
        if waiting:
            decided = experiments.decided(db.read(), row.definition_id)
        for step in waiting:
            if isinstance(step, Split) and step.id not in decided:
                yield row.key, row.definition_id, step


def question_of(definition_id: int, split: Split, now: int, usual: By) -> Question:
    """What to ask about a split now; `usual` is what one that names no winner is compared by."""
    judged = split.judged
    if judged is None:
        return Question(definition_id, split.id, usual, EVER, now)
    return Question(definition_id, split.id, judged.by, judged.after_ms, now - judged.after_ms)


def _decide(db: Database, question: Question, look: Look, now: int) -> bool:
    with db.write() as tx:
        return experiments.decide(tx, question, look.standing.best, evidence_of(look), now)


def evidence_of(look: Look) -> dict[str, object]:
    """What is stored with a decision."""
    variants = {
        arm.name: {
            "people": arm.people,
            "successes": arm.successes,
            "mean": round(arm.mean, 4),
            "chance": round(look.chances[arm.name], 4),
        }
        for arm in look.arms
    }
    return {"p_value": look.standing.p_value, "variants": variants}


def _told(look: Look) -> str:
    parts = (f"{arm.name} {arm.successes} of {arm.people}" for arm in look.arms)
    return f"{look.standing.best} wins, p = {look.standing.p_value:.2g} ({', '.join(parts)})"


def _variant(arm: Arm, look: Look, came: Came) -> wire.Variant:
    return wire.Variant(
        name=arm.name,
        weight=arm.weight,
        people=came.people,
        sent=came.sent,
        opened=came.opened,
        clicked=came.clicked,
        goals=came.goals,
        money=[rows.money(value, currency) for currency, value in came.money_e4.items()],
        judged=arm.people,
        successes=arm.successes,
        chance=look.chances.get(arm.name),
    )
