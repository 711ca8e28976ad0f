"""Chats: conversations in which a widget on a site's pages takes part.

One is a device's (`visitor` names it) or a known person's own; who may read which is decided by
`services.conversations.visitor`. `stir` grows with each change of any conversation, so that what is
new is found by one index, whichever process made it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from mautod.store.db import Tx, to_json

CHANNEL: Final = "chat"
OWN: Final = "chat  "
"""The thread of a person's own chat; no subject of a mail has two spaces in a row."""
MOST_SHOWN: Final = 200
MOST_MISSED: Final = 2000
_NEXT: Final = "(SELECT coalesce(max(stir), 0) + 1 FROM conversation)"  # index conversation_stir

# index conversation_visitor
_OF_VISITOR: Final = "SELECT id, person_id FROM conversation WHERE visitor = ?"
_START: Final = """
INSERT INTO conversation
  (person_id, subject, thread, channel, state, opened_at, changed_at, visitor)
VALUES (?, ?, ?, 'chat', 'open', ?, ?, ?) RETURNING id"""
# index part_conversation, from its end
SHOWN: Final = """
SELECT p.id, p.conversation_id, p.at, p.direction, p.author, p.text, coalesce(p.ref, '')
FROM json_each(?) k CROSS JOIN part p ON p.conversation_id = k.value
WHERE p.id > ? AND p.direction <> 'note' AND p.text <> '' ORDER BY p.id DESC LIMIT ?"""
# primary key of conversation
_STANDING: Final = """
SELECT c.id, c.stir, c.seen_id, c.typing_at, c.typist
FROM json_each(?) k CROSS JOIN conversation c ON c.id = k.value"""
# index conversation_stir
STIRRED: Final = """
SELECT id, stir, seen_id, typing_at, typist FROM conversation WHERE stir > ?
ORDER BY stir LIMIT ?"""
_LAST_STIR: Final = "SELECT coalesce(max(stir), 0) FROM conversation"
# primary key; index part_conversation from its end
_READ: Final = f"""
UPDATE conversation SET read_id = :part, stir = {_NEXT},
  owed = CASE WHEN owed = 1 AND :part < (
    SELECT max(l.id) FROM part l WHERE l.conversation_id = :id AND l.direction = 'out')
    THEN 1 ELSE 0 END
WHERE id = :id AND read_id < :part
  AND EXISTS (SELECT 1 FROM part p WHERE p.id = :part AND p.conversation_id = :id)"""
_SEEN: Final = f"""
UPDATE conversation SET stir = {_NEXT}, seen_id = (
  SELECT max(l.id) FROM part l WHERE l.conversation_id = :id)
WHERE id = :id
  AND seen_id < (SELECT coalesce(max(l.id), 0) FROM part l WHERE l.conversation_id = :id)"""
# index conversation_owed
OWED: Final = """
SELECT c.id FROM conversation c JOIN person p ON p.id = c.person_id
WHERE c.owed = 1 AND c.present_at > ? AND c.present_at < ?
  AND p.email IS NOT NULL AND p.erased_at IS NULL
ORDER BY c.present_at LIMIT ?"""
# index part_conversation
_UNREAD: Final = """
SELECT p.id, p.author, p.text FROM part p JOIN conversation c ON c.id = p.conversation_id
WHERE p.conversation_id = ? AND p.id > c.read_id AND p.direction = 'out' AND p.message_id IS NULL
ORDER BY p.id"""


@dataclass(frozen=True, slots=True)
class Shown:
    """Something that was said, as a widget shows it."""

    id: int
    conversation: int
    at: int
    direction: str
    author: str
    text: str
    ref: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a conversation stands: up to which part operators read, who types since when (UTC ms)."""

    id: int
    stir: int
    seen_id: int
    typing_at: int
    typist: str


def of_visitor(tx: Tx, visitor: str) -> tuple[int, int] | None:
    """A device's conversation and its person."""
    found: tuple[int, int] | None = tx.execute(_OF_VISITOR, (visitor,)).fetchone()
    return found


def start(tx: Tx, person_id: int, subject: str, visitor: str | None, at: int) -> int:
    """Begin a device's chat, or with None a person's own; its number. Inside `write`."""
    thread = OWN + (visitor or "")
    row = tx.execute(_START, (person_id, subject, thread, at, at, visitor)).fetchone()
    return int(row[0])


