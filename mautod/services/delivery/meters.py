"""What people were sent lately, counted for every cap that asks about one message."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from mautod.core.sending.caps import Cap, Meter
from mautod.store.db import Tx
from mautod.store.delivery import messages
from mautod.store.delivery.messages import Left

Scope = Literal["person", "workspace", "channel", "topic", "chain"]
Caps = Mapping[Scope, Sequence[Cap]]
"""The caps that one message heeds, by what they count."""
BY_WISH: Final = "all marketing, as the person wishes"


@dataclass(slots=True)
class Past:
    """The marketing that left to the people of one round at the gate, this round's too."""

    by_person: dict[int, list[Left]] = field(default_factory=dict)

    @classmethod
    def read(cls, tx: Tx, people: Collection[int], caps: Iterable[Cap], now: int) -> Past:
        """As far back as the longest of `caps` looks; nothing is read where there is none."""
        longest = max((cap.period_ms for cap in caps), default=None)
        if longest is None:
            return cls()
        return cls(messages.marketing_sent(tx, people, now - longest))

    def add(self, person_id: int, left: Left) -> None:
        """One more is leaving."""
        self.by_person.setdefault(person_id, []).append(left)

    def meters(self, person_id: int, about: Left, caps: Caps) -> tuple[Meter, ...]:
        """`caps` with what they count for a message that would leave as `about` says."""
        past = self.by_person.get(person_id, ())
        return tuple(
            _meter(cap, scope, about, past) for scope, those in caps.items() for cap in those
        )


def _meter(cap: Cap, scope: Scope, about: Left, past: Iterable[Left]) -> Meter:
    if scope == "person":
        return Meter(cap, BY_WISH, [left.at for left in past])
    if scope == "workspace" or cap.of_all:
        return Meter(cap, "", [left.at for left in past])
    own = getattr(about, scope)
    return Meter(cap, f"{scope} {own}", [left.at for left in past if getattr(left, scope) == own])
