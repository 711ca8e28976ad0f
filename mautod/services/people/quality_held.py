"""The report about the data of many people, which takes seconds, held with its age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import msgspec

from mautod import wire
from mautod.clock import monotonic_s
from mautod.services.people.quality import Inspector
from mautod.store import state
from mautod.store.db import Database, Tx, to_json
from mautod.store.events import counter

HELD: Final = "quality"
CHEAP_S: Final = 0.5
"""A report that took no longer is counted whenever it is asked for."""

MANY: Final = 100_000
"""Of so many people a worker counts it before anybody asks."""

STALE: Final = "180d"
"""Not seen for so long is stale, if nothing else is asked for."""


class _Held(msgspec.Struct, frozen=True):
    stale: str
    zone: str
    report: wire.Quality


def report(
    db: Database, asked: Inspector, age_ms: int, monotonic: Callable[[], float] = monotonic_s
) -> wire.Quality:
    """How many people each doubt is about: as it was at most `age_ms` ago, or counted now.

    Raises:
        BadInput: what is stale is no duration.
    """
    held = _held(asked.tx)
    if held is not None and (held.stale, held.zone) == (asked.stale, asked.zone):
        age = asked.now - held.report.at
        if 0 <= age < age_ms:
            return held.report
    began = monotonic()
    found = asked.report()
    if monotonic() - began > CHEAP_S:
        _hold(db, _Held(asked.stale, asked.zone, found))
    return found


def keep(db: Database, zone: str, now: int) -> None:
    """Count it anew where it is dear; an hourly matter."""
    tx = db.read()
    if _held(tx) is not None or counter(tx, "people") >= MANY:
        report(db, Inspector(tx, zone, STALE, now), 0)


def _held(tx: Tx) -> _Held | None:
    text = state.get(tx, HELD)
    try:
        return msgspec.json.decode(text, type=_Held) if text else None
    except msgspec.DecodeError:  # an older version's
        return None


def _hold(db: Database, held: _Held) -> None:
    with db.write() as tx:
        state.put(tx, HELD, to_json(held))
