"""What a rule says of a person as they are: properties, segments, chains, consent."""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer, v_args

from mautod.core.rules.literals import (
    date_of,
    list_of,
    number_of,
    property_of,
    range_of,
    span_of,
    text_of,
)
from mautod.core.rules.operators import OPERATORS, Takes
from mautod.core.rules.parts import Fault, Names, OperandPart, Part, Path
from mautod.core.rules.tree import (
    PERSON,
    Ago,
    Amount,
    AtStage,
    InChain,
    InList,
    InSegment,
    Of,
    Reachable,
    Scored,
    Subscribed,
    Test,
    personal,
)


@v_args(inline=True)
class OfPeople(Transformer[Any, Any]):
    """Builds the leaves about people, and the values that they compare."""

    def in_segment(self, _word: Token, key: Token) -> Part:
        return Part(InSegment(text_of(key)), 1)

    def in_list(self, _word: Token, key: Token) -> Part:
        return Part(InList(text_of(key)), 1)

    def in_chain(self, _word: Token, key: Token) -> Part:
        return Part(InChain(text_of(key)), 1)

    def tagged(self, _word: Token, tag: Token) -> Part:
        return Part(Test(("tags",), "has", text_of(tag)), 1)

    def scored(self, _word: Token, key: Token, amount: Amount) -> Part:
        return Part(Scored(text_of(key), amount), 1)

    def at_stage(self, _word: Token, key: Token) -> Part:
        return Part(AtStage(text_of(key)), 1)

    def by(self, channel: Token) -> str:
        return property_of(channel)

    def subscribed(self, _word: Token, topic: Token, *channel: str) -> Part:
        return Part(Subscribed(text_of(topic), *channel), 1)

    def reachable(self, _word: Token, channel: str) -> Part:
        return Part(Reachable(channel), 1)

    def path(self, *names: Token) -> Path:
        return tuple(property_of(name) for name in names), names[0]

    def compare(self, path: Path, op: Token, value: OperandPart) -> Part:
        return _test(path, op.lower(), value)

    def compare_person(self, path: Path, op: Token, person: Token, member: Names) -> Part:
        return Part(Test(path[0], str(op), Of((PERSON, *member.names))), 1, person=person)

    def affixed(self, path: Path, op: Token, value: OperandPart) -> Part:
        return _test(path, f"{op.lower()} with", value)

    def one_of(self, path: Path, _open: Token, *values: OperandPart) -> Part:
        return _test(path, "in", list_of(values))

    def has(
        self,
        path: Path,
        _word: Token,
        which: Token,
        _open: Token,
        *values: OperandPart,
    ) -> Part:
        return _test(path, f"has {which.lower()}", list_of(values))

    def empty(self, path: Path, word: Token) -> Part:
        return _test(path, "is empty", OperandPart(None, frozenset({Takes.NOTHING}), word))

    def known(self, path: Path, word: Token) -> Part:
        return _test(path, "is known", OperandPart(None, frozenset({Takes.NOTHING}), word))

    def unknown(self, path: Path, word: Token) -> Part:
        return _test(path, "is unknown", OperandPart(None, frozenset({Takes.NOTHING}), word))

    def dated(self, path: Path, op: Token, value: OperandPart) -> Part:
        return _test(path, op.lower(), value)

    def in_span(self, path: Path, word: Token, span: Token) -> Part:
        value = OperandPart(span_of(span), frozenset({Takes.SPAN}), word)
        return _test(path, f"in {word.lower()}", value)

    def anniversary(self, path: Path, word: Token, _next: Token, span: Token) -> Part:
        value = OperandPart(span_of(span), frozenset({Takes.SPAN}), word)
        return _test(path, "anniversary in next", value)

    def between(self, path: Path, _word: Token, low: OperandPart, high: OperandPart) -> Part:
        return _test(path, "between", range_of(low, high))

    def on(self, date: Token) -> OperandPart:
        return OperandPart(date_of(date), frozenset({Takes.DATE}), date)

    def ago(self, span: Token) -> OperandPart:
        return OperandPart(Ago(span_of(span)), frozenset({Takes.DATE}), span, slides=True)

    def text(self, token: Token) -> OperandPart:
        return OperandPart(text_of(token), frozenset({Takes.SCALAR, Takes.TEXT}), token)

    def number(self, token: Token) -> OperandPart:
        return OperandPart(number_of(token), frozenset({Takes.SCALAR, Takes.NUMBER}), token)

    def true(self, token: Token) -> OperandPart:
        return OperandPart(True, frozenset({Takes.SCALAR}), token)

    def false(self, token: Token) -> OperandPart:
        return OperandPart(False, frozenset({Takes.SCALAR}), token)

    def member(self, *names: Token) -> Names:
        return Names(tuple(property_of(name) for name in names))


def _test(path: Path, op: str, operand: OperandPart) -> Part:
    takes = OPERATORS[op].takes
    if takes not in operand.kinds:
        raise Fault(f"{op} wants {takes.value}", operand.at)
    sliding = takes is Takes.SPAN or operand.slides
    rule = Test(path[0], op, operand.value)
    return Part(
        rule,
        1,
        relative=operand.at if sliding else None,
        person=path[1] if personal(path[0]) else None,
    )
