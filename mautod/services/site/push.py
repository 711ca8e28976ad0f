"""Browsers that agree to push messages, and those that want no more of them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from mautod import channels
from mautod.channels.push import Push, PushConfig, vapid
from mautod.channels.push.cipher import check
from mautod.channels.push.post import check_endpoint
from mautod.config import Settings
from mautod.core.sending.message import Door
from mautod.services.domains.keys import keep_out
from mautod.services.site.popups import Visitor, person_of
from mautod.store.db import Database
from mautod.store.delivery import browsers


def make_key(settings: Settings) -> tuple[Path, str]:
    """Make the key that signs, kept out of version control; its file, and what pages are told.

    Raises:
        Conflict: there is one already.
        BadInput: the file cannot be written.
    """
    config: PushConfig = channels.configured(Push.kind, settings.config.channels.get(Push.kind, {}))
    path = settings.folder / config.key
    vapid.make_key(path)
    keep_out(settings.folder, str(Path(config.key).parent))
    return path, vapid.public(vapid.load_key(path))


def subscribe(
    db: Database, visitor: Visitor, door: Door, private: Collection[str], now: int
) -> bool:
    """Keep the browser of a visitor; False if nobody is known by that id yet. Idempotent.

    `private`: push services of one's own, as HOST:PORT.

    Raises:
        BadInput: its keys are none, or its endpoint is no public https address.
    """
    check_endpoint(door.endpoint, frozenset(private))
    check(door)
    person_id = person_of(db.read(), visitor)
    if person_id is None:
        return False
    with db.write() as tx:
        browsers.subscribe(tx, person_id, door, now)
    return True


def leave(db: Database, visitor: Visitor, endpoint: str, now: int) -> bool:
    """A visitor wants no more in this browser; False if nobody is known by that id yet."""
    person_id = person_of(db.read(), visitor)
    if person_id is None:
        return False
    with db.write() as tx:
        browsers.leave(tx, person_id, endpoint, now)
    return True
