"""How a letter looks to one person, and a test letter that really goes out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from typing import Final

from mautod import wire
from mautod.channels.email.address import envelope_address
from mautod.channels.port import Channel
from mautod.core.sending.consent import address_key
from mautod.core.sending.message import Letter, Outcome, Sent
from mautod.core.templates.liquid import compile_text
from mautod.core.templates.template import Template
from mautod.duration import HOUR
from mautod.errors import Conflict, TooMany, Unavailable
from mautod.services.letters.study import EMAIL, Case, Study
from mautod.store.db import Database
from mautod.store.delivery import consent, trials

MARK: Final = "[Test] "
MOST_AN_HOUR: Final = 30


def preview(study: Study, key: str, person: str, language: str) -> wire.TemplatePreview:
    """What one person would get; nothing is sent or written down.

    Raises:
        NotFound, Conflict: there is no such template or person, or several persons.
        DefinitionError: the template's file is wrong.
        BadInput: it cannot be filled for this person.
    """
    person_id = study.person(person)
    case = study.case(key, person_id, language)
    letter = study.channel().render(case.template, case.draft, study.bare_links())
    return _told(case, letter, study.channel(), person_id)


def _told(case: Case, letter: Letter, channel: Channel, person_id: int) -> wire.TemplatePreview:
    seen, message = channel.preview(letter), message_from_bytes(letter.payload, policy=default)
    return wire.TemplatePreview(
        template=case.template.key,
        language=case.template.language,
        person=person_id,
        sender=str(message["From"]),
        to=str(message["To"]),
        subject=seen.subject,
        preheader=_filled(case),
        text=seen.text,
        html=seen.html,
        attachments=[each.name for each in case.template.attachments],
        size_bytes=len(letter.payload),
        html_bytes=len(seen.html.encode()),
    )


def _filled(case: Case) -> str:
    text = case.template.preheader
    values = {"person": case.draft.person, "event": case.draft.event, "code": case.draft.code}
    return compile_text(text, file=case.template.file).render(values) if text else ""


def send_trial(
    db: Database, study_of: Callable[[], Study], key: str, ask: wire.LetterTestAsk, now: int
) -> wire.Done:
    """Send one letter through the configured channel, marked as a test; no ledger knows of it.

    Its links work and count nothing.

    Raises:
        NotFound, DefinitionError, BadInput: see `preview`; or it is no address.
        Conflict: nothing is ever to be sent there.
        TooMany: there were thirty in the last hour.
        Unavailable: the server did not take it now; says its words.
    """
    address = envelope_address(ask.to)
    study = study_of()
    if consent.suppressed(study.tx, EMAIL, {address_key(address)}):
        raise Conflict(f"{address} is suppressed: nothing is ever sent there.", field="to")
    person_id = study.person(ask.person)
    study.case(key, person_id, ask.language)
    case = study.case(key, person_id, ask.language, _number(db, key, now))
    template = replace(case.template, subject=MARK + case.template.subject)
    channel = study.channel()
    letter = channel.render(template, replace(case.draft, address=address), study.links())
    outcome = asyncio.run(_sent(channel, letter))
    if not isinstance(outcome, Sent):
        raise Unavailable(f"It was not taken: {_words(outcome)}", hint="See mautod doctor.")
    return wire.Done(1, f"{_name(template)} went to {address}, marked as a test.")


def _number(db: Database, key: str, now: int) -> int:
    """The number of a trial, noted before it is sent."""
    with db.write() as tx:
        if trials.count(tx, now - HOUR) >= MOST_AN_HOUR:
            raise TooMany(
                f"{MOST_AN_HOUR} test letters were sent within an hour", retry_after_s=600
            )
        number = trials.add(tx, key, now)
        trials.forget(tx, now - HOUR)
    return number


async def _sent(channel: Channel, letter: Letter) -> Outcome:
    await channel.open()
    try:
        (outcome,) = await channel.send([letter])
    finally:
        await channel.close()
    return outcome


def _words(outcome: Outcome) -> str:
    return getattr(outcome, "detail", "") or type(outcome).__name__


def _name(template: Template) -> str:
    return f"{template.key}.{template.language}" if template.language else template.key
