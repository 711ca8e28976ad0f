"""Delivery: letters a second through gate, ledger and SMTP beside a C client to the same sink.

Every letter is a cart with six products, filled for its person: about 12 KB of HTML and plain text,
in a chain with a window, a cap, a leave rule and a goal. Both clients talk to one `smtp-sink` in
turns, so that a noisy machine disturbs both alike.
"""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from mautod import channels, clock
from mautod.app.loops import new_loop
from mautod.app.worker import COLLECT
from mautod.channels.port import Net
from mautod.core.sending.caps import parse_cap
from mautod.core.sending.links import Links
from mautod.core.times.windows import parse_window
from mautod.errors import Unavailable
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.deliver import Deliver
from mautod.store import catalog
from mautod.store.db import Database, to_json

LETTERS: Final = 4000
ROUNDS: Final = 3
LEAST: Final = 2500
LENGTH: Final = 12_000
SESSIONS: Final = 8
SECRET: Final = "a secret of the benchmark"  # noqa: S105 - signs links that nobody follows
URL: Final = "http://shop.example"

CHAIN: Final = """
name = "Offers"
topic = "offers"
enter = { event = "Product Viewed" }
leave = 'did "Order Completed" since entry'
goal = { event = "Order Completed", value = "total", within = "3d" }
window = "mon-sun 00:00-24:00"
cap = "50 per 1d"
[[step]]
id = "first"
send = "offer"
"""
LETTER: Final = """---
subject: {{ person.name | default: "Hello" }}, your cart is waiting
preheader: "{{ event.products[0].name }} and more"
topic: offers
---
<html><body style="margin:0;background:#f4f4f4"><table width="600" align="center">
<tr><td style="padding:24px"><a href="https://shop.example/"><img src="https://shop.example/logo.png"
  alt="Shop" width="120"></a></td></tr>
<tr><td style="padding:24px;font:16px/24px sans-serif;color:#222222">
  <p>Hello {{ person.name | default: "there" }},</p>
  <p>we keep these for you in {{ person.city | default: "your town" }} until tomorrow:</p>
</td></tr>
{% for product in event.products %}<tr><td style="padding:8px 24px;font:16px/24px sans-serif">
  <a href="{{ product.url }}"><img src="{{ product.image }}" width="96" height="96"
    alt="{{ product.name }}" style="border:1px solid #dddddd;float:left"></a>
  <a href="{{ product.url }}" style="color:#0050b3;text-decoration:none">{{ product.name }}</a><br>
  <span style="color:#777777">{{ product.quantity }} for {{ product.price }}</span>
</td></tr>
{% endfor %}<tr><td style="padding:24px;font:20px/28px sans-serif">Together
  {{ event.total }} {{ event.currency }}.
  <a href="https://shop.example/cart">To the cart</a></td></tr>
STORY<tr><td style="padding:24px;font:12px/18px sans-serif;color:#777777">You get this because you
  left your address at our shop. <a href="{{ unsubscribe_url }}">Unsubscribe</a></td></tr>
</table></body></html>
"""
_STORY: Final = """<tr><td style="padding:8px 24px;font:16px/24px sans-serif;color:#222222">
  Every helmet leaves our stock on the day of your order. It comes in three sizes; sending it back
  is free for thirty days, and nobody will ask you why. <a href="https://shop.example/story">Read
  how we test</a> what we sell, with whom, and what broke.</td></tr>
"""


