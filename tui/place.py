"""What the numbered places have in common: a list at the left, more at the right, the daemon."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Container
from textual.css.query import NoMatches
from textual.timer import Timer
from textual.widget import Widget

from mautod import wire
from tui.asking import Asking
from tui.messages import Asked
from tui.widgets.card import Card

CARD_DELAY_S = 0.06
"""A cursor that rests so long wants the card; one that runs past does not ask for each."""


class Place(Asking, Container):
    """One numbered screen. In a narrow terminal only the half with the keyboard in it is shown."""

    PLACE: ClassVar[str] = ""
    DEFAULT_CSS = """
    Place { layout: horizontal; height: 1fr; width: 1fr; }
    Place > .left { width: 55%; height: 1fr; }
    Place > .right { width: 1fr; height: 1fr; }
    """

    def halves(self) -> tuple[Widget, Widget | None]:
        """The widget that has the keyboard at first, and that of the right half."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        raise NotImplementedError

    @property
    def keys_name(self) -> str:
        """Which keys work where the keyboard is."""
        return self.PLACE

    # --- what the application calls

    def load(self) -> None:
        """Ask the daemon for what is shown here."""

    def updates(self, items: Sequence[wire.Update]) -> None:
        """Things happened."""

    def tick(self) -> None:
        """A second went by."""

    def start_filter(self) -> None:
        """`/` was pressed."""

    def asked(self, event: Asked) -> None:
        """The prompt was typed into."""

    def back(self) -> bool:
        """Escape: leave the right half, or take the filter away; False when there is nothing."""
        if self.has_class("-open"):
            self.close_detail()
            return True
        return False

    # --- the two halves

    @property
    def narrow(self) -> bool:
        return self.screen.has_class("-narrow")

    def open_detail(self) -> None:
        """Give the keyboard to the right half."""
        right = self.halves()[1]
        if right is not None:
            self.add_class("-open")
            right.focus()

    def close_detail(self) -> None:
        self.remove_class("-open")
        self.halves()[0].focus()

    def on_descendant_focus(self) -> None:
        """Remember in which half the keyboard is, so that a narrower terminal shows that one."""
        try:
            right = self.query_one(".right")
        except NoMatches:
            return
        focused = self.screen.focused
        self.set_class(focused is not None and right in focused.ancestors_with_self, "-open")


class WithCard(Place):
    """A place whose right half is the card of the chosen person."""

    card: Card
    _card_timer: Timer | None = None
    _wanted: int | None = None

    def want_card(self, person_id: int | None, *, at_once: bool = False) -> None:
        """Show the card of this person soon."""
        self._wanted = person_id
        if self._card_timer:
            self._card_timer.stop()
        if person_id is None:
            self.card.say("")
            return
        delay = 0.001 if at_once else CARD_DELAY_S
        self._card_timer = self.set_timer(delay, self._load_card)

    def _load_card(self) -> None:
        if self._wanted is not None and (not self.narrow or self.has_class("-open")):
            self.run_worker(
                self._fetch_card(self._wanted), group=f"{self.PLACE}-card", exclusive=True
            )

    async def _fetch_card(self, person_id: int) -> None:
        card = await self.fetch(self.desk.client.person(str(person_id)))
        if card is not None and self._wanted == person_id:
            self.card.put(card)

    def open_detail(self) -> None:
        super().open_detail()
        if self._wanted is not None:
            self.want_card(self._wanted, at_once=True)

    def refresh_card(self, people: set[int]) -> None:
        """Ask for the card again if it is of one of those."""
        if self._wanted in people and self.card.card is not None:
            self.want_card(self._wanted)

    @on(Card.MoreWanted)
    def _more_of_card(self, event: Card.MoreWanted) -> None:
        self.run_worker(self._older(event), group=f"{self.PLACE}-older", exclusive=True)

    async def _older(self, event: Card.MoreWanted) -> None:
        page = await self.fetch(self.desk.client.events(person=event.person_id, after=event.after))
        if page is not None and self.card.card and self.card.card.person.id == event.person_id:
            self.card.add_older(page)
