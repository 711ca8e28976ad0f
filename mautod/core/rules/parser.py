"""Text to tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Final, NoReturn

from lark import Lark, Token, UnexpectedInput, v_args

from mautod.core.rules.hints import explain
from mautod.core.rules.literals import text_of
from mautod.core.rules.of_events import OfEvents
from mautod.core.rules.of_people import OfPeople
from mautod.core.rules.parts import Fault, Part, deeper, relative_in_where
from mautod.core.rules.scopes import Reach
from mautod.core.rules.tree import (
    All,
    Named,
    Not,
    Rule,
    Some,
    Where,
)
from mautod.errors import RuleError

MOST_BYTES: Final = 16 * 1024
_BROKEN: Final = re.compile("[\x00\ud800-\udfff]")


def parse(text: str, *, entry: bool = True) -> Rule:
    """The tree of a rule; `entry` says whether `since entry` makes sense, as it does in chains.

    Raises:
        RuleError: it does not parse, means nothing, or is over 16 KB or 64 levels deep.
    """
    part = _parse(text, whole=False)
    if part.entry is not None and not entry:
        _refuse(
            text,
            Fault("only a chain has an entry", part.entry, "Write in 7d or since 2026-01-01."),
        )
    return part.rule


def parse_where(text: str) -> Where:
    """The tree of a `where` that stands alone: tests on an event's properties.

    Raises:
        RuleError: as `parse` does.
    """
    part = _parse(text, whole=True)
    if part.relative is not None:
        _refuse(text, relative_in_where(part.relative))
    if part.person is not None:
        _refuse(text, _person_alone(part.person))
    return part.rule


def _parse(text: str, *, whole: bool) -> Part:
    _check_text(text)
    try:
        part: Part = _parser(whole=whole).parse(text)  # type: ignore[assignment]
    except Fault as fault:
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
    except (Fault, UnexpectedInput):
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


def _refuse(text: str, fault: Fault) -> NoReturn:
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


def _person_alone(at: Token) -> Fault:
    return Fault(
        "this where sees the event alone, not the person",
        at,
        'Ask about the person in a rule, as did "X" where email = person.email.',
    )


@v_args(inline=True)
class _Builder(OfPeople, OfEvents):
    """Called by the parser as each piece is complete, so that no recursion is ever deep."""

    def some(self, *parts: Part) -> Part:
        return deeper(list(parts), Some(tuple(part.rule for part in parts)))

    def all(self, *parts: Part) -> Part:
        return deeper(list(parts), All(tuple(part.rule for part in parts)))

    def negate(self, token: Token, part: Part) -> Part:
        return deeper([part], Not(part.rule), token)

    def group(self, token: Token, part: Part) -> Part:
        return deeper([part], part.rule, token)

    def named(self, _word: Token, key: Token) -> Part:
        return Part(Named(text_of(key)), 1)
