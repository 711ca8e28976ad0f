"""Sheets that answer a question about one thing: an event, a message, why a person got nothing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import on, work
from textual.dom import DOMNode
from textual.suggester import SuggestFromList

from mautod.errors import MautodError
from tui import show
from tui.screens import reasons
from tui.widgets.card import Card
from tui.words import tr

if TYPE_CHECKING:
    from tui.asking import Desk


class Answers(DOMNode):
    """The part of the application that fetches what a sheet shows."""

    @property
    def _desk(self) -> Desk:
        return cast("Desk", self)

    why_person: str = ""
    """Whom the prompt asks about."""

    def ask_why(self, person: str, template: str, known: Sequence[str]) -> None:
        """Say why at once, or ask for the template first and offer those that are known."""
        self.why_person = person
        if template:
            self.show_why(person, template)
        elif known:
            self._ask_template(known)
        else:
            self._look_up_templates(person)

    @work(group="why", exclusive=True)
    async def _look_up_templates(self, person: str) -> None:
        try:
            card = await self._desk.client.person(person)
        except MautodError as error:
            self._desk.failed(error)
            return
        self._ask_template([message.template for message in card.messages])

    def _ask_template(self, known: Sequence[str]) -> None:
        names = list(dict.fromkeys(show.clean(name) for name in known))
        hint = tr("which template, or which chain? its name, as cart-1")
        first = names[0] if names else ""
        self._desk.ask_line("why", "why ", value=first, hint=hint, words=SuggestFromList(names))

    @work(group="why", exclusive=True)
    async def show_why(self, person: str, template: str) -> None:
        """The sheet that says why."""
        try:
            answer = await self._desk.client.why(person, template)
        except MautodError as error:
            self._desk.failed(error)
            return
        about = show.clean(answer.chain or answer.template)
        title = f"Why {about} · {show.clean(answer.person.label)}"
        self._desk.sheet(title, reasons.why(answer, self._desk.now()))

    @work(group="reason", exclusive=True)
    async def show_reason(self, segment: str, person: str) -> None:
        """The sheet that says why a person is in a segment or is not."""
        try:
            answer = await self._desk.client.explain(segment, person)
        except MautodError as error:
            self._desk.failed(error)
            return
        title = f"Why {show.clean(segment)} · {show.clean(answer.person.label)}"
        self._desk.sheet(title, reasons.explanation(answer, self._desk.now()))

    @on(Card.EventOpened)
    def _event_opened(self, event: Card.EventOpened) -> None:
        self._desk.sheet(show.clean(event.item.name), reasons.event(event.item, self._desk.now()))

    @on(Card.MessageOpened)
    def _message_opened(self, event: Card.MessageOpened) -> None:
        self.show_message(event.item.id)

    @work(group="message", exclusive=True)
    async def show_message(self, message_id: int) -> None:
        """The sheet of one message with its decisions."""
        try:
            message = await self._desk.client.message(message_id)
        except MautodError as error:
            self._desk.failed(error)
            return
        self._desk.sheet(f"Message {message.id}", reasons.message(message, self._desk.now()))

    @on(Card.WhyWanted)
    def _why_wanted(self, event: Card.WhyWanted) -> None:
        known = [message.template for message in event.card.messages]
        self.ask_why(str(event.card.person.id), event.template, known)

    @on(Card.Copied)
    def _copied(self, event: Card.Copied) -> None:
        self._desk.copy(event.text)
