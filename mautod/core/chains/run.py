"""A person on a chain: the run, what it sees, and what a step may answer.

An active run always has a time at which it wakes, also while it awaits an event: that is the time
limit. So nothing is ever forgotten, and what wakes it early only brings that time forward.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from mautod.core.times.windows import Window

FINISHED: Final = "finished"
LEFT: Final = "left"
GOAL: Final = "goal"
MERGED: Final = "merged"
STOPPED: Final = "stopped"
ERROR: Final = "error"
WITHDRAWN: Final = frozenset({LEFT, GOAL, MERGED, STOPPED})
"""Outcomes that also call back messages still in the queue."""
OUTCOMES: Final = frozenset({FINISHED, ERROR, *WITHDRAWN})
"""Outcomes that an `exit` step cannot name."""

WEBHOOK: Final = "webhook"
NOTIFY: Final = "notify"
WAITING: Final = "waiting"
DONE: Final = "done"
FAILED: Final = "failed"

_DELAY_SHARE: Final = 20


@dataclass(frozen=True, slots=True)
class Run:
    """Where one person stands on one chain.

    `step` is "" before the first step. `awaiting` is the event that would wake the run before
    `wake_at`; `heard` says that it came. `entry_event` is the event that started the run.
    `variants`: what it drew, by the step that split. `entry`: what steps must know of the event
    that started it, by property. `answers`: what webhooks said, by step. `codes`: by pool.
    """

    id: int
    person_id: int
    key: str
    entered_at: int
    entry_event: int | None
    step: str
    step_at: int
    wake_at: int
    awaiting: str | None = None
    heard: bool = False
    variants: Mapping[str, str] = field(default_factory=dict)
    entry: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, Any] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)

    @property
    def variant(self) -> str:
        """All that it drew, in order: `short`, or `short/red` after two splits."""
        return "/".join(self.variants.values())

    def is_after_entry(self, event_id: int, ts: int) -> bool:
        """Whether an event came after the one that started the run."""
        return (ts, event_id) > (self.entered_at, self.entry_event or 0)


@dataclass(frozen=True, slots=True)
class Called:
    """What became of a call: whether it waits, is done or failed, and what was answered."""

    state: str
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Try:
    """One message of a run: by which channel, what became of it, whether somebody read it."""

    step: str
    channel: str
    state: str
    read: bool


@dataclass(frozen=True, slots=True)
class View:
    """What a run sees besides itself, at one instant.

    `truths`: answers to the rules that steps asked, by step. `queued_until`: when the run's last
    message may leave, if it still waits in the queue. `last_sent`: when the last one left.
    `winners`: the variants that won, by the step that split. `zones`: the workspace's and the
    person's. `dates`: instants among the person's properties, those that steps ask for. `calls`:
    what became of the run's calls, by step. `reach`: the channels, of those that steps name, that
    are there and reach the person; `tries`: the run's messages so far. `chain` and `window` are
    the chain's own, from the machine. `codes`: what steps that asked for a code got, "" if none is
    left.
    """

    now: int
    truths: Mapping[str, bool] = field(default_factory=dict)
    queued_until: int | None = None
    last_sent: int | None = None
    winners: Mapping[str, str] = field(default_factory=dict)
    zones: tuple[str, str] = ("UTC", "UTC")
    dates: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    calls: Mapping[str, Called] = field(default_factory=dict)
    reach: frozenset[str] = frozenset()
    tries: tuple[Try, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    chain: str = ""
    window: Window | None = None


@dataclass(frozen=True, slots=True)
class Send:
    """Queue the message of `step`, on a `channel` of its own or on the chain's ("").

    A run queues each step's message once, and once more for each other `key`.
    """

    step: str
    template: str
    variant: str = ""
    channel: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Set properties of the person."""

    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Draw:
    """Note that the run has drawn `variant`; by lot, or because it had won."""

    step: str
    variant: str
    by_lot: bool


@dataclass(frozen=True, slots=True)
class Start:
    """Start another chain for the person."""

    chain: str


@dataclass(frozen=True, slots=True)
class Stop:
    """End the person's runs on another chain."""

    chain: str


@dataclass(frozen=True, slots=True)
class Call:
    """Have something done outside by `until`; a run has each step's call done once."""

    step: str
    kind: str
    until: int


@dataclass(frozen=True, slots=True)
class Answer:
    """Let the run keep what was answered to the call of `step`."""

    step: str
    answer: Any


@dataclass(frozen=True, slots=True)
class Given:
    """Let the run keep the code of a pool that its person has."""

    pool: str
    code: str


Command = Send | Change | Draw | Start | Stop | Call | Answer | Given


@dataclass(frozen=True, slots=True)
class Go:
    """Do `commands` and go on to step `to`, or to the one that follows."""

    to: str | None = None
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Park:
    """Do `commands` and stay here until `wake_at`, or until the event `awaiting` comes."""

    wake_at: int
    awaiting: str | None = None
    commands: tuple[Command, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """Stay here until somebody says whether the step's rule holds, or what the person's code is."""


@dataclass(frozen=True, slots=True)
class End:
    """Leave the chain with this outcome."""

    outcome: str


Transition = Go | Park | Ask | End


def spoken_of(
    run_id: int, key: str, entered_at: int | None, kept: Mapping[str, Any]
) -> dict[str, Any]:
    """What templates and calls know of a run; `kept` is what it remembers."""
    return {
        "id": run_id,
        "key": key,
        "entered_at": entered_at,
        "variant": "/".join(kept.get("variants", {}).values()),
        "answers": kept.get("answers", {}),
        "codes": kept.get("codes", {}),
    }


def began_at(run: Run, view: View) -> int:
    """When a wait began: at the run's step, or when its last message left, or is to leave."""
    if view.queued_until is not None:
        return max(view.queued_until, view.now)
    return max(run.step_at, view.last_sent or 0)


def over_at(run: Run, length_ms: int, view: View) -> int:
    """When a stretch of `length_ms` that began with the run's step is over.

    It counts from the moment the run's last message left: who gets a letter on Monday because of
    the window has the full time to read it before the next. A small delay is not worth a wake-up.
    """
    if view.queued_until is not None:
        return max(view.queued_until, view.now) + length_ms
    began = run.step_at
    if view.last_sent is not None and view.last_sent - began > length_ms // _DELAY_SHARE:
        began = view.last_sent
    return began + length_ms
