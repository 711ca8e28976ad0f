"""`/note text`: what only colleagues see."""

from __future__ import annotations

from mautod import wire
from mautod.services.conversations import answer
from mautod.services.conversations.commands.port import Asked, At, Plain, ran


class Note(Plain):
    """Leaves a note."""

    usage = "TEXT"
    help = "leave a note that only colleagues see"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Note it."""
        ask = wire.SayAsk(asked.argument, asked.operator, asked.ref)
        return ran(answer.note(at.tx, asked.chat.id, ask, at.now))


COMMAND = Note()
