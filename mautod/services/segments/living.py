"""What is kept true of people, one by one: who is in a segment, and what points they have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from mautod.core.event import Touched
from mautod.core.rules.checker import STAGE, Depends, on_score, on_segment
from mautod.core.scoring import Level, crossed
from mautod.store import state
from mautod.store.db import Tx, to_json
from mautod.store.rules.points import Sum
from mautod.store.rules.predicate import Predicate, RuleFailed
from mautod.store.segments import membership as segments
from mautod.store.segments import scores
from mautod.store.segments.membership import Change
from mautod.store.state import Aside

Move = tuple[int, str, Mapping[str, Any]]
"""(person id, name of an event of our own, its properties)"""

ENTERED: Final = "Segment Entered"
LEFT: Final = "Segment Left"
REACHED: Final = "Score Reached"
CHUNK: Final = 5000


@dataclass(slots=True)
class Walk:
    """One walk over all that is kept true: whom to ask about, at what instant, what came of it.

    `turned`: whom the clock turned, by name.
    """

    now: int
    touched: Touched
    turned: Mapping[str, AbstractSet[int]] = field(default_factory=dict)
    moves: list[Move] = field(default_factory=list)


class Living(Protocol):
    """A definition with its rules compiled. `name` is what others that ask it depend on."""

    @property
    def name(self) -> str: ...

    @property
    def depends(self) -> Depends: ...

    @property
    def is_stage(self) -> bool: ...

    def update(self, tx: Tx, walk: Walk, people: Sequence[int]) -> None:
        """Bring it up to date for these people.

        Raises:
            RuleFailed: some person's data made the statement fail; nothing was written.
        """

    def fail(self, tx: Tx, now: int, reason: str) -> None:
        """Set it aside, once until it is rebuilt: the same person would come again and again."""


@dataclass(frozen=True, slots=True)
class Membership:
    """Who is in a segment; entering and leaving are events."""

    id: int
    key: str
    predicate: Predicate
    depends: Depends
    is_stage: bool = False

    @property
    def name(self) -> str:
        return on_segment(self.key)

    def update(self, tx: Tx, walk: Walk, people: Sequence[int]) -> None:
        change = segments.changes(tx, self.id, self.predicate, people, walk.now)
        if change.entered or change.left or change.gone:
            segments.move(tx, self.id, change, walk.now)
            self._tell(walk, change)

    def fail(self, tx: Tx, now: int, reason: str) -> None:
        fail_segment(tx, now, reason, segment_id=self.id, key=self.key)

    def _tell(self, walk: Walk, change: Change) -> None:
        props = {"segment": self.key}
        walk.moves.extend((person, ENTERED, props) for person in change.entered)
        walk.moves.extend((person, LEFT, props) for person in change.left)
        moved = walk.touched.segments.setdefault(self.key, set())
        moved.update(change.entered, change.left, change.gone)
        if self.is_stage:
            walk.touched.facts.setdefault(STAGE, set()).update(change.entered, change.left)


@dataclass(frozen=True, slots=True)
class Counted:
    """What points people have of a score; reaching one of its levels from below is an event."""

    id: int
    key: str
    total: Sum
    levels: tuple[Level, ...]
    depends: Depends
    is_stage: bool = False

    @property
    def name(self) -> str:
        return on_score(self.key)

    def update(self, tx: Tx, walk: Walk, people: Sequence[int]) -> None:
        changed = scores.changes(tx, self.id, self.total, people, walk.now)
        scores.move(tx, self.id, changed)
        for person, was, points in changed:
            walk.touched.fact(self.name, person)
            walk.moves.extend(
                (person, REACHED, self._reached(level, points))
                for level in crossed(self.levels, was, points)
            )

    def fail(self, tx: Tx, now: int, reason: str) -> None:
        fail_score(tx, now, reason, score_id=self.id, key=self.key)

    def _reached(self, level: Level, points: int) -> Mapping[str, Any]:
        return {
            "score": self.key,
            "level": level.name,
            "threshold": level.points,
            "points": points,
        }


def update(tx: Tx, walk: Walk, part: Living, people: Sequence[int]) -> None:
    """Bring a part up to date; those whose data fails a rule are set aside one by one."""
    for at in range(0, len(people), CHUNK):
        _update(tx, walk, part, people[at : at + CHUNK])


def _update(tx: Tx, walk: Walk, part: Living, people: Sequence[int]) -> None:
    try:
        part.update(tx, walk, people)
    except RuleFailed as error:
        if len(people) == 1:
            part.fail(tx, walk.now, f"{error.message}, at person {people[0]}")
            return
        middle = len(people) // 2
        _update(tx, walk, part, people[:middle])
        _update(tx, walk, part, people[middle:])


def fail_segment(tx: Tx, now: int, reason: str, *, segment_id: int, key: str) -> None:
    """Note that a segment cannot be asked; told once, until it is rebuilt."""
    if segments.fail(tx, segment_id, reason):
        state.set_aside(tx, now, [_aside("segment", key, reason)])


def fail_score(tx: Tx, now: int, reason: str, *, score_id: int, key: str) -> None:
    """Note that a score cannot be counted; told once, until it is rebuilt."""
    if scores.fail(tx, score_id, reason):
        state.set_aside(tx, now, [_aside("score", key, reason)])


def _aside(kind: str, key: str, reason: str) -> Aside:
    return Aside("rule", reason, field=key, body=to_json({kind: key}))
