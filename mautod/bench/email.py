"""Email: letters made and sent a second, and whether a rate is kept.

The letter is that of the benchmark of delivery, about 12 KB for its person: HTML, text, MIME and
signed links. One process makes them, without DKIM and with it; gate, ledger and SMTP send them to
an `smtp-sink` beside `smtp-source`; and so many as a rate lets leave in ten seconds are sent at
that rate.
"""

from __future__ import annotations

import asyncio
import gc
import os
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any, Final

from mautod import channels, clock
from mautod.app.delivery import its_turn
from mautod.app.loops import new_loop
from mautod.app.worker import COLLECT
from mautod.bench import delivery
from mautod.channels.email.dkim import make_keys
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft
from mautod.core.templates.template import parse_template
from mautod.services.delivery.admit import Terms
from mautod.services.delivery.deliver import Deliver
from mautod.store.db import Database

LETTERS: Final = 4000
ROUNDS: Final = 3
LEAST_MADE: Final = 5000
LEAST_SIGNED: Final = 1000
LEAST_SENT: Final = 3000
LEAST_RATIO: Final = 0.12
RATE: Final = 70.0
RATE_S: Final = 10
CLOSE: Final = 0.05


def run(*, letters: int = LETTERS, rounds: int = ROUNDS, rate: float = RATE) -> bool:
    """Measure, print, and say whether the goals are reached."""
    gc.set_threshold(*COLLECT)
    with (
        tempfile.TemporaryDirectory(dir=os.environ.get("MAUTOD_BENCH_DIR")) as name,
        delivery.sink() as port,
    ):
        folder = Path(name)
        made = _making(folder / "made", letters, rounds)
        sent = _sending(folder, port, letters, rounds)
        kept = _keeping(folder, port, rate)
    return made and sent and kept


def _making(folder: Path, letters: int, rounds: int) -> bool:
    """Letters made a second, and the same with signatures of RSA-2048 and Ed25519."""
    plain, size = _made(folder, letters, rounds)
    print(f"letters of {size / 1000:.1f} KB made in one process     {plain:>8,.0f} letters/s")
    print(f"  the goal is {LEAST_MADE:,}")
    make_keys(folder / "keys", "shop.example", "mautod")
    signed, _ = _made(folder, letters // 4, rounds)
    print(f"the same signed by RSA-2048 and Ed25519  {signed:>8,.0f} letters/s")
    print(f"  the goal is {LEAST_SIGNED:,}")
    return plain >= LEAST_MADE and signed >= LEAST_SIGNED


def _made(folder: Path, letters: int, rounds: int) -> tuple[float, int]:
    """Letters a second, and the bytes of one; signed if there are keys in `folder`."""
    section = {"url": f"maildir:{folder}/out", "sender": "Shop <shop@shop.example>"}
    channel = channels.create("email", section, Net(folder))
    template = parse_template(delivery.template(), "templates/offer.liquid", "offer")
    links = Links(delivery.SECRET, delivery.URL)
    drafts = [_draft(number) for number in range(1, letters + 1)]
    size = len(channel.render(template, drafts[0], links).payload)
    rates = []
    for _ in range(rounds):
        start = time.perf_counter()
        for draft in drafts:
            channel.render(template, draft, links)
        rates.append(letters / (time.perf_counter() - start))
    return median(rates), size


def _draft(number: int) -> Draft:
    return Draft(
        message_id=number,
        person_id=number,
        address=f"p{number}@shop.example",
        template="offer",
        topic="offers",
        language="en",
        person={"name": f"Person {number}", "city": f"Town {number}"},
        event=delivery.cart(number),
    )


def _sending(folder: Path, port: int, letters: int, rounds: int) -> bool:
    ours, limits = [], []
    delivery.source(port, letters // 4)
    for number in range(rounds):
        limits.append(delivery.source(port, letters))
        with asyncio.Runner(loop_factory=new_loop) as runner:
            path = folder / f"sent{number}.db"
            ours.append(runner.run(delivery.deliver(path, port, letters)))
    ratio = median(mine / limit for mine, limit in zip(ours, limits, strict=True))
    print(f"smtp-source to smtp-sink                 {median(limits):>8,.0f} letters/s")
    print(f"gate, ledger, letters, SMTP to the same  {median(ours):>8,.0f} letters/s")
    print(f"  ratio {ratio:.2f}; the goals are {LEAST_SENT:,} letters/s and {LEAST_RATIO}")
    return median(ours) >= LEAST_SENT and ratio >= LEAST_RATIO


def _keeping(folder: Path, port: int, rate: float) -> bool:
    letters = max(2, round(rate * RATE_S))
    with asyncio.Runner(loop_factory=new_loop) as runner:
        real = runner.run(_at_rate(folder / "rate.db", port, letters, rate))
    off = real / rate - 1
    print(f"a limit of {rate:g} a second                  {real:>12,.2f} letters/s")
    print(f"  {off:+.1%}; the goal is within {CLOSE:.0%}")
    return abs(off) <= CLOSE


async def _at_rate(path: Path, port: int, letters: int, rate: float) -> float:
    """Letters a second from the first outcome to the last, as the ledger has them."""
    db = Database(path, cache_mb=64).open()
    delivery.fill(db, letters)
    section: dict[str, Any] = {"url": f"smtp://127.0.0.1:{port}", "rate_per_s": rate}
    channel = channels.create("email", {**section, "sender": "shop@shop.example"}, Net(path.parent))
    pump = Deliver(db, channel, Links(delivery.SECRET, delivery.URL), Terms(), "bench")
    await channel.open()
    while await pump.batch() or await its_turn(pump, clock.now_ms):
        pass
    await channel.close()
    delivery.check(db, letters)
    first, last = db.read().execute("SELECT min(done_at), max(done_at) FROM message").fetchone()
    db.close()
    # The first letter stands at the beginning: after it, one less came in that time.
    return float((letters - 1) / ((last - first) / 1000))
