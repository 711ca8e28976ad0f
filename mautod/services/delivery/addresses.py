"""Where each channel reaches people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from mautod.store.db import Tx
from mautod.store.delivery import browsers
from mautod.store.delivery.messages import Dossier

EMAIL: Final = "email"
PUSH: Final = "push"
ON_SITE: Final = frozenset({"popup", "chat"})
"""Channels of the site: they reach whoever was ever seen there."""


def addresses(tx: Tx, channel: str, dossiers: Sequence[Dossier]) -> Mapping[int, str]:
    """By person the address on `channel`, empty or missing if it does not reach them.

    That of a site's channel, or of push, is a name that nobody else has.
    """
    people = {dossier.person_id for dossier in dossiers}
    if channel == PUSH:
        doors = browsers.doors(tx, people)
        return {each: ", ".join(f"browser {door.id}" for door in doors[each]) for each in doors}
    if channel in ON_SITE:
        return {each: f"visitor {each}" for each in browsers.seen(tx, people)}
    return {
        d.person_id: ((d.email if channel == EMAIL else d.phone) or "").strip() for d in dossiers
    }
