"""The handbook of steps: what each kind does, made of what stands at the head of its module."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from textwrap import dedent

from mautod.core.chains.steps import kinds


@dataclass(frozen=True, slots=True)
class Page:
    """One kind of step: a line that says it, more about it, its keys, an example."""

    kind: str
    summary: str
    text: str
    keys: Mapping[str, str]
    example: str


def handbook() -> list[Page]:
    """A page for each kind of step, by kind."""
    return [_page(kind, sys.modules[step.__module__].__doc__ or "") for kind, step in _kinds()]


def _kinds() -> Iterator[tuple[str, type]]:
    yield from sorted(kinds().items())


def _page(kind: str, doc: str) -> Page:
    head, _, rest = doc.partition("\nKeys:\n")
    keys, _, example = rest.partition("\nExample:\n")
    summary, _, text = head.strip().partition("\n\n")
    told = (line.strip().partition(": ") for line in keys.strip().splitlines())
    return Page(
        kind,
        summary,
        " ".join(text.split()),
        {name: words for name, _, words in told},
        dedent(example).strip(),
    )
