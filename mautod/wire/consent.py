"""Who may be written to about what: topics, the ledger of consent, suppressed addresses."""

from __future__ import annotations

from mautod.wire.people import Consent, Said, Suppression
from mautod.wire.shape import Shape


class TopicNumbers(Shape, frozen=True):
    """A topic and how many people said what of it; `*` stands for everything at once.

    `default` is in or out, what holds of those who said nothing. `pending` wait for a confirmation.
    `addresses` are those for which somebody said no, whoever has them. `left` counts reasons that
    people gave when they left, by reason.
    """

    key: str
    name: str
    default: str = "in"
    double: bool = False
    subscribed: int = 0
    unsubscribed: int = 0
    pending: int = 0
    addresses: int = 0
    left: dict[str, int] = {}


class Topics(Shape, frozen=True):
    """By key; `*` comes first if anybody said something of everything."""

    items: list[TopicNumbers]


class SubscribeAsk(Shape, frozen=True):
    """`person` wants these topics; `source` says where they said so, `text` in reply to what.

    With `confirmed`, no letter asks for a click: they have confirmed it elsewhere.
    """

    person: str
    topics: list[str]
    source: str
    channel: str = "*"
    confirmed: bool = False
    text: str = ""


class SaidPage(Shape, frozen=True):
    """The ledger in its order."""

    items: list[Said]
    next: int | None = None


class PersonConsent(Shape, frozen=True):
    """What holds of one person, and how it came about.

    `consent` are the wills that stand, `said` the ledger, `frequency` the wishes by topic, with `*`
    for all marketing. Nothing leaves before `pause_until`, 0 if they asked for no pause.
    """

    person: int
    consent: list[Consent]
    said: list[Said]
    frequency: dict[str, str] = {}
    pause_until: int = 0


class UnsuppressAsk(Shape, frozen=True):
    """Let `address` be used again."""

    address: str
    channel: str = "email"


class SuppressionPage(Shape, frozen=True):
    """By channel and hash; `next` is where the next page begins, empty at the end."""

    items: list[Suppression]
    next: str = ""


class SuppressLine(Shape, frozen=True):
    """One line of a file: its number, and what it wants never to be used."""

    line: int
    address: str
    channel: str = "email"
    reason: str = "imported"
    note: str = ""


class SuppressRows(Shape, frozen=True):
    """Lines to take in, at most 5 000 at once; with `dry` it is only said what would become."""

    lines: list[SuppressLine]
    dry: bool = False


class SuppressOutcome(Shape, frozen=True):
    """What became of a line: new, known, or refused with a reason."""

    line: int
    what: str
    why: str = ""


class SuppressOutcomes(Shape, frozen=True):
    """In the order of the lines."""

    items: list[SuppressOutcome]
