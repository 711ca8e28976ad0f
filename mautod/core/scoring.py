"""`scoring.toml`: named scores, and what gives a person points.

A row gives points while a rule is true, or for each event of a name; those of an event may be gone
when it is so old, or be halved each time it gets so much older. All numbers are whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from mautod.core.files.definition import KEY, KEY_HINT, Table, expected, label, mapping, span, text
from mautod.core.rules.checker import Depends, Frontier, Kind, depends
from mautod.core.rules.named import Texts, names, read, used
from mautod.core.rules.parser import MOST_BYTES, parse_where
from mautod.core.rules.printer import show
from mautod.core.rules.tree import Did, Rule, Where
from mautod.duration import show_duration
from mautod.errors import BadInput, DefinitionError, DefinitionErrors

MOST_SCORES: Final = 20
MOST_ROWS: Final = 50
MOST_LEVELS: Final = 10
MOST_POINTS: Final = 10_000
"""Of one row; an event's points are halved at most 14 times before nothing is left of them."""
MOST_TIMES: Final = 10_000
HIGHEST: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Lasts:
    """Points are gone when their event is `span_ms` old."""

    span_ms: int


@dataclass(frozen=True, slots=True)
class Halves:
    """Points are halved each time their event gets `span_ms` older; what is left is whole."""

    span_ms: int


Decay = Lasts | Halves


@dataclass(frozen=True, slots=True)
class While:
    """Points that somebody has while a rule is true."""

    rule: Rule
    points: int


@dataclass(frozen=True, slots=True)
class Each:
    """Points for each event of a name, `where` it holds: for the `most` latest of them, if so."""

    event: str
    points: int
    where: Where | None = None
    most: int | None = None
    decay: Decay | None = None


Row = While | Each


@dataclass(frozen=True, slots=True)
class Level:
    """A number of points with a name; to reach it from below is an event."""

    name: str
    points: int


@dataclass(frozen=True, slots=True)
class Score:
    """One score as it is written; the lowest level first.

    `rules` are the named rules that its rows lead to, as they were when it was written.
    """

    key: str
    name: str
    rows: tuple[Row, ...]
    levels: tuple[Level, ...] = ()
    rules: tuple[tuple[str, str], ...] = ()

    def depends(self) -> Depends:
        """What may change somebody's points."""
        found = Depends()
        for row in self.rows:
            found |= row_depends(row)
        return found

    def body(self) -> dict[str, Any]:
        """What tells one version from another; `read_score` reads it back."""
        extra = {
            "thresholds": {level.name: level.points for level in self.levels},
            "rules": dict(self.rules),
        }
        told = {"name": self.name, "points": [_written(row) for row in self.rows]}
        return told | {key: value for key, value in extra.items() if value}


def steps(row: Each) -> tuple[tuple[int, int], ...]:
    """What an event is worth, as (age from which on, points): the first from any age on."""
    match row.decay:
        case None:
            return ((0, row.points),)
        case Lasts(span_ms):
            return ((0, row.points), (span_ms, 0))
        case Halves(span_ms):
            times = abs(row.points).bit_length() + 1
            return tuple((time * span_ms, _halved(row.points, time)) for time in range(times))


def worth(row: Each, age_ms: int) -> int:
    """The points of one event that is `age_ms` old; one that lies ahead has them all."""
    later = [points for age, points in steps(row)[1:] if age <= age_ms]
    return later[-1] if later else row.points


def crossed(levels: Iterable[Level], was: int, now: int) -> list[Level]:
    """The levels that somebody reaches from below."""
    return [level for level in levels if was < level.points <= now]


def row_depends(row: Row) -> Depends:
    """What may change the points of one row."""
    if isinstance(row, While):
        return depends(row.rule)
    ages = (age for age, _ in steps(row)[1:])
    lines = frozenset(Frontier(Kind.EVENT, (row.event,), age) for age in ages)
    return Depends(events=frozenset({row.event}), frontiers=lines)


def rule_of(row: Row) -> Rule:
    """Whom the row gives points: whoever the rule is true of, or did the event at all."""
    return row.rule if isinstance(row, While) else Did((row.event,), row.where)


def show_terms(row: Row) -> str:
    """How a row counts, such as `+3 each, at most 5 times, halved every 30d`."""
    if isinstance(row, While):
        return f"{row.points:+}"
    parts = [f"{row.points:+} each"]
    if row.most is not None:
        parts.append(f"at most {row.most} times" if row.most > 1 else "at most once")
    match row.decay:
        case Lasts(span_ms):
            parts.append(f"for {show_duration(span_ms)}")
        case Halves(span_ms):
            parts.append(f"halved every {show_duration(span_ms)}")
        case None:
            pass
    return ", ".join(parts)


