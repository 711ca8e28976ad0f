"""Conversations as operators see them: a page of them, and one with all that was said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mautod import wire
from mautod.errors import BadInput
from mautod.services.conversations.answer import found
from mautod.store import listing as pages
from mautod.store.conversations import listing, threads
from mautod.store.conversations.listing import ChatFilter
from mautod.store.conversations.threads import Part
from mautod.store.db import Tx
from mautod.store.mail import letters
from mautod.store.mail.letters import Kept


def page(tx: Tx, sought: ChatFilter, after: str, limit: int, now: int) -> wire.ChatPage:
    """Conversations, what happened last first.

    Raises:
        BadInput: there is no such state, or `after` is no `next` of ours.
    """
    if sought.state and sought.state not in wire.CHAT_STATES:
        raise BadInput(
            f"there is no state {sought.state!r}",
            field="state",
            hint=f"One of {', '.join(wire.CHAT_STATES)}.",
        )
    some = listing.conversations(tx, sought, _place(after), limit + 1, now)
    items, more = pages.page(some, limit)
    return wire.ChatPage(items, f"{items[-1].changed_at}-{items[-1].id}" if more else None)


def thread(tx: Tx, conversation: int, now: int) -> wire.ChatThread:
    """One conversation with all that was said.

    Raises:
        NotFound: there is no such conversation.
    """
    chat = found(tx, conversation, now)
    parts = threads.parts(tx, conversation)
    mails = [part.mail_id for part in parts if part.mail_id is not None]
    files = letters.files_of(tx, mails) if mails else {}
    return wire.ChatThread(chat, [_part(part, files) for part in parts])


def files(kept: Sequence[Kept]) -> list[wire.MailFile]:
    """Files as they are shown."""
    return [wire.MailFile(each.id, each.name, each.type, each.size) for each in kept]


def _part(part: Part, kept: Mapping[int, Sequence[Kept]]) -> wire.ChatPart:
    return wire.ChatPart(
        id=part.id,
        at=part.at,
        direction=part.direction,
        author=part.author,
        text=part.text,
        message=part.message_id,
        state=part.state,
        template=part.template,
        files=files(kept.get(part.mail_id or 0, ())),
    )


def _place(after: str) -> tuple[int, int] | None:
    if not after:
        return None
    at, _, last = after.partition("-")
    if not (at.isdecimal() and last.isdecimal() and len(after) < 40):  # noqa: PLR2004 - two numbers
        raise BadInput(f"{after[:40]!r} is no place in this listing", field="after")
    return int(at), int(last)
