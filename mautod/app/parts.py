"""What both processes are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.config import Settings
from mautod.core.links import Links
from mautod.services.digest import OWN
from mautod.services.send import SOURCE as OPERATOR
from mautod.store import state
from mautod.store.db import Database
from mautod.store.journal import Journal

RUNG: Final = ("digest",)
"""Tasks that the web process rings; a worker runs them."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Storage and settings of one workspace."""

    settings: Settings
    db: Database
    journal: Journal
    links: Links

    def close(self) -> None:
        """Close this thread's connections."""
        self.journal.close()
        self.db.close()


def open_parts(settings: Settings, *, cache_mb: int = 16) -> Parts:
    """Open the databases of the workspace, made and migrated if need be."""
    secret = settings.secrets.get("MAUTOD_SECRET")
    return Parts(
        settings=settings,
        db=Database(settings.data / "mautod.db", cache_mb=cache_mb).open(),
        journal=Journal(settings.data / "journal.db").open(),
        links=Links(secret, settings.config.workspace.url),
    )


def sources(parts: Parts) -> dict[str, tuple[int, bool]]:
    """Every source's number and whether it is trusted, our own included."""
    trusted = {source.name: source.trusted for source in parts.settings.config.source}
    trusted[OWN] = trusted[OPERATOR] = True
    with parts.db.write() as tx:
        ids = state.source_ids(tx, trusted.items())
    return {name: (ids[name], trusted[name]) for name in trusted}
