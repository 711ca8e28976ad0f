"""Real clients, installed once into the user's cache, and an ingest that fails on purpose."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from mautod.core.envelope import split
from mautod.errors import BadInput, TooMany, Unavailable
from mautod.http.ingest import Ingest, read_body

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "mautod-tests"
SCRIPTS = Path(__file__).parents[1] / "e2e" / "sdks"
FAULTS = ("none", "400", "429", "503", "cut", "lost")
CALLS = ["alias", "group", "identify", "page", "screen", "track"]
PATIENCE_S = 40.0


@dataclass(frozen=True)
class FaultyIngest(Ingest):
    """Fails each event's first try, in the way that `fault` says; the second one is taken."""

    fault: str = "none"
    tries: list = field(default_factory=list)
    known: set = field(default_factory=set)
    taken: set = field(default_factory=set)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    async def keep(self, request, kind):
        body = json.loads(await read_body(request))
        names = {item["messageId"] for item in body.get("batch", [body])}
        self.tries.append(sorted(names))
        fresh = not names <= self.known
        self.known.update(names)
        try:
            await self._keep_or_fail(request, kind, self.fault if fresh else "none")
            self.taken.update(names)
        finally:
            self.changed.set()

    async def _keep_or_fail(self, request, kind, fault):
        if fault == "400":
            raise BadInput("refused by the test")
        if fault == "429":
            raise TooMany("too fast for the test", retry_after_s=1)
        if fault == "503":
            raise Unavailable("down for the test")
        if fault != "cut":
            await Ingest.keep(self, request, kind)
        if fault in {"cut", "lost"}:
            request.transport.abort()
            raise Unavailable("nobody hears this")

    async def until(self, condition):
        """Wait until `condition` holds after a try."""
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                self.changed.clear()
                await self.changed.wait()

    def counted(self, journal):
        """What the digest will count: the journal's events, each message id once."""
        found = {}
        for request in journal.read_after(0, 10_000):
            for event in split(request):
                found.setdefault(event.message_id, event)
        return list(found.values())


def needs(*programs):
    """Skip where a program is missing; in CI that is a failure."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing:
        give_up(f"{', '.join(missing)} is not installed")


def give_up(reason):
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@contextmanager
def _installing(name):
    """The folder for `name`, locked; installed already if it holds the file `done`."""
    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def _install(folder, *commands):
    if (folder / "done").exists():
        return
    for command in commands:
        made = subprocess.run(
            list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False
        )
        if made.returncode:
            give_up(f"{command[0]} cannot install: {made.stderr.strip()[-300:]}")
    (folder / "done").touch()


def python_client(requirement):
    """The interpreter of a venv of its own with `requirement`: these clients clash in one."""
    name = f"{requirement}-py{sys.version_info.major}.{sys.version_info.minor}"
    with _installing(name) as folder:
        python = folder / "venv" / "bin" / "python"
        _install(
            folder,
            [sys.executable, "-m", "venv", "--clear", folder / "venv"],
            [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", requirement],
        )
        return python


def npm_package(requirement):
    """The folder of an npm package."""
    needs("node", "npm")
    package, _, version = requirement.rpartition("@")
    with _installing(f"{package.replace('/', '-')}-{version}") as folder:
        (folder / "package.json").write_text('{"private": true}')
        _install(folder, ["npm", "install", "--no-audit", "--no-fund", "--silent", requirement])
        return folder / "node_modules" / package


@asynccontextmanager
async def running(*command, **options):
    """A process that is ended with the block, and its children with it."""
    process = await asyncio.create_subprocess_exec(
        *map(str, command),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
        **options,
    )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.communicate()


async def finished(*command, **options):
    """What a process printed until its end."""
    async with running(*command, **options) as process:
        async with asyncio.timeout(PATIENCE_S):
            told, _ = await process.communicate()
        assert process.returncode == 0, told.decode()
        return told.decode()


@asynccontextmanager
async def browsing(url, folder):
    """Chromium on the page at `url`."""
    needs("chromium")
    command = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    command += ["--disable-dev-shm-usage", "--disable-background-networking"]
    command += [f"--user-data-dir={folder}", "--remote-debugging-port=0", url]
    async with running(*command) as process:
        yield process
