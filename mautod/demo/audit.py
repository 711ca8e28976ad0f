"""The demo's books: what was played on one side, what mautod counted on the other."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from mautod import wire
from mautod.client import Client
from mautod.demo.cast import Visitor
from mautod.demo.sink import Letter
from mautod.demo.site import Played

PAGE: Final = 500
GOALS: Final = {
    "welcome": "Order Completed",
    "abandoned-cart": "Order Completed",
    "come-back": "Session Started",
}
"""Chain → the event that it is for; the after-sales survey is not answered in the demo."""


@dataclass(frozen=True, slots=True)
class Line:
    """One comparison; the demo fails unless both sides are equal."""

    what: str
    played: object
    counted: object

    @property
    def holds(self) -> bool:
        return self.played == self.counted


@dataclass(frozen=True, slots=True)
class Books:
    """Everything the daemon says at the end."""

    status: wire.Status
    counts: dict[str, int]
    messages: list[wire.Message]
    earning: list[wire.EventItem]
    report: wire.GoalReport
    segments: wire.Segments


async def fetch(client: Client, names: Iterable[str]) -> Books:
    """Ask the control API for all that the audit compares."""
    counts = {name: (await client.count(name)).count for name in names}
    earning = [event for name in set(GOALS.values()) for event in await _events(client, name)]
    return Books(
        status=await client.status(),
        counts=counts,
        messages=await _messages(client),
        earning=earning,
        report=await client.goals(),
        segments=await client.segments(),
    )


async def _messages(client: Client) -> list[wire.Message]:
    found: list[wire.Message] = []
    after: int | None = None
    while True:
        page = await client.messages(after=after, limit=PAGE)
        found.extend(page.items)
        if page.next is None:
            return found
        after = page.next


async def _events(client: Client, name: str) -> list[wire.EventItem]:
    found: list[wire.EventItem] = []
    after: int | None = None
    while True:
        page = await client.events(name=name, after=after, limit=PAGE)
        found.extend(page.items)
        if page.next is None:
            return found
        after = page.next


def audit(
    books: Books, played: Played, letters: list[Letter], visitors: Iterable[Visitor]
) -> list[Line]:
    """Every number that must add up."""
    owls = {visitor.email for visitor in visitors if visitor.role == "owl"}
    sent = [message for message in books.messages if message.state == "sent"]
    return [
        Line("people", len(played.people), books.status.people),
        *(
            Line(f"events: {name}", played.events[name], books.counts[name])
            for name in sorted(played.events)
        ),
        Line("events refused as nonsense", played.nonsense, books.status.rejected),
        Line("letters in the mail server", len(letters), len(sent)),
        Line("letters that came twice", 0, len(letters) - len(_ids(letters))),
        Line("letters per person and template", _by_letter(letters), _by_message(sent)),
        Line("letters opened", len(played.opened), sum(m.opened_at is not None for m in sent)),
        Line("letters clicked", len(played.clicked), sum(m.clicked_at is not None for m in sent)),
        Line("letters after an unsubscribe", 0, _after_no(letters, played)),
        Line("letters to people who sleep", 0, sum(letter.recipient in owls for letter in letters)),
        Line("sleepers' letters that wait", True, _all_wait(books, owls)),
        Line("messages without a final state or a wait", 0, _loose(books)),
        Line("messages by state add up", len(books.messages), sum(books.status.messages.values())),
        *_goal_lines(books),
    ]


def _ids(letters: Iterable[Letter]) -> set[str]:
    return {str(letter.parsed()["Message-ID"]) for letter in letters}


def _by_letter(letters: Iterable[Letter]) -> Counter[str]:
    return Counter(letter.recipient for letter in letters)


def _by_message(messages: Iterable[wire.Message]) -> Counter[str]:
    return Counter(message.address for message in messages)


def _after_no(letters: Iterable[Letter], played: Played) -> int:
    late = (
        letter
        for letter in letters
        if letter.at > played.unsubscribed.get(letter.recipient, letter.at)
    )
    return sum(1 for _ in late)


def _all_wait(books: Books, owls: set[str]) -> bool:
    queued = [message for message in books.messages if message.state == "queued"]
    return bool(owls) and all(message.due_at > books.status.now for message in queued)


def _loose(books: Books) -> int:
    final = {"sent", "refused", "expired", "queued"}
    return sum(message.state not in final for message in books.messages)


def _goal_lines(books: Books) -> list[Line]:
    """Credit every earning event again, by hand: the last message touched before it."""
    credited = Counter[str]()
    money: dict[str, Decimal] = {}
    for event in books.earning:
        message = _last_touch(books.messages, event)
        if message is not None:
            credited[message.chain] += 1
            if event.name == "Order Completed":
                earned = Decimal(str(event.props["total"]))
                money[message.chain] = money.get(message.chain, Decimal(0)) + earned
    lines = []
    for chain in GOALS:
        rows = [row for row in books.report.rows if row.chain == chain]
        lines.append(Line(f"goals: {chain}", credited[chain], sum(row.goals for row in rows)))
        counted = sum((m.amount for row in rows for m in row.money), Decimal(0))
        lines.append(Line(f"money: {chain}", money.get(chain, Decimal(0)), counted))
    return lines


def _last_touch(messages: Iterable[wire.Message], event: wire.EventItem) -> wire.Message | None:
    touched = [
        message
        for message in messages
        if message.person_id == event.person_id
        and GOALS.get(message.chain) == event.name
        and message.state == "sent"
        and message.sending_at is not None
        and message.sending_at <= event.ts
    ]
    return max(touched, key=lambda m: (m.sending_at or 0, m.id), default=None)
