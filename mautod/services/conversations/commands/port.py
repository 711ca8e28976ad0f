"""What slash commands are given, and what they have in common."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from mautod import wire
from mautod.store.conversations import threads
from mautod.store.conversations.threads import NewPart
from mautod.store.db import Tx


@dataclass(frozen=True, slots=True)
class At:
    """The transaction, the instant, and the workspace's zone and currency."""

    tx: Tx
    now: int
    zone: str
    currency: str


@dataclass(frozen=True, slots=True)
class Asked:
    """One line that was written: the conversation, what follows the name, who wrote it."""

    chat: wire.Chat
    argument: str
    operator: str = ""
    ref: str = ""


class Command(Protocol):
    """One command: how its argument is written, what it does, in a sentence without a subject."""

    usage: str
    help: str

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Do it; inside `write`."""

    def complete(self, at: At, chat: wire.Chat, typed: str) -> Iterable[wire.Candidate]:
        """What the argument may be that begins with `typed`, the likeliest first."""


class Plain:
    """A command whose argument nobody can guess."""

    def complete(self, _at: At, _chat: wire.Chat, _typed: str) -> Iterable[wire.Candidate]:
        """Nothing."""
        return ()


def ran(done: wire.Done) -> wire.Ran:
    """What an act of the desk did."""
    return wire.Ran(done.changed, done.text)


def noted(at: At, asked: Asked, text: str) -> bool:
    """Say in the thread what is done; False if the same `ref` was done before. Inside `write`."""
    if asked.ref and threads.by_ref(at.tx, asked.ref) is not None:
        return False
    part = NewPart(at.now, "note", asked.operator, text, ref=asked.ref or None)
    threads.say(at.tx, asked.chat.id, part)
    return True


def beginning(words: Iterable[str], typed: str, kind: str) -> list[wire.Candidate]:
    """Those words that begin with what is typed, in any case."""
    low = typed.lower()
    return [wire.Candidate(word, kind) for word in words if word.lower().startswith(low)]
