"""Dear answers, held for a while in proportion to what they cost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from mautod.clock import monotonic_s

_Answer = TypeVar("_Answer")

CHEAP_S: Final = 0.05
TIMES: Final = 20


class Held(Generic[_Answer]):
    """Remembers answers by key: one that took long is good for `TIMES` as long.

    So a screen that looks again and again costs at most a twentieth of a processor, whatever the
    size of the workspace, and a small one always sees the present. One question at a time.
    """

    def __init__(self, monotonic: Callable[[], float] = monotonic_s) -> None:
        self._monotonic = monotonic
        self._answers: dict[str, tuple[float, _Answer]] = {}
        self._turn = threading.Lock()

    def ask(self, key: str, question: Callable[[], _Answer]) -> _Answer:
        """The answer to `question`, which is asked only if none is held under `key`."""
        with self._turn:
            began = self._monotonic()
            until, answer = self._answers.get(key, (began, None))
            if answer is not None and began < until:
                return answer
            found = question()
            self._keep(key, began, found)
            return found

    def _keep(self, key: str, began: float, answer: _Answer) -> None:
        ended = self._monotonic()
        self._answers.pop(key, None)
        if ended - began > CHEAP_S:
            self._answers[key] = (ended + TIMES * (ended - began), answer)

    def forget(self) -> None:
        """Hold nothing any more: somebody changed what the answers are about."""
        with self._turn:
            self._answers.clear()
