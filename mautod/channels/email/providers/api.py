"""What a provider's file says: how letters become one call, and what its answer means for each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

import msgspec

from mautod.core.sending.message import Failed, Letter, Outcome, Retry, Unknown

LONGEST_ANSWER: Final = 2 * 1024 * 1024
_SHOWN: Final = 300
_INVISIBLE: Final = re.compile(r"[\x00-\x20\x7f-\x9f]+")
_OK: Final = 300
_FAULT: Final = 400
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = 503
_SERVER: Final = 500
# An operator or time puts these right: a key, a domain that is not confirmed, a full account.
_OURS: Final = frozenset({401, 402, 403, 404, _TOO_MANY, _UNAVAILABLE})


@dataclass(frozen=True, slots=True)
class Call:
    """One POST; `repr` shows neither headers nor body, which hold secrets."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def ok(self) -> bool:
        return self.status < _OK

    def json(self) -> Any:
        """The body if it is JSON, else None."""
        try:
            return msgspec.json.decode(self.body)
        except (ValueError, RecursionError):
            return None

    def told(self, *names: str) -> str:
        """What the body says under one of `names`, or as much of it as can be shown."""
        found = self.json()
        if isinstance(found, dict):
            found = next((found[name] for name in names if name in found), found)
        text = found if isinstance(found, str) else self.body[: 4 * _SHOWN].decode(errors="replace")
        return shown(f"{self.status} {text}")


class Api(Protocol):
    """One account with one provider. Nothing here waits or keeps anything; its `repr` is safe."""

    @property
    def most(self) -> int:
        """How many letters fit one call."""
        ...

    def call(self, letters: Sequence[Letter], now: int) -> Call:
        """The call that hands over these letters, at most `most`; `now` in UTC ms."""
        ...

    def outcomes(self, answer: Answer, letters: Sequence[Letter]) -> list[Outcome]:
        """What the answer means for each letter, in their order."""
        ...


def refusal(answer: Answer, *names: str) -> Outcome:
    """What an answer means that took nothing, for all providers alike.

    Whether a server that failed inside, or a gateway before it, has taken a letter nobody knows.
    """
    told, status = answer.told(*names), answer.status
    if _OK <= status < _FAULT or status in _OURS:
        return Retry(told)
    if status >= _SERVER or status < _OK:
        return Unknown(told)
    return Failed(told)


def shown(text: str) -> str:
    """`text` on one line, harmless to show, and short."""
    return _INVISIBLE.sub(" ", text).strip()[:_SHOWN]
