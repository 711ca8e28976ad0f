"""What `mautod up` does before the processes start."""

from __future__ import annotations

from collections.abc import Iterator

from mautod.app.parts import open_parts
from mautod.clock import now_ms
from mautod.config import Settings
from mautod.services.apply import apply, drift
from mautod.store import catalog


def prepare(settings: Settings) -> Iterator[str]:
    """Make the databases; the first time apply the definitions, later only say what differs.

    Raises:
        DefinitionErrors: the first start, and the definitions are wrong.
    """
    parts = open_parts(settings)
    try:
        if catalog.version(parts.db.read()) == 0:
            yield from apply(parts.db, settings.workspace, now_ms()).lines()
        else:
            changes = list(drift(parts.db, settings.workspace).lines())
            yield from changes
            if changes:
                yield "The files differ from what runs. Look at them, then run: mautod apply"
    finally:
        parts.close()
