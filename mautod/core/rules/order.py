"""The order in which segments are asked: one that another needs comes first."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from graphlib import CycleError, TopologicalSorter


def in_order(needs: Mapping[str, AbstractSet[str]]) -> tuple[list[str], list[str]]:
    """The keys of `needs` with the needed first, and one cycle of keys if there is any.

    Needs that are no keys are ignored. With a cycle the order is empty.
    """
    sorter = TopologicalSorter(
        {key: sorted(needed & needs.keys()) for key, needed in sorted(needs.items())}
    )
    try:
        return list(sorter.static_order()), []
    except CycleError as error:
        cycle: list[str] = error.args[1]
        return [], cycle
