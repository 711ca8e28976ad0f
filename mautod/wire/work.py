"""Work that takes its time: applying, testing, simulating, replaying; begun, then asked after."""

from __future__ import annotations

from typing import Any

from mautod.wire.definitions import Changes
from mautod.wire.shape import Fault, Shape


class SimulateAsk(Shape, frozen=True):
    """A chain as its file has it, and whom to lead through it.

    `script`: the text of a TOML file that says who comes, what they do and how they answer; `file`
    is what to call it in errors. `everything`: tell of other chains and of segments too.
    """

    chain: str
    script: str
    file: str = "person.toml"
    everything: bool = False


class ReplayAsk(Shape, frozen=True):
    """A chain as its file has it, and how far back history is led through it: `90d`, `12h`.

    `against`: a version that was applied, to compare with.
    """

    chain: str
    since: str = "90d"
    against: int | None = None


class SuiteAsk(Shape, frozen=True):
    """The tests beside the chains; all, or the one whose file is called `name`."""

    name: str = ""


class Difference(Shape, frozen=True):
    """Where what came is not what was expected; line 0 stands for the test as a whole."""

    line: int
    message: str


class Tested(Shape, frozen=True):
    """How one test went; it passed where nothing differs."""

    name: str
    file: str
    chain: str
    differences: list[Difference] = []


class Letter(Shape, frozen=True):
    """A message that left in a simulation, as its reader sees it."""

    template: str
    subject: str = ""
    text: str = ""
    html: str = ""


class Simulated(Shape, frozen=True):
    """What came to pass: as lines for people, as values for programs, and the letters."""

    lines: list[str]
    values: dict[str, Any]
    letters: list[Letter]


class Came(Shape, frozen=True):
    """Messages of one step that came to the same."""

    step: str
    template: str
    state: str
    reason: str
    count: int


class Verdict(Shape, frozen=True):
    """How often the gate said the same of a step's messages."""

    step: str
    verdict: str
    reason: str
    count: int


class Sampled(Shape, frozen=True):
    """One message: when it left, was refused or is due."""

    at: int
    person_id: int
    person: str
    step: str
    template: str
    state: str
    reason: str


class Walked(Shape, frozen=True):
    """What one version of a chain came to. `ends`: how runs ended; `sample`: the first messages."""

    version: str
    entered: int
    ends: dict[str, int]
    steps: list[Came]
    verdicts: list[Verdict]
    sample: list[Sampled]


class Apart(Shape, frozen=True):
    """A message of one person that two versions differ in; None where it was not sent."""

    person_id: int
    template: str
    now: int | None
    then: int | None


class Comparison(Shape, frozen=True):
    """Messages by what the versions make of them; `sample` are the first that differ.

    `later`: sent by both, at times that differ by more than a stride.
    """

    same: int = 0
    only_now: int = 0
    only_then: int = 0
    later: int = 0
    sample: list[Apart] = []


class Replayed(Shape, frozen=True):
    """History led through a chain: so many events, in strides so long."""

    chain: str
    since: int
    until: int
    stride_ms: int
    events: int
    outcome: Walked
    against: Walked | None = None
    comparison: Comparison | None = None


class Work(Shape, frozen=True):
    """One piece of work: `done` of `total` while it is running; a total of 0 is not known yet.

    `kind`: apply, test, simulate or replay. `state`: running, done, failed or stopped. The answer
    stands under the name of its kind; `fault` says why there is none.
    """

    id: int
    kind: str
    state: str
    begun_at: int
    done: int = 0
    total: int = 0
    ended_at: int | None = None
    fault: Fault | None = None
    changes: Changes | None = None
    tests: list[Tested] | None = None
    simulated: Simulated | None = None
    replayed: Replayed | None = None
