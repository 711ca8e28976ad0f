"""A real workspace with real processes, for tests that kill them."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

import aiohttp

from mautod.demo.sink import Sink

SECRETS = "MAUTOD_SECRET=s3cret-for-tests\nMAUTOD_WRITE_KEY=write-key\nMAUTOD_API_KEY=api-key\n"
CONFIG = """
[workspace]
url = "{url}"
[http]
port = {port}
rate_per_s = 100000
burst = 100000
[channels.email]
url = "{smtp}"
sender = "Shop <shop@example.com>"
{channel}
"""
CHAIN = """
name  = "Signed up"
topic = "news"
enter = { event = "Signed Up", again = "always" }
[[step]]
id   = "hello"
send = "hello"
"""
TEMPLATE = """---
subject: Hello {{ person.name }}
topic: news
---
<p>Hello {{ person.name }}, <a href="https://shop.example/go">go</a>.</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Mailbox:
    """An SMTP sink in a thread of its own; survives whatever is killed."""

    def __init__(self) -> None:
        self.sink = Sink()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.port = asyncio.run_coroutine_threadsafe(self.sink.start(), self._loop).result(10)

    def letters(self) -> Counter[str]:
        return Counter(letter.recipient for letter in list(self.sink.letters))

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self.sink.stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()


class Place:
    """A workspace folder and its processes."""

    def __init__(self, folder, smtp: str, *, channel: str = "", chain: str = CHAIN) -> None:
        self.folder = folder
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        workspace = folder / "workspace"
        (workspace / "chains").mkdir(parents=True)
        (workspace / "templates").mkdir()
        text = CONFIG.format(url=self.url, port=self.port, smtp=smtp, channel=channel)
        (folder / "config.toml").write_text(text)
        (folder / ".env").write_text(SECRETS)
        (workspace / "topics.toml").write_text('[news]\nname = "News"\n')
        (workspace / "segments.toml").write_text(
            "[known]\nname = 'Known'\nrule = 'email is known'\n"
        )
        (workspace / "chains" / "signed-up.toml").write_text(chain)
        (workspace / "templates" / "hello.liquid").write_text(TEMPLATE)

    def run(self, *words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(self._command(*words), capture_output=True, timeout=60, check=False)

    def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(self._command(name), stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        self.processes[name].send_signal(signal.SIGKILL)
        self.processes[name].wait(10)

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()

    def log(self) -> str:
        return "\n".join(path.read_text() for path in sorted(self.folder.glob("*.log")))

    def wait_ready(self, seconds: float = 20) -> None:
        wait_for(lambda: asyncio.run(self._ready()), seconds, self.log)

    def status(self) -> dict:
        return asyncio.run(self.ask("status"))

    async def ask(self, path: str) -> dict:
        headers = {"Authorization": "Bearer api-key"}
        async with (
            aiohttp.ClientSession(headers=headers) as http,
            http.get(f"{self.url}/api/{path}") as answer,
        ):
            answer.raise_for_status()
            return await answer.json()

    async def _ready(self) -> bool:
        try:
            async with aiohttp.ClientSession() as http, http.get(f"{self.url}/readyz") as answer:
                return answer.status == 200
        except aiohttp.ClientError:
            return False

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "mautod", "-C", str(self.folder), *words]


def signup(number: int) -> list[dict]:
    """One person's two events, with ids that a retry repeats."""
    person = {"anonymousId": f"visitor-{number}"}
    traits = {"email": f"person{number}@example.org", "name": f"Person {number}"}
    return [
        {**person, "type": "identify", "messageId": f"i{number}", "traits": traits},
        {**person, "type": "track", "messageId": f"t{number}", "event": "Signed Up"},
    ]


async def post_until_acknowledged(
    http: aiohttp.ClientSession, url: str, events: list[dict], *, patience_s: float = 60
) -> int:
    """Post as a client that never gives up; how many tries it took."""
    deadline = time.monotonic() + patience_s
    tries = 0
    while time.monotonic() < deadline:
        tries += 1
        try:
            auth = aiohttp.encode_basic_auth("write-key", "")
            async with http.post(
                f"{url}/v1/batch", json={"batch": events}, headers={"Authorization": auth}
            ) as answer:
                if answer.status == 200:
                    await answer.read()
                    return tries
        except (aiohttp.ClientError, TimeoutError, ConnectionError):
            pass
        await asyncio.sleep(0.05)
    raise AssertionError("never acknowledged")


def wait_for(condition, seconds: float, log=lambda: "") -> None:
    """Wait until a process elsewhere has done something; there is no clock to inject there."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s\n{log()[-4000:]}")


def may_mount() -> bool:
    return os.geteuid() == 0
