"""Files that came with mail, in a folder, each under the hash of what is in it.

Nothing here is ever run or opened. A file is whole or not there; the same file is kept once.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from mautod.errors import NotFound, Unavailable

_MODE: Final = 0o600
_HASH_BYTES: Final = 32


class Vault:
    """The files in `folder`; made when there is something to put in."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, content: bytes) -> str:
        """Keep `content`; its hash. It is on disk when this returns; idempotent.

        Raises:
            Unavailable: the disk is full.
        """
        digest = hashlib.blake2b(content, digest_size=_HASH_BYTES).hexdigest()
        path = self._path(digest)
        if not path.is_file():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                _write(path, content)
            except OSError as error:
                raise Unavailable(
                    f"a file that came with mail cannot be kept: {error.strerror}",
                    hint="Free some space; work goes on by itself.",
                    retry_after_s=5,
                ) from error
        return digest

    def get(self, digest: str) -> bytes:
        """What is kept under a hash.

        Raises:
            NotFound: nothing is.
        """
        try:
            return self._path(digest).read_bytes()
        except OSError as error:
            raise NotFound("the file is not here any more") from error

    def sweep(self, is_wanted: Callable[[str], bool], older_than_s: float) -> int:
        """Delete what nobody wants and lay untouched since that instant; how many files."""
        count = 0
        for path in self._files():
            with suppress(OSError):
                old = path.stat().st_mtime < older_than_s
                if old and not is_wanted(path.name):
                    path.unlink()
                    count += 1
        return count

    def _files(self) -> Iterator[Path]:
        yield from self._folder.glob("??/*")

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / digest


def _write(path: Path, content: bytes) -> None:
    waiting = path.with_name(f"{path.name}.{os.getpid()}.new")
    with os.fdopen(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _MODE), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    waiting.replace(path)
    place = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(place)
    finally:
        os.close(place)
