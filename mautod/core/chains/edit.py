"""People under way when their chain is edited: who stays with the old version, who goes where.

`stay`: they finish the version that they began. `restart`: they begin the new one at its first
step. `move`: they follow the new version from the step in which they stand. Where the new version
has no such step, they go on behind the nearest step above it in the old file that the new one still
has, or at the first step if there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.core.chains.definition import Chain

STAY: Final = "stay"
MOVE: Final = "move"
RESTART: Final = "restart"


@dataclass(frozen=True, slots=True)
class Way:
    """Where a run goes on: at `step`, "" for the beginning, None for the end.

    A `fresh` one comes to that step now; any other has been in it and keeps its clock.
    """

    step: str | None
    fresh: bool = False


def way(old: Chain, new: Chain, step: str) -> Way:
    """Where a run that stands in `step` of `old` goes on in `new` when it is moved."""
    kept = {each.id for each in new.steps}
    if not step or step in kept:
        return Way(step)
    above = [each.id for each in old.steps]
    above = above[: above.index(step)] if step in above else []
    nearest = next((each for each in reversed(above) if each in kept), None)
    return Way("", fresh=True) if nearest is None else Way(new.after(nearest), fresh=True)
