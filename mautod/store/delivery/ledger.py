"""The ledger of consent: every yes and no, when, from where, in which words. Only ever added to.

What somebody may be written to about is read from the rows of `consent`; this is the proof.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod.core.sending.consent import Consent, Proof
from mautod.store.db import Tx, to_json
from mautod.wire import Said

LONGEST_TEXT: Final = 2000

_COLUMNS: Final = (
    "id, person_id, at, channel, topic, state, source, address, ip, agent, language, text,"
    " message_id"
)
_NOTE: Final = """
INSERT INTO consent_log (person_id, at, channel, topic, state, source, address, ip, agent,
  language, text, message_id)
SELECT k.value, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12 FROM json_each(?1) k"""
# index consent_log_person
OF: Final = f"SELECT {_COLUMNS} FROM consent_log WHERE person_id = ? ORDER BY id"
# primary key, from where the page before ended
PAGE: Final = f"""
SELECT {_COLUMNS} FROM consent_log WHERE id > :after AND (:topic = '' OR topic = :topic)
ORDER BY id LIMIT :limit"""


def note(tx: Tx, people: Iterable[int], will: Consent, proof: Proof, state: str = "") -> None:
    """Record what people said, or `state` in its stead; inside `write`."""
    values = (
        to_json(list(people)), will.at, will.channel, will.topic, state or will.state, will.source,
        proof.address, proof.ip, proof.agent, proof.language, proof.text[:LONGEST_TEXT],
        proof.message,
    )  # fmt: skip
    tx.execute(_NOTE, values)


def of_person(tx: Tx, person_id: int) -> list[Said]:
    """All that one person said, in order."""
    return [Said(*row) for row in tx.execute(OF, (person_id,))]


def page(tx: Tx, after: int, limit: int, topic: str = "") -> list[Said]:
    """The next entries after the id `after`, of one topic or of all, in order."""
    values = {"after": after, "limit": limit, "topic": topic}
    return [Said(*row) for row in tx.execute(PAGE, values)]
