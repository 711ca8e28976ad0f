"""A message on its way out, and what a channel says became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Draft:
    """What a template is filled with: one person's view of one message.

    `person`, `event` and `run` are plain mappings for the template's variables, `code` is the last
    code that the run was given; `links` signs.
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


@dataclass(frozen=True, slots=True)
class Letter:
    """One rendered message for one address: `payload` is what goes over the wire."""

    message_id: int
    address: str
    sender: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Preview:
    """What its reader sees of a letter; what a channel does not have is empty."""

    subject: str = ""
    text: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class Sent:
    """The provider took it; `ref` is its name for it."""

    ref: str = ""


@dataclass(frozen=True, slots=True)
class Retry:
    """Surely not taken, and worth another try."""

    detail: str


@dataclass(frozen=True, slots=True)
class Failed:
    """Surely not taken, and another try is useless; `dead` when the address itself is at fault."""

    detail: str
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Unknown:
    """It may have been taken: the connection broke between the last byte and the answer."""

    detail: str


Outcome = Sent | Retry | Failed | Unknown
