"""Random rules and random lives, drawn from small pools so that they meet often, edges included."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mautod.core.rules.dates import bounds
from mautod.core.rules.tree import (
    HEARD,
    Aggregate,
    Ago,
    All,
    Amount,
    Asked,
    AtStage,
    Count,
    Did,
    InChain,
    InList,
    InSegment,
    Last,
    Not,
    Occurrence,
    Of,
    On,
    Range,
    Reachable,
    Scored,
    Series,
    Since,
    SinceEntry,
    Some,
    Span,
    Subscribed,
    Test,
    Then,
    WasIn,
    heard,
)
from mautod.duration import DAY, HOUR

NOW = 1_774_746_000_000  # 2026-03-29T01:00Z: the hour at which clocks in Europe change
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")
EVENTS = ("A", "B", "Ünter")
TEXTS = ("", "a", "A", "aB", "Ä", "ä", "straße", "K", "k", "x\"'\\y", "2026-03-28", "1")
ENDS = (*TEXTS, "st", "SSE", "ße", "Ss", "%", "_", "\\", "'\\Y", "2026", "28")
NUMBERS = (-1, 0, 1, 1.0, 2, 2.5, 10**15, NOW - HOUR, 2**70)
LITERALS = (-1, 0, 1, 2, 2.5, 0.001, 10**15)
DATES = (
    "2026-03-28", "2026-03-29", "2026-03-29T02:30", "2026-03-29T01:00:00Z",
    "2026-03-29T00:00:00.500+01:00", "2026-03-30", "1999-12-31", "1990-03-30", "1984-04-03", "2000-02-29",
)  # fmt: skip
SPANS = (1, HOUR, 2 * HOUR, DAY, 7 * DAY)
OFFSETS = (0, 1, -1, HOUR, HOUR - 1, HOUR + 1, 2 * HOUR, DAY, DAY + 1, 7 * DAY, 40 * DAY)
AHEAD = (-HOUR, -HOUR - 1, -2 * HOUR, -DAY, 1 - DAY, -7 * DAY)

PERSON_PATHS = (
    ("n",), ("s",), ("f",), ("l",), ("d",), ("o", "x"), ("o", "deep er", "é"), ("a.b",),
    ("email",), ("country",), ("sessions",), ("last_seen",), ("created_at",), ("first_seen",),
)  # fmt: skip
EVENT_PATHS = (("n",), ("s",), ("f",), ("l",), ("d",), ("o", "x"), ("email",))

globs = st.sampled_from(("2026-*-28", "s*", "*SE", "a?", "%", "_")) | st.text(
    st.sampled_from("*?aBÄxß\\%_"), max_size=5
)
scalars = st.sampled_from(TEXTS) | st.sampled_from(LITERALS) | st.booleans()
json_values: st.SearchStrategy[Any] = (
    st.sampled_from(TEXTS) | st.sampled_from(NUMBERS) | st.booleans() | st.none()
    | st.sampled_from(DATES)
    | st.lists(
        st.sampled_from(TEXTS) | st.sampled_from(NUMBERS) | st.booleans() | st.none(), max_size=3
    )
    | st.sampled_from((*OFFSETS, *AHEAD)).map(lambda offset: NOW - offset)
)  # fmt: skip
objects = st.fixed_dictionaries(
    {},
    optional={
        "x": json_values,
        "deep er": st.fixed_dictionaries({}, optional={"é": json_values}),
    },
)
props = st.fixed_dictionaries(
    {},
    optional={
        "n": json_values, "s": json_values, "f": json_values, "l": json_values, "d": json_values,
        "o": objects | json_values, "a.b": json_values, "email": json_values,
    },
)  # fmt: skip
event_props = props | st.fixed_dictionaries({"n": st.sampled_from((1, 1, 2, "a"))})
columns = st.fixed_dictionaries(
    {"created_at": st.sampled_from(OFFSETS).map(lambda offset: NOW - offset)},
    optional={
        "email": st.sampled_from(TEXTS),
        "country": st.sampled_from(("RU", "ru", "DE")),
        "sessions": st.integers(0, 3),
        "last_seen": st.sampled_from((*OFFSETS, *AHEAD)).map(lambda offset: NOW - offset),
        "first_seen": st.sampled_from(OFFSETS).map(lambda offset: NOW - offset),
    },
)


def pairs(edge: st.SearchStrategy[Any], order: Any) -> st.SearchStrategy[Range]:
    return st.lists(edge, min_size=2, max_size=2).map(lambda two: Range(*sorted(two, key=order)))


def tests(paths: tuple[tuple[str, ...], ...], *, relative: bool) -> st.SearchStrategy[Test]:
    path = st.sampled_from(paths)
    dates = st.sampled_from(DATES).map(On)
    moments = dates | st.sampled_from(SPANS).map(Ago) if relative else dates
    ranges = pairs(st.sampled_from(LITERALS), lambda number: number)
    ranges |= pairs(dates, lambda date: bounds(date.text, "UTC"))
    if relative:
        ranges |= pairs(st.sampled_from(SPANS).map(Ago), lambda ago: -ago.span_ms)
        ranges |= st.builds(Range, dates, st.sampled_from(SPANS).map(Ago))
        ranges |= st.builds(Range, st.sampled_from(SPANS).map(Ago), dates)
    several = st.lists(scalars, min_size=1, max_size=4).map(tuple)
    some = [
        st.builds(Test, path, st.just("has"), scalars),
        st.builds(Test, path, st.sampled_from(("has any", "has all")), several),
        st.builds(Test, path, st.just("between"), ranges),
        st.builds(Test, path, st.sampled_from(("=", "!=")), scalars),
        st.builds(Test, path, st.sampled_from(("<", "<=", ">", ">=")), st.sampled_from(LITERALS)),
        st.builds(Test, path, st.just("contains"), st.sampled_from(TEXTS)),
        st.builds(Test, path, st.sampled_from(("starts with", "ends with")), st.sampled_from(ENDS)),
        st.builds(Test, path, st.just("matches"), globs),
        st.builds(Test, path, st.just("in"), several),
        st.builds(Test, path, st.sampled_from(("is known", "is unknown", "is empty"))),
        st.builds(Test, path, st.sampled_from(("before", "after")), moments),
    ]
    if relative:
        some.append(
            st.builds(
                Test,
                path,
                st.sampled_from(("in last", "in next", "anniversary in next")),
                st.sampled_from(SPANS),
            )
        )
    return st.one_of(some)


def brief(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The same, printed briefly: hypothesis refuses to print what is very long."""

    @st.composite
    def drawn(draw: Any) -> Any:
        return draw(strategy)

    return drawn()


