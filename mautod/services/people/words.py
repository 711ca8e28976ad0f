"""Words of people who came many at once: written after them, part by part."""

from __future__ import annotations

from typing import Final

from mautod.store.db import Database
from mautod.store.people import wordless

PART: Final = 4000
"""People whose words are written in one transaction; others who write wait so long."""

ALONE: Final = 20_000
"""As many, where nobody else is at work: each page is written for more of them."""


def settle(db: Database, most: int | None = None) -> int:
    """Let the next people be found by words; how many are left after them."""
    if wordless.count(db.read()) == 0:
        return 0
    with db.write() as tx:
        wordless.settle(tx, most or PART)
        return wordless.count(tx)
