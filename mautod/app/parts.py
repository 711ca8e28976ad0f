"""What both processes are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from mautod.config import Settings
from mautod.core.sending.links import Links
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
