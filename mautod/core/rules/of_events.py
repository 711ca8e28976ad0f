"""What a rule says of what a person did: events counted, summed, in order, in a window."""

from __future__ import annotations

from typing import Any

from lark import Token, Transformer, v_args

from mautod.core.rules.literals import (
    date_of,
    number_of,
    property_of,
    range_of,
    span_of,
    text_of,
    times_of,
)
from mautod.core.rules.operators import Takes
from mautod.core.rules.parts import (
    AskedPart,
    Fault,
    Names,
    OperandPart,
    Part,
    ThenPart,
    WindowPart,
    relative_in_where,
    window_of,
)
from mautod.core.rules.tree import (
    ONCE,
    Aggregate,
    Amount,
    Asked,
    Count,
    Did,
    Last,
    Occurrence,
    Series,
    Since,
    SinceEntry,
    Span,
    Then,
    WasIn,
    heard,
)


@v_args(inline=True)
class OfEvents(Transformer[Any, Any]):
    """Builds the leaves about events, and the windows that they lie in."""

    def was_in(self, _was: Token, _word: Token, key: Token, *windows: WindowPart) -> Part:
        window = window_of(windows)
        return Part(WasIn(text_of(key), window.window), 1, window.entry)

    def heard(self, word: Token, template: Token, *windows: WindowPart) -> Part:
        window = window_of(windows)
        rule = heard(word.lower(), text_of(template), window.window)
        return Part(rule, 2, window.entry)

    def asked(self, *parts: Any) -> AskedPart:
        names = tuple(text_of(part) for part in parts if isinstance(part, Token))
        where = next((part for part in parts if isinstance(part, Part)), None)
        asked = Asked(names, where.rule if where else None)
        return AskedPart(asked, where.depth if where else 0)

    def did(self, _word: Token, asked: AskedPart, *rest: Any) -> Part:
        count = next((part for part in rest if isinstance(part, Count)), ONCE)
        window = window_of(rest)
        rule = Did(asked.asked.events, asked.asked.where, count, window.window)
        return Part(rule, asked.depth + 1, window.entry)

    def sequence(self, _word: Token, asked: AskedPart, *rest: Any) -> Part:
        steps = [part for part in rest if isinstance(part, ThenPart)]
        for step in steps[:-1]:
            if step.never is not None:
                raise Fault("then not may only stand last", step.never)
        window, never = window_of(rest), steps[-1].never is not None
        thens = tuple(step.then for step in steps)
        rule = Series(
            first=asked.asked,
            then=thens[:-1] if never else thens,
            never=thens[-1] if never else None,
            on=next((part.names for part in rest if isinstance(part, Names)), None),
            window=window.window,
        )
        return Part(rule, max(asked.depth, *(step.depth for step in steps)) + 1, window.entry)

    def then(self, _word: Token, *parts: Any) -> ThenPart:
        never = next((part for part in parts if isinstance(part, Token)), None)
        asked = next(part for part in parts if isinstance(part, AskedPart))
        within = next((part for part in parts if isinstance(part, int)), None)
        if never is not None and within is None:
            hint = 'Say for how long: then not "Order Completed" within 2h.'
            raise Fault("then not wants within", never, hint)
        return ThenPart(Then(asked.asked, within), asked.depth, never)

    def within(self, span: Token) -> int:
        return span_of(span)

    def joined(self, name: Token, *rest: Names) -> Names:
        return Names((property_of(name), *(inner for part in rest for inner in part.names)))

    def aggregate(self, function: Token, event: Token, member: Names, *rest: Any) -> Part:
        where = next((part for part in rest if isinstance(part, Part)), None)
        amount = next(part for part in rest if isinstance(part, Amount))
        window = window_of(rest)
        rule = Aggregate(
            function.lower(),
            text_of(event),
            member.names,
            amount,
            where.rule if where else None,
            window.window,
        )
        return Part(rule, (where.depth if where else 0) + 1, window.entry)

    def amount(self, op: Token, number: Token, *most: Token) -> Amount:
        amount = Amount(op.lower(), number_of(number), *(number_of(token) for token in most))
        if amount.most is not None and amount.number > amount.most:
            raise Fault("between wants the lower end first", most[0])
        return amount

    def occurred(self, which: Token, event: Token, *rest: Any) -> Part:
        op, value = rest[-2:]
        return _occurrence(which, event, rest, op.lower(), value)

    def occurred_between(self, which: Token, event: Token, *rest: Any) -> Part:
        return _occurrence(which, event, rest, "between", range_of(*rest[-2:]))

    def occurred_in(self, which: Token, event: Token, *rest: Any) -> Part:
        word, span = rest[-2:]
        value = OperandPart(span_of(span), frozenset({Takes.SPAN}), word)
        return _occurrence(which, event, rest, f"in {word.lower()}", value)

    def reach(self, where: Part) -> Part:
        if where.relative is not None:
            raise relative_in_where(where.relative)
        return where

    def count(self, op: Token, times: Token) -> Count:
        return Count(str(op), times_of(times))

    def count_between(self, op: Token, low: Token, high: Token) -> Count:
        least, most = times_of(low), times_of(high)
        if least > most:
            raise Fault("between wants the lower end first", high)
        return Count(op.lower(), least, most)

    def last(self, *tokens: Token) -> WindowPart:
        return WindowPart(Last(span_of(tokens[-1])))

    def since(self, date: Token) -> WindowPart:
        return WindowPart(Since(date_of(date)))

    def since_entry(self, word: Token) -> WindowPart:
        return WindowPart(SinceEntry(), word)

    def span(self, _word: Token, low: OperandPart, high: OperandPart) -> WindowPart:
        edges: Any = range_of(low, high).value
        return WindowPart(Span(edges.low, edges.high))


def _occurrence(
    which: Token, event: Token, parts: tuple[Any, ...], op: str, operand: OperandPart
) -> Part:
    where = next((part for part in parts if isinstance(part, Part)), None)
    value: Any = operand.value
    rule = Occurrence(which.lower(), text_of(event), op, value, where.rule if where else None)
    return Part(rule, (where.depth if where else 0) + 1)
