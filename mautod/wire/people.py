"""People: who they are, what they said no to."""

from __future__ import annotations

from typing import Any

from mautod.wire.shape import Shape


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

    `next` is opaque; `warnings` are about the rule, or about whom words do not find yet.
    """

    items: list[Person]
    next: int | None = None
    rule: str = ""
    warnings: list[str] = []


class WholePerson(Shape, frozen=True):
    """A person with all properties."""

    person: Person
    props: dict[str, Any]


class WholePage(Shape, frozen=True):
    """In the order of a page of people."""

    items: list[WholePerson]
    next: int | None = None


class Identity(Shape, frozen=True):
    kind: str
    value: str


class Membership(Shape, frozen=True):
    """A segment that the person is in, and since when; `stage` if it is one of the journey."""

    key: str
    name: str
    since: int
    stage: int | None = None


class Consent(Shape, frozen=True):
    """What the person said about a topic on a channel; `*` stands for all."""

    channel: str
    topic: str
    state: str
    at: int
    source: str = ""


class Said(Shape, frozen=True):
    """One entry of the ledger of consent: what a person said, when, from where, in which words.

    `state` is subscribed, unsubscribed, pending (asked for, and blocked until it is confirmed) or
    asked (asked for; nothing changed yet). `text` holds the words that they saw, in `language`.
    """

    id: int
    person: int
    at: int
    channel: str
    topic: str
    state: str
    source: str
    address: str = ""
    ip: str = ""
    agent: str = ""
    language: str = ""
    text: str = ""
    message: int | None = None


class Suppression(Shape, frozen=True):
    """`address` is empty where a hash alone is kept; `*@example.com` is a whole domain."""

    channel: str
    address: str
    reason: str
    at: int
    note: str = ""


class Suppressions(Shape, frozen=True):
    items: list[Suppression]


class Duplicate(Shape, frozen=True):
    """`size` living people share `value`; `people` are the first of them."""

    value: str
    size: int
    people: list[Person]


class DuplicatePage(Shape, frozen=True):
    items: list[Duplicate]
    next: str | None = None


class Search(Shape, frozen=True):
    """A search that everybody may use: words or a rule, under a name."""

    name: str
    query: str
    saved_at: int


class Searches(Shape, frozen=True):
    items: list[Search]


class SaveAsk(Shape, frozen=True):
    """A search to keep, in place of the one that has the name."""

    name: str
    query: str


class BulkAsk(Shape, frozen=True):
    """One act on all whom a search finds, or on these people; nothing is done before a step.

    `value`: for tag `+wholesale -trial`, for segment and unlist the key of a static segment, for
    chain the key of a chain, for unsubscribe a topic, empty for every one.
    """

    act: str
    value: str = ""
    query: str = ""
    people: list[int] = []


class Bulk(Shape, frozen=True):
    """An act on many people: `state` is asked until the first step, then running, at last done.

    `total`: whom it is about, fixed when it was asked. `changed`: of those `done`, for whom it was
    not so already. `text` says the act to a human.
    """

    id: int
    at: int
    act: str
    value: str
    query: str
    state: str
    total: int
    done: int
    changed: int
    text: str = ""


class BulkPage(Shape, frozen=True):
    """The latest first."""

    items: list[Bulk]
    next: int | None = None


class SuppressAsk(Shape, frozen=True):
    """Never send to `address` again; `*@example.com` is every address of a domain."""

    address: str
    channel: str = "email"
    reason: str = "manual"
    note: str = ""


class ChangeAsk(Shape, frozen=True):
    """Properties to set, None to unset, as in an identify call; tags to put on and to take off."""

    set: dict[str, Any] = {}
    tag: list[str] = []
    untag: list[str] = []


class Merge(Shape, frozen=True):
    """`winner` absorbed `loser`; `undo` is the command that undoes it, empty if none does now."""

    id: int
    at: int
    winner: int
    loser: int
    reason: str
    undone_at: int | None = None
    undo: str = ""


class MergeAsk(Shape, frozen=True):
    """Let the person absorb `other`, named in any way; what both know, the person knows better."""

    other: str


class UnmergeAsk(Shape, frozen=True):
    """Undo the merge with this number; None is the person's last."""

    merge: int | None = None


class EraseAsk(Shape, frozen=True):
    """Erase a person from every file, for good; `dry` says only what would go."""

    dry: bool = False


class Erasure(Shape, frozen=True):
    """The record of an erasure: what went, and no word of who it was.

    `stage` is preview, asked, fresh, journal, letters, bytes or done. `same_address` are others who
    have the address, `named_in` definitions that name the person: both are an operator's to change.
    """

    id: int
    person: int
    at: int
    stage: str
    events: int
    messages: int
    requests: int = 0
    letters: int = 0
    done_at: int | None = None
    same_address: list[int] = []
    named_in: list[str] = []


class Erasures(Shape, frozen=True):
    """The latest first."""

    items: list[Erasure]
    next: int | None = None


class RawRequest(Shape, frozen=True):
    """A request as it came in: what in it is the person's."""

    at: int
    source: str
    kind: str
    ip: str
    events: list[Any]


class Dossier(Shape, frozen=True):
    """All that is held of a person: table → rows, and raw requests still in the journal."""

    person: int
    at: int
    tables: dict[str, list[dict[str, Any]]]
    journal: list[RawRequest]


class Doubt(Shape, frozen=True):
    """`count` people, `share` of all, whose data `title` is true of; `about` is its heading."""

    key: str
    about: str
    title: str
    count: int
    share: float


class Quality(Shape, frozen=True):
    """How good the data about `people` people was at the instant `at`; the groups overlap."""

    people: int
    groups: list[Doubt]
    at: int = 0


class UnsubscribeAsk(Shape, frozen=True):
    """`person` is an id, an email or a user id; `*` stands for every topic or channel."""

    person: str
    topic: str = "*"
    channel: str = "*"
