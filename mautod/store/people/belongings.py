"""What belongs to a person, table by table: the one list that merges, exports and erasures read.

A new table with a `person_id` is one line here. A test fails for a table that is in no list.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Listed:
    """Rows with an `id` that belong to one person each: a merge moves them and lists their ids.

    `among` is what leads to them by index beside the person.
    """

    table: str
    among: str = ""

    def of(self, person: str) -> str:
        """The condition for the rows of a person, who is the bound value `person`."""
        return f"person_id = {person}{self.among and f' AND {self.among}'}"


@dataclass(frozen=True, slots=True)
class Keyed:
    """Few rows a person, found by `key`: a merge joins them and keeps how they were.

    `joined` says what a row becomes that both have; with none, nobody shares a row: the key alone
    names it, whoever's it is.
    """

    table: str
    key: tuple[str, ...]
    rest: tuple[str, ...]
    joined: str = ""
    among: str = ""

    def of(self, person: str) -> str:
        """The condition for the rows of a person, who is the bound value `person`."""
        return f"person_id = {person}{self.among and f' AND {self.among}'}"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *self.rest)


EVENT: Final = Listed("event")
RUN: Final = Listed("run", "chain_id IN (SELECT id FROM chain)")
"""Moved by `runs.move`, which knows who gives way."""

LISTED: Final = (
    EVENT,
    RUN,
    Listed("message"),
    Listed("conversion"),
    Listed("call"),
    Listed("consent_log"),
    Listed("optin"),
    Listed("parting"),
    Listed("browser"),
    Listed("conversation"),
    Listed("mail"),
)

# Of two wills about the same the latest holds, and a no against a yes that is not firm; a request
# that waits gives way to either.
_LOSERS_WILL: Final = """CASE
  WHEN consent.state = excluded.state THEN excluded.firm > consent.firm
    OR (excluded.firm = consent.firm AND excluded.at > consent.at)
  WHEN consent.state = 'pending' THEN 1 = 1
  WHEN excluded.state = 'pending' THEN 1 = 0
  WHEN excluded.state = 'unsubscribed' THEN consent.firm = 0 OR excluded.at >= consent.at
  ELSE excluded.firm = 1 AND excluded.at > consent.at END"""

KEYED: Final = (
    Keyed("identity", ("kind", "value"), ("created_at",)),
    Keyed(
        "consent",
        ("channel", "topic"),
        ("state", "at", "source", "firm"),
        ", ".join(
            f"{column} = CASE WHEN {_LOSERS_WILL} THEN excluded.{column} ELSE consent.{column} END"
            for column in ("state", "at", "source", "firm")
        ),
    ),
    Keyed(
        "preference",
        ("kind",),
        ("value", "at"),
        "value = CASE WHEN excluded.at > preference.at THEN excluded.value ELSE preference.value"
        " END, at = max(preference.at, excluded.at)",
    ),
    Keyed(
        "member",
        ("segment_id",),
        ("since",),
        "since = min(member.since, excluded.since)",
        among="segment_id IN (SELECT id FROM segment)",
    ),
    Keyed(
        "stay",
        ("segment_id", "entered_at"),
        ("left_at",),
        "left_at = max(stay.left_at, excluded.left_at)",
    ),
    Keyed(
        "listed",
        ("segment_id",),
        ("at",),
        "at = min(listed.at, excluded.at)",
        among="segment_id IN (SELECT id FROM segment)",
    ),
    Keyed("code", ("pool", "code"), ("at",)),
    # What two people have is counted anew together; who had the more has reached what they had.
    Keyed(
        "person_score",
        ("score_id",),
        ("points",),
        "points = max(person_score.points, excluded.points)",
    ),
)

COUNTED: Final = frozenset({"event_stat"})
"""Added up when people merge, counted anew from their events when they part."""

FOLLOWING: Final = frozenset({"person_date", "word"})
"""Made of a person's card: dates by the digest that looks at it, words by whoever saves it."""

BLANKED: Final = frozenset({"run", "message", "conversion", "code"})
"""Of an erased person these rows stay, without what is personal: campaigns count them.

A code that was given stays so, or somebody else would get it.
"""

EXEMPT: Final = frozenset({"erasure"})
"""About people who are gone."""
