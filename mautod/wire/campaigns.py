"""Chains, the runs of people through them, and the messages that came of it."""

from __future__ import annotations

from typing import Any, Final

from mautod.wire.shape import Money, Shape

MESSAGE_STATES: Final = (
    "queued",
    "sending",
    "sent",
    "delivered",
    "refused",
    "failed",
    "expired",
    "unknown",
)


class Run(Shape, frozen=True):
    """One walk of one person through one chain; `title` says the present step to a human.

    With `holdout` it is there for comparison: none of its marketing is sent.
    """

    id: int
    chain: str
    chain_name: str
    person_id: int
    person: str
    key: str
    state: str
    step: str
    title: str = ""
    entered_at: int = 0
    step_at: int = 0
    wake_at: int | None = None
    awaiting: str = ""
    goal_at: int | None = None
    ended_at: int | None = None
    outcome: str = ""
    error: str = ""
    holdout: bool = False


class RunPage(Shape, frozen=True):
    """Newest first; `next` is a run id, older runs follow."""

    items: list[Run]
    next: int | None = None


class Decision(Shape, frozen=True):
    """One answer of the gate with the values it looked at.

    In `evidence`, `also` lists what else stood in the way. `changes`: the smallest change of each
    with which the message would have left.
    """

    at: int
    verdict: str
    reason: str
    evidence: dict[str, Any] = {}
    changes: list[str] = []


class Message(Shape, frozen=True):
    """One send to one person. `reason` says why it was refused or failed, `detail` in whose words.

    `server` tried it last and answered with `code`; `schedule` is the rule by which it is tried
    again. `decisions` is filled on the message's own card only.
    """

    id: int
    person_id: int
    person: str
    channel: str
    template: str
    topic: str
    state: str
    reason: str = ""
    detail: str = ""
    chain: str = ""
    chain_name: str = ""
    step: str = ""
    run_id: int | None = None
    address: str = ""
    attempt: int = 0
    queued_at: int = 0
    due_at: int = 0
    expires_at: int | None = None
    sending_at: int | None = None
    done_at: int | None = None
    opened_at: int | None = None
    clicked_at: int | None = None
    server: str = ""
    code: str = ""
    schedule: str = ""
    money: list[Money] = []
    decisions: list[Decision] = []


class MessagePage(Shape, frozen=True):
    """Newest first; `next` is a message id, older messages follow."""

    items: list[Message]
    next: int | None = None


CALL_STATES: Final = ("waiting", "done", "failed")


class CallItem(Shape, frozen=True):
    """A webhook or a note to operators: waiting for its next try at `due_at`, done or failed.

    `status` is what the last answer began with, `detail` what went wrong; `answer` what was said.
    """

    id: int
    run_id: int
    chain: str
    step: str
    person_id: int
    person: str
    kind: str
    state: str
    made_at: int
    due_at: int
    attempt: int = 0
    done_at: int | None = None
    status: int | None = None
    detail: str = ""
    answer: Any = None


class CallPage(Shape, frozen=True):
    """Newest first; `next` is the id of a call, older ones follow."""

    items: list[CallItem]
    next: int | None = None


class CodePool(Shape, frozen=True):
    """A pool of promo codes: by a `pattern`, or from a list.

    `left`: codes of the list that nobody has had, None for a pattern; below `low` doctor says so.
    """

    key: str
    name: str
    pattern: str = ""
    file: str = ""
    given: int = 0
    left: int | None = None
    low: int = 0


class CodePools(Shape, frozen=True):
    items: list[CodePool]


class Variant(Shape, frozen=True):
    """One way of a split. `people` went it, the counters are of their messages since.

    `judged` people count in the comparison, `successes` of them; `chance`: the probability that it
    is better than the best of the others, None if that cannot be told.
    """

    name: str
    weight: int
    people: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    goals: int = 0
    money: list[Money] = []
    judged: int = 0
    successes: int = 0
    chance: float | None = None


class Experiment(Shape, frozen=True):
    """A split and how its variants compare; with a `winner`, all who come go its way.

    `by`: goal, money, click or open. A winner must be certain to `confidence` (0: there can be
    none), with `least` people of each variant, each judged `after_ms` after the draw. `p_value`
    may be looked at any time. `currencies`: several, in which nothing can be compared by money.
    """

    by: str
    after_ms: int = 0
    confidence: float = 0.0
    least: int = 0
    p_value: float = 1.0
    winner: str = ""
    decided_at: int | None = None
    evidence: dict[str, Any] = {}
    currencies: list[str] = []
    variants: list[Variant] = []


class Step(Shape, frozen=True):
    """One step of a chain with what happened at it.

    `here`: runs that stand at it now. `refused`: reason → messages. `arrows`: where it leads,
    label → step id ("" is the end). Counters of messages are 0 for steps that send nothing.
    """

    id: str
    kind: str
    title: str
    template: str = ""
    arrows: dict[str, str] = {}
    here: int = 0
    queued: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    failed: int = 0
    unknown: int = 0
    expired: int = 0
    refused: dict[str, int] = {}
    goals: int | float = 0
    money: list[Money] = []
    experiment: Experiment | None = None


class Chain(Shape, frozen=True):
    """One chain with its counters; `steps` is filled on its own card only.

    `state`: running, paused or stopped. `entered`: runs ever; `active` now; `outcomes`: how runs
    ended → count. `sent` counts messages that left, `goals` what is credited to them, in fractions
    where several share one. `test`: to whom alone it writes, while it is tried out.
    `policies`: what else it says of its messages and runs, as it is written.
    """

    key: str
    name: str
    state: str
    version: int
    changed_at: int
    channel: str = ""
    topic: str = ""
    enter: str = ""
    leave: str = ""
    goal: str = ""
    window: str = ""
    cap: str = ""
    entered: int = 0
    active: int = 0
    outcomes: dict[str, int] = {}
    queued: int = 0
    sent: int = 0
    opened: int = 0
    clicked: int = 0
    failed: int = 0
    unknown: int = 0
    expired: int = 0
    refused: dict[str, int] = {}
    goals: int | float = 0
    money: list[Money] = []
    steps: list[Step] = []
    holdout: str = ""
    test: str = ""
    policies: dict[str, str] = {}


class Chains(Shape, frozen=True):
    items: list[Chain]
