"""The installation: counts, what waits, what was set aside."""

from __future__ import annotations

from mautod.wire.shape import Shape


class Journal(Shape, frozen=True):
    """Requests that are on disk and not digested yet."""

    pending: int


class Pump(Shape, frozen=True):
    """One worker pump's lease: `alive` while its holder keeps it fresh."""

    name: str
    holder: str
    until: int
    alive: bool


class Status(Shape, frozen=True):
    """Counts of everything, and what waits.

    `messages`: state → count. `reasons`: why messages were refused or failed → count. `runs`:
    state → count. `inbox`: own events that wait for the digest. `next_due_at`: when the earliest
    sleeping run, queued message or verdict on a visit is due. `drift`: how many definitions differ
    from what runs, -1 if the files have errors; None where nobody compared them.
    `alarms`: what lasts, in words; `held`: channels whose marketing waits for an operator.
    """

    version: str
    name: str
    now: int
    timezone: str
    currency: str
    people: int
    events: int
    events_per_minute: int
    online: int
    journal: Journal
    inbox: int
    segments: int
    chains: int
    runs: dict[str, int]
    messages: dict[str, int]
    reasons: dict[str, int]
    rejected: int
    pumps: list[Pump]
    last_event_id: int
    next_due_at: int | None = None
    drift: int | None = None
    alarms: list[str] = []
    held: list[str] = []


class Problem(Shape, frozen=True):
    """Something set aside: `kind` says what it was (event, rule, run, template …)."""

    id: int
    at: int
    kind: str
    reason: str
    field: str = ""
    source: str = ""
    body: str = ""


class Problems(Shape, frozen=True):
    """Newest first; `total` counts all that was ever set aside and still is."""

    items: list[Problem]
    total: int
    next: int | None = None


class Finding(Shape, frozen=True):
    """One thing looked at. `level`: ok, note (worth knowing) or wrong (needs somebody)."""

    check: str
    level: str
    message: str
    hint: str = ""
    details: list[str] = []


class SetAside(Shape, frozen=True):
    """Rows that were set aside for the same reason."""

    kind: str
    reason: str
    field: str
    source: str
    count: int
    last_at: int
    last_id: int


class Checkup(Shape, frozen=True):
    """The installation looked over; `ok` while nothing needs anybody."""

    ok: bool
    findings: list[Finding]
    rejected: list[SetAside] = []


class LogLine(Shape, frozen=True):
    """One line of the log of `process`, said by the part `name`, at `level` INFO or worse."""

    at: int
    process: str
    level: str
    name: str
    text: str


class LogPage(Shape, frozen=True):
    """Newest first."""

    items: list[LogLine]
