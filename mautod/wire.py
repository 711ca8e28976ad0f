"""Shapes of the control API: what `/api` answers and takes, what the TUI and the CLI show.

Instants are UTC milliseconds, `None` where it has not happened. Money is decimal with its currency
and travels as text. Text that came from visitors stands here as it came in; whoever shows it
escapes it. Pages carry `next`, the cursor to pass as `after` for the following page, `None` at the
end.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final, Literal

import msgspec

Verdict = Literal["pass", "refuse", "postpone"]
Topic = Literal["events", "segments", "chains", "messages"]
TOPICS: Final[tuple[Topic, ...]] = ("events", "segments", "chains", "messages")

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


class Shape(msgspec.Struct, frozen=True):
    """Base of all shapes; decoding ignores keys that this version does not know."""


class Money(Shape, frozen=True):
    """An amount in one currency; amounts of different currencies are never added."""

    amount: Decimal
    currency: str


# --- the installation ---------------------------------------------------------------------------


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
    sleeping run or queued message is due.
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


class Done(Shape, frozen=True):
    """What an act changed: `changed` rows, 0 when it was so already; `text` says it to a human."""

    changed: int
    text: str


# --- events -------------------------------------------------------------------------------------


class EventItem(Shape, frozen=True):
    """One stored event; `person` is the label of its person, `source` the write key's name."""

    id: int
    ts: int
    received_at: int
    person_id: int
    person: str
    name: str
    source: str = ""
    props: dict[str, Any] = {}


class EventPage(Shape, frozen=True):
    """Newest first; `next` is an event id, older events follow."""

    items: list[EventItem]
    next: int | None = None


class EventName(Shape, frozen=True):
    name: str
    count: int
    last_ts: int | None = None


class EventNames(Shape, frozen=True):
    items: list[EventName]


class Count(Shape, frozen=True):
    """How many events of one name are stored."""

    name: str
    count: int


class NewEvent(Shape, frozen=True):
    """What a person did, a `name` with `properties`; or what they are, `traits` without a name.

    One of `user_id` and `anonymous_id` is needed.
    """

    name: str = ""
    user_id: str = ""
    anonymous_id: str = ""
    properties: dict[str, Any] = {}
    traits: dict[str, Any] = {}
    message_id: str = ""
    timestamp: int | None = None


class NewEvents(Shape, frozen=True):
    """Up to 2 500 events; all are on disk when the answer comes."""

    events: list[NewEvent]


class Accepted(Shape, frozen=True):
    """How many events are on disk, and their message ids in the same order."""

    accepted: int
    message_ids: list[str]


# --- people -------------------------------------------------------------------------------------


class Person(Shape, frozen=True):
    """One line about a person; `label` is the best name we have, never empty."""

    id: int
    label: str
    name: str = ""
    email: str = ""
    phone: str = ""
    user_id: str = ""
    created_at: int = 0
    first_seen: int | None = None
    last_seen: int | None = None
    sessions: int = 0
    country: str = ""
    language: str = ""
    timezone: str = ""
    page: str = ""
    online: bool = False


class PersonPage(Shape, frozen=True):
    """Newest first, in a search by rule oldest first; `rule` is its normal form.

    `next` is opaque; `warnings` are about the rule.
    """

    items: list[Person]
    next: int | None = None
    rule: str = ""
    warnings: list[str] = []


class Identity(Shape, frozen=True):
    kind: str
    value: str


class Membership(Shape, frozen=True):
    """A segment that the person is in, and since when."""

    key: str
    name: str
    since: int


class Consent(Shape, frozen=True):
    """What the person said about a topic on a channel; `*` stands for all."""

    channel: str
    topic: str
    state: str
    at: int
    source: str = ""


class Run(Shape, frozen=True):
    """One walk of one person through one chain; `title` says the present step to a human."""

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


class RunPage(Shape, frozen=True):
    """Newest first; `next` is a run id, older runs follow."""

    items: list[Run]
    next: int | None = None


class Decision(Shape, frozen=True):
    """One answer of the gate with the values it looked at."""

    at: int
    verdict: str
    reason: str
    evidence: dict[str, Any] = {}


