"""`/assign Kim`: whose the conversation is."""

from __future__ import annotations

from collections.abc import Iterable

from mautod import wire
from mautod.services.conversations import answer
from mautod.services.conversations.commands.port import Asked, At, beginning, ran
from mautod.store.conversations import listing


class Assign:
    """Gives it to an operator; to nobody without a name, to who writes with `me`."""

    usage = "NAME"
    help = "give it to an operator; me is yourself, no name is nobody"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Give it."""
        name = asked.operator if asked.argument == "me" else asked.argument
        return ran(answer.give(at.tx, asked.chat.id, name, at.now))

    def complete(self, at: At, _chat: wire.Chat, typed: str) -> Iterable[wire.Candidate]:
        """Everybody who has conversations."""
        return beginning(["me", *listing.operators(at.tx)], typed, "operator")


COMMAND = Assign()
