"""One thing about a letter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True)
class Remark:
    """What it is and what to do about it; `line` is that of the body, 0 where it has none."""

    level: Level
    line: int
    what: str
    todo: str = ""
