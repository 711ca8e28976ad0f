"""Replay: history through a chain, in a house for a while; nobody is written to.

Events happen again at their times, people come into being and say no at theirs. People are as they
are today, their properties too. Nobody opens or clicks what they never got, and messages of other
chains do not count against caps. The clock goes in strides, and what is due within one is done at
its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from itertools import groupby
from operator import itemgetter
from typing import Final, Generic, TypeVar

from mautod.config import Settings
from mautod.core.arrange import Defined, asks, name_of, stages_of
from mautod.core.chains.definition import parse_chain
from mautod.core.chains.needs import needs_of
from mautod.core.envelope import RESERVED, STARTED
from mautod.core.event import Touched
from mautod.core.rules.checker import Depends, asked_of, depends
from mautod.core.segments import Segment
from mautod.duration import DAY, MINUTE
from mautod.errors import NotFound
from mautod.services.definitions.workspace import Workspace, Written, validate
from mautod.services.pumps import House
from mautod.services.segments.refresh import Segments
from mautod.services.simulate.house import Means, Stage, VirtualClock, links_of, temporary_house
from mautod.services.simulate.recorder import Sampler
from mautod.services.simulate.run import check_chain
from mautod.store import catalog
from mautod.store.db import Database, Tx
from mautod.store.delivery.consent import SALT_KEY
from mautod.store.events import Fresh
from mautod.store.reports import replay as history
from mautod.store.reports.replay import Came, Sampled, Span, Verdict
from mautod.store.segments import membership as segments

_T = TypeVar("_T")

FEWEST: Final = 2000
MOST: Final = 20_000
"""Strides of a replay: the less happens the more there are, and the more exact the times."""
SAMPLE: Final = 20
KEPT: Final = frozenset(
    {"Session Started", "Unsubscribed", "Email Changed", "Name Changed", "Phone Changed", STARTED}
)
"""Events of our own that are history; the others come about anew."""

Tell = Callable[[int, int], None]
"""Hears how far it is, and how far it goes, in ms."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one version of a chain came to. `ends`: how runs ended; `sample`: the first messages."""

    version: str
    entered: int
    ends: dict[str, int]
    steps: list[Came]
    verdicts: list[Verdict]
    sample: list[Sampled]


@dataclass(frozen=True, slots=True)
class Apart:
    """A message of one person that the two versions differ in; None where it was not sent."""

    person_id: int
    template: str
    now: int | None
    then: int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Messages by what the versions make of them; `sample` are the first that differ.

    `later`: sent by both, at times that differ by more than a stride.
    """

    same: int = 0
    only_now: int = 0
    only_then: int = 0
    later: int = 0
    sample: list[Apart] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Replay:
    """A replay: so many events, in strides so long; `against` another version if one was asked."""

    chain: str
    since: int
    until: int
    stride_ms: int
    events: int
    outcome: Outcome
    against: Outcome | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Which chain, from when until when, and against which of its versions."""

    chain: str
    span: Span
    against: int | None = None


def replay(
    settings: Settings, db: Database, asked: Asked, tell: Tell = lambda _done, _total: None
) -> Replay:
    """What the files' version of a chain would have done with the history in `db`.

    Raises:
        NotFound: there is no such chain, or it has no such version.
        DefinitionErrors: the files are wrong.
    """
    tx = db.read()
    workspace = validate(settings.workspace, made=segments.made(tx))
    check_chain(workspace, asked.chain)
    versions = [("as in the files", _alone(workspace, _written(workspace, asked.chain)))]
    if asked.against is not None:
        versions.append((f"v{asked.against}", _alone(workspace, _stored(tx, asked))))
    with ExitStack() as stack:
        walks = []
        for name, world in versions:
            clock = VirtualClock(asked.span.first)
            house = stack.enter_context(temporary_house(settings, world, clock, segments.made(tx)))
            walks.append(_Walk(name, db, house, clock, world, asked.span))
        total = asked.span.last - asked.span.first
        for number, walk in enumerate(walks):
            walk.go(lambda done, number=number: tell(number * total + done, total * len(walks)))  # type: ignore[misc]
        outcomes = [walk.outcome() for walk in walks]
        stride = max(walk.stride_ms for walk in walks)
        compared = _compare(walks[0].house, walks[1].house, stride) if len(walks) > 1 else None
    return Replay(
        chain=asked.chain,
        since=asked.span.first,
        until=asked.span.last,
        stride_ms=stride,
        events=walks[0].fed,
        outcome=outcomes[0],
        against=outcomes[1] if len(outcomes) > 1 else None,
        comparison=compared,
    )


