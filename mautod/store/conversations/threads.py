"""Conversations and their parts. One thread a person and subject, whatever the channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from mautod.store import rows
from mautod.store.db import Row, Tx, from_json, to_json

Direction = Literal["in", "out", "note"]

OPEN: Final = "open"
SNOOZED: Final = "snoozed"
CLOSED: Final = "closed"

# index conversation_person
_LATEST: Final = """
SELECT id FROM conversation WHERE person_id = ? AND thread = ? ORDER BY changed_at DESC, id DESC
LIMIT 1"""
# index part_message, then the primary key
_OF_MESSAGE: Final = """
SELECT c.id FROM part p JOIN conversation c ON c.id = p.conversation_id
WHERE p.message_id = ? AND c.person_id = ? LIMIT 1"""
_START: Final = """
INSERT INTO conversation (person_id, subject, thread, channel, state, opened_at, changed_at)
VALUES (?, ?, ?, ?, 'open', ?, ?) RETURNING id"""
_SAY: Final = """
INSERT INTO part (conversation_id, at, direction, author, text, message_id, mail_id, letter, ref)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
# What is said ends the typing of who says it; the next stir by index conversation_stir.
_STIR: Final = "stir = (SELECT coalesce(max(stir), 0) + 1 FROM conversation)"
_REOPEN: Final = f"""
UPDATE conversation SET state = 'open', until = NULL, writing_at = 0, changed_at = ?, {_STIR}
WHERE id = ?"""
_TOUCH: Final = f"UPDATE conversation SET typing_at = 0, changed_at = ?, {_STIR} WHERE id = ?"
# unique index part_ref
_BY_REF: Final = "SELECT id, conversation_id, message_id FROM part WHERE ref = ?"
# index part_message
_LETTERS: Final = "SELECT message_id, letter FROM part WHERE message_id IN ({marks})"
# index part_conversation, then the primary keys of mail and message
_PARTS: Final = """
SELECT p.id, p.at, p.direction, p.author, p.text, p.message_id, p.mail_id,
  coalesce(m.state, ''), coalesce(m.template, ''), coalesce(i.ref, ''), coalesce(i.refs, '[]')
FROM part p LEFT JOIN message m ON m.id = p.message_id LEFT JOIN mail i ON i.id = p.mail_id
WHERE p.conversation_id = ? ORDER BY p.id"""


@dataclass(frozen=True, slots=True)
class NewPart:
    """Something to be said. `letter` is what a message to the person is filled with.

    `ref` is a name that whoever asks gives it: the same one again is the same part.
    """

    at: int
    direction: Direction
    author: str = ""
    text: str = ""
    message_id: int | None = None
    mail_id: int | None = None
    letter: dict[str, Any] | None = None
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """Something that was said; `state` and `template` are those of its message.

    `mail_ref` is the Message-ID of its mail, `mail_refs` are those that this one answered.
    """

    id: int
    at: int
    direction: Direction
    author: str
    text: str
    message_id: int | None
    mail_id: int | None
    state: str
    template: str
    mail_ref: str
    mail_refs: Sequence[str]


def latest(tx: Tx, person_id: int, thread: str) -> int | None:
    """The conversation of a person about a subject that was alive last."""
    row = tx.execute(_LATEST, (person_id, thread)).fetchone()
    return row[0] if row else None


def of_message(tx: Tx, message_id: int, person_id: int) -> int | None:
    """The conversation in which a message was said to this person."""
    row = tx.execute(_OF_MESSAGE, (message_id, person_id)).fetchone()
    return row[0] if row else None


def start(tx: Tx, person_id: int, subject: str, thread: str, channel: str, at: int) -> int:
    """Open a conversation; its number. Inside `write`."""
    row = tx.execute(_START, (person_id, subject, thread, channel, at, at)).fetchone()
    return int(row[0])


def say(tx: Tx, conversation_id: int, part: NewPart) -> int:
    """Add a part; what comes in opens a closed or snoozed conversation again. Inside `write`."""
    letter = None if part.letter is None else to_json(part.letter)
    row = tx.execute(
        _SAY,
        (
            conversation_id, part.at, part.direction, part.author, part.text,
            part.message_id, part.mail_id, letter, part.ref,
        ),
    ).fetchone()  # fmt: skip
    tx.execute(_REOPEN if part.direction == "in" else _TOUCH, (part.at, conversation_id))
    return int(row[0])


def by_ref(tx: Tx, ref: str) -> tuple[int, int, int | None] | None:
    """The part that was asked for by this name, with its conversation and its message."""
    found: tuple[int, int, int | None] | None = tx.execute(_BY_REF, (ref,)).fetchone()
    return found


def letters(tx: Tx, message_ids: Sequence[int]) -> dict[int, dict[str, Any]]:
    """What these messages are filled with, where they are said in a conversation."""
    found = tx.execute(_LETTERS.format(marks=rows.marks(message_ids)), list(message_ids))
    return {message: from_json(letter) for message, letter in found if letter is not None}


def parts(tx: Tx, conversation_id: int) -> list[Part]:
    """Everything that was said, the oldest first."""
    return [_part(row) for row in tx.execute(_PARTS, (conversation_id,))]


def set_state(tx: Tx, conversation_id: int, state: str, until: int | None, at: int) -> bool:
    """Open, snooze or close; False if it was so already. Inside `write`."""
    sql = f"""UPDATE conversation SET state = ?, until = ?, changed_at = ?, {_STIR}
      WHERE id = ? AND (state <> ? OR until IS NOT ?)"""
    return tx.execute(sql, (state, until, at, conversation_id, state, until)).rowcount > 0


def set_operator(tx: Tx, conversation_id: int, operator: str) -> bool:
    """Give it to an operator, or to nobody; False if it was so already. Inside `write`."""
    sql = f"UPDATE conversation SET operator = ?, {_STIR} WHERE id = ? AND operator <> ?"
    return tx.execute(sql, (operator, conversation_id, operator)).rowcount > 0


def _part(row: Row) -> Part:
    values = list(row)
    values[-1] = from_json(row[-1])
    return Part(*values)
