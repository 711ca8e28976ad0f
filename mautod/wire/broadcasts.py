"""Broadcasts: what is asked for, what became of each recipient."""

from __future__ import annotations

from mautod.wire.campaigns import Experiment
from mautod.wire.shape import Money, Shape


class BroadcastAsk(Shape, frozen=True):
    """One letter, or with several `templates` their variants, to whom a rule or a segment finds.

    Everything is as it stands in the file of a chain. `at` is a time on the wall clock of the
    workspace, or with `local` of each recipient; `late` (send or skip) is about those for whom it
    has passed. `test` is the share on which variants are tried, `winner_by` what decides, `after`
    how long each letter is watched, `decide` how long after the last of them it is decided.
    """

    templates: list[str]
    to: str = ""
    segment: str = ""
    key: str = ""
    name: str = ""
    topic: str = ""
    channel: str = "email"
    goal: str = ""
    value: str = ""
    within: str = ""
    counted_from: str = ""
    leave: str = ""
    window: str = ""
    outside: str = ""
    cap: str = ""
    over_cap: str = ""
    holdout: str = ""
    expires: str = ""
    when_unknown: str = ""
    at: str = ""
    local: bool = False
    late: str = ""
    ramp: str = ""
    test: str = ""
    winner_by: str = ""
    after: str = ""
    decide: str = ""


class BroadcastCheck(Shape, frozen=True):
    """What the gate would say now about some of a draft's recipients; `next` asks about more.

    `refused` and `postponed`: reason → people; `late`: those whose time has passed already.
    `sharing`, told with the first piece: of all recipients those whose address another has too;
    it is written to once, unless the letter is no marketing.
    """

    looked: int
    fit: int
    late: int
    sharing: int = 0
    refused: dict[str, int] = {}
    postponed: dict[str, int] = {}
    next: int | None = None


class Broadcast(Shape, frozen=True):
    """One broadcast. `state`: draft, starting, scheduled, testing, sending, paused, cancelling,
    finished or cancelled. `recipients` was fixed when it was asked for; `begins_at` is when the
    first of them is written to, while nobody was.

    `states`: what became of each recipient, who is counted once; the numbers add up to
    `recipients`. `reasons`: the same by state and reason. `open` counts those of whom something
    may yet become: it is 0 in a finished one. `per_minute` reached their end in the last minute;
    `ends_at` is an estimate. `trial` compares the letters where there are several, and `decide_at`
    is when the others get the best so far at the latest; it is filled on its own card only.
    """

    key: str
    name: str
    state: str
    query: str
    recipients: int
    templates: list[str]
    channel: str = ""
    topic: str = ""
    goal: str = ""
    at: str = ""
    ramp: str = ""
    window: str = ""
    cap: str = ""
    holdout: str = ""
    leave: str = ""
    test: str = ""
    asked_at: int = 0
    started_at: int | None = None
    begins_at: int | None = None
    ended_at: int | None = None
    ends_at: int | None = None
    states: dict[str, int] = {}
    reasons: dict[str, dict[str, int]] = {}
    open: int = 0
    per_minute: int = 0
    opened: int = 0
    clicked: int = 0
    goals: int | float = 0
    money: list[Money] = []
    decide_at: int | None = None
    winner: str = ""
    trial: Experiment | None = None


class BroadcastPage(Shape, frozen=True):
    """The latest first; `next` is a number, earlier ones follow."""

    items: list[Broadcast]
    next: int | None = None


class Recipient(Shape, frozen=True):
    """One recipient of a broadcast. `due_at`: when they are written to, if they are not yet."""

    run: int
    person_id: int
    person: str
    state: str
    reason: str = ""
    detail: str = ""
    address: str = ""
    template: str = ""
    message: int | None = None
    due_at: int | None = None
    done_at: int | None = None


class RecipientPage(Shape, frozen=True):
    """In the order in which they are written to; `next` is a run id, later ones follow."""

    items: list[Recipient]
    next: int | None = None
