"""`/chain come-back`: a chain starts for the person."""

from __future__ import annotations

from collections.abc import Iterable

from mautod import wire
from mautod.errors import BadInput, Conflict
from mautod.services.chains import start
from mautod.services.conversations.commands.port import Asked, At, beginning, noted
from mautod.store.chains import campaigns


class Chain:
    """Starts a chain for the person, if it would take them."""

    usage = "KEY"
    help = "start a chain for the person"

    def do(self, at: At, asked: Asked) -> wire.Ran:
        """Start it, once for each `ref`."""
        key, person = asked.argument, asked.chat.person_id
        if not key:
            raise BadInput("which chain?", field="line", hint="As /chain welcome.")
        start.startable(at.tx, key, at.now, at.zone)
        if not noted(at, asked, f"chain: {key}"):
            return wire.Ran(0, f"Chain {key} was started already.")
        if not start.start_all(at.tx, [person], key, at.now, at.zone):
            raise Conflict(
                f"chain {key} does not take {asked.chat.person} now",
                hint="Its `when`, its test list or its `again` keeps them out.",
            )
        return wire.Ran(1, f"Chain {key} starts for {asked.chat.person}.")

    def complete(self, at: At, _chat: wire.Chat, typed: str) -> Iterable[wire.Candidate]:
        """Chains that run."""
        return beginning([each.key for each in campaigns.chains(at.tx)], typed, "chain")


COMMAND = Chain()
