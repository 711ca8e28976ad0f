"""Ingest: acknowledged requests a second beside what an empty aiohttp handler can do here.

Every request is on disk (fsync) before it is answered. The server runs in a process of its own, the
load in another; both handlers are measured in turns, so that a noisy machine disturbs both alike.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from mautod.bench import load
from mautod.bench.load import Shot
from mautod.errors import Unavailable
from mautod.store.journal import Journal

CONNECTIONS: Final = 64
BATCH: Final = 100
BATCH_CONNECTIONS: Final = 16
ROUNDS: Final = 3
SECONDS: Final = 3.0
KEY: Final = "bench-key"
LEAST_RATIO: Final = 0.35
LEAST_BATCHED: Final = 100_000

_REQUESTS_A_S: Final = re.compile(r"Requests/sec:\s+([\d.]+)")
_REQUESTS: Final = re.compile(r"(\d+) requests in")
_FAILED: Final = re.compile(r"Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)")


def run(*, seconds: float = SECONDS, rounds: int = ROUNDS) -> bool:
    """Measure, print, and say whether both goals are reached."""
    empty = Shot("/", b"", CONNECTIONS, {})
    single = Shot("/v1/t", json.dumps(_event(0)).encode(), CONNECTIONS, _headers())
    batch = Shot("/v1/batch", _batch(), BATCH_CONNECTIONS, _headers())
    rates: dict[str, list[float]] = {shot.path: [] for shot in (empty, single, batch)}
    with tempfile.TemporaryDirectory(dir=os.environ.get("MAUTOD_BENCH_DIR")) as folder:
        for round_number in range(rounds):
            data = Path(folder) / str(round_number)
            data.mkdir()
            with _server(data) as (ours, bare):
                for shot in (empty, single, batch):
                    port = bare if shot is empty else ours
                    rates[shot.path].append(_measure(shot, port, seconds, data))
    return _report(*(rates[shot.path] for shot in (empty, single, batch)))


def _report(empty: list[float], single: list[float], batch: list[float]) -> bool:
    ratio = median(ours / theirs for ours, theirs in zip(single, empty, strict=True))
    batched = median(batch) * BATCH
    print(f"empty aiohttp handler, {CONNECTIONS} connections   {median(empty):>10,.0f} requests/s")
    print(f"one event a request, fsync before 200  {median(single):>10,.0f} requests/s")
    print(f"  ratio {ratio:.2f}, the goal is {LEAST_RATIO}")
    print(f"batches of {BATCH}, fsync before 200      {batched:>10,.0f} events/s")
    print(f"  the goal is {LEAST_BATCHED:,}")
    return ratio >= LEAST_RATIO and batched >= LEAST_BATCHED


def _headers() -> dict[str, str]:
    token = b64encode(f"{KEY}:".encode()).decode()
    return {"Authorization": f"Basic {token}", "Content-Type": "application/json"}


def _event(number: int) -> dict[str, object]:
    """A page view as analytics-next sends it, without what mautod does not use."""
    return {
        "type": "track",
        "event": "Product Viewed",
        "messageId": f"ajs-next-1795364343453-6c84fb90-12c4-11e1-840d-{number:012d}",
        "anonymousId": "0b0e9bd5-6d0b-4b21-9a3c-3f2b8f0d5a11",
        "timestamp": "2026-11-22T16:19:03.453Z",
        "properties": {"product_id": "sku-1", "name": "Bolt M8", "price": 19.9, "category": "m8"},
        "context": {"locale": "en-US", "page": {"path": "/p/1", "title": "Bolt M8"}},
    }


def _batch() -> bytes:
    events = [_event(number) for number in range(BATCH)]
    return json.dumps({"batch": events, "sentAt": "2026-11-22T16:19:04.453Z"}).encode()


def _measure(shot: Shot, port: int, seconds: float, data: Path) -> float:
    """Acknowledged requests a second; each of them is then found in the journal."""
    before = _kept(data)
    if shutil.which("wrk"):
        rate, acknowledged = _wrk(shot, port, seconds, data)
    else:
        rate, acknowledged = load.run(shot, port, seconds)
    if shot.body and _kept(data) - before < acknowledged:
        raise Unavailable(f"{shot.path}: acknowledged requests are missing in the journal")
    return rate


def _kept(data: Path) -> int:
    journal = Journal(data / "journal.db").open()
    count = journal.pending(0)
    journal.close()
    return count


def _wrk(shot: Shot, port: int, seconds: float, data: Path) -> tuple[float, int]:
    (data / "body").write_bytes(shot.body)
    script = [f'wrk.method = "{shot.method}"']
    script += [f'wrk.headers["{name}"] = "{value}"' for name, value in shot.headers.items()]
    if shot.body:
        script.append(f'wrk.body = io.open("{data / "body"}", "rb"):read("*a")')
    (data / "shot.lua").write_text("\n".join(script))
    command = ["wrk", "-t1", f"-c{shot.connections}", f"-d{max(1, round(seconds))}s"]
    command += ["-s", str(data / "shot.lua"), f"http://127.0.0.1:{port}{shot.path}"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603 - our own command
    failed = _FAILED.search(told)
    if failed:
        raise Unavailable(f"{shot.path}: {failed[0]}")
    return float(_found(_REQUESTS_A_S, told)), int(_found(_REQUESTS, told))


def _found(pattern: re.Pattern[str], told: str) -> str:
    found = pattern.search(told)
    if found is None:
        raise Unavailable(f"wrk says: {told[:200]}")
    return found[1]


@contextmanager
def _server(data: Path) -> Iterator[tuple[int, int]]:
    """A server process; the ports of our ingest and of the empty handler."""
    command = [sys.executable, "-m", "mautod.bench.ingest_server", str(data), KEY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603 - our own command
        assert server.stdout is not None
        try:
            ours, bare = map(int, server.stdout.readline().split())
            yield ours, bare
        finally:
            server.terminate()