def read_score(key: str, table: Table, known: Texts) -> Score:
    """The score that one table of the file describes; `known` are the named rules.

    Raises:
        DefinitionErrors: it describes none; holds all that is wrong, row by row.
        DefinitionError: it has a key that there is not, or no rows, or too many.
    """
    table.only("name", "thresholds", "points")
    tables = table.tables("points")
    if not 1 <= len(tables) <= MOST_ROWS:
        message = f"a score has 1 to {MOST_ROWS} rows of points, found {len(tables)}."
        raise table.error("points", message, f"Write [[{key}.points]], when = … and points = ….")
    name, levels, rows, wrong = key, tuple[Level, ...](), list[Row](), list[DefinitionError]()
    with _noted(wrong):
        name, levels = table.get("name", label, key), table.get("thresholds", _levels, ())
    for each in tables:
        with _noted(wrong):
            rows.append(_row(each, known))
    if wrong:
        raise DefinitionErrors(wrong)
    named = (name for row in rows if isinstance(row, While) for name in names(row.rule))
    return Score(key, name, tuple(rows), levels, tuple(used(named, known).items()))


@contextmanager
def _noted(wrong: list[DefinitionError]) -> Iterator[None]:
    try:
        yield
    except DefinitionError as error:
        wrong.append(error)


def _row(table: Table, known: Texts) -> Row:
    if ("event" in table) == ("when" in table):
        hint = "Write event = \"…\" or when = '…'."
        raise table.error("", "needs an event or a rule, one of them.", hint)
    if "when" in table:
        table.only("when", "points")
        rule = table.need("when", _briefly(lambda text: read(text, known, entry=False)))
        return While(rule, table.need("points", _points))
    table.only("event", "where", "points", "most", "lasts", "halves")
    return Each(
        table.need("event", label),
        table.need("points", _points),
        table.get("where", _briefly(parse_where), None),
        table.get("most", _whole(1, MOST_TIMES), None),
        _decay(table),
    )


def _decay(table: Table) -> Decay | None:
    if "lasts" in table and "halves" in table:
        raise table.error("halves", "points last or are halved, not both.", "Remove one of them.")
    if "lasts" in table:
        return Lasts(table.need("lasts", span))
    return Halves(table.need("halves", span)) if "halves" in table else None


def _levels(value: Any) -> tuple[Level, ...]:
    if not isinstance(value, Mapping) or not 1 <= len(value) <= MOST_LEVELS:
        raise expected(f"1 to {MOST_LEVELS} names with points like {{ hot = 26 }}", value)
    for name in value:
        if not KEY.fullmatch(name):
            raise BadInput(f"{name!r} is no fit name of a threshold.", hint=KEY_HINT)
    whole = _whole(1, HIGHEST)
    levels = [Level(name, whole(points)) for name, points in mapping(value).items()]
    levels.sort(key=lambda level: level.points)
    for one, other in pairwise(levels):
        if one.points == other.points:
            raise BadInput(f"{one.name} and {other.name} are the same threshold.")
    return tuple(levels)


def _briefly(parse: Callable[[str], Rule]) -> Callable[[Any], Rule]:
    """A reader of rules, which refuses what could not be read again in its printed form."""

    def checked(value: Any) -> Rule:
        rule = parse(text(value))
        if len(show(rule)) > MOST_BYTES:
            raise BadInput("the rule is longer than 16 KB.", hint="Split it in segments.")
        return rule

    return checked


def _points(value: Any) -> int:
    points = _whole(-MOST_POINTS, MOST_POINTS)(value)
    if points == 0:
        raise expected("points, more or less than 0", value)
    return points


def _whole(low: int, high: int) -> Callable[[Any], int]:
    """A reader that takes a whole number between two, both included."""

    def whole(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise expected(f"a whole number from {low} to {high}", value)
        return value

    return whole


def _halved(points: int, times: int) -> int:
    left = abs(points) >> times
    return left if points > 0 else -left


def _written(row: Row) -> dict[str, Any]:
    if isinstance(row, While):
        return {"when": show(row.rule), "points": row.points}
    told: dict[str, Any] = {"event": row.event, "points": row.points}
    if row.where is not None:
        told["where"] = show(row.where)
    if row.most is not None:
        told["most"] = row.most
    match row.decay:
        case Lasts(span_ms):
            told["lasts"] = show_duration(span_ms)
        case Halves(span_ms):
            told["halves"] = show_duration(span_ms)
        case None:
            pass
    return told
