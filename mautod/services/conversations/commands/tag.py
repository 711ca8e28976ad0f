"""`/tag +vip -trial`: tags on the person's card."""

from __future__ import annotations

from mautod import wire
from mautod.errors import BadInput
from mautod.services.conversations.commands.port import Asked, At, Plain, ran
from mautod.services.intake.edit import edit


class Tag(Plain):
    """Puts tags on the person and takes them off."""

    usage = "+TAG -TAG"
    help = "put tags on the person, or take them off"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Tag the person; a word without a sign is put on."""
        words = asked.argument.split()
        on = [word.removeprefix("+") for word in words if not word.startswith("-")]
        off = [word[1:] for word in words if word.startswith("-")]
        if not words:
            raise BadInput("which tag?", field="line", hint="As /tag +vip -trial.")
        change = wire.ChangeAsk(tag=on, untag=off)
        return ran(edit(at.tx, asked.chat.person_id, change, at.now))


COMMAND = Tag()
