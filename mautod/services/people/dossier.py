"""All that is held of one person: what somebody may ask for, and what `erase` would take away."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mautod import wire
from mautod.core.people.redact import Traces, told
from mautod.store.db import Tx
from mautod.store.journal import Journal
from mautod.store.people import dossier, erasures

REQUESTS: Final = 2000


def gather(tx: Tx, journal: Journal, person_id: int, now: int) -> wire.Dossier:
    """Every table's rows about a living person and everybody whom they absorbed, and the journal's.

    Reads the whole journal: seconds for a million requests.
    """
    ids = erasures.family(tx, person_id)
    found = erasures.traces(tx, ids)
    raw = list(_raw(journal, found))
    return wire.Dossier(person_id, now, dossier.tables(tx, ids, found), raw)


def _raw(journal: Journal, found: Traces) -> Iterator[wire.RawRequest]:
    last = 0
    while some := journal.read_after(last, REQUESTS):
        last = some[-1].id
        for request in some:
            theirs = told(request, found)
            if theirs:
                yield wire.RawRequest(request.at, request.source, request.kind, request.ip, theirs)
