"""Answers that wait a moment before they leave, so that they can be taken back; and drafts.

Each answer bears a name of its own from the moment it is written: when the daemon is away and the
same words are sent again later, they are said once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Final

from mautod import wire
from mautod.client import Client
from mautod.errors import MautodError

UNDO_MS: Final = 5_000
"""How long an answer can be taken back."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An answer on its way: it leaves at `due`, in UTC ms."""

    chat: int
    text: str
    ref: str
    due: int


@dataclass(slots=True)
class Outbox:
    """What one operator has written and not yet said, by conversation."""

    client: Client
    operator: str = ""
    drafts: dict[int, str] = field(default_factory=dict)
    _waiting: list[Waiting] = field(default_factory=list)
    _refs: dict[tuple[int, str], str] = field(default_factory=dict)

    def put(self, chat: int, text: str, now: int) -> None:
        """Let an answer wait until it is due."""
        self._waiting.append(Waiting(chat, text, self.name_of(chat, text), now + UNDO_MS))
        self.drafts.pop(chat, None)

    def name_of(self, chat: int, line: str) -> str:
        """The name of a line that is about to be done; the same until `done`."""
        return self._refs.setdefault((chat, line), secrets.token_hex(16))

    def done(self, chat: int, line: str) -> None:
        """A line was done: the same words again are another act."""
        self._refs.pop((chat, line), None)

    def of(self, chat: int) -> list[Waiting]:
        """What waits in one conversation, in the order in which it was written."""
        return [one for one in self._waiting if one.chat == chat]

    def take_back(self, chat: int) -> str:
        """The last answer of a conversation, which is not sent; empty when nothing waits."""
        mine = self.of(chat)
        if not mine:
            return ""
        self._waiting.remove(mine[-1])
        self.done(chat, mine[-1].text)
        return mine[-1].text

    def due(self, now: int) -> bool:
        """Whether an answer shall leave now."""
        return any(one.due <= now for one in self._waiting)

    async def send(self, now: int) -> list[int]:
        """Send what is due, in order; the conversations. What fails is a draft again.

        Raises:
            MautodError: the daemon did not take one; those after it are sent the next time.
        """
        sent = []
        for one in [each for each in self._waiting if each.due <= now]:
            self._waiting.remove(one)
            try:
                ask = wire.SayAsk(one.text, self.operator, one.ref)
                await self.client.reply_chat(one.chat, ask)
            except MautodError:
                kept = self.drafts.get(one.chat, "")
                self.drafts[one.chat] = f"{one.text}\n{kept}" if kept else one.text
                raise
            self.done(one.chat, one.text)
            sent.append(one.chat)
        return sent

    async def leave(self) -> None:
        """Send all that waits, because the desk closes."""
        while self._waiting:
            try:
                await self.send(self._waiting[-1].due + UNDO_MS)
            except MautodError:
                continue