def joined(leaf: st.SearchStrategy[Any], most: int = 6) -> st.SearchStrategy[Any]:
    def grow(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        parts = st.lists(children, min_size=2, max_size=3).map(tuple)
        return st.builds(All, parts) | st.builds(Some, parts) | st.builds(Not, children)

    return st.recursive(leaf, grow, max_leaves=most)


lone_wheres = joined(tests(EVENT_PATHS, relative=False), 4)
"""What may stand alone: questions about the event only."""

of_person = st.sampled_from((*PERSON_PATHS, ("n",), ("s",))).map(lambda path: ("person", *path))
comparisons = st.builds(
    Test,
    st.sampled_from(EVENT_PATHS) | of_person,
    st.sampled_from(("=", "!=", "<", "<=", ">", ">=")),
    of_person.map(Of),
)
personal = tests(tuple(("person", *path) for path in PERSON_PATHS), relative=False)
wheres = brief(joined(tests(EVENT_PATHS, relative=False) | comparisons | personal, 4))

NAMES = st.sampled_from(("A", "A", "A", "B", "B", "B", "Ünter", "Never"))
dates = st.sampled_from(DATES).map(On)
agos = st.sampled_from(SPANS).map(Ago)
spans = pairs(dates, lambda date: bounds(date.text, "UTC")) | pairs(agos, lambda ago: -ago.span_ms)
spans |= st.builds(Range, dates, agos) | st.builds(Range, agos, dates)
orders = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))


def windows(*, entry: bool) -> st.SearchStrategy[Any]:
    some = st.none() | st.sampled_from(SPANS).map(Last) | dates.map(Since)
    some |= spans.map(lambda edges: Span(edges.low, edges.high))
    return some | st.just(SinceEntry()) if entry else some


def dids(*, entry: bool = False) -> st.SearchStrategy[Did]:
    counts = st.just(Count(">=", 1)) | st.builds(Count, orders, st.integers(0, 3))
    counts |= st.tuples(st.integers(0, 2), st.integers(0, 2)).map(
        lambda two: Count("between", two[0], sum(two))
    )
    names = NAMES.map(lambda one: (one,)) | st.lists(NAMES, min_size=2, max_size=3).map(tuple)
    return st.builds(Did, names, st.none() | wheres, counts, windows(entry=entry))


def aggregates(*, entry: bool = False) -> st.SearchStrategy[Aggregate]:
    amounts = st.builds(Amount, orders, st.sampled_from(LITERALS))
    amounts |= pairs(st.sampled_from(LITERALS), lambda number: number).map(
        lambda edges: Amount("between", edges.low, edges.high)
    )
    functions = st.sampled_from(("sum", "avg", "min", "max", "distinct"))
    paths = st.sampled_from((("n",), ("n",), ("s",), ("o", "x")))
    where = st.none() | st.none() | wheres
    return st.builds(Aggregate, functions, NAMES, paths, amounts, where, windows(entry=entry))


