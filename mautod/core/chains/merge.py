"""Two people turn out to be one: which of their runs on a chain go on.

Nobody walks the same steps twice, so of two runs with one key, or of two under way on a chain
without keys, one gives way: the one under way if the other has ended, else the one that entered
later, as it has done less.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Standing:
    """One run of either person; `newcomer` is of the person that is absorbed."""

    id: int
    chain_id: int
    definition_id: int
    key: str
    active: bool
    entered_at: int
    newcomer: bool


def giving_way(runs: Iterable[Standing], keyed: Collection[int]) -> list[Standing]:
    """The runs that give way; those still active among them must end.

    `keyed`: the chains on which one person may be several times at once.
    """
    found: list[Standing] = []
    ordered = sorted(runs, key=lambda run: (run.chain_id, run.key))
    for _, same in groupby(ordered, key=lambda run: (run.chain_id, run.key)):
        found += sorted(same, key=_claim)[1:]
    rest = [run for run in ordered if run.active and run not in found]
    for chain_id, under_way in groupby(rest, key=lambda run: run.chain_id):
        if chain_id not in keyed:
            found += sorted(under_way, key=_claim)[1:]
    return found


def _claim(run: Standing) -> tuple[bool, bool, int, int]:
    """The least of these keeps its place: ended, then at home, then entered first."""
    return run.active, run.newcomer and not run.active, run.entered_at, run.id
