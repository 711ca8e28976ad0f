"""What `mautod up` does before the processes start."""

from __future__ import annotations

from collections.abc import Iterator

from mautod.app.parts import Parts, open_parts
from mautod.clock import now_ms
from mautod.config import Settings
from mautod.errors import DefinitionError, DefinitionErrors, NotFound
from mautod.services.definitions.apply import Changes, apply, drift
from mautod.store import catalog


def prepare(settings: Settings) -> Iterator[str]:
    """Make the databases; the first time apply the definitions, later only say what differs.

    Raises:
        DefinitionErrors: the first start, and the definitions are wrong.
    """
    parts = open_parts(settings)
    try:
        if catalog.version(parts.db.read()) == 0:
            zone = settings.config.workspace.timezone
            changes = apply(parts.db, settings.workspace, now_ms(), zone)
            yield from _lines(changes)
        else:
            yield from _drift(parts, settings)
    finally:
        parts.close()


def _drift(parts: Parts, settings: Settings) -> Iterator[str]:
    try:
        changes = drift(parts.db, settings.workspace)
    except (DefinitionError, DefinitionErrors, NotFound) as error:
        yield f"The files are not applied, because of an error: {error}"
        return
    yield from _lines(changes)
    if changes:
        yield "The files differ from what runs. To make them what runs: mautod apply"


def _lines(changes: Changes) -> Iterator[str]:
    yield from (str(change) for change in changes.items)
    yield from (f"warning: {warning}" for warning in changes.warnings)