def run(*, letters: int = LETTERS, rounds: int = ROUNDS) -> bool:
    """Measure, print, and say whether the goal is reached."""
    gc.set_threshold(*COLLECT)
    ours, limits = [], []
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("MAUTOD_BENCH_DIR")) as folder,
        sink() as port,
    ):
        source(port, letters // 4)
        for number in range(rounds):
            limits.append(source(port, letters))
            with asyncio.Runner(loop_factory=new_loop) as runner:
                ours.append(runner.run(deliver(Path(folder) / f"{number}.db", port, letters)))
    ratio = median(mine / limit for mine, limit in zip(ours, limits, strict=True))
    print(f"smtp-source to smtp-sink, {SESSIONS} sessions       {median(limits):>8,.0f} letters/s")
    print(f"gate, ledger, letters, SMTP to the same  {median(ours):>8,.0f} letters/s")
    print(f"  ratio {ratio:.2f}; the goal is {LEAST:,} letters/s")
    return median(ours) >= LEAST


async def deliver(path: Path, port: int, letters: int) -> float:
    """Letters a second, from the second batch's lease to the last outcome on disk."""
    db = Database(path, cache_mb=64).open()
    fill(db, letters)
    section = {"url": f"smtp://127.0.0.1:{port}", "sender": "Shop <shop@shop.example>"}
    channel = channels.create("email", {**section, "connections": SESSIONS}, Net(path.parent))
    terms = Terms(caps=(parse_cap("5 per 1h"),), windows=(parse_window("mon-sun 00:00-24:00"),))
    pump = Deliver(db, channel, Links(SECRET, URL), terms, "bench")
    await channel.open()
    warm = await pump.batch()
    start = time.perf_counter()
    while await pump.batch():
        pass
    taken = time.perf_counter() - start
    await channel.close()
    check(db, letters)
    db.close()
    return (letters - warm) / taken


def check(db: Database, letters: int) -> None:
    """Whether all were sent, each once.

    Raises:
        Unavailable: they were not.
    """
    states = db.read().execute("SELECT state, count(*) FROM message GROUP BY state").fetchall()
    if states != [("sent", letters)]:
        raise Unavailable(f"not every letter was sent: {dict(states)}")


def fill(db: Database, letters: int) -> None:
    """So many people, each with a cart, a run and a queued letter."""
    now = clock.now_ms()
    with db.write() as tx:
        catalog.put(tx, "template", "offer", "templates/offer.liquid", template(), now)
        chain = catalog.put(tx, "chain", "offers", "chains/offers.toml", CHAIN, now)
        catalog.put_chain(tx, chain, "Offers", now)
        tx.execute("INSERT INTO event_name (id, name) VALUES (1, 'Product Viewed')")
        numbers = range(1, letters + 1)
        tx.executemany(
            "INSERT INTO person (id, created_at, email, name, timezone, props)"
            " VALUES (?, ?, ?, ?, 'Europe/Berlin', ?)",
            [
                (n, now, f"p{n}@shop.example", f"Person {n}", to_json({"city": f"Town {n}"}))
                for n in numbers
            ],
        )
        tx.executemany(
            "INSERT INTO event (id, person_id, name_id, ts, received_at, props)"
            " VALUES (?, ?, 1, ?, ?, ?)",
            [(n, n, now, now, to_json(cart(n))) for n in numbers],
        )
        tx.executemany(
            "INSERT INTO run (id, chain_id, definition_id, person_id, key, state, step, entered_at,"
            " entry_event, step_at) VALUES (?, 1, ?, ?, '', 'active', 'first', ?, ?, ?)",
            [(n, chain.id, n, now, n, now) for n in numbers],
        )
        tx.executemany(
            "INSERT INTO message (run_id, chain_id, definition_id, step, key, person_id, channel,"
            " template, topic, state, queued_at, due_at)"
            " VALUES (?, 1, ?, 'first', '', ?, 'email', 'offer', 'offers', 'queued', ?, ?)",
            [(n, chain.id, n, now, now) for n in numbers],
        )


def template() -> str:
    """The letter of about 12 KB."""
    return LETTER.replace("STORY", _STORY * 8)


def cart(number: int) -> dict[str, object]:
    """The properties of the event that a letter is about."""
    products = [
        {
            "name": f"Helmet {number + place}",
            "url": f"https://shop.example/p/{(number + place) % 5000}",
            "image": f"https://shop.example/i/{(number + place) % 5000}.jpg",
            "price": "19.90",
            "quantity": place + 1,
        }
        for place in range(6)
    ]
    return {"products": products, "total": "417.90", "currency": "EUR"}


def source(port: int, letters: int) -> float:
    """Letters a second of smtp-source."""
    command = [_tool("smtp-source"), "-d", "-l", str(LENGTH), "-m", str(letters)]
    command += ["-s", str(SESSIONS), f"inet:127.0.0.1:{port}"]
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
    return letters / (time.perf_counter() - start)


@contextmanager
def sink() -> Iterator[int]:
    """An smtp-sink that swallows everything; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [_tool("smtp-sink"), f"inet:127.0.0.1:{port}", "256"]
    if os.geteuid() == 0:
        command[1:1] = ["-u", "nobody"]
    with subprocess.Popen(command) as sink:  # noqa: S603 - our own command
        try:
            _await(port)
            yield port
        finally:
            sink.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise Unavailable("smtp-sink does not answer")


def _tool(name: str) -> str:
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    if found is None:
        raise Unavailable(f"{name} is not installed", hint="Run: apt install postfix.")
    return found
