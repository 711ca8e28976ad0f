"""What is offered while a rule is typed into the prompt: the likeliest thing that fits there."""

from __future__ import annotations

from textual.suggester import Suggester

from mautod import wire
from mautod.client import Client
from mautod.errors import MautodError

FEW = 5


class RuleSuggester(Suggester):
    """Asks the daemon; without it nothing is offered."""

    def __init__(self, client: Client) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._client = client

    async def get_suggestion(self, value: str) -> str | None:
        try:
            found = await self._client.complete(wire.CompleteAsk(value, len(value), FEW))
        except MautodError:
            return None
        typed = value[found.start :].casefold()
        fitting = (item.text for item in found.items if item.text.casefold().startswith(typed))
        text = next(fitting, "") if typed else ""
        return value[: found.start] + text if text else None
