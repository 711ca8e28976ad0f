"""Text to tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, Final, NamedTuple, NoReturn

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from mautod.core.rules.dates import bounds
from mautod.core.rules.hints import explain
from mautod.core.rules.operators import OPERATORS, Takes
from mautod.core.rules.scopes import Reach
from mautod.core.rules.tree import (
    ONCE,
    PERSON,
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
    Named,
    Not,
    Occurrence,
    Of,
    On,
    Operand,
    Range,
    Reachable,
    Rule,
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
    Where,
    Window,
    heard,
    personal,
)
from mautod.duration import parse_duration
from mautod.errors import BadInput, RuleError

MOST_BYTES: Final = 16 * 1024
MOST_DEPTH: Final = 64
MOST_TIMES: Final = 1_000_000
MOST_DIGITS: Final = 18
_BROKEN: Final = re.compile("[\x00\ud800-\udfff]")
_BAD_NAME: Final = re.compile(r'["\\\x00-\x1f]')
_ESCAPE: Final = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED: Final = {"n": "\n", "t": "\t"}


class _Fault(Exception):
    """A mistake that the grammar lets through, at a token."""

    def __init__(self, message: str, at: Token, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.at, self.hint = message, at, hint


class _Part(NamedTuple):
    """A finished piece of the tree: how deep it nests, and whose clock and person it needs."""

    rule: Rule
    depth: int
    entry: Token | None = None
    relative: Token | None = None
    person: Token | None = None


_Path = tuple[tuple[str, ...], Token]


class _Operand(NamedTuple):
    value: Operand
    kinds: frozenset[Takes]
    at: Token
    slides: bool = False


def parse(text: str, *, entry: bool = True) -> Rule:
    """The tree of a rule; `entry` says whether `since entry` makes sense, as it does in chains.

    Raises:
        RuleError: it does not parse, means nothing, or is over 16 KB or 64 levels deep.
    """
    part = _parse(text, whole=False)
    if part.entry is not None and not entry:
        _refuse(
            text,
            _Fault("only a chain has an entry", part.entry, "Write in 7d or since 2026-01-01."),
        )
    return part.rule


def parse_where(text: str) -> Where:
    """The tree of a `where` that stands alone: tests on an event's properties.

    Raises:
        RuleError: as `parse` does.
    """
    part = _parse(text, whole=True)
    if part.relative is not None:
        _refuse(text, _relative_in_where(part.relative))
    if part.person is not None:
        _refuse(text, _person_alone(part.person))
    return part.rule


def _parse(text: str, *, whole: bool) -> _Part:
    _check_text(text)
    try:
        part: _Part = _parser(whole=whole).parse(text)  # type: ignore[assignment]
    except _Fault as fault:
        _refuse(text, fault)
    except UnexpectedInput as error:
        raise explain(text, error) from error
    return part


def tokens_of(text: str) -> list[Token]:
    """The tokens of `text` as they are written, names and joins not told apart yet.

    Raises:
        RuleError: a character means nothing, or the text is too long or broken.
    """
    _check_text(text)
    try:
        return list(_lexer().lex(text))
    except UnexpectedInput as error:
        raise explain(text, error) from error


def accepted(tokens: Sequence[Token], after: Sequence[Token] = ()) -> set[str]:
    """Names of the tokens that may follow `tokens`, the beginning of a rule; none if it is wrong.

    `after` is what is assumed to follow them when names and joins are told apart.
    """
    following = _parser(whole=False).parse_interactive("")
    named = list(Reach(whole=False).process(iter([*tokens, *after])))
    try:
        for token in named[: len(tokens)]:
            following.feed_token(token)
    except (_Fault, UnexpectedInput):
        return set()
    return set(following.accepts())  # type: ignore[no-untyped-call]


@cache
def _lexer() -> Lark:
    return Lark.open_from_package(
        "mautod.core.rules", "grammar.lark", start="rule", parser="lalr", lexer="basic"
    )


def _check_text(text: str) -> None:
    if len(text) > MOST_BYTES:
        raise RuleError(
            "the rule is longer than 16 KB", text="", line=1, column=1, hint="Split it in segments."
        )
    broken = _BROKEN.search(text)
    if broken is not None:
        line = text.count("\n", 0, broken.start()) + 1
        column = broken.start() - text.rfind("\n", 0, broken.start())
        raise RuleError("the text holds a broken character", text=text, line=line, column=column)


def _refuse(text: str, fault: _Fault) -> NoReturn:
    line, column = fault.at.line or 1, fault.at.column or 1
    raise RuleError(fault.message, text=text, line=line, column=column, hint=fault.hint) from fault


@cache
def _parser(*, whole: bool) -> Lark:
    return Lark.open_from_package(
        "mautod.core.rules",
        "grammar.lark",
        start="where" if whole else "rule",
        parser="lalr",
        lexer="basic",
        postlex=Reach(whole=whole),
        transformer=_Builder(),
        maybe_placeholders=False,
    )


def _relative_in_where(at: Token) -> _Fault:
    return _Fault(
        "a date inside where cannot slide with the clock",
        at,
        'Write the window after the where, as did "X" where total > 5 in 7d.',
    )


def _person_alone(at: Token) -> _Fault:
    return _Fault(
        "this where sees the event alone, not the person",
        at,
        'Ask about the person in a rule, as did "X" where email = person.email.',
    )


def _deeper(parts: list[_Part], rule: Rule, at: Token | None = None) -> _Part:
    depth = max(part.depth for part in parts) + 1
    if depth > MOST_DEPTH:
        raise _Fault("the rule nests deeper than 64 levels", at or _ORIGIN, "Split it in segments.")
    entry = next((part.entry for part in parts if part.entry), None)
    relative = next((part.relative for part in parts if part.relative), None)
    person = next((part.person for part in parts if part.person), None)
    return _Part(rule, depth, entry, relative, person)


_ORIGIN: Final = Token("ORIGIN", "", line=1, column=1)


@v_args(inline=True)
class _Builder(Transformer[Any, Any]):
    """Called by the parser as each piece is complete, so that no recursion is ever deep."""

    def some(self, *parts: _Part) -> _Part:
        return _deeper(list(parts), Some(tuple(part.rule for part in parts)))

    def all(self, *parts: _Part) -> _Part:
        return _deeper(list(parts), All(tuple(part.rule for part in parts)))

    def negate(self, token: Token, part: _Part) -> _Part:
        return _deeper([part], Not(part.rule), token)

    def group(self, token: Token, part: _Part) -> _Part:
        return _deeper([part], part.rule, token)

    def named(self, _word: Token, key: Token) -> _Part:
        return _Part(Named(_text(key)), 1)

    def in_segment(self, _word: Token, key: Token) -> _Part:
        return _Part(InSegment(_text(key)), 1)

    def in_list(self, _word: Token, key: Token) -> _Part:
        return _Part(InList(_text(key)), 1)

    def in_chain(self, _word: Token, key: Token) -> _Part:
        return _Part(InChain(_text(key)), 1)

    def was_in(self, _was: Token, _word: Token, key: Token, *windows: _Window) -> _Part:
        window = _window(windows)
        return _Part(WasIn(_text(key), window.window), 1, window.entry)

    def tagged(self, _word: Token, tag: Token) -> _Part:
        return _Part(Test(("tags",), "has", _text(tag)), 1)

    def scored(self, _word: Token, key: Token, amount: Amount) -> _Part:
        return _Part(Scored(_text(key), amount), 1)

    def at_stage(self, _word: Token, key: Token) -> _Part:
        return _Part(AtStage(_text(key)), 1)

    def heard(self, word: Token, template: Token, *windows: _Window) -> _Part:
        window = _window(windows)
        rule = heard(word.lower(), _text(template), window.window)
        return _Part(rule, 2, window.entry)

    def by(self, channel: Token) -> str:
        return _property(channel)

    def subscribed(self, _word: Token, topic: Token, *channel: str) -> _Part:
        return _Part(Subscribed(_text(topic), *channel), 1)

    def reachable(self, _word: Token, channel: str) -> _Part:
        return _Part(Reachable(channel), 1)

    def path(self, *names: Token) -> _Path:
        return tuple(_property(name) for name in names), names[0]

    def compare(self, path: _Path, op: Token, value: _Operand) -> _Part:
        return _test(path, op.lower(), value)

    def member(self, *names: Token) -> _Names:
        return _Names(tuple(_property(name) for name in names))

    def compare_person(self, path: _Path, op: Token, person: Token, member: _Names) -> _Part:
        return _Part(Test(path[0], str(op), Of((PERSON, *member.names))), 1, person=person)

    def affixed(self, path: _Path, op: Token, value: _Operand) -> _Part:
        return _test(path, f"{op.lower()} with", value)

    def one_of(self, path: _Path, _open: Token, *values: _Operand) -> _Part:
        return _test(path, "in", _list(values))

    def has(
        self,
        path: _Path,
        _word: Token,
        which: Token,
        _open: Token,
        *values: _Operand,
    ) -> _Part:
        return _test(path, f"has {which.lower()}", _list(values))

    def empty(self, path: _Path, word: Token) -> _Part:
        return _test(path, "is empty", _Operand(None, frozenset({Takes.NOTHING}), word))

    def known(self, path: _Path, word: Token) -> _Part:
        return _test(path, "is known", _Operand(None, frozenset({Takes.NOTHING}), word))

    def unknown(self, path: _Path, word: Token) -> _Part:
        return _test(path, "is unknown", _Operand(None, frozenset({Takes.NOTHING}), word))

    def dated(self, path: _Path, op: Token, value: _Operand) -> _Part:
        return _test(path, op.lower(), value)

    def in_span(self, path: _Path, word: Token, span: Token) -> _Part:
        value = _Operand(_span(span), frozenset({Takes.SPAN}), word)
        return _test(path, f"in {word.lower()}", value)

    def anniversary(self, path: _Path, word: Token, _next: Token, span: Token) -> _Part:
        value = _Operand(_span(span), frozenset({Takes.SPAN}), word)
        return _test(path, "anniversary in next", value)

    def between(self, path: _Path, _word: Token, low: _Operand, high: _Operand) -> _Part:
        return _test(path, "between", _range(low, high))

    def on(self, date: Token) -> _Operand:
        return _Operand(_date(date), frozenset({Takes.DATE}), date)

    def ago(self, span: Token) -> _Operand:
        return _Operand(Ago(_span(span)), frozenset({Takes.DATE}), span, slides=True)

    def text(self, token: Token) -> _Operand:
        return _Operand(_text(token), frozenset({Takes.SCALAR, Takes.TEXT}), token)

    def number(self, token: Token) -> _Operand:
        return _Operand(_number(token), frozenset({Takes.SCALAR, Takes.NUMBER}), token)

    def true(self, token: Token) -> _Operand:
        return _Operand(True, frozenset({Takes.SCALAR}), token)

    def false(self, token: Token) -> _Operand:
        return _Operand(False, frozenset({Takes.SCALAR}), token)

    def asked(self, *parts: Any) -> _Asked:
        names = tuple(_text(part) for part in parts if isinstance(part, Token))
        where = next((part for part in parts if isinstance(part, _Part)), None)
        asked = Asked(names, where.rule if where else None)
        return _Asked(asked, where.depth if where else 0)

    def did(self, _word: Token, asked: _Asked, *rest: Any) -> _Part:
        count = next((part for part in rest if isinstance(part, Count)), ONCE)
        window = _window(rest)
        rule = Did(asked.asked.events, asked.asked.where, count, window.window)
        return _Part(rule, asked.depth + 1, window.entry)

    def sequence(self, _word: Token, asked: _Asked, *rest: Any) -> _Part:
        steps = [part for part in rest if isinstance(part, _Step)]
        for step in steps[:-1]:
            if step.never is not None:
                raise _Fault("then not may only stand last", step.never)
        window, never = _window(rest), steps[-1].never is not None
        thens = tuple(step.then for step in steps)
        rule = Series(
            first=asked.asked,
            then=thens[:-1] if never else thens,
            never=thens[-1] if never else None,
            on=next((part.names for part in rest if isinstance(part, _Names)), None),
            window=window.window,
        )
        return _Part(rule, max(asked.depth, *(step.depth for step in steps)) + 1, window.entry)

    def then(self, _word: Token, *parts: Any) -> _Step:
        never = next((part for part in parts if isinstance(part, Token)), None)
        asked = next(part for part in parts if isinstance(part, _Asked))
        within = next((part for part in parts if isinstance(part, int)), None)
        if never is not None and within is None:
            hint = 'Say for how long: then not "Order Completed" within 2h.'
            raise _Fault("then not wants within", never, hint)
        return _Step(Then(asked.asked, within), asked.depth, never)

    def within(self, span: Token) -> int:
        return _span(span)

    def joined(self, name: Token, *rest: _Names) -> _Names:
        return _Names((_property(name), *(inner for part in rest for inner in part.names)))

    def aggregate(self, function: Token, event: Token, member: _Names, *rest: Any) -> _Part:
        where = next((part for part in rest if isinstance(part, _Part)), None)
        amount = next(part for part in rest if isinstance(part, Amount))
        window = _window(rest)
        rule = Aggregate(
            function.lower(),
            _text(event),
            member.names,
            amount,
            where.rule if where else None,
            window.window,
        )
        return _Part(rule, (where.depth if where else 0) + 1, window.entry)

    def amount(self, op: Token, number: Token, *most: Token) -> Amount:
        amount = Amount(op.lower(), _number(number), *(_number(token) for token in most))
        if amount.most is not None and amount.number > amount.most:
            raise _Fault("between wants the lower end first", most[0])
        return amount

    def occurred(self, which: Token, event: Token, *rest: Any) -> _Part:
        op, value = rest[-2:]
        return _occurrence(which, event, rest, op.lower(), value)

    def occurred_between(self, which: Token, event: Token, *rest: Any) -> _Part:
        return _occurrence(which, event, rest, "between", _range(*rest[-2:]))

    def occurred_in(self, which: Token, event: Token, *rest: Any) -> _Part:
        word, span = rest[-2:]
        value = _Operand(_span(span), frozenset({Takes.SPAN}), word)
        return _occurrence(which, event, rest, f"in {word.lower()}", value)

    def reach(self, where: _Part) -> _Part:
        if where.relative is not None:
            raise _relative_in_where(where.relative)
        return where

    def count(self, op: Token, times: Token) -> Count:
        return Count(str(op), _times(times))

    def count_between(self, op: Token, low: Token, high: Token) -> Count:
        least, most = _times(low), _times(high)
        if least > most:
            raise _Fault("between wants the lower end first", high)
        return Count(op.lower(), least, most)

    def last(self, *tokens: Token) -> _Window:
        return _Window(Last(_span(tokens[-1])))

    def since(self, date: Token) -> _Window:
        return _Window(Since(_date(date)))

    def since_entry(self, word: Token) -> _Window:
        return _Window(SinceEntry(), word)

    def span(self, _word: Token, low: _Operand, high: _Operand) -> _Window:
        edges: Any = _range(low, high).value
        return _Window(Span(edges.low, edges.high))


class _Window(NamedTuple):
    window: Window | None
    entry: Token | None = None


class _Names(NamedTuple):
    names: tuple[str, ...]


class _Asked(NamedTuple):
    asked: Asked
    depth: int


class _Step(NamedTuple):
    then: Then
    depth: int
    never: Token | None


def _window(parts: tuple[Any, ...]) -> _Window:
    return next((part for part in parts if isinstance(part, _Window)), _Window(None))


def _occurrence(
    which: Token, event: Token, parts: tuple[Any, ...], op: str, operand: _Operand
) -> _Part:
    where = next((part for part in parts if isinstance(part, _Part)), None)
    value: Any = operand.value
    rule = Occurrence(which.lower(), _text(event), op, value, where.rule if where else None)
    return _Part(rule, (where.depth if where else 0) + 1)


def _test(path: _Path, op: str, operand: _Operand) -> _Part:
    takes = OPERATORS[op].takes
    if takes not in operand.kinds:
        raise _Fault(f"{op} wants {takes.value}", operand.at)
    sliding = takes is Takes.SPAN or operand.slides
    rule = Test(path[0], op, operand.value)
    return _Part(
        rule,
        1,
        relative=operand.at if sliding else None,
        person=path[1] if personal(path[0]) else None,
    )


def _list(values: tuple[_Operand, ...]) -> _Operand:
    items: Any = tuple(value.value for value in values)
    return _Operand(items, frozenset({Takes.LIST}), values[0].at)


def _range(low: _Operand, high: _Operand) -> _Operand:
    if low.kinds.isdisjoint(high.kinds):
        raise _Fault(f"between wants {Takes.RANGE.value}", high.at)
    found: Any = Range(low.value, high.value)  # type: ignore[arg-type]
    if not _runs_upwards(found):
        raise _Fault("between wants the lower end first", high.at)
    return _Operand(found, frozenset({Takes.RANGE}), low.at, low.slides or high.slides)


def _runs_upwards(found: Range) -> bool:
    match found:
        case Range(On(low), On(high)):
            first, last = bounds(low, "UTC"), bounds(high, "UTC")
            return first is not None and last is not None and first[0] <= last[1]
        case Range(Ago(low_ms), Ago(high_ms)):
            return low_ms >= high_ms
        case Range(int() | float() as low_number, int() | float() as high_number):
            return low_number <= high_number
        case _:
            return True


def _text(token: Token) -> str:
    return _ESCAPE.sub(lambda found: _ESCAPED.get(found[1], found[1]), token[1:-1])


def _property(token: Token) -> str:
    name = _text(token) if token.type == "STRING" else str(token)
    if not name or _BAD_NAME.search(name):
        raise _Fault("this cannot be the name of a property", token)
    return name


def _number(token: Token) -> int | float:
    if len(token) > MOST_DIGITS:
        raise _Fault("the number is longer than 18 digits", token)
    return float(token) if "." in token else int(token)


def _times(token: Token) -> int:
    number = _number(token)
    if not isinstance(number, int) or not 0 <= number <= MOST_TIMES:
        raise _Fault("a count is a whole number up to a million", token, "Write >= 3 times.")
    return number


def _span(token: Token) -> int:
    try:
        return parse_duration(token)
    except BadInput as error:
        raise _Fault(error.message, token, error.hint) from error


def _date(token: Token) -> On:
    if bounds(token, "UTC") is None:
        raise _Fault(f"there is no such date as {token}", token)
    return On(str(token))
