"""One thing that lint has found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong where, and what to do about it."""

    file: str
    line: int
    what: str
    todo: str
