"""What every widget may ask of the application around it, and how the daemon is asked."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar, cast

from textual.content import Content
from textual.suggester import Suggester
from textual.widget import Widget

from mautod.client import Client
from mautod.errors import MautodError
from tui.draw import Now

T = TypeVar("T")


class Desk(Protocol):
    """What a place may ask of the application around it."""

    client: Client
    currency: str
    folder: Path | None

    def now(self) -> Now: ...
    def say(self, text: str, kind: str = "good") -> None: ...
    def failed(self, error: MautodError) -> None: ...
    def ring(self, who: str) -> None: ...
    def mark(self, name: str, number: int) -> None: ...
    def sheet(self, title: str, text: Content) -> None: ...
    def copy(self, text: str) -> None: ...
    def go(self, name: str) -> None: ...
    def open_person(self, person_id: int) -> None: ...
    def open_rule(self, rule: str) -> None: ...
    def show_reason(self, segment: str, person: str) -> object: ...
    def open_row(self, name: str, key: str) -> None: ...
    def ask_line(
        self,
        purpose: str,
        label: str,
        *,
        value: str = "",
        hint: str = "",
        words: Suggester | None = None,
    ) -> None: ...
    def ask_why(self, person: str, template: str, known: Sequence[str]) -> None: ...


class Asking(Widget):
    """A widget that talks to the daemon."""

    @property
    def desk(self) -> Desk:
        return cast(Desk, self.app)

    async def fetch(self, ask: Awaitable[T]) -> T | None:
        """The answer, or None after the failure has been shown."""
        try:
            return await ask
        except MautodError as error:
            self.desk.failed(error)
            return None