def occurrences() -> st.SearchStrategy[Occurrence]:
    which, where = st.sampled_from(("first", "last")), st.none() | st.none() | wheres
    compared = st.tuples(st.sampled_from(("before", "after")), dates | agos)
    compared |= st.tuples(st.just("between"), spans)
    compared |= st.tuples(st.sampled_from(("in last", "in next")), st.sampled_from(SPANS))
    return st.tuples(which, NAMES, compared, where).map(
        lambda four: Occurrence(four[0], four[1], *four[2], four[3])
    )


def sequences(
    names: st.SearchStrategy[str] = NAMES, *, entry: bool = False
) -> st.SearchStrategy[Series]:
    """Mostly such as somebody completes: short, with few questions, about the commonest events."""
    several = names.map(lambda one: (one,)) | st.lists(names, min_size=2, max_size=2).map(tuple)
    where = st.sampled_from((True, False, False, False)).flatmap(
        lambda wanted: wheres if wanted else st.none()
    )
    asked = st.builds(Asked, several, where)
    within = st.sampled_from(SPANS)
    then = st.builds(Then, asked, st.none() | within)
    on = st.sampled_from((None, ("n",)))
    window = st.none() | windows(entry=entry)
    thens = st.lists(then, min_size=1, max_size=2).map(tuple)
    some = st.builds(Series, asked, thens, st.none(), on, window)
    fewer = st.lists(then, max_size=1).map(tuple)
    return some | st.builds(Series, asked, fewer, st.builds(Then, asked, within), on, window)


def standing(key: str) -> st.SearchStrategy[Any]:
    leaf = st.sampled_from((InSegment(key), InSegment(key), InList(key), InChain("walk")))
    return leaf | windows(entry=False).map(lambda window: WasIn(key, window))


TOPICS = st.sampled_from(("news", "club", "*"))
CHANNELS = st.sampled_from(("email", "sms"))
scored = st.builds(
    Scored,
    st.sampled_from(("lead", "churn")),
    st.builds(Amount, orders, st.integers(-3, 30))
    | st.sampled_from((Amount("between", 0, 26), Amount("between", -2, -1), Amount(">", 2.5))),
)
consents = st.builds(Subscribed, TOPICS, st.none() | CHANNELS) | st.builds(Reachable, CHANNELS)
noes = st.tuples(
    st.sampled_from(("person", "person yes", "address", "address yes", "suppressed", "domain")),
    TOPICS,
    CHANNELS | st.just("*"),
)
TEMPLATES = st.sampled_from(("hello", "bye"))


def messages_heard(*, entry: bool = False) -> st.SearchStrategy[Did]:
    return st.builds(heard, st.sampled_from(sorted(HEARD)), TEMPLATES, windows(entry=entry))


def rules(
    *, entry: bool = False, segments: tuple[str, ...] = (), stages: tuple[str, ...] = ()
) -> st.SearchStrategy[Any]:
    leaf = tests(PERSON_PATHS, relative=True) | dids(entry=entry)
    leaf |= scored | consents | messages_heard(entry=entry)
    leaf |= brief(aggregates(entry=entry)) | brief(occurrences()) | brief(sequences(entry=entry))
    if segments:
        leaf |= st.sampled_from(segments).flatmap(standing)
    if stages:
        leaf |= st.sampled_from(stages).map(AtStage)
    return joined(leaf)


happenings = st.tuples(
    st.sampled_from(("A", "B", *EVENTS)),
    st.sampled_from(OFFSETS),
    event_props,
)
happenings |= st.tuples(
    st.sampled_from(sorted(HEARD.values())),
    st.sampled_from(OFFSETS),
    st.fixed_dictionaries({"template": TEMPLATES}),
)

lives = st.lists(
    st.tuples(columns, props, st.lists(happenings, max_size=8), st.lists(noes, max_size=3)),
    min_size=1,
    max_size=4,
)

PAIR = st.sampled_from(("A", "B"))
busy_sequences = sequences(PAIR)
busy_lives = st.lists(
    st.tuples(
        PAIR,
        st.sampled_from((0, 1, HOUR - 1, HOUR, HOUR + 1, 2 * HOUR, DAY)),
        st.fixed_dictionaries({"n": st.sampled_from((1, 1, 1.0, "1", True, None, [1]))}),
    ),
    min_size=2,
    max_size=8,
)
"""Lives and questions that meet often: few names, few values, ties, and spans at their edges."""
