"""Bytes of what was deleted: free pages, the write-ahead log, and how to be rid of them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from mautod.store.db import Tx

CHUNK_BYTES: Final = 8 << 20
SMALL_BYTES: Final = 256 << 20


def cleared(tx: Tx, path: Path, texts: Collection[str] | None) -> bool:
    """Make the file at `path` hold none of `texts`; False when a reader is in the way for now.

    The log is emptied into the file. A small file is then written anew, which takes a second; a
    large one only if bytes remain in its free space (what is deleted is overwritten at once), or
    with None for `texts`, which means that nobody knows them any more.
    """
    if not _emptied_log(tx):
        return False
    small = path.stat().st_size < SMALL_BYTES
    if not small and texts is not None and not holds(path, texts):
        return True
    tx.execute("VACUUM")
    return _emptied_log(tx)


def holds(path: Path, texts: Collection[str]) -> bool:
    """Whether any of `texts` stands anywhere in the file, in either case of its letters."""
    sought = [form for text in texts for form in {text.encode(), text.lower().encode()}]
    overlap = max(map(len, sought), default=0)
    tail = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            window = tail + chunk
            if any(each in window for each in sought):
                return True
            tail = window[-overlap:] if overlap else b""
    return False


def _emptied_log(tx: Tx) -> bool:
    busy, _, _ = tx.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
