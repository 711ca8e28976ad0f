"""Pop-ups that chains sent to a visitor: through the gate, and offered to the page in one step.

Offered is not shown: a page that does not show one is offered it again, another browser after half
an hour. What the page showed it tells by an event, which settles the message.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from mautod.channels.popup import Popup as PopupChannel
from mautod.core.popup import ONCE, Popup, Step, corner
from mautod.core.sending.links import SCHEMES, Links
from mautod.core.sending.pace import pace_of
from mautod.core.sending.values import values_of
from mautod.core.templates.spoken import Spoken
from mautod.duration import MINUTE
from mautod.errors import MautodError
from mautod.services.definitions.templates import Templates
from mautod.services.delivery.admit import Admitted, Gatekeeper, Terms
from mautod.services.delivery.compose import draft
from mautod.services.delivery.policies import Policies
from mautod.services.delivery.settle import Settled, Unrendered, settle
from mautod.services.site.popups import Popups, Visitor, person_of
from mautod.store.db import Database, Tx
from mautod.store.delivery import offers

CHANNEL: Final = "popup"
MOST: Final = 5
LEASE_MS: Final = 30 * MINUTE
_OPEN: Final[Mapping[str, str]] = {"en": "Open", "ru": "Открыть"}


@dataclass(frozen=True, slots=True)
class House:
    """What pop-ups of chains are made with."""

    channel: PopupChannel
    links: Links
    terms: Terms
    place: Mapping[str, str]


class Waiting:
    """The pop-up messages that wait for visitors; may be asked from several threads."""

    def __init__(self, db: Database, house: House, popups: Popups) -> None:
        self._db = db
        self._house = house
        self._popups = popups
        policies = Policies(house.terms.timezone)
        pace = pace_of(0.0, (), 0)
        self._gate = Gatekeeper(CHANNEL, "", house.terms, policies, Templates(), pace)
        self._lock = Lock()

    def of(self, visitor: Visitor, now: int) -> list[dict[str, Any]]:
        """What this visitor is to be shown, which from now on is theirs to show."""
        card = person_of(self._db.read(), visitor)
        holder = _holder(visitor)
        if card is None or not offers.waiting(self._db.read(), card, CHANNEL, holder, now, 1):
            return []
        with self._lock:
            return self._offer(visitor, card, holder, now)

    def _offer(
        self, visitor: Visitor, person_id: int, holder: str, now: int
    ) -> list[dict[str, Any]]:
        self._gate.holder = holder
        with self._db.write() as tx:
            found = offers.waiting(tx, person_id, CHANNEL, holder, now, MOST)
            until = now + LEASE_MS
            offers.take(tx, [each for each, _ in found], holder, until)
            noted = {each for each, before in found if before}
            admitted = self._gate.admit(tx, [each for each, _ in found], now, until, noted)
            return self._told(tx, visitor, admitted, now)

    def _told(
        self, tx: Tx, visitor: Visitor, admitted: Iterable[Admitted], now: int
    ) -> list[dict[str, Any]]:
        told, failed = [], []
        for one in admitted:
            try:
                told.append(self._offered(tx, visitor, one, now))
            except MautodError as error:
                failed.append(Settled(one, Unrendered(str(error))))
        settle(tx, CHANNEL, self._gate.holder, failed, now)
        return told

    def _offered(self, tx: Tx, visitor: Visitor, one: Admitted, now: int) -> dict[str, Any]:
        house, found = self._house, one.dossier
        letter = draft(tx, found, one.template, one.address, house.terms.language)
        languages = (found.language or visitor.language, house.terms.language)
        popup = self._popups.of_chain(tx, found.template)
        if popup is not None:
            values = values_of(letter, house.links, house.place, now)
            made = self._popups.shape(popup, languages, found.person_id, values)
        else:
            spoken = house.channel.say(one.template, letter, house.links)
            made = self._popups.shape(_popup(found.template, spoken), languages, 0, None)
        return {**made, "again": ONCE, "message": found.id}


def _popup(key: str, spoken: Spoken) -> Popup:
    """A corner of the page that says what a template says."""
    button = {"": spoken.button} if spoken.button else _OPEN
    url = spoken.url if spoken.url.startswith(SCHEMES) else ""
    step = Step(
        title={"": spoken.title},
        text={"": spoken.text},
        image=spoken.image if spoken.image.startswith(SCHEMES) else "",
        button=button if url else {},
        link=url,
    )
    return corner(key, step)


def _holder(visitor: Visitor) -> str:
    """One browser, by a name that leads back to nobody."""
    name = visitor.anonymous_id or visitor.user_id
    return f"page-{hashlib.blake2b(name.encode(), digest_size=12).hexdigest()}"
