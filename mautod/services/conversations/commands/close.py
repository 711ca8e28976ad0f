"""`/close`: done with, until its person writes again."""

from __future__ import annotations

from mautod import wire
from mautod.services.conversations import answer
from mautod.services.conversations.commands.port import Asked, At, Plain, ran


class Close(Plain):
    """Closes the conversation."""

    usage = ""
    help = "close it until its person writes again"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Close it."""
        return ran(answer.close(at.tx, asked.chat.id, at.now))


COMMAND = Close()
