"""`/open`: a closed or resting conversation is open again."""

from __future__ import annotations

from mautod import wire
from mautod.services.conversations import answer
from mautod.services.conversations.commands.port import Asked, At, Plain, ran


class Open(Plain):
    """Opens the conversation."""

    usage = ""
    help = "open it again, closed or at rest"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Open it."""
        return ran(answer.reopen(at.tx, asked.chat.id, at.now))


COMMAND = Open()
