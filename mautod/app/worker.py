"""The worker process: a Huey consumer that runs the pumps, and a ticker that says what is due."""

from __future__ import annotations

import gc
import logging
import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from mautod.app.delivery import Delivery, Loop
from mautod.app.outside import Outside
from mautod.app.parts import Parts, open_parts
from mautod.app.supervisor import orphaned
from mautod.clock import Clock, new_id, now_ms
from mautod.config import Settings
from mautod.duration import HOUR, MINUTE, SECOND
from mautod.services.conversations import owed
from mautod.services.goods.count import count, rules_of
from mautod.services.keep import keep
from mautod.services.lease import DIGEST, Lease
from mautod.services.people import quality_held
from mautod.services.people.erase import Eraser, forget_letters, sweep_files
from mautod.services.pumps import House, Pumps
from mautod.store.mail.vault import Vault
from mautod.store.people import bulk as acts
from mautod.store.people import erasures
from mautod.tasks.alarm import Alarm, consumer
from mautod.tasks.pump import Pump

TICK_S: Final = 0.5
OTHERS: Final = 3
"""Consumer threads beside one a channel: the digest's, that of calls, one for all that is short."""
SWEEP_EVERY_MS: Final = 10 * SECOND
JUDGE_EVERY_MS: Final = 5 * MINUTE
KEEP_EVERY_MS: Final = HOUR
GOODS_EVERY_MS: Final = 10 * MINUTE
CACHE_MB: Final = 64
COLLECT: Final = (100_000, 50, 100)
"""Seldom: a batch makes many objects and no cycles (15 200 events/s digested against 13 900)."""

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Work until SIGTERM; the batch in hand is finished.

    Raises:
        ConfigError: a channel cannot work as it is configured.
    """
    gc.set_threshold(*COLLECT)
    stopped = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    parts = open_parts(settings, cache_mb=CACHE_MB)
    Worker(parts).run(stopped)
    parts.close()


@dataclass(frozen=True, slots=True)
class Watch:
    """One pump, and whether there is something for it at an instant."""

    pump: Pump
    is_due: Callable[[int], bool]


class Worker:
    """All pumps of one workspace in one process."""

    def __init__(self, parts: Parts, clock: Clock = now_ms) -> None:
        self._parts = parts
        self._clock = clock
        self._nonce = new_id()
        self._loop = Loop()
        self._pumps = Pumps(House(parts.settings, parts.db, parts.journal, clock))
        self._deliveries = {
            kind: Delivery(parts, kind, self._loop, self._nonce, clock)
            for kind in parts.settings.config.channels
        }
        self._outside = Outside(parts, self._loop, self._nonce, clock)
        self._watches = self._assemble()
        pumps = {name: watch.pump for name, watch in self._watches.items()}
        self._alarm = Alarm(parts.settings.data / "queue.db", pumps, pumps)
        self._consumer = consumer(self._alarm, workers=OTHERS + len(self._deliveries))

    def run(self, stopped: threading.Event) -> None:
        """Work until `stopped` is set or the supervisor is gone."""
        self._alarm.forget()
        self._consumer.start()
        try:
            while not (stopped.wait(TICK_S) or orphaned()):
                self._tick(self._clock())
        finally:
            self._stop()

    def _tick(self, now: int) -> None:
        for name, watch in self._watches.items():
            if self._is_due(watch, now):
                self._alarm.ring(name)

    def _is_due(self, watch: Watch, now: int) -> bool:
        try:
            watch.pump.beat()
            return watch.is_due(now)
        except Exception:
            log.exception("cannot see whether %s has work; looking again", watch.pump.name)
            return False

    def _stop(self) -> None:
        for delivery in self._deliveries.values():
            delivery.stop()
        for watch in self._watches.values():
            watch.pump.stop()
        self._consumer.stop(graceful=True)
        for delivery in self._deliveries.values():
            delivery.close()
        self._outside.close()
        self._loop.stop()

    def _assemble(self) -> dict[str, Watch]:
        watches = {
            DIGEST: Watch(self._pump(DIGEST, self._digest()), self._has_input),
            "advance": Watch(self._pump("advance", self._pumps.advance), self._has_runs),
            "sweep": Watch(self._pump("sweep", self._pumps.sweep), _Every(SWEEP_EVERY_MS)),
            "occasions": Watch(
                self._pump("occasions", self._pumps.occasions), _Every(SWEEP_EVERY_MS)
            ),
            "judge": Watch(self._pump("judge", self._pumps.judge), _Every(JUDGE_EVERY_MS)),
            "broadcast": Watch(
                self._pump("broadcast", self._pumps.broadcast),
                lambda _now: self._pumps.has_broadcast(),
            ),
            "bulk": Watch(self._pump("bulk", self._pumps.bulk), self._has_bulk),
            "words": Watch(
                self._pump("words", self._pumps.words), lambda _now: self._pumps.has_words()
            ),
            "chats": Watch(self._pump("chats", self._chats), _Every(SWEEP_EVERY_MS)),
            "calls": Watch(self._pump("calls", self._outside.step), self._outside.is_due),
            "goods": Watch(self._pump("goods", self._count_goods), _Every(GOODS_EVERY_MS)),
            "keep": Watch(self._pump("keep", self._keep), _Every(KEEP_EVERY_MS)),
        }
        watches[DIGEST].pump.then(watches["advance"].pump)
        watches["sweep"].pump.then(watches["advance"].pump)
        watches["calls"].pump.then(watches["advance"].pump)
        watches["broadcast"].pump.then(watches["advance"].pump)
        for kind, delivery in self._deliveries.items():
            name = f"deliver-{kind}"
            watches[name] = Watch(self._pump(name, delivery.step), delivery.is_due)
            watches["advance"].pump.then(partial(self._ring, name))
            watches[name].pump.then(partial(self._ring, "advance"))  # a broadcast waits for room
        return watches

    def _ring(self, name: str) -> None:
        self._alarm.ring(name)

    def _pump(self, name: str, step: Callable[[], int]) -> Pump:
        return Pump(name, step, Lease(self._parts.db, name, self._nonce, self._clock))

    def _digest(self) -> Callable[[], int]:
        parts = self._parts
        vault = Vault(parts.settings.attachments)
        eraser = Eraser(parts.db, parts.journal, forget_letters(parts.settings), files=vault)

        def step() -> int:
            """Erase before digesting: who is gone must not come back from the journal."""
            return eraser.step(self._clock()) + self._pumps.digest()

        return step

    def _keep(self) -> int:
        settings = self._parts.settings
        kept = settings.journal_keep_ms, settings.visits_keep_ms
        keep(self._parts.db, self._parts.journal, *kept, self._clock())
        quality_held.keep(self._parts.db, settings.config.workspace.timezone, self._clock())
        vault = Vault(settings.attachments)
        sweep_files(self._parts.db.read(), vault, self._clock() - KEEP_EVERY_MS)
        return 0

    def _chats(self) -> int:
        house = self._parts.settings.config.workspace.name
        return owed.settle(self._parts.db, house, self._clock())

    def _count_goods(self) -> int:
        count(self._parts.db, rules_of(self._parts.settings.config), self._clock())
        return 0

    def _has_input(self, _now: int) -> bool:
        return self._pumps.has_input() or erasures.pending(self._parts.db.read())

    def _has_bulk(self, _now: int) -> bool:
        return acts.running(self._parts.db.read()) is not None

    def _has_runs(self, now: int) -> bool:
        due = self._pumps.next_run()
        return due is not None and due <= now


class _Every:
    """Due once in so many milliseconds; at once when the clock stepped back."""

    def __init__(self, every_ms: int) -> None:
        self._every_ms = every_ms
        self._last = 0

    def __call__(self, now: int) -> bool:
        if self._last <= now < self._last + self._every_ms:
            return False
        self._last = now
        return True
