"""What a hook is asked, and what it may say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Protocol

import msgspec

from mautod.core.envelope import Bounce, Receipt
from mautod.core.sending.bounce import classify
from mautod.core.sending.receipts import bounced, complained, delivered
from mautod.duration import HOUR, MINUTE, SECOND
from mautod.errors import BadInput, Forbidden

OLDEST_MS: Final = 25 * HOUR
"""Providers try again for up to a day before they give up."""
NEWEST_MS: Final = 5 * MINUTE
"""How far a provider's clock may be ahead of ours."""
REFUSED: Final = "refused"
"""The rule of a no that says nothing more."""
_MOST_SEEN: Final = 50_000


@dataclass(frozen=True, slots=True)
class Posted:
    """One call of a webhook; `now` in UTC ms. Header names are in small letters."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    now: int

    def json(self) -> Any:
        """The body.

        Raises:
            BadInput: it is no JSON.
        """
        return decoded(self.body)


@dataclass(frozen=True, slots=True)
class Told:
    """What one event says of the letter that bears `stamp`."""

    stamp: str
    kind: Literal["delivered", "bounce", "complaint"]
    how: Bounce = ""
    code: str = ""
    text: str = ""

    def receipt(self, message: int) -> Receipt:
        """The receipt of `message`."""
        match self.kind:
            case "delivered":
                return delivered(message)
            case "bounce":
                return bounced(message, self.how, self.code, self.text)
            case "complaint":
                return complained(message, self.text)


@dataclass(frozen=True, slots=True)
class Report:
    """What one call tells, in order; nothing where it is no news of a letter of ours.

    `token` is the same when the call is played again, empty where nothing tells one from another.
    """

    told: Sequence[Told] = ()
    token: str = ""


class Hook(Protocol):
    """One provider's webhook. Its `repr` holds no secret."""

    async def read(self, posted: Posted) -> Report:
        """What is told.

        Raises:
            Forbidden: the provider did not send it, or too long ago.
            BadInput: it is not what the provider sends.
            Unavailable: it cannot be verified now.
        """
        ...


class Seen:
    """Remembers the calls that were written down: played again, they come to nothing.

    A restart forgets them: what the ledger has noted, it does not note again.
    """

    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until: dict[str, int] = {}

    def has(self, token: str, now: int) -> bool:
        """Whether a call with this `token` was written down lately."""
        return self._until.get(token, 0) > now

    def add(self, token: str, now: int) -> None:
        """The call with this `token` is written down."""
        if len(self._until) >= _MOST_SEEN:
            self._forget(now)
        if token:
            self._until[token] = now + OLDEST_MS + NEWEST_MS

    def _forget(self, now: int) -> None:
        """Drop what is too old to be shown again, or else the older half."""
        kept = {token: until for token, until in self._until.items() if until > now}
        self._until = dict(list(kept.items())[-_MOST_SEEN // 2 :])


def decoded(body: bytes | str) -> Any:
    """`body` as JSON.

    Raises:
        BadInput: it is none.
    """
    try:
        return msgspec.json.decode(body)
    except (ValueError, RecursionError) as error:
        raise BadInput("This is no JSON.") from error


def forged() -> Forbidden:
    """The error for a call that the provider did not sign."""
    return Forbidden("The signature does not hold.")


def timely(seconds: object, now: int) -> None:
    """Make sure that a call was signed lately.

    Raises:
        Forbidden: it was not, or says no time.
    """
    try:
        at = int(str(seconds)) * SECOND
    except ValueError as error:
        raise forged() from error
    check_age(at, now)


def check_age(at: int, now: int) -> None:
    """Make sure that `at` is lately.

    Raises:
        Forbidden: it is not.
    """
    if not now - OLDEST_MS <= at <= now + NEWEST_MS:
        raise Forbidden("This call was signed too long ago, or in the future.")


def member(value: Any, *names: str) -> Any:
    """What is under these names, one in another; None where there is nothing."""
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def text_of(value: Any, *names: str) -> str:
    """The text or number under these names; empty if there is none."""
    found = member(value, *names)
    return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


def judged(otherwise: Bounce, code: str, enhanced: str, text: str) -> Bounce:
    """How a letter bounced: what the provider says, if the server's words do not speak for less.

    An address is dead only if nothing says that it lives.
    """
    if otherwise != "hard" or not (enhanced or code):
        return otherwise
    verdict = classify(int(code) if code.isdigit() else 0, enhanced, text)
    if verdict.rule == REFUSED:
        return otherwise
    return "soft" if verdict.kind == "transient" else verdict.kind
