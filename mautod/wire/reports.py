"""Answers put together of many parts: a person's card, goals, why, the site now."""

from __future__ import annotations

from typing import Any

from mautod.wire.campaigns import Decision, Message, Run
from mautod.wire.events import EventItem
from mautod.wire.people import Consent, Identity, Membership, Merge, Person
from mautod.wire.scores import PersonScore
from mautod.wire.segments import Reason
from mautod.wire.shape import Money, Shape


class Card(Shape, frozen=True):
    """All about one person; runs, messages and timeline are the newest ones.

    `shop`: properties computed from commerce events. `origin`: where the last visit (`utm_source`,
    `referrer` …) and the first one (`first_utm_source` …) came from. `props`: all other
    properties. `merged_from`: ids of people absorbed. `asked_id` differs from `person.id` when the
    id asked for was absorbed. `suppressed`: channel → why the address is never used. `earned`: what
    messages are credited with. `events` counts all, not only those shown. `merges`: undone
    ones too, the latest first. `scores`: every score, those without points too. `stage`: the key
    of the segment that is the person's furthest stage, empty if they are at none.
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
    merges: list[Merge] = []
    scores: list[PersonScore] = []
    stage: str = ""


class GoalRow(Shape, frozen=True):
    """What one step of a chain came to, or one variant of it, or all of the chain.

    `opened` and `clicked`: messages that anybody did it to, of which `machine_…` only machines.
    `entered` counts the messages made, those that were refused too; of the whole chain, the runs.
    `delivered`: those of which the channel said so; `bounced`: those that came back, or were
    refused because of the address, which are not counted as sent. `goals` are fractions where
    several messages share one; `people` counts each converted person once. `conversion`: goals a
    message sent, `per_message` the money.
    """

    chain: str
    chain_name: str
    step: str
    template: str
    sent: int
    opened: int
    clicked: int
    goals: int | float
    people: int
    money: list[Money]
    variant: str = ""
    entered: int = 0
    delivered: int = 0
    machine_opened: int = 0
    machine_clicked: int = 0
    unsubscribed: int = 0
    bounced: int = 0
    complained: int = 0
    replied: int = 0
    conversion: float = 0.0
    per_message: list[Money] = []


class Uplift(Shape, frozen=True):
    """A difference, and its bounds at 95 %."""

    difference: float
    low: float
    high: float


class MoneyUplift(Shape, frozen=True):
    """Money a run in one currency: of those who got messages, of those held out, and the rest.

    `total`: the difference times all runs that were not held out. No bounds where too few are.
    """

    mean: Money
    held_mean: Money
    difference: Uplift | None
    total: Money | None


class Effect(Shape, frozen=True):
    """What a chain did, by runs as they began: those that were not held out against the `held`.

    Reached: a goal event within the goal's time after entry, in both alike, whether or not anything
    was sent. `rate` is None with fewer than 30 runs in an arm.
    """

    people: int
    held: int
    reached: int
    held_reached: int
    rate: Uplift | None = None
    money: list[MoneyUplift] = []


class GoalChain(Shape, frozen=True):
    """One chain as a whole; `effect` is None where nobody was held out."""

    total: GoalRow
    state: str = ""
    goal: str = ""
    effect: Effect | None = None


class GoalSpan(Shape, frozen=True):
    """What one chain sent in a day, week or month, and what it was credited with in it."""

    chain: str
    date: str
    begins: int
    sent: int
    opened: int
    clicked: int
    goals: int | float
    money: list[Money]


class GoalReport(Shape, frozen=True):
    """What is credited in [since, until), by chain and step; `money` is the sum of all.

    `spans` is filled if `by` was asked. `attribution` is empty where goals are as the chains share
    them.
    """

    since: int | None
    until: int
    rows: list[GoalRow]
    goals: int | float
    money: list[Money]
    chains: list[GoalChain] = []
    by: str = ""
    spans: list[GoalSpan] = []
    attribution: str = ""


class WhyStep(Shape, frozen=True):
    """One step of a chain as a run met it.

    `mark`: passed, here, perhaps (some way to where the run is known to have been leads through
    it), ahead, not taken. `message` is what it sent, with the gate's decisions; `text` says it.
    """

    id: str
    title: str
    mark: str
    text: str = ""
    message: Message | None = None


class WhyRun(Shape, frozen=True):
    """One run that is asked about: how it began, where it stands, what was decided.

    `trigger` is the event that started it. `message` is the one that was asked about, None while
    the run has not come to it; `steps` have them all.
    """

    run: Run | None
    trigger: EventItem | None
    message: Message | None
    decisions: list[Decision]
    text: str
    steps: list[WhyStep] = []


class Hurdle(Shape, frozen=True):
    """One condition of entering a chain, as it is now; `change`: what is lacking, if anything."""

    what: str
    holds: bool
    text: str
    change: str = ""
    rule: Reason | None = None


class Why(Shape, frozen=True):
    """Why a person did or did not get a template, or walk a chain; the newest run first.

    `text` is the short answer. About a chain `template` is empty, and `entry` says what lets the
    person in now, or keeps them out.
    """

    person: Person
    template: str
    text: str
    runs: list[WhyRun]
    chain: str = ""
    entry: list[Hurdle] = []


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
