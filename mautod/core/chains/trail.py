"""Which steps of a chain a run has come through, told from where it is known to have been.

A run keeps where it stands, not where it was; its messages name the steps that sent them. The rest
follows from the ways between steps: what every road to a known place leads through was passed,
what some road leads through perhaps.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final, Literal

Mark = Literal["passed", "here", "perhaps", "ahead", "not taken"]

PASSED: Final = "passed"
HERE: Final = "here"
PERHAPS: Final = "perhaps"
AHEAD: Final = "ahead"
NOT_TAKEN: Final = "not taken"

Ways = Mapping[str, Collection[str]]
"""Step → the steps that may follow it, in the order of the file; the first is where runs begin."""


def trail(ways: Ways, known: Collection[str], here: str | None) -> dict[str, Mark]:
    """A mark for each step of a run that was at all of `known` and, if it goes on, stands `here`.

    A run that stands before its first step has everything ahead; one that has ended, nothing.
    """
    if not ways:
        return {}
    first = next(iter(ways))
    seen = ({*known, here} if here else {*known}) & ways.keys()
    before = here is not None and here not in ways
    ahead = set(ways) if before else _reached(ways, ways[here]) if here else set[str]()
    return {step: _mark(step, ways, first, seen, ahead, here) for step in ways}


def _mark(
    step: str, ways: Ways, first: str, seen: set[str], ahead: set[str], here: str | None
) -> Mark:
    if step == here:
        return HERE
    if step in seen or seen - _reached(ways, {first} - {step}, without=step):
        return PASSED
    if seen & _reached(ways, {step}) and step in _reached(ways, {first}):
        return PERHAPS
    return AHEAD if step in ahead else NOT_TAKEN


def _reached(ways: Ways, starts: Collection[str], without: str | None = None) -> set[str]:
    """Where roads from `starts` lead, themselves included, that do not touch `without`."""
    found: set[str] = set()
    open_ = set(starts)
    while open_:
        place = open_.pop()
        if place != without and place in ways:
            found.add(place)
            open_ |= {*ways[place]} - found
    return found
