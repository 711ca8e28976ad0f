"""The files that templates attach, each once, by the SHA-256 of what it holds.

They stay as long as versions of templates do, which is for good.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from mautod.store.db import Tx, to_json

# primary key
_PUT: Final = "INSERT INTO attachment (hash, content) VALUES (?, ?) ON CONFLICT (hash) DO NOTHING"
# json_each leads, then the primary key
_FIND: Final = """
SELECT a.hash, a.content FROM json_each(?) k CROSS JOIN attachment a ON a.hash = k.value"""


def put(tx: Tx, contents: Mapping[str, bytes]) -> None:
    """Keep these contents by their hashes; what is there stays. Inside `write`."""
    tx.executemany(_PUT, contents.items())


def find(tx: Tx, hashes: Collection[str]) -> dict[str, bytes]:
    """Those contents that are kept, by their hashes."""
    return dict(tx.execute(_FIND, (to_json(list(hashes)),))) if hashes else {}
