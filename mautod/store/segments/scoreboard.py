"""Who has how many points, for the eyes of operators."""

from __future__ import annotations

import re
from typing import Final

from mautod.errors import BadInput
from mautod.store import rows
from mautod.store.db import Tx
from mautod.wire import Bin, Person

# index person_score_points, from both ends, and over the whole score
_EXTENT: Final = """
SELECT (SELECT min(points) FROM person_score WHERE score_id = :score),
       (SELECT max(points) FROM person_score WHERE score_id = :score),
       (SELECT count(*) FROM person_score WHERE score_id = :score)"""
_HIGHEST: Final = "SELECT COALESCE(max(points), 0) FROM person_score WHERE score_id = ?"
_REACHED: Final = "SELECT count(*) FROM person_score WHERE score_id = ? AND points >= ?"
_BINS: Final = """
SELECT (points - :start) / :width, count(*) FROM person_score
WHERE score_id = :score GROUP BY 1"""
# index person_score_points from its end, then the primary key of person
_PEOPLE: Final = f"""
SELECT {rows.PERSON}, x.points FROM (
  SELECT ps.points, ps.person_id FROM person_score ps
  WHERE ps.score_id = :score AND ps.points >= :least AND ps.points <= :points
  AND (ps.points, ps.person_id) < (:points, :person)
  ORDER BY ps.points DESC, ps.person_id DESC LIMIT :limit) x
CROSS JOIN person p WHERE p.id = x.person_id
ORDER BY x.points DESC, x.person_id DESC"""
# primary key of person_score
_OF: Final = """
SELECT s.key, ps.points FROM person_score ps JOIN score s ON s.id = ps.score_id
WHERE ps.person_id = ?"""

NEWEST: Final = 2**62
_PLACE: Final = re.compile(r"(-?\d{1,18})\.(\d{1,18})", re.ASCII)


def extent(tx: Tx, score_id: int) -> tuple[int | None, int | None, int]:
    """The fewest and the most points that somebody has, and how many people have some."""
    found: tuple[int | None, int | None, int] = tx.execute(_EXTENT, {"score": score_id}).fetchone()
    return found


def highest(tx: Tx, score_id: int) -> int:
    """The most points that anybody has, or 0."""
    return int(tx.execute(_HIGHEST, (score_id,)).fetchone()[0])


def reached(tx: Tx, score_id: int, points: int) -> int:
    """How many people have so many points, which is more than 0."""
    return int(tx.execute(_REACHED, (score_id, points)).fetchone()[0])


def bins(tx: Tx, score_id: int, start: int, width: int, number: int) -> list[Bin]:
    """So many bins of a width from `start` on, which is no more than anybody has."""
    values = {"score": score_id, "start": start, "width": width}
    counts = dict(tx.execute(_BINS, values).fetchall())
    edges = range(start, start + number * width, width)
    return [Bin(low, low + width - 1, counts.get(n, 0)) for n, low in enumerate(edges)]


def people(
    tx: Tx, score_id: int, least: int, after: str, limit: int, now: int
) -> list[tuple[Person, int]]:
    """Who has `least` points or more, the highest first, beyond the place `after`.

    Raises:
        BadInput: `after` is no place in the list.
    """
    points, person = _cursor(after) if after else (NEWEST, NEWEST)
    values = {"score": score_id, "least": least, "points": points, "person": person}
    found = tx.execute(_PEOPLE, {**values, "limit": limit})
    return [(rows.person(row, now), row[-1]) for row in found]


def place(person_id: int, points: int) -> str:
    """Where somebody stands in the list, to go on after."""
    return f"{points}.{person_id}"


def points_of(tx: Tx, person_id: int) -> dict[str, int]:
    """The points of a person by the key of the score; those without any are left out."""
    return dict(tx.execute(_OF, (person_id,)).fetchall())


def _cursor(text: str) -> tuple[int, int]:
    place = _PLACE.fullmatch(text)
    if place is None:
        raise BadInput(f"{text!r} is no place in this list", field="after")
    return int(place[1]), int(place[2])
