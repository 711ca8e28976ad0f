"""Opens and clicks count if people did them; those of machines only where a `where` asks for them.

Mail gateways open letters and follow links before anybody reads; such an event has a property
`machine` that says how that was told.
"""

from __future__ import annotations

from typing import Final

from mautod.core.event import Happened
from mautod.core.rules.checker import paths
from mautod.core.rules.tree import BY_PEOPLE, OPENS_AND_CLICKS, All, Where
from mautod.core.rules.where import holds

MACHINE: Final = BY_PEOPLE.path


def by_people(event: str, where: Where | None) -> Where | None:
    """`where` for events of this name, with the condition that no machine did them."""
    if event not in OPENS_AND_CLICKS or _asks(where):
        return where
    return BY_PEOPLE if where is None else All((BY_PEOPLE, where))


def counts(event: Happened, where: Where | None, zone: str) -> bool:
    """Whether an event passes `where`, and was done by somebody where that is to be asked."""
    if event.name in OPENS_AND_CLICKS and "machine" in event.props and not _asks(where):
        return False
    return holds(where, event.props, zone)


def _asks(where: Where | None) -> bool:
    return where is not None and MACHINE in paths(where)