def _written(workspace: Workspace, key: str) -> Written:
    return next(one for one in workspace.written if (one.kind, one.key) == ("chain", key))


def _stored(tx: Tx, asked: Asked) -> Written:
    found = catalog.one(tx, "chain", asked.chain, asked.against or 0)
    if found is None:
        hint = f"See: mautod versions chain {asked.chain}"
        message = f"chain {asked.chain} has no version {asked.against}"
        raise NotFound(message, field="against", hint=hint)
    return Written(found.kind, found.key, found.file, found.body)


def _alone(workspace: Workspace, written: Written) -> Workspace:
    """The workspace with this chain alone, and with what its rules ask."""
    chain = parse_chain(written.body, written.file, written.key)
    wanted = asked_of(needs_of(chain), stages_of(workspace.living))
    living = _asked(workspace.living, wanted)
    kept = {(_kind(each), each.key) for each in living}
    others = (
        one
        for one in workspace.written
        if one.kind in {"topic", "template"} or (one.kind, one.key) in kept
    )
    return replace(workspace, living=living, chains=(chain,), written=(*others, written))


def _kind(defined: Defined) -> str:
    return "segment" if isinstance(defined, Segment) else "score"


def _asked(living: tuple[Defined, ...], wanted: frozenset[str]) -> tuple[Defined, ...]:
    """Those that are asked, and those that they ask; `living` has the asked before the asking."""
    stages, names = stages_of(living), set(wanted)
    for each in reversed(living):
        if name_of(each) in names:
            names |= asks(each, stages)
    return tuple(each for each in living if name_of(each) in names)


