"""Clients that nobody of us wrote, unchanged, against every kind of answer.

Whatever happens to an event's first try, it is counted once, or never if it was refused for good.
"""

import json

import pytest
from aiohttp import web
from http_kit import KEY, KEYS, URL
from sdk_kit import (
    CALLS,
    FAULTS,
    SCRIPTS,
    FaultyIngest,
    browsing,
    finished,
    npm_package,
    python_client,
)

from mautod.http.limits import RateLimit
from mautod.http.sdk import BrowserSdk
from mautod.http.server import make_app
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

pytestmark = pytest.mark.e2e

PYTHON_CLIENTS = {
    "segment-analytics-python==2.4.0": "segment.analytics.client",
    "analytics-python==1.4.post1": "analytics.client",
    "rudder-sdk-python==2.1.9": "rudderstack.analytics.client",
}
NODE_CLIENT = "@segment/analytics-node@3.1.0"
RUDDER_JS = "@rudderstack/analytics-js@3.34.1"
BUNDLED = "dist/npm/modern/bundled/umd/index.js"

SEGMENT_MODES = {
    "single": {},
    "batched": {
        "integrations": {
            "Segment.io": {
                "deliveryStrategy": {"strategy": "batching", "config": {"size": 10, "timeout": 300}}
            }
        }
    },
}
RUDDER_MODES = {
    "single": {},
    "batched": {"queueOptions": {"batch": {"enabled": True, "maxItems": 10, "flushInterval": 300}}},
    "beacon": {"useBeacon": True, "beaconQueueOptions": {"flushQueueInterval": 300}},
}


class Peer:
    """An ingest that fails as told, and its journal."""

    def __init__(self, ingest, journal, server):
        self.ingest, self.journal = ingest, journal
        self.base = f"http://127.0.0.1:{server.port}"

    async def all_settled(self, calls):
        """Until every event was taken, or refused for good."""
        ingest = self.ingest
        settled = ingest.known if ingest.fault == "400" else ingest.taken
        await ingest.until(lambda: len(settled) >= calls)

    def check(self, calls):
        counted = self.ingest.counted(self.journal)
        if self.ingest.fault == "400":
            assert counted == []
            assert len(self.ingest.known) == len(calls)
            assert sum(map(len, self.ingest.tries)) == len(calls), "refused events came again"
            return
        kinds = sorted(event.kind for event in counted)
        assert kinds == calls
        assert {event.message_id for event in counted} == self.ingest.known
        known = {event.kind: event for event in counted}
        assert known["identify"].traits == {"email": "ann@example.com", "имя": "Аня"}
        assert known["identify"].user_id == "u1"
        assert known["track"].name == "Signed"
        assert known["track"].props["total"] == 19.9
        assert known["page"].name == "Home"
        assert known["group"].group_id == "g1"
        if self.ingest.fault != "none":
            assert sum(map(len, self.ingest.tries)) >= 2 * len(calls)


@pytest.fixture
async def peer(fault, aiohttp_server, tmp_path):
    journal = Journal(tmp_path / "journal.db").open()
    writer = GroupCommit(journal, limit=1000)
    ingest = FaultyIngest(writer, KEYS, RateLimit(1000, 1000), fault=fault)
    server = await aiohttp_server(make_app([ingest.mount, BrowserSdk(KEYS, URL).mount]))
    yield Peer(ingest, journal, server)
    await writer.close()
    journal.close()


@pytest.fixture
async def show(aiohttp_server, tmp_path):
    """Opens a page of another origin in Chromium; it leads to `base`."""

    async def start(page, base, options):
        text = (SCRIPTS / page).read_text()
        for name, value in {"base": base, "key": KEY, "options": json.dumps(options)}.items():
            text = text.replace(f"{{{name}}}", value)

        async def index(request):
            return web.Response(text=text, content_type="text/html")

        async def script(request):
            return web.FileResponse(npm_package(RUDDER_JS) / BUNDLED)

        app = web.Application()
        app.router.add_get("/", index)
        app.router.add_get("/rudder.js", script)
        server = await aiohttp_server(app)
        return browsing(f"http://localhost:{server.port}/", tmp_path / "profile")

    return start


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("requirement", PYTHON_CLIENTS)
async def test_python_clients(peer, requirement):
    python = python_client(requirement)
    script = SCRIPTS / "client.py"
    await finished(python, script, PYTHON_CLIENTS[requirement], peer.base, KEY, "plain")
    peer.check(CALLS)


@pytest.mark.parametrize("fault", ["none"])
@pytest.mark.parametrize("requirement", PYTHON_CLIENTS)
async def test_python_clients_that_compress(peer, requirement):
    python = python_client(requirement)
    script = SCRIPTS / "client.py"
    await finished(python, script, PYTHON_CLIENTS[requirement], peer.base, KEY, "gzip")
    peer.check(CALLS)


@pytest.mark.parametrize("fault", FAULTS)
async def test_analytics_node(peer):
    folder = npm_package(NODE_CLIENT)
    await finished("node", SCRIPTS / "client.cjs", folder, peer.base, KEY)
    peer.check(CALLS)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("mode", SEGMENT_MODES)
async def test_analytics_next_in_a_browser(peer, show, mode):
    async with await show("segment.html", peer.base, SEGMENT_MODES[mode]):
        await peer.all_settled(len(CALLS))
    peer.check(CALLS)


@pytest.mark.parametrize(
    ("mode", "fault"),
    [*((mode, fault) for mode in ("single", "batched") for fault in FAULTS), ("beacon", "none")],
)
async def test_rudderstack_in_a_browser(peer, show, mode):
    npm_package(RUDDER_JS)
    calls = [call for call in CALLS if call != "screen"]
    async with await show("rudder.html", peer.base, RUDDER_MODES[mode]):
        await peer.all_settled(len(calls))
    peer.check(calls)
