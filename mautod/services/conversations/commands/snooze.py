"""`/snooze 2h`: rest until a time, or until its person writes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod import wire
from mautod.core.times.until import read_until
from mautod.errors import BadInput
from mautod.services.conversations import answer
from mautod.services.conversations.commands.port import Asked, At, beginning, ran

OFTEN: Final = ("1h", "3h", "tomorrow 9:00", "monday 9:00", "1d", "3d", "1w")


class Snooze:
    """Lets the conversation rest."""

    usage = "TIME"
    help = "let it rest for 2h or 3d, or until tomorrow 9:00, monday, 2026-12-01"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Let it rest."""
        until = read_until(asked.argument, at.now, at.zone)
        if until is None:
            raise BadInput(
                f"{asked.argument[:40]!r} is no time to come",
                field="until",
                hint="As 2h, 3d, 9:00, tomorrow 9:00, monday, 2026-12-01 9:00.",
            )
        return ran(answer.snooze(at.tx, asked.chat.id, until, at.now))

    def complete(self, _at: At, _chat: wire.Chat, typed: str) -> Iterable[wire.Candidate]:
        """Times that are often wanted."""
        return beginning(OFTEN, typed, "time")


COMMAND = Snooze()
