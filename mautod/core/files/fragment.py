"""Tables of one definition file added to another; what is there already stays as it is."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

_HEAD: Final = re.compile(r"^\[\[?([a-z0-9][a-z0-9_-]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Joined:
    """A text with more tables in it; `added` and `kept` name those that came and that were."""

    text: str
    added: tuple[str, ...]
    kept: tuple[str, ...]


def joined(text: str, more: str) -> Joined:
    """`text` with the tables of `more` behind it, comments included; those it has are left out.

    Both are well-formed documents of tables.
    """
    known = tomllib.loads(text)
    parts = list(_tables(more))
    wanted = [(key, part) for key, part in parts if key not in known]
    whole = "\n\n".join(filter(None, [text.rstrip(), *(part.strip() for _, part in wanted)]))
    keys = dict.fromkeys(key for key, _ in parts)
    added = tuple(key for key in keys if key not in known)
    return Joined(f"{whole}\n" if whole else "", added, tuple(k for k in keys if k in known))


def only(text: str, keys: Collection[str]) -> str:
    """Those tables of a document, with the comments above them."""
    return "\n\n".join(part.strip() for key, part in _tables(text) if key in keys)


def _tables(text: str) -> Iterator[tuple[str, str]]:
    """Each outermost table with the comment above it."""
    heads = list(_HEAD.finditer(text))
    starts = [_with_comment(text, head.start()) for head in heads]
    ends = [*starts[1:], len(text)][: len(starts)]
    for head, start, end in zip(heads, starts, ends, strict=True):
        yield head[1], text[start:end]


def _with_comment(text: str, at: int) -> int:
    """Where the lines of comment begin that stand right above `at`."""
    above = text[:at].split("\n")[:-1]
    while above and above[-1].startswith("#"):
        at -= len(above.pop()) + 1
    return at
