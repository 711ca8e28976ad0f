"""Commands of the command line, run from the desk in a process of their own."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mautod.errors import BadInput, Forbidden, Unavailable
from tui.words import tr

TIMEOUT_S: Final = 60
LONGEST_BYTES: Final = 400_000

ENDLESS: Final[Mapping[str, str]] = {
    "tail": "Live shows it already: press 2.",
    "up": "Start it in a shell: it runs until it is stopped.",
    "web": "Start it in a shell: it runs until it is stopped.",
    "worker": "Start it in a shell: it runs until it is stopped.",
    "demo": "Start it in a shell: it makes a workspace of its own.",
    "bench": "Start it in a shell: it takes the machine for itself.",
    "tui": "You are in it.",
    "serve-tui": "Start it in a shell: it runs until it is stopped.",
}


@dataclass(frozen=True, slots=True)
class Shell:
    """How to run this program: `words` come first, `env` holds what must not be seen in a list.

    `commands`: (name, what it does), offered while typing and in the palette. `folder`: that of the
    daemon, where it is on this machine. `read_only`: no command is run.
    """

    words: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict, repr=False)
    commands: tuple[tuple[str, str], ...] = ()
    folder: Path | None = None
    read_only: bool = False

    def split(self, line: str) -> list[str]:
        """The words of a typed line.

        Raises:
            BadInput: a quote is not closed, or the command is one that does not end.
            Forbidden: this desk only reads, and a command may do anything.
        """
        if self.read_only:
            raise Forbidden(tr("this desk only reads"), hint=tr("Run the command in a shell."))
        try:
            words = shlex.split(line)
        except ValueError as error:
            raise BadInput(f"{line}: {error}", hint=tr("Close the quote.")) from error
        words = words[1:] if words[:1] == ["mautod"] else words
        if words and words[0] in ENDLESS:
            raise BadInput(
                tr("{name} does not run here.", name=words[0]), hint=tr(ENDLESS[words[0]])
            )
        return words

    async def run(self, words: list[str], columns: int) -> tuple[int, str]:
        """Exit code and output of one command; nothing is read from the keyboard.

        Raises:
            Unavailable: it did not end in time.
        """
        env = {
            **os.environ,
            **self.env,
            "NO_COLOR": "1",
            "COLUMNS": str(columns),
            "PYTHONUTF8": "1",
        }
        process = await asyncio.create_subprocess_exec(
            *self.words,
            *words,
            env=env,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            output, _ = await asyncio.wait_for(process.communicate(), TIMEOUT_S)
        except TimeoutError as error:
            raise Unavailable(
                tr("no end after {s} s", s=TIMEOUT_S), hint=tr("Run it in a shell.")
            ) from error
        finally:
            if process.returncode is None:
                process.kill()
        return process.returncode or 0, output[:LONGEST_BYTES].decode(errors="replace")
