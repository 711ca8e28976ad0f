"""What the tracker must know of a site: which events to make by itself, which parts to load."""

from __future__ import annotations

from typing import Any

from mautod.core.capture import AUTO
from mautod.store import catalog
from mautod.store.db import Database, from_json


def site_settings(db: Database) -> dict[str, Any]:
    """The captures in force, as the tracker reads them."""
    tx = db.read()
    found = {each.key: from_json(each.body) for each in catalog.active(tx, "capture")}
    auto = found.pop(AUTO, {}).get(AUTO, [])
    parts = ["popups"] if catalog.active(tx, "popup") else []
    return {"auto": auto, "capture": list(found.values()), "parts": parts}
