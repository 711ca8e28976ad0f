"""What a chain listens to: the events that start it, wake it, end it or may change an answer."""

from __future__ import annotations

from mautod.core.chains.definition import Chain
from mautod.core.rules.checker import Depends, depends
from mautod.core.rules.tree import Rule


def needs_of(chain: Chain) -> Depends:
    """Everything that the rules and the steps of a chain depend on, and the events it hears."""
    rules: list[Rule | None] = [chain.enter.rule, chain.leave, chain.test]
    rules += (step.rule for step in chain.steps)
    found = Depends(events=frozenset(chain.enter.events))
    if chain.goal is not None:
        found |= Depends(events=frozenset({chain.goal.event}))
    for rule in rules:
        found |= Depends() if rule is None else depends(rule)
    for step in chain.steps:
        found |= step.stirred_by or Depends()
        found |= Depends(events=frozenset({step.awaits} if step.awaits else ()))
    return found
