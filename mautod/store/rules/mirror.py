"""Dates among people's properties, mirrored by instant so that the sweep finds them by range."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from mautod.core.rules.printer import show_path
from mautod.store import state
from mautod.store.db import Tx, from_json, to_json
from mautod.store.rules.values import instant_in, json_path

Path = tuple[str, ...]
KEY: Final = "mirrored_dates"
_AT: Final = instant_in("p.props", ":path", ":zone")

# index person_date_person
CLEAR: Final = """
DELETE FROM person_date WHERE prop = :prop
AND person_id IN (SELECT CAST(d.value AS BIGINT) FROM json_each(:ids) d)"""
# json_each leads, then the primary key of person
FILL: Final = f"""
INSERT INTO person_date (prop, at, person_id)
SELECT :prop, {_AT}, p.id
FROM json_each(:ids) d CROSS JOIN person p
WHERE p.id = CAST(d.value AS BIGINT) AND {_AT} IS NOT NULL
ON CONFLICT (prop, at, person_id) DO NOTHING"""
# everybody, once for each property that a rule begins to use
_FILL_ALL: Final = f"""
INSERT INTO person_date (prop, at, person_id)
SELECT :prop, {_AT}, p.id
FROM person p WHERE {_AT} IS NOT NULL
ON CONFLICT (prop, at, person_id) DO NOTHING"""
_FORGET: Final = "DELETE FROM person_date WHERE prop = ?"


def mirror_dates(tx: Tx, path: Path, ids: Iterable[int], zone: str) -> None:
    """Bring the mirror of one property up to date for these people; inside `write`."""
    values = {"prop": show_path(path), "path": json_path(path), "zone": zone}
    values["ids"] = to_json(sorted(ids))
    tx.execute(CLEAR, values)
    tx.execute(FILL, values)


def mirror_only(tx: Tx, paths: Iterable[Path], zone: str) -> None:
    """Mirror these properties and no others, for everybody; cheap if that is so already.

    Inside `write`.
    """
    wanted = {show_path(path): path for path in paths}
    known: list[str] = from_json(state.get(tx, KEY, "[]"))
    have = {name.partition(" ")[2] for name in known if name.partition(" ")[0] == zone}
    if wanted.keys() == have and len(have) == len(known):
        return
    for name in known:
        prop = name.partition(" ")[2]
        if prop not in have or prop not in wanted:
            tx.execute(_FORGET, (prop,))
    for prop in sorted(wanted.keys() - have):
        tx.execute(_FILL_ALL, {"prop": prop, "path": json_path(wanted[prop]), "zone": zone})
    state.put(tx, KEY, to_json(sorted(f"{zone} {prop}" for prop in wanted)))
