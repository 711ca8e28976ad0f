"""When and how often messages leave, as a chain or one of its steps says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.core.files.definition import Table, one_of, span, window
from mautod.core.times.windows import Window

WAIT: Final = "wait"
SKIP: Final = "skip"
OTHER: Final = "other"
LIMITS: Final = ("window", "outside", "over_cap", "expires")
"""The keys that a step which sends may have; a chain has them too."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step asks of its message; what it leaves out is for the chain to say.

    `outside`: whether the message waits for its window, is skipped, or goes by the next channel of
    its step that reaches the person; by the last of them it waits. `over_cap`: whether it is
    skipped or waits until the cap has room. `expires_ms`: how long after being queued it may leave.
    """

    window: Window | None = None
    outside: str | None = None
    over_cap: str | None = None
    expires_ms: int | None = None


NO_LIMITS: Final = Limits()


def read_limits(table: Table) -> Limits:
    """The limits in a table of a chain.

    Raises:
        DefinitionError: one of them is unfit.
    """
    return Limits(
        window=table.get("window", window, None),
        outside=table.get("outside", one_of(WAIT, SKIP, OTHER), None),
        over_cap=table.get("over_cap", one_of(WAIT, SKIP), None),
        expires_ms=table.get("expires", span, None),
    )
