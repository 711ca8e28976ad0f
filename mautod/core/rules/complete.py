"""What may stand at the cursor of a rule that is being written.

The grammar itself says which words fit; the word before says what a name or a text would name. The
word that the cursor touches is not read: it is what is being completed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from lark import Token

from mautod.core.rules import hints, parser
from mautod.errors import RuleError


class Noun(Enum):
    """What a name or a text in quotes stands for."""

    EVENT = "event"
    PROPERTY = "property"
    EVENT_PROPERTY = "event property"
    SEGMENT = "segment"
    CHAIN = "chain"
    TEMPLATE = "template"
    TOPIC = "topic"
    TAG = "tag"
    SCORE = "score"
    STAGE = "stage"
    RULE = "rule"
    CHANNEL = "channel"
    VALUE = "value"


@dataclass(frozen=True, slots=True)
class Slot:
    """What fits between `start` and `end`, where `typed` stands now without its quotes.

    `words` are keywords and operators. `events` are those whose properties are meant. Where a value
    fits, `of` says whose property it is compared with, and `prop` names it.
    """

    start: int
    end: int
    typed: str
    words: tuple[str, ...] = ()
    nouns: frozenset[Noun] = frozenset()
    events: tuple[str, ...] = ()
    prop: str = ""
    of: Noun = Noun.PROPERTY


_OPEN_QUOTE: Final = re.compile(r""""(?:[^"\\]|\\.)*\Z|'(?:[^'\\]|\\.)*\Z""", re.DOTALL)
_CLOSED: Final = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""", re.DOTALL)
_BARE: Final = re.compile(r"[\w$-]*\Z")
_REST: Final = re.compile(r"[\w$-]*")
_REST_OF_TEXT: Final = {'"': re.compile(r'[^"\n]*"'), "'": re.compile(r"[^'\n]*'")}

_ASKING: Final = ("did", "then", "sum", "avg", "min", "max", "distinct", "first", "last")
"""Words before the name of an event."""

_AFTER: Final = {
    "segment": Noun.SEGMENT, "list": Noun.SEGMENT, "chain": Noun.CHAIN, "to": Noun.TOPIC,
    "tag": Noun.TAG, "score": Noun.SCORE, "stage": Noun.STAGE, "rule": Noun.RULE,
    **dict.fromkeys(("got", "opened", "clicked", "replied"), Noun.TEMPLATE),
    **dict.fromkeys(_ASKING, Noun.EVENT),
}  # fmt: skip
"""The word before a text in quotes → what the text names."""

_PERSON: Final = "person"
_ALTERNATIVES: Final = (
    (),
    (Token("DID", "did"), Token("STRING", '""')),
    (Token("STRING", '""'),),
    (Token("_ABOUT", "to"), Token("STRING", '""')),
    (Token("_BY", "by"), Token("STRING", '""')),
    (Token("_IN", "in"), Token("SEGMENT", "segment")),
)
"""What may follow the cursor; an `and` joins a where or the rule by what stands after it."""


def slot(text: str, cursor: int) -> Slot:
    """What fits at `cursor`, counted in characters; nothing fits where the text before is wrong."""
    cursor = min(max(cursor, 0), len(text))
    start, end, typed, quoted = _touched(text, cursor)
    try:
        before = parser.tokens_of(text[:start])
    except RuleError:
        return Slot(start, end, typed)
    expected = [parser.accepted(before, after) for after in _ALTERNATIVES]
    nouns = frozenset(noun for fits in expected for noun in _nouns(before, fits, quoted=quoted))
    words = (
        () if quoted else tuple(dict.fromkeys(w for fits in expected for w in hints.words(fits)))
    )
    prop, of = _compared(before)
    return Slot(start, end, typed, words, nouns, _events(before), prop, of)


def _touched(text: str, cursor: int) -> tuple[int, int, str, bool]:
    """Where the word under the cursor begins and ends, what is typed of it; is it in quotes."""
    head = text[:cursor]
    opened = _OPEN_QUOTE.search(_CLOSED.sub(lambda found: " " * len(found[0]), head))
    if opened is not None:
        start = opened.start()
        rest = _REST_OF_TEXT[text[start]].match(text, cursor)
        return start, rest.end() if rest else cursor, text[start + 1 : cursor], True
    bare = _BARE.search(head)
    start = bare.start() if bare else cursor
    rest = _REST.match(text, cursor)
    return start, rest.end() if rest else cursor, text[start:cursor], False


def _nouns(before: Sequence[Token], fits: set[str], *, quoted: bool) -> Iterable[Noun]:
    if "NAME" in fits and (not quoted or _last(before) != "_DOT"):
        yield from _named(before, fits)
    if "STRING" in fits and "NAME" not in fits:
        yield _text(before)


def _named(before: Sequence[Token], fits: set[str]) -> Iterable[Noun]:
    if _last(before) == "_DOT":
        yield from _nested(before)
    elif _last(before) == "_BY":
        yield Noun.CHANNEL
    else:
        yield Noun.PROPERTY if "DID" in fits else Noun.EVENT_PROPERTY


def _nested(before: Sequence[Token]) -> Iterable[Noun]:
    head = before[-2] if len(before) > 1 else None
    if head is not None and head.lower() == _PERSON:
        yield Noun.PROPERTY
    elif head is not None and head.type == "STRING":
        yield Noun.EVENT_PROPERTY


def _text(before: Sequence[Token]) -> Noun:
    word = before[-1].lower() if before else ""
    if word == "or" and len(before) > 1 and before[-2].type == "STRING":
        return Noun.EVENT
    if word == "not" and len(before) > 1 and before[-2].type == "THEN":
        return Noun.EVENT
    if word == "has" and len(before) > 1 and before[-2] == "tags":
        return Noun.TAG
    return _AFTER.get(word, Noun.VALUE)


def _last(before: Sequence[Token]) -> str:
    return before[-1].type if before else ""


def _events(before: Sequence[Token]) -> tuple[str, ...]:
    """The events that the last leaf names, the latest alternatives together."""
    found: list[str] = []
    for at, token in enumerate(before):
        if token.type != "STRING" or at == 0:
            continue
        word = before[at - 1].lower()
        if word in _ASKING:
            found = [token[1:-1]]
        elif word == "or" and found and before[at - 2].type == "STRING":
            found.append(token[1:-1])
    return tuple(found)


def _compared(before: Sequence[Token]) -> tuple[str, Noun]:
    """The nearest property before the cursor, and whether it is the person's or the event's."""
    at = next((at for at in reversed(range(len(before))) if before[at].type == "NAME"), None)
    if at is None:
        return "", Noun.PROPERTY
    nouns = [noun for after in _ALTERNATIVES for noun in _at(before[:at], after)]
    return str(before[at]), Noun.PROPERTY if Noun.PROPERTY in nouns else Noun.EVENT_PROPERTY


def _at(before: Sequence[Token], after: Sequence[Token]) -> Iterable[Noun]:
    return _nouns(before, parser.accepted(before, after), quoted=False)


def quoted(text: str) -> str:
    """`text` as a rule has it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
