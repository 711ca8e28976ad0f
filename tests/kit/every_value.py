"""Each kind of value that a property may have, and each question that a rule may ask about it."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from rules_strategies import AHEAD, DATES, ENDS, LITERALS, NOW, NUMBERS, OFFSETS, SPANS, TEXTS

from mautod.core.rules.tree import Ago, On, Range, Test

SCALARS = (*TEXTS, *LITERALS, True, False)
MOMENTS = (*map(On, DATES), *map(Ago, SPANS))
VALUES = (
    *TEXTS, "\u212a", "İ", *NUMBERS, True, False, None, *DATES, *(NOW - offset for offset in (*OFFSETS, *AHEAD)), {}, [], [[]], [{}],
    *([value] for value in (*TEXTS, *NUMBERS, True, False, None)), ["a", 1, True], [{"x": 1}], {"x": 1}, {"x": [1]}, {"0": 1},
)  # fmt: skip


def is_of_event(test: Test) -> bool:
    """Whether a `where` may ask it: it says nothing that time alone changes."""
    operand = test.value
    edges = (operand.low, operand.high) if isinstance(operand, Range) else (operand,)
    sliding = test.op in ("in last", "in next", "anniversary in next")
    return not sliding and not any(isinstance(edge, Ago) for edge in edges)


def every_test(path: tuple[str, ...]) -> list[Test]:
    """Each operator with each operand of the pools."""
    operands: dict[tuple[str, ...], Any] = {
        ("=", "!=", "has"): SCALARS,
        ("<", "<=", ">", ">="): LITERALS,
        ("contains",): TEXTS,
        ("starts with", "ends with"): ENDS,
        ("matches",): ("2026-*-28", "s*", "*SE", "a?", "%", "_", "*", "", "?ß*", "x*\\y"),
        ("in", "has any", "has all"): (("a",), ("Ä", 1), (True, 2.5), (False, "K"), (0, "ß", "1")),
        ("before", "after"): MOMENTS,
        ("between",): [
            *(Range(*pair) for pair in pairwise(sorted(LITERALS))),
            *(Range(low, high) for low in MOMENTS[:3] for high in MOMENTS[-3:]),
        ],
        ("in last", "in next", "anniversary in next"): SPANS,
        ("is known", "is unknown", "is empty"): (None,),
    }
    return [
        Test(path, op, each) for some, given in operands.items() for op in some for each in given
    ]
