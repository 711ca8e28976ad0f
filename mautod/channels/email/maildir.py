"""Mail into a folder in Maildir form, for trying things out: any mail reader opens it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path

from mautod.clock import Clock, new_id
from mautod.core.sending.message import Letter, Outcome, Retry, Sent


class Maildir:
    """One file a message in `folder`/new, whole or not at all."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def __repr__(self) -> str:
        return f"Maildir({str(self._folder)!r})"

    async def open(self) -> None:
        """Nothing to check: folders are made when there is something to put in."""

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        """Write each letter; outcomes in the order of `batch`, same length."""
        return await asyncio.to_thread(self._write_all, batch)

    def forget(self, addresses: Collection[str]) -> int:
        """Delete the letters to these addresses, read and unread ones; how many."""
        wanted = {address.lower() for address in addresses}
        letters = [path for part in ("tmp", "new", "cur") for path in _files(self._folder / part)]
        theirs = [path for path in letters if _recipient(path) in wanted]
        for path in theirs:
            path.unlink(missing_ok=True)
        return len(theirs)

    async def close(self) -> None:
        """Nothing is open."""

    def _write_all(self, batch: Sequence[Letter]) -> list[Outcome]:
        return [self._write(letter) for letter in batch]

    def _write(self, letter: Letter) -> Outcome:
        name = f"{self._clock() // 1000}.M{letter.message_id}R{new_id()[:12]}.mautod"
        waiting = self._folder / "tmp" / name
        try:
            for part in ("tmp", "new", "cur"):
                (self._folder / part).mkdir(parents=True, exist_ok=True)
            waiting.write_bytes(_as_delivered(letter))
            waiting.rename(self._folder / "new" / name)
        except OSError as error:
            with suppress(OSError):
                waiting.unlink()
            return Retry(f"{self._folder}: {error.strerror}")
        return Sent(name)


def _files(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []


def _recipient(path: Path) -> str:
    """Whom the letter went to, in lower case, by the lines that `_as_delivered` puts first."""
    with suppress(OSError), path.open("rb") as file:
        for line in (file.readline(), file.readline()):
            name, _, value = line.decode(errors="replace").partition(":")
            if name == "Delivered-To":
                return value.strip().lower()
    return ""


def _as_delivered(letter: Letter) -> bytes:
    def line(name: str, value: str) -> str:
        return f"{name}: {' '.join(value.split())}\n"

    envelope = line("Return-Path", f"<{letter.sender}>") + line("Delivered-To", letter.address)
    return envelope.encode(errors="replace") + letter.payload.replace(b"\r\n", b"\n")
