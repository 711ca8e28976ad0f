"""What widgets and workers tell each other."""

from __future__ import annotations

from dataclasses import dataclass

from textual.message import Message

from mautod import wire


@dataclass
class Updates(Message):
    """What came over the stream since the last time, oldest first."""

    items: list[wire.Update]


@dataclass
class Linked(Message):
    """The connection is there, or is not and why."""

    up: bool
    detail: str = ""


@dataclass
class Notice(Message):
    """One line for the user; `kind` is good, wait or bad."""

    text: str
    kind: str = "good"


@dataclass
class Asked(Message):
    """A line was typed into the prompt; `done` when it was ended, else still typing.

    `given_up`: it was ended with escape.
    """

    purpose: str
    text: str
    done: bool
    given_up: bool = False


@dataclass
class PersonWanted(Message):
    """Open the card of this person."""

    person_id: int