def shown(tx: Tx, conversations: Iterable[int], after: int) -> list[Shown]:
    """What was said later than part `after`, the oldest first; with 0 the latest 200."""
    limit = MOST_MISSED if after else MOST_SHOWN
    rows = tx.execute(SHOWN, (to_json(list(conversations)), after, limit)).fetchall()
    return [Shown(*row) for row in reversed(rows)]


def standing(tx: Tx, conversations: Iterable[int]) -> list[Standing]:
    """How these conversations stand."""
    return [Standing(*row) for row in tx.execute(_STANDING, (to_json(list(conversations)),))]


def stirred(tx: Tx, after: int, limit: int) -> list[Standing]:
    """Conversations in which something changed after `after`, in that order."""
    return [Standing(*row) for row in tx.execute(STIRRED, (after, limit))]


def last_stir(tx: Tx) -> int:
    """The last change of any conversation."""
    return int(tx.execute(_LAST_STIR).fetchone()[0])


def stir(tx: Tx, conversation: int) -> None:
    """Note that something about a conversation changed; inside `write`."""
    tx.execute(f"UPDATE conversation SET stir = {_NEXT} WHERE id = ?", (conversation,))


def read(tx: Tx, conversations: Sequence[int], part: int) -> None:
    """Its person has read up to `part`, which no mail need tell any more. Inside `write`."""
    tx.executemany(_READ, [{"id": each, "part": part} for each in conversations])


def seen(tx: Tx, conversation: int) -> bool:
    """Operators have read all of it; False if they had. Inside `write`."""
    return tx.execute(_SEEN, {"id": conversation}).rowcount > 0


def present(tx: Tx, conversations: Iterable[int], at: int) -> None:
    """The people of these conversations have them open; inside `write`."""
    ids = to_json(sorted(set(conversations)))
    sql = """UPDATE conversation SET present_at = ?
      WHERE id IN (SELECT value FROM json_each(?)) AND present_at < ?"""
    tx.execute(sql, (at, ids, at))


def writing(tx: Tx, conversations: Iterable[int], at: int) -> None:
    """The person writes something, since `at`; 0 when no more. Inside `write`."""
    sql = f"UPDATE conversation SET writing_at = ?, stir = {_NEXT} WHERE id = ? AND writing_at <> ?"
    tx.executemany(sql, [(at, each, at) for each in conversations])


def typing(tx: Tx, conversation: int, typist: str, at: int) -> None:
    """An operator writes something, since `at`; 0 when no more. Inside `write`."""
    sql = f"UPDATE conversation SET typing_at = ?, typist = ?, stir = {_NEXT} WHERE id = ?"
    tx.execute(sql, (at, typist, conversation))


def owe(tx: Tx, conversation: int) -> None:
    """An answer is in the widget alone: a mail must tell it unless it is read. Inside `write`."""
    tx.execute("UPDATE conversation SET owed = 1 WHERE id = ?", (conversation,))


def owed(tx: Tx, since: int, before: int, limit: int) -> list[int]:
    """Conversations with such answers whose people, with an email, were last there in between."""
    return [row[0] for row in tx.execute(OWED, (since, before, limit))]


def unread(tx: Tx, conversation: int) -> list[tuple[int, str, str]]:
    """(part, author, text) of answers that neither the person nor a mail took."""
    return tx.execute(_UNREAD, (conversation,)).fetchall()


def carried(
    tx: Tx, conversation: int, parts: Sequence[int], message: int, letter: Mapping[str, object]
) -> None:
    """A message carries these parts, by the letter kept with the last one. Inside `write`."""
    sql = "UPDATE part SET message_id = ?, letter = ? WHERE id = ?"
    rows = [(message, to_json(letter) if each == parts[-1] else None, each) for each in parts]
    tx.executemany(sql, rows)
    settled(tx, conversation)


def settled(tx: Tx, conversation: int) -> None:
    """Nothing of it is owed by mail; inside `write`."""
    tx.execute(f"UPDATE conversation SET owed = 0, stir = {_NEXT} WHERE id = ?", (conversation,))
