"""`/set city=Tula`: properties on the person's card."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from mautod import wire
from mautod.errors import BadInput
from mautod.services.conversations.commands.port import Asked, At, beginning, ran
from mautod.services.intake.edit import edit
from mautod.store.people import cards

_PLAIN: Final = (bool, int, float, str, list)


class Set:
    """Sets one property; nothing after the sign takes it away."""

    usage = "NAME=VALUE"
    help = "set a property of the person; nothing after = takes it away"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Set it."""
        name, sign, value = asked.argument.partition("=")
        if not sign or not name.strip():
            raise BadInput("which property?", field="line", hint="As /set city=Tula.")
        change = wire.ChangeAsk(set={name.strip(): told(value.strip())})
        return ran(edit(at.tx, asked.chat.person_id, change, at.now))

    def complete(self, at: At, chat: wire.Chat, typed: str) -> Iterable[wire.Candidate]:
        """Properties that the person has, with their values."""
        props = cards.props(at.tx, [chat.person_id]).get(chat.person_id, {})
        known = [f"{name}={value}" for name, value in props.items() if isinstance(value, str)]
        return beginning(sorted(known), typed, "property")


def told(text: str) -> Any:
    """A value as it was typed: a number, yes or no as JSON writes them, else text."""
    if not text:
        return None
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        return text
    return value if isinstance(value, _PLAIN) else text


COMMAND = Set()