class _Walk:
    """One version of a chain on its way through the history."""

    def __init__(
        self,
        name: str,
        source: Database,
        house: House,
        clock: VirtualClock,
        world: Workspace,
        span: Span,
    ) -> None:
        self.house = house
        self.stride_ms = MINUTE
        self.fed = 0
        self._due: int | None = span.first
        self._name = name
        self._source = source
        self._clock = clock
        self._span = span
        needed = _needed(world)
        self._names = needed - (RESERVED - KEPT)
        unheard = frozenset(RESERVED - KEPT - needed)
        means = Means(links_of(house.settings), Sampler, unheard=unheard)
        self._stage = Stage(house, clock, means)

    def go(self, tell: Callable[[int], None]) -> None:
        """Walk from the first instant to the last."""
        self._before()
        self.stride_ms = self._stride()
        try:
            for day in range(self._span.first, self._span.last, DAY):
                self._day(Span(day, min(day + DAY, self._span.last)))
                tell(min(day + DAY, self._span.last) - self._span.first)
            for _ in self._stage.settle():
                pass
        finally:
            self._stage.close()

    def outcome(self) -> Outcome:
        tx = self.house.db.read()
        ends = history.ends(tx)
        return Outcome(
            version=self._name,
            entered=sum(ends.values()),
            ends=ends,
            steps=history.came(tx),
            verdicts=history.verdicts(tx),
            sample=history.sample(tx, SAMPLE),
        )

    def _stride(self) -> int:
        count = history.count(self._source.read(), self._names, self._span)
        strides = min(MOST, max(FEWEST, FEWEST * MOST // max(1, count)))
        return max(MINUTE, (self._span.last - self._span.first) // strides)

    def _before(self) -> None:
        """Bring the house to where the world was when the history begins."""
        source, first = self._source.read(), self._span.first
        with self.house.db.write() as tx:
            history.copy_people(source, tx, Span(0, first))
            history.copy_before(source, tx, self._names, first)
            history.copy_lists(source, tx)
            history.copy_salt(source, tx, SALT_KEY)
            for _, table, row in history.refusals(source, Span(0, first)):
                history.refuse(tx, table, row)
            living = Segments(self.house.zone)
            for segment in segments.list_segments(tx):
                living.rebuild(tx, segment.key, first)

    def _day(self, day: Span) -> None:
        """A day's history is read at once, and happens stride by stride."""
        source = self._source.read()
        fresh = history.events(source, self._names, day)
        self.fed += len(fresh)
        noes = history.refusals(source, day)
        with self.house.db.write() as tx:
            came = sorted(history.copy_people(source, tx, day))
        happened, newcomers = _Ahead(fresh, _ts), _Ahead(came, itemgetter(0))
        refused = _Ahead(noes, itemgetter(0))
        while (at := self._next(day, happened.at, newcomers.at, refused.at)) is not None:
            end = day.first + ((at - day.first) // self.stride_ms + 1) * self.stride_ms
            self._clock.now = end = min(end, day.last)
            self._refuse(refused.until(end))
            self._feed(happened.until(end), newcomers.until(end))
            self._stage.pass_by()
            self._due = self._stage.next_due(self._span.last)
        self._clock.now = day.last

    def _next(self, day: Span, *ahead: int | None) -> int | None:
        """The next instant of the day at which anything is to be done."""
        found = [at for at in (*ahead, self._due) if at is not None]
        at = max(min(found), self._clock.now) if found else day.last
        return at if at < day.last else None

    def _feed(self, fresh: list[Fresh], came: list[tuple[int, int]]) -> None:
        if fresh or came:
            touched = Touched(everything={person for _, person in came})
            self._stage.feed(fresh, touched)

    def _refuse(self, noes: list[history.Refusal]) -> None:
        if noes:
            with self.house.db.write() as tx:
                for _, table, row in noes:
                    history.refuse(tx, table, row)


def _ts(event: Fresh) -> int:
    return event.ts


class _Ahead(Generic[_T]):
    """What is still to come, in order of time."""

    def __init__(self, items: list[_T], at: Callable[[_T], int]) -> None:
        self._items = items
        self._at = at
        self._next = 0

    @property
    def at(self) -> int | None:
        """When the next of them comes."""
        return self._at(self._items[self._next]) if self._next < len(self._items) else None

    def until(self, end: int) -> list[_T]:
        """What comes before the instant `end` and was not taken yet."""
        first = self._next
        while self._next < len(self._items) and self._at(self._items[self._next]) < end:
            self._next += 1
        return self._items[first : self._next]


def _needed(world: Workspace) -> set[str]:
    """The events that a chain listens to, itself and through segments and scores."""
    needs = Depends()
    for chain in world.chains:
        needs |= needs_of(chain)
    for each in world.living:
        needs |= depends(each.tree()) if isinstance(each, Segment) else each.depends()
    return set(needs.events)


def _compare(one: House, other: House, stride_ms: int) -> Comparison:
    """Which messages both versions send, walked side by side."""
    same = later = only_now = only_then = 0
    sample: list[Apart] = []
    for apart in _apart(history.sent(one.db.read()), history.sent(other.db.read())):
        if apart.now is None:
            only_then += 1
        elif apart.then is None:
            only_now += 1
        elif abs(apart.now - apart.then) > stride_ms:
            later += 1
        else:
            same += 1
            continue
        if len(sample) < SAMPLE:
            sample.append(apart)
    return Comparison(same, only_now, only_then, later, sample)


Sent = tuple[int, str, int]
"""(person, template, when)"""


def _apart(now: Iterator[Sent], then: Iterator[Sent]) -> Iterator[Apart]:
    """The first of each template to each person, from both sides; each side is in order."""
    one, other = _firsts(now), _firsts(then)
    mine, theirs = next(one, None), next(other, None)
    while mine is not None or theirs is not None:
        if theirs is None or (mine is not None and mine[:2] < theirs[:2]):
            assert mine is not None, "one of them is there"
            yield Apart(mine[0], mine[1], mine[2], None)
            mine = next(one, None)
        elif mine is None or theirs[:2] < mine[:2]:
            yield Apart(theirs[0], theirs[1], None, theirs[2])
            theirs = next(other, None)
        else:
            yield Apart(mine[0], mine[1], mine[2], theirs[2])
            mine, theirs = next(one, None), next(other, None)


def _firsts(sent: Iterator[Sent]) -> Iterator[Sent]:
    for _, group in groupby(sent, key=itemgetter(0, 1)):
        yield next(group)
