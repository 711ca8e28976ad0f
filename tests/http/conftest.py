import pytest
from http_kit import KEYS, URL, Door

from mautod.http.ingest import Ingest
from mautod.http.limits import RateLimit
from mautod.http.sdk import BrowserSdk
from mautod.http.server import make_app
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal


@pytest.fixture
async def open_door(aiohttp_client, tmp_path):
    """Starts an ingest with the options given."""
    doors = []

    async def start(
        *, journal=None, queue=1000, rate=1000.0, burst=5000, trust_proxy=False, keys=KEYS, url=URL
    ):
        journal = journal or Journal(tmp_path / "journal.db").open()
        commits = []
        writer = GroupCommit(journal, limit=queue, on_commit=lambda: commits.append(1))
        ingest = Ingest(writer, keys, RateLimit(rate, burst), trust_proxy=trust_proxy)
        sdk = BrowserSdk(keys, url, trust_proxy=trust_proxy)
        client = await aiohttp_client(make_app([ingest.mount, sdk.mount]))
        doors.append(Door(client, journal, writer, commits))
        return doors[-1]

    yield start
    for door in doors:
        await door.writer.close()
        door.journal.close()


@pytest.fixture
async def door(open_door):
    return await open_door()
