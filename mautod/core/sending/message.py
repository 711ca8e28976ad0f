"""A message on its way out, and what a channel says became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Door:
    """A browser that agreed to be told: where, and the keys that only it can read by."""

    id: int
    endpoint: str = field(repr=False)
    p256dh: str = field(repr=False)
    auth: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Draft:
    """What a template is filled with: one person's view of one message.

    `person`, `event` and `run` are plain mappings for the template's variables, `code` is the last
    code that the run was given, `recommended` the products to show, `campaign` the key of the chain
    or broadcast. `thread` is None for what a program writes; what a person writes has the
    Message-IDs that it goes back to, the oldest first, and nothing in it is counted.
    """

    message_id: int
    person_id: int
    address: str
    template: str
    topic: str
    language: str
    person: Mapping[str, Any]
    event: Mapping[str, Any] = field(default_factory=dict)
    run: Mapping[str, Any] = field(default_factory=dict)
    code: str = ""
    recommended: Sequence[Mapping[str, Any]] = ()
    campaign: str = ""
    doors: Sequence[Door] = ()
    thread: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message for one address: `payload` is what goes over the wire.

    Tried before, it may want the same server again (`prefer`) or another (`avoid`), by name.
    """

    message_id: int
    address: str
    sender: str
    payload: bytes
    prefer: str = ""
    avoid: str = ""


@dataclass(frozen=True, slots=True)
class Preview:
    """What its reader sees of a letter; what a channel does not have is empty."""

    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Trace:
    """How an outcome came about: by which server, with which code (as "550 5.1.1"), in what time.

    `gone`: the doors of the person that are there no more, by id.
    `took_ms`: from the letter's last byte to the answer; None if it did not come so far.
    """

    server: str = ""
    code: str = ""
    took_ms: int | None = None
    gone: tuple[int, ...] = ()


NO_TRACE: Final = Trace()


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it; `ref` is its name for it."""

    ref: str = ""
    trace: Trace = field(default=NO_TRACE, compare=False)


@dataclass(frozen=True, slots=True)
class Retry:
    """Surely not taken, and worth another try; `rule` says by which schedule."""

    detail: str
    rule: str = field(default="", compare=False)
    trace: Trace = field(default=NO_TRACE, compare=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """Surely not taken, and another try is useless; `dead` when the address itself is at fault.

    `kind` is that of `bounce.Verdict` where the recipient's side said no, else empty.
    """

    detail: str
    dead: bool = False
    kind: str = field(default="", compare=False)
    rule: str = field(default="", compare=False)
    trace: Trace = field(default=NO_TRACE, compare=False)


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: the connection broke between the last byte and the answer."""

    detail: str
    trace: Trace = field(default=NO_TRACE, compare=False)


@dataclass(frozen=True, slots=True)
class Later:
    """Not tried, as nobody could take it before `until`; that costs it no attempt."""

    until: int
    detail: str


Outcome = Sent | Retry | Failed | Unknown | Later
