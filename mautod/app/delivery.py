"""One channel at work: its event loop, its pump's step, and what a dead process left behind."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Final, TypeVar

from mautod import channels
from mautod.app.loops import new_loop
from mautod.app.parts import Parts
from mautod.channels.port import Net
from mautod.clock import Clock
from mautod.duration import SECOND
from mautod.services.delivery.admit import terms_of
from mautod.services.delivery.deliver import Deliver
from mautod.services.delivery.marks import utm_of

_T = TypeVar("_T")
SHORTEST_MS: Final = 100
"""So many letters are sent together as a rate has room for meanwhile."""
LONGEST_MS: Final = SECOND // 2


class Loop:
    """An event loop in a thread of its own; channels live in it."""

    def __init__(self) -> None:
        self._loop = new_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="channels", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Run `work` there and wait for it."""
        future: Future[_T] = asyncio.run_coroutine_threadsafe(work, self._loop)
        return future.result()

    def stop(self) -> None:
        """End the thread; call when nothing runs there any more."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


async def its_turn(pump: Deliver, clock: Clock) -> bool:
    """Wait until a rate has room again; whether that is soon enough to wait for.

    The worker looks up twice a second, which would make a rate jump.
    """
    due = pump.next_due()
    if due is None or pump.stopping:
        return False
    wait_ms = max(due - clock(), SHORTEST_MS)
    if wait_ms > LONGEST_MS:
        return False
    await asyncio.sleep(wait_ms / SECOND)
    return True


class Delivery:
    """The channel `kind` as configured; `step` is for a pump that runs alone.

    Raises:
        ConfigError: the channel cannot work as it is configured.
    """

    def __init__(self, parts: Parts, kind: str, loop: Loop, holder: str, clock: Clock) -> None:
        config = parts.settings.config
        net = Net(
            folder=parts.settings.folder,
            name=config.workspace.name,
            url=config.workspace.url,
            currency=config.workspace.currency,
            secret=parts.settings.secrets.find,
            clock=clock,
            utm=utm_of(config),
        )
        self._loop = loop
        self._clock = clock
        self._channel = channels.create(kind, config.channels[kind], net)
        self._deliver = Deliver(
            parts.db, self._channel, parts.links, terms_of(config), holder, clock
        )
        self._recovered = False
        loop.run(self._channel.open())

    def step(self) -> int:
        """Deal with one batch of due messages; 0 when nothing is due.

        The first one names what a dead process left in doubt: the pump's lease says it is alone.
        """
        if not self._recovered:
            self._deliver.recover(alone=True)
            self._recovered = True
        done = self._loop.run(self._deliver.batch())
        if done or not self._loop.run(its_turn(self._deliver, self._clock)):
            return done
        return self._loop.run(self._deliver.batch())

    def is_due(self, now: int) -> bool:
        """Whether a message is due at `now`, or a former life has not been looked after."""
        due = self._deliver.next_due()
        return not self._recovered or (due is not None and due <= now)

    def stop(self) -> None:
        """Begin nothing new; what is on the wire is finished by the step under way."""
        self._deliver.stop()

    def close(self) -> None:
        """Close the channel; call when no step runs."""
        self._loop.run(self._channel.close())
