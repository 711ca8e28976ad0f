"""Mail and conversations: their statements look at indexes, never through a table."""

from __future__ import annotations

import pytest

from mautod.store.conversations import listing, threads
from mautod.store.db import Database
from mautod.store.mail import letters
from mautod.store.people import erasures

PAGE = listing._PAGE
STATEMENTS = {
    "add": (letters.ADD, (1, "h", 1, "k", "s", None, None, "", "", "", "", "[]", "", 0), None),
    "find": (letters._FIND, (1,), "INTEGER PRIMARY KEY"),
    "unmatched": (letters.UNMATCHED_MAIL, (9, "", "", 50), "INDEX mail_unmatched (id<?)"),
    "counts": (letters.COUNTS, (), "INDEX mail_unmatched"),
    "latest": (threads._LATEST, (1, "t"), "INDEX conversation_person (person_id=? AND thread=?)"),
    "of a message": (threads._OF_MESSAGE, (1, 1), "INDEX part_message (message_id=?)"),
    "said before": (threads._BY_REF, ("r",), "INDEX part_ref (ref=?)"),
    "words": (threads._LETTERS.format(marks="?"), (1,), "INDEX part_message (message_id=?)"),
    "parts": (threads._PARTS, (1,), "INDEX part_conversation (conversation_id=?)"),
    "all": (
        PAGE.format(where="true"),
        {"limit": 50},
        "INDEX conversation_changed",
    ),
    "closed": (
        PAGE.format(where=listing._IN_STATE["closed"]),
        {"limit": 50},
        "INDEX conversation_state (state=?)",
    ),
    "of a person": (
        PAGE.format(where="c.person_id = :person"),
        {"person": 1, "limit": 50},
        "INDEX conversation_person (person_id=?)",
    ),
    "counts of all": (
        listing._COUNTS,
        {"operator": "Kim", "now": 1},
        "COVERING INDEX conversation_state (state=?)",
    ),
    "counts of one": (
        listing._COUNTS,
        {"operator": "Kim", "now": 1},
        "INDEX conversation_whose (operator=? AND state=?)",
    ),
    "operators": (listing._OPERATORS, (), "INDEX conversation_whose (operator>?)"),
    "one": (listing._SOME.format(chosen=":id"), {"now": 1, "id": 1}, "INTEGER PRIMARY KEY"),
    "from them": (
        erasures._FROM_THEM.split(";")[1],
        {"addresses": "[]"},
        "INDEX mail_sender (sender=?)",
    ),
    "theirs": (erasures._LETTERS, {"ids": "[1]"}, "INDEX mail_person (person_id=?)"),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_uses_its_index(tmp_path, name):
    statement, values, index = STATEMENTS[name]
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    db.close()
    assert index is None or any(index in step for step in plan), plan
    big = ("SCAN mail", "SCAN part", "SCAN m ", "SCAN p ")
    assert not [step for step in plan if step.startswith(big) and "INDEX" not in step], plan
