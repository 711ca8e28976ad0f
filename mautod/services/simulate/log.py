"""What a simulation saw, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mautod.core.sending.message import Preview

Kind = Literal[
    "event", "segment", "entered", "step", "gate", "sent", "failed", "opened", "clicked", "ended",
    "webhook", "aside",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened at the instant `at`.

    `what` is a word for it by its kind: the event, the step's title, the verdict, the template, the
    outcome. `run` is 0 where no run is meant.
    """

    at: int
    kind: Kind
    what: str
    chain: str = ""
    run: int = 0
    step: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that left, as its reader sees it."""

    at: int
    message: int
    channel: str
    address: str
    template: str
    chain: str
    step: str
    preview: Preview


@dataclass(frozen=True, slots=True)
class Log:
    """A whole simulation: `until` is where it ended, `zone` the person's clock.

    `under_way` says who was still on a chain then, and which message had not left.
    """

    chain: str
    zone: str
    start: int
    until: int
    entries: tuple[Entry, ...]
    letters: tuple[Letter, ...] = field(repr=False)
    under_way: tuple[Entry, ...] = ()
