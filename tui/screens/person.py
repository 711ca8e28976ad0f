"""One person's card on the whole terminal, opened from lists that have no card beside them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.widget import Widget

from mautod import wire
from tui.place import WithCard
from tui.screens.full import Framed
from tui.widgets.card import Card


class Holder(WithCard):
    """The card, fetched and kept fresh as beside a list."""

    PLACE: ClassVar[str] = "card"

    def __init__(self, person_id: int) -> None:
        super().__init__()
        self.card = Card()
        self._wanted = person_id

    def compose(self) -> ComposeResult:
        yield self.card

    def halves(self) -> tuple[Widget, Widget | None]:
        return self.card.rows, None

    @property
    def narrow(self) -> bool:
        return False

    def on_mount(self) -> None:
        self.card.rows.focus()
        self.want_card(self._wanted, at_once=True)

    def load(self) -> None:
        self.want_card(self._wanted, at_once=True)

    def updates(self, items: Sequence[wire.Update]) -> None:
        people = {
            item.body.person_id
            for item in items
            if isinstance(item.body, (wire.EventItem, wire.Message))
        }
        self.refresh_card(people)

    def tick(self) -> None:
        self.card.tick()


class PersonScreen(Framed):
    """A card and nothing else."""

    PLACE: ClassVar[str] = "card"

    def __init__(self, person_id: int) -> None:
        super().__init__()
        self.holder = Holder(person_id)

    def inside(self) -> ComposeResult:
        yield self.holder
