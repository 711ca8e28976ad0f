"""A broadcast to many: how fast its recipients begin, at once or spaced, and what memory it takes.

Every letter is rendered and passes gate and ledger; the channel throws it away. The limit beside
it: the same runs written by bare SQL. It is followed for some minutes, not to its end.
"""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mautod import channels, wire
from mautod.app.worker import COLLECT
from mautod.bench.delivery import SECRET, URL
from mautod.channels.port import Net
from mautod.clock import monotonic_s, now_ms
from mautod.core.sending.links import Links
from mautod.core.sending.message import Letter, Outcome, Sent
from mautod.core.times.windows import parse_window
from mautod.services.broadcasts import draft, pump
from mautod.services.chains.advance import advance
from mautod.services.chains.enter import Chains
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.deliver import Deliver
from mautod.services.simulate.recorder import Recorder
from mautod.store import catalog
from mautod.store.db import Database, Tx, to_json

PEOPLE: Final = 100_000
SENDING_S: Final = 120
CHUNK: Final = 20_000
LEAST: Final = 10_000
MOST_MB: Final = 300
RESTS: Final = 2
"""So many empty rounds are the end of it."""
ZONES: Final = ("Europe/Berlin", "Asia/Almaty", "America/New_York", "Asia/Tokyo", "")
LETTER: Final = """---
subject: {{ person.name | default: "Hello" }}, it is spring
topic: offers
---
<html><body><p>Hello {{ person.name }} in {{ person.city | default: "your town" }},</p>
<p><a href="https://shop.example/spring">Look what is new</a></p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p></body></html>
"""


class _Sink(Recorder):
    """Renders every letter and keeps none."""

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        return [Sent("sunk")] * len(batch)


def run(people: int = PEOPLE, sending_s: int = SENDING_S) -> bool:
    """Measure, print, and say whether the goals are reached."""
    gc.set_threshold(*COLLECT)
    with tempfile.TemporaryDirectory(dir=os.environ.get("MAUTOD_BENCH_DIR")) as folder:
        db = Database(Path(folder) / "mautod.db", cache_mb=64).open()
        _fill(db, people, now_ms())
        began = [_begin(db, key, people, **wishes) for key, wishes in _WISHES.items()]
        bare = _bare(db, people)
        sent, memory_mb = _send(db, Path(folder), sending_s)
        db.close()
    for key, rate in zip(_WISHES, began, strict=True):
        print(f"broadcast, {key:<22} {rate:>9,.0f} recipients/s begin, of {people:,}")
    print(f"  bare SQL, the same runs         {bare:>9,.0f} /s         ratio {began[0] / bare:.2f}")
    print(f"  letters rendered and settled    {sent:>9,.0f} /s         {memory_mb:,.0f} MB at most")
    return min(began) >= LEAST and memory_mb < MOST_MB


_WISHES: Final[dict[str, dict[str, str]]] = {
    "plain": {},
    "with rate and window": {"ramp": "50000 per hour", "window": "mon-sun 09:00-21:00"},
}


def _fill(db: Database, people: int, now: int) -> None:
    with db.write() as tx:
        catalog.put(tx, "template", "spring", "templates/spring.liquid", LETTER, now)
        catalog.put(tx, "topic", "offers", "topics.toml", to_json({"name": {"": "Offers"}}), now)
    for start in range(0, people, CHUNK):
        with db.write() as tx:
            tx.executemany(
                "INSERT INTO person (id, created_at, email, name, timezone, props)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (
                    (
                        n, now, f"p{n}@shop.example", f"Person {n}", ZONES[n % 5] or None,
                        to_json({"city": f"Town {n % 999}"}),
                    )
                    for n in range(start + 1, min(start + CHUNK, people) + 1)
                ),
            )  # fmt: skip


def _terms() -> Terms:
    return Terms(windows=(parse_window("mon-sun 00:00-24:00"),))


def _begin(db: Database, key: str, people: int, ramp: str = "", window: str = "") -> float:
    """Runs a second, from confirming to the last recipient's."""
    asked = wire.BroadcastAsk(
        ["spring"], to="email is known", key=key.replace(" ", "-"), ramp=ramp, window=window
    )
    now, terms = now_ms(), _terms()
    found = draft.ask(db, asked, draft.At(now, terms))
    began_s = monotonic_s()
    with db.write() as tx:
        draft.start(tx, found.key, now)
    setting = pump.Setting(Chains(terms.timezone).versions, terms)
    while _unbegun(db.read(), found.key):
        pump.go_on(db, setting, now)
    return people / (monotonic_s() - began_s)


def _unbegun(tx: Tx, key: str) -> bool:
    """Whether a part of the audience has no run, or waits for its slot."""
    row = tx.execute("SELECT phase FROM broadcast WHERE key = ?", (key,)).fetchone()
    return row[0] in ("filling", "planning")


def _bare(db: Database, people: int) -> float:
    began_s = monotonic_s()
    for start in range(0, people, 1000):
        with db.write() as tx:
            tx.executemany(
                "INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at,"
                " step_at, wake_at) VALUES (99, 1, ?, '', 'done', '', 0, 0, 0)",
                ((n,) for n in range(start + 1, min(start + 1000, people) + 1)),
            )
    return people / (monotonic_s() - began_s)


def _send(db: Database, folder: Path, seconds: int) -> tuple[float, float]:
    """Letters a second of a broadcast under way, and the most memory this process ever took."""
    terms = _terms()
    chains = Chains(terms.timezone)
    setting = pump.Setting(chains.versions, terms)
    section = {"url": "smtp://127.0.0.1:1", "sender": "Shop <shop@shop.example>"}
    channel = _Sink(channels.create("email", section, Net(folder)), lambda *_: None)
    line = Deliver(db, channel, Links(SECRET, URL), terms, "bench")

    def step() -> None:
        pump.go_on(db, setting, now_ms())
        advance(db, chains, now_ms())

    done, taken_s = asyncio.run(_work(line, step, seconds))
    memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return done / taken_s, memory_mb


async def _work(line: Deliver, step: Callable[[], None], seconds: int) -> tuple[int, float]:
    began_s, done, idle = monotonic_s(), 0, 0
    while monotonic_s() - began_s < seconds and idle < RESTS:
        step()
        count = await line.batch()
        done, idle = done + count, 0 if count else idle + 1
    return done, monotonic_s() - began_s
