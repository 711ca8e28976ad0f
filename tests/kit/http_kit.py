"""A running ingest for tests: HTTP in front, a real journal behind."""

from __future__ import annotations

import json
from base64 import b64encode
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from mautod.core.envelope import split
from mautod.http.keys import WriteKeys
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

KEY = "site-key-1"
SERVER_KEY = "server-key-2"
KEYS = WriteKeys({KEY: "site", SERVER_KEY: "shop", "": "nobody"})
URL = "http://mautod.example"


@dataclass
class Door:
    """A running ingest with its journal; `client` speaks HTTP to it."""

    client: Any
    journal: Journal
    writer: GroupCommit
    commits: list = field(default_factory=list)

    def requests(self):
        return self.journal.read_after(0, 10_000)

    def events(self):
        return [event for request in self.requests() for event in split(request)]

    async def post(self, path="/v1/batch", body=None, **options):
        data = options.pop("data", None)
        if data is None:
            data = json.dumps(body if body is not None else batch())
        if isinstance(data, bytes):
            data = BytesIO(data)
        headers = options.pop("headers", {"Authorization": basic(KEY)})
        return await self.client.post(path, data=data, headers=headers, **options)


def basic(key, colon=":"):
    return f"Basic {b64encode((key + colon).encode()).decode()}"


def batch(*ids):
    events = [
        {"type": "track", "event": "Signed", "anonymousId": "a1", "messageId": name}
        for name in ids or ["m1"]
    ]
    return {"batch": events}
