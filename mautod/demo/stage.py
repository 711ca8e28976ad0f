"""The throw-away shop: its folder, its daemon, and the mail server that the daemon talks to."""

from __future__ import annotations

import asyncio
import re
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import aiohttp
from dotenv import dotenv_values

from mautod.app.supervisor import command
from mautod.errors import Unavailable

START_S: Final = 30.0
HURRIED: Final = {"1h": "1s", "1d": "2s", "2d": "2s", "7d": "3s", "15d": "3s"}
LISTENING: Final = "20s"
"""How long a chain waits for what people do: they take a breath, and quick clicks are judged."""
_WAIT: Final = re.compile(r'^(\s*wait\s*=\s*)"(\w+)"', re.MULTILINE)
_FOR: Final = re.compile(r'^(.*\bfor\s*=\s*)"\w+"', re.MULTILINE)
_WINDOW: Final = re.compile(r'^window\s*=\s*".*"', re.MULTILINE)


class Stage:
    """A workspace made by `mautod init` in `folder`, with seconds for hours, and its daemon."""

    def __init__(self, folder: Path, http_port: int, smtp_port: int) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{http_port}"
        self._http_port = http_port
        self._smtp_port = smtp_port
        self._daemon: subprocess.Popen[bytes] | None = None

    def build(self) -> None:
        """Make the workspace as a user would, then hurry its chains."""
        _run(command(str(self.folder), "init", str(self.folder), "--template", "shop"))
        config = self.folder / "config.toml"
        config.write_text(self._configured(config.read_text("utf-8")), "utf-8")
        for chain in sorted((self.folder / "workspace" / "chains").glob("*.toml")):
            chain.write_text(hurried(chain.read_text("utf-8")), "utf-8")

    def _configured(self, text: str) -> str:
        text = re.sub(r'^url = "http[^"]*"', f'url = "{self.url}"', text, flags=re.MULTILINE)
        text = re.sub(r"^port = \d+", f"port = {self._http_port}", text, flags=re.MULTILINE)
        smtp = f'url = "smtp://127.0.0.1:{self._smtp_port}"'
        return text.replace('url = "maildir:outbox"', smtp)

    def secret(self, name: str) -> str:
        """A secret of the workspace's `.env`."""
        return dotenv_values(self.folder / ".env").get(name) or ""

    async def start(self) -> None:
        """Start the daemon and wait until it is ready.

        Raises:
            Unavailable: it does not come up; its log says why.
        """
        with self.log.open("wb") as log:
            self._daemon = subprocess.Popen(  # noqa: S603, ASYNC220 - our own program; returns at once
                command(str(self.folder), "up"), stdout=log, stderr=log
            )
        async with aiohttp.ClientSession() as http:
            for _ in range(int(START_S * 10)):
                if self._daemon.poll() is not None:
                    break
                if await _ready(http, f"{self.url}/readyz"):
                    return
                await asyncio.sleep(0.1)
        raise Unavailable("the daemon does not start", hint=f"Its log is {self.log}.")

    @property
    def log(self) -> Path:
        return self.folder / "daemon.log"

    @property
    def pid(self) -> int:
        """The supervisor's process id; 0 before `start`."""
        return 0 if self._daemon is None else self._daemon.pid

    def stop(self) -> None:
        """Stop the daemon in order."""
        if self._daemon is not None and self._daemon.poll() is None:
            self._daemon.send_signal(signal.SIGTERM)
            self._daemon.wait(60)


def hurried(chain: str) -> str:
    """A chain file with seconds in place of hours and days, open at all waking hours."""
    shorter = _WAIT.sub(lambda m: f'{m[1]}"{HURRIED.get(m[2], m[2])}"', chain)
    shorter = _FOR.sub(rf'\1"{LISTENING}"', shorter)
    return _WINDOW.sub('window = "mon-sun 10:00-20:00"', shorter)


async def _ready(http: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            return answer.ok
    except aiohttp.ClientError:
        return False


def _run(words: Sequence[str]) -> None:
    done = subprocess.run(words, capture_output=True, check=False)  # noqa: S603 - our own program
    if done.returncode:
        raise Unavailable(f"{' '.join(words[2:])} failed: {done.stderr.decode().strip()}")
