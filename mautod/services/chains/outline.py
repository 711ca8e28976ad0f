"""An applied chain in words: what its steps do, who enters, what it is for."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from mautod.core.chains.definition import parse_chain
from mautod.core.chains.limits import LIMITS
from mautod.core.chains.steps import kinds
from mautod.core.goals import GoalSpec
from mautod.store.catalog import Definition

_SHOWN: Final = {"webhook": "url", "notify": "text"}
"""Kinds of which one key says enough."""
KEPT: Final = 256


@dataclass(frozen=True, slots=True)
class StepOutline:
    """One step in words; `arrows`: label → step id, "" is the end."""

    id: str
    kind: str
    title: str
    template: str
    arrows: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Outline:
    """A chain in words, as its writer put them; `policies` are those that it does not leave out."""

    channel: str
    topic: str
    enter: str
    leave: str
    goal: str
    window: str
    cap: str
    holdout: str
    test: str
    policies: Mapping[str, str]
    steps: tuple[StepOutline, ...]

    def title(self, step_id: str) -> str:
        """What the step called `step_id` does; empty before the first."""
        return next((step.title for step in self.steps if step.id == step_id), "")


NONE: Final = Outline("", "", "", "", "", "", "", "", "", {}, ())
_POLICIES: Final = ("outside", "over_cap", "priority", "expires", "concurrent", "when_unknown")


@lru_cache(maxsize=KEPT)
def outline(definition: Definition) -> Outline:
    """What `definition`, one version of a chain, says.

    Raises:
        DefinitionError: it was applied by a version of mautod that read other things.
    """
    raw = tomllib.loads(definition.body)
    chain = parse_chain(definition.body, definition.file, definition.key)
    tables = raw.get("step", [])
    following = [*(step.id for step in chain.steps[1:]), ""]
    steps = tuple(
        StepOutline(
            id=step.id,
            kind=kind_of(table),
            title=title_of(table),
            template=step.template or "",
            arrows={label: to or after for label, to in step.ways().items()},
        )
        for step, table, after in zip(chain.steps, tables, following, strict=True)
    )
    return Outline(
        channel=str(raw.get("channel", "email")),
        topic=str(raw.get("topic", "")),
        enter=plan_of(raw["broadcast"]) if "broadcast" in raw else entry_of(raw.get("enter", {})),
        leave=_one_line(raw.get("leave", "")),
        goal=goal_of(raw.get("goal", {})),
        window=str(raw.get("window", "")),
        cap=_listed(raw.get("cap", "")),
        holdout=str(raw.get("holdout", "")),
        test=_one_line(_listed(raw.get("test", ""))),
        policies={key: str(raw[key]) for key in _POLICIES if key in raw},
        steps=steps,
    )


@lru_cache(maxsize=KEPT)
def goal_spec(chain_id: int, definition: Definition) -> GoalSpec | None:
    """What the messages of `definition`, one version of a chain, are for; None for nothing.

    Raises:
        DefinitionError: it was applied by a version of mautod that read other things.
    """
    goal = parse_chain(definition.body, definition.file, definition.key).goal
    return None if goal is None else goal.of(chain_id)


def kind_of(table: Mapping[str, Any]) -> str:
    """Which kind of step a `[[step]]` table describes."""
    return next((key for key in table if key in kinds()), "")


def title_of(table: Mapping[str, Any]) -> str:
    """A `[[step]]` table as one line: `wait 1h`, `await Message Clicked for 1d`."""
    kind = kind_of(table)
    value = table.get(kind, "")
    if not isinstance(value, dict):
        own = (f", {key.replace('_', ' ')} {table[key]}" for key in LIMITS if key in table)
        return _one_line(f"{kind} {value}{''.join(own)}")
    if kind in _SHOWN:
        return _one_line(f"{kind} {value.get(_SHOWN[kind], '')}")
    if kind == "wait":
        return _one_line(f"wait until {_when(value)}")
    if kind == "await":
        what = value.get("event", value.get("rule", ""))
        where = f" where {value['where']}" if "where" in value else ""
        return _one_line(f"await {what}{where} for {value.get('for', '')}")
    words = ", ".join(f"{name} = {given}" for name, given in value.items())
    if "winner" in table:
        words += f", the best by {table['winner'].get('by', '')} wins"
    return f"{kind} {words}"


def _when(value: Mapping[str, Any]) -> str:
    """What a wait waits for: `mon 10:00`, `renews_at -3d at 10:00`."""
    at = f"at {value['at']}" if "at" in value else ""
    parts = (value.get("until"), value.get("date"), value.get("offset"), at)
    return " ".join(str(part) for part in parts if part)


def entry_of(enter: Mapping[str, Any]) -> str:
    """Who enters, as one line: `event Product Added when email is known, again per 7d`."""
    words = [f"{key} {_either(enter[key])}" for key in _ENTRY if key in enter]
    again = f", again {enter['again']}" if "again" in enter else ""
    return _one_line(" ".join(words) + again).replace("manual True", "by hand")


_ENTRY: Final = (
    "event", "schedule", "date", "offset", "every", "at", "chain", "outcome", "manual", "on",
    "segment", "where", "when",
)  # fmt: skip


def _either(value: Any) -> str:
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def plan_of(plan: Mapping[str, Any]) -> str:
    """When a broadcast is sent, as one line: `at 2026-12-01 10:00 everybody's own, 5 per hour`."""
    when = f"at {plan['at']}" if "at" in plan else "at once"
    whose = " everybody's own" if plan.get("local") else ""
    pace = f", {plan['ramp']}" if "ramp" in plan else ""
    return _one_line(f"{when}{whose}{pace}")


def goal_of(goal: Mapping[str, Any]) -> str:
    """What it is for, as one line: `Order Completed, value total, within 3d`."""
    words = [str(goal["event"])] if "event" in goal else []
    told = ("value", "within", "from", "attribution")
    words += [f"{key} {goal[key]}" for key in told if key in goal]
    return ", ".join(words)


def _listed(given: Any) -> str:
    return ", ".join(map(str, given)) if isinstance(given, list) else str(given)


def _one_line(text: str) -> str:
    return " ".join(str(text).split())
