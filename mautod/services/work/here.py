"""Work done at once, in the process that asks for it: the command line in the folder."""

from __future__ import annotations

from collections.abc import Callable

from mautod import clock, wire
from mautod.config import Settings
from mautod.errors import NotFound
from mautod.services.work.tasks import Ask, Tell, do, kind_of


class Here:
    """Does what is asked before it answers; `heard` is told how far it is."""

    def __init__(
        self,
        settings: Settings,
        heard: Tell = lambda _done, _total: None,
        now: Callable[[], int] = clock.now_ms,
    ) -> None:
        self._settings = settings
        self._heard = heard
        self._now = now

    def begin(self, ask: Ask) -> wire.Work:
        """The work, done.

        Raises:
            MautodError: whatever is wrong with the files, or with what was asked.
        """
        begun = wire.Work(0, kind_of(ask), "done", self._now())
        return do(self._settings, begun, ask, self._heard)

    def find(self, number: int) -> wire.Work:
        """Nothing: what was asked for was answered at once."""
        raise NotFound(f"there is no work {number}", field="work")

    def stop(self, number: int) -> wire.Work:
        """Nothing, for the same reason."""
        return self.find(number)
