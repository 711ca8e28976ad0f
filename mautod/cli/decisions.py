"""Decisions of the gate on a terminal: each check with the values it saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli.show import visible, when

if TYPE_CHECKING:
    from mautod import wire

FIRST_INSTANT: Final = 1_000_000_000_000
"""Whole numbers over this one are instants in milliseconds, not counts."""
ALSO: Final = "also"
_INDENT: Final = " " * 21


def print_decisions(decisions: Iterable[wire.Decision]) -> None:
    """Each decision, what it saw, what else stood in the way, and what would have changed it."""
    for decision in decisions:
        said = f"{decision.verdict} {visible(decision.reason)}".rstrip()
        click.echo(f"{when(decision.at)}  {said}")
        for line in _seen(decision.evidence):
            click.echo(f"{_INDENT}{line}")
        for other in decision.evidence.get(ALSO, ()):
            click.echo(f"{_INDENT}and {visible(str(other.get('reason')))}")
            for line in _seen({key: value for key, value in other.items() if key != "reason"}):
                click.echo(f"{_INDENT}    {line}")
        for change in decision.changes:
            click.echo(f"{_INDENT}lacked: {visible(change)}")


def _seen(evidence: Mapping[str, Any]) -> Iterator[str]:
    for name, value in evidence.items():
        if name != ALSO:
            yield f"{visible(name)} = {visible(_shown(value))}"


def _shown(value: Any) -> str:
    instant = isinstance(value, int) and not isinstance(value, bool) and value > FIRST_INSTANT
    if instant:
        return when(value)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_shown(each)}" for name, each in value.items())
    return ", ".join(map(_shown, value)) if isinstance(value, list) else str(value)