class Message(Shape, frozen=True):
    """One send to one person. `reason` says why it was refused or failed, `detail` in whose words.

    `decisions` is filled on the message's own card only.
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
    money: list[Money] = []
    decisions: list[Decision] = []


class MessagePage(Shape, frozen=True):
    """Newest first; `next` is a message id, older messages follow."""

    items: list[Message]
    next: int | None = None


class Card(Shape, frozen=True):
    """All about one person; runs, messages and timeline are the newest ones.

    `shop`: properties computed from commerce events. `origin`: where the last visit (`utm_source`,
    `referrer` …) and the first one (`first_utm_source` …) came from. `props`: all other
    properties. `merged_from`: ids of people absorbed. `asked_id` differs from `person.id` when the
    id asked for was absorbed. `suppressed`: channel → why the address is never used. `earned`: what
    messages are credited with. `events` counts all, not only those shown.
    """

    person: Person
    asked_id: int
    merged_from: list[int]
    identities: list[Identity]
    shop: dict[str, Any]
    origin: dict[str, Any]
    props: dict[str, Any]
    segments: list[Membership]
    consent: list[Consent]
    suppressed: dict[str, str]
    runs: list[Run]
    messages: list[Message]
    timeline: list[EventItem]
    earned: list[Money]
    events: int


# --- segments -----------------------------------------------------------------------------------


class Segment(Shape, frozen=True):
    """`error` tells why it is not kept up to date, empty when all is well."""

    key: str
    name: str
    rule: str
    size: int
    rebuilt_at: int | None = None
    error: str = ""


class Segments(Shape, frozen=True):
    items: list[Segment]


class Member(Shape, frozen=True):
    person: Person
    since: int


class SegmentPage(Shape, frozen=True):
    """People of a segment, ordered by person id."""

    segment: Segment
    items: list[Member]
    next: int | None = None


class PreviewAsk(Shape, frozen=True):
    """A rule to try on everybody; nothing is stored."""

    rule: str
    limit: int = 20


class Preview(Shape, frozen=True):
    """How many people a rule finds now, and some of them; `rule` is its normal form."""

    rule: str
    count: int
    sample: list[Person]
    warnings: list[str]
    took_ms: float


# --- chains -------------------------------------------------------------------------------------


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
    goals: int = 0
    money: list[Money] = []


class Chain(Shape, frozen=True):
    """One chain with its counters; `steps` is filled on its own card only.

    `state`: running, paused or stopped. `entered`: runs ever; `active` now; `outcomes`: how runs
    ended → count. `sent` counts messages that left, `goals` conversions credited.
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
    goals: int = 0
    money: list[Money] = []
    steps: list[Step] = []


class Chains(Shape, frozen=True):
    items: list[Chain]


# --- reports ------------------------------------------------------------------------------------


class GoalRow(Shape, frozen=True):
    """What one step of a chain earned; `people` counts each converted person once."""

    chain: str
    chain_name: str
    step: str
    template: str
    sent: int
    opened: int
    clicked: int
    goals: int
    people: int
    money: list[Money]


class GoalReport(Shape, frozen=True):
    """Conversions credited in [since, until), by chain and step; `money` is the sum of all."""

    since: int | None
    until: int
    rows: list[GoalRow]
    goals: int
    money: list[Money]


class WhyRun(Shape, frozen=True):
    """One run that could have sent the template: how it began, where it stands, what was decided.

    `trigger` is the event that started it. `message` is None while the run has not come to it.
    """

    run: Run | None
    trigger: EventItem | None
    message: Message | None
    decisions: list[Decision]
    text: str


class Why(Shape, frozen=True):
    """Why a person did or did not get a template, newest run first; `text` is the short answer."""

    person: Person
    template: str
    text: str
    runs: list[WhyRun]


class Visitor(Shape, frozen=True):
    """Somebody who is on the site now: since when, on what page, from where they came."""

    person: Person
    page: str
    source: str
    since: int
    last_seen: int
    minutes: int


class LivePage(Shape, frozen=True):
    """The site now. `minutes`: events in each of the last 60 minutes, the present one last."""

    now: int
    online: int
    visitors: list[Visitor]
    per_minute: int
    minutes: list[int]
    events: list[EventItem]


# --- acts ---------------------------------------------------------------------------------------


class Suppression(Shape, frozen=True):
    channel: str
    address: str
    reason: str
    at: int


class Suppressions(Shape, frozen=True):
    items: list[Suppression]


class SuppressAsk(Shape, frozen=True):
    """Never send to `address` again."""

    address: str
    channel: str = "email"
    reason: str = "manual"


class UnsubscribeAsk(Shape, frozen=True):
    """`person` is an id, an email or a user id; `*` stands for every topic or channel."""

    person: str
    topic: str = "*"
    channel: str = "*"


# --- the stream ---------------------------------------------------------------------------------


class SegmentSize(Shape, frozen=True):
    """A segment's size changed."""

    key: str
    name: str
    size: int


class ChainChange(Shape, frozen=True):
    """A chain's state or counters changed."""

    key: str
    name: str
    state: str
    version: int
    active: int
    entered: int


class Link(Shape, frozen=True):
    """The client's own word about its connection: up, or down and why."""

    up: bool
    detail: str = ""


class Update(Shape, frozen=True):
    """One thing that came over `/api/stream`, or `link` from the client itself.

    `id` is the last event id known to the daemon; passing it as `after` resumes there.
    """

    topic: str
    id: int
    body: EventItem | SegmentSize | ChainChange | Message | Link


BODIES: Final[dict[str, type[EventItem | SegmentSize | ChainChange | Message]]] = {
    "events": EventItem,
    "segments": SegmentSize,
    "chains": ChainChange,
    "messages": Message,
}
"""What each topic of the stream carries."""


class Fault(Shape, frozen=True):
    """What went wrong: a stable code, words for a human, the input's field at fault.

    `hint` says what to do. For a rule that does not parse, `text` is the rule, `line` and `column`
    count from 1 within it.
    """

    code: str
    message: str
    field: str = ""
    hint: str = ""
    text: str = ""
    line: int = 0
    column: int = 0


class ErrorAnswer(Shape, frozen=True):
    """Body of every answer that is not 2xx."""

    error: Fault
