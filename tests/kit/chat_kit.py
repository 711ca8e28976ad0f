"""A chat's door over real storage, and operators who answer."""

from __future__ import annotations

from office_kit import Office

from mautod import wire
from mautod.core.sending.links import Links
from mautod.http.chat import ChatDoor
from mautod.http.chat_hub import ChatHub
from mautod.http.chat_writer import ChatWriter
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.store.group_commit import GroupCommit

SECRET = "identity"
KEY = "site-key-1"


def door(office: Office, **more) -> ChatDoor:
    """A door with the office's clock; limits that no test meets by chance."""
    hub = ChatHub(office.db, look_s=0.02, clock=lambda: office.now)
    made = {
        "db": office.db,
        "writer": GroupCommit(office.journal, limit=1000),
        "keys": WriteKeys({KEY: "site"}),
        "links": Links("s3cret", "http://mautod.test"),
        "hub": hub,
        "acts": ChatWriter(office.db),
        "asks": RateLimit(10_000, 10_000),
        "words": RateLimit(10_000, 10_000),
        "tokens": RateLimit(10_000, 10_000),
        "secret": SECRET,
        "clock": lambda: office.now,
    }
    return ChatDoor(**{**made, **more})


def say(text: str, operator: str = "Kim", ref: str = "") -> wire.SayAsk:
    return wire.SayAsk(text, operator, ref)
