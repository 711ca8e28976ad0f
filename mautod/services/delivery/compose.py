"""Make the letters of messages that are about to leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mautod.channels.port import Channel
from mautod.core.chains.run import spoken_of
from mautod.core.sending.bounce import GREYLISTED
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft, Letter, Outcome
from mautod.core.templates import answer
from mautod.core.templates.template import Template
from mautod.services.delivery.addresses import PUSH
from mautod.services.delivery.admit import Admitted
from mautod.services.delivery.settle import Settled, Unrendered
from mautod.services.goods.offer import recommended
from mautod.store.db import Tx
from mautod.store.delivery import browsers
from mautod.store.delivery.messages import Dossier


@dataclass(slots=True)
class Mail:
    """Letters with the messages that they are made of, and the messages that made none."""

    letters: list[Letter] = field(default_factory=list)
    admitted: list[Admitted] = field(default_factory=list)
    failed: list[Settled] = field(default_factory=list)

    def settled(self, outcomes: Sequence[Outcome]) -> list[Settled]:
        """What became of all of them, given one outcome for each letter in order."""
        pairs = zip(self.admitted, outcomes, strict=True)
        return [*self.failed, *(Settled(one, outcome) for one, outcome in pairs)]


@dataclass(frozen=True, slots=True)
class Writer:
    """What letters are made with; `language` is for people whose own is not known."""

    channel: Channel
    links: Links
    language: str


def compose(tx: Tx, writer: Writer, admitted: Sequence[Admitted]) -> Mail:
    """A letter for each message; `tx` is read for what letters recommend."""
    mail = Mail()
    for one in admitted:
        try:
            told = draft(tx, one.dossier, one.template, one.address, writer.language)
            if writer.channel.kind == PUSH:
                person = one.dossier.person_id
                told = replace(told, doors=browsers.doors(tx, [person]).get(person, ()))
            letter = writer.channel.render(one.template, told, writer.links)
        except Exception as error:  # noqa: BLE001 - a template may raise anything; others go on
            mail.failed.append(Settled(one, Unrendered(f"{type(error).__name__}: {error}")))
        else:
            mail.letters.append(_routed(letter, one) if one.dossier.server else letter)
            mail.admitted.append(one)
    return mail


def _routed(letter: Letter, one: Admitted) -> Letter:
    """A letter that was tried: a greylist waits for the same server, others are better off anew."""
    found = one.dossier
    if found.schedule == GREYLISTED:
        return replace(letter, prefer=found.server)
    return replace(letter, avoid=found.server)


def draft(tx: Tx, found: Dossier, template: Template, address: str, language: str) -> Draft:
    """What the template of a message is filled with; `tx` is read for what it recommends."""
    products: Sequence[Mapping[str, Any]] = ()
    if template.recommends:
        products = recommended(tx, found.person_id, found.props, found.event)
    return Draft(
        message_id=found.id,
        person_id=found.person_id,
        address=address,
        template=found.template,
        topic=template.topic or found.topic,
        language=found.language or language,
        person={
            **found.props,
            "id": found.person_id,
            "email": found.email,
            "phone": found.phone,
            "name": found.name,
            "user_id": found.user_id,
            "timezone": found.timezone,
            "country": found.country,
            "language": found.language,
        },
        event=found.event,
        run=spoken_of(found.run_id or 0, found.run_key, found.entered_at, found.kept),
        recommended=products,
        campaign=found.chain,
        thread=found.event.get("references", ()) if found.template == answer.KEY else None,
        code=next(reversed(found.kept.get("codes", {}).values()), ""),
    )
