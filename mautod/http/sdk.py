"""What browser SDKs fetch before they send anything: themselves, their chunks, their settings."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from aiohttp import hdrs, web

from mautod.errors import MautodError, NotFound, Unauthorized
from mautod.http.assets import FOREVER, Script
from mautod.http.cors import open_to_pages, preflight
from mautod.http.ingest import refusal
from mautod.http.keys import WriteKeys
from mautod.http.visitor import base_url

VENDOR: Final = files("mautod") / "web" / "vendor" / "analytics-next"
STANDALONE: Final = "standalone.js"
_PLACEHOLDER: Final = b"__WRITE_KEY__"
_KEY: Final = re.compile(r"[A-Za-z0-9_\-]{1,128}")
# Served over plain http, the script would not find its own address and ask Segment for settings.
_PREFIX: Final = "(function(){var a=window.analytics;if(a&&!a._cdn)a._cdn=%s})();\n"

Answer = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class BrowserSdk:
    """Serves Segment's analytics-next, and tells it and RudderStack's SDK where to send."""

    keys: WriteKeys
    public_url: str
    trust_proxy: bool = False

    def mount(self, app: web.Application) -> None:
        """Add the routes that browser SDKs fetch."""
        routes = {
            "/v1/projects/{key}/settings": self.settings,
            "/sourceConfig/": self.source_config,
            "/sourceConfig": self.source_config,
            "/analytics.js/v1/{key}/analytics.min.js": self.script,
            "/analytics.js/v1/{key}/analytics.js": self.script,
            "/analytics-next/bundles/{name}": self.bundle,
        }
        for path, answer in routes.items():
            app.router.add_get(path, _open(answer))
            app.router.add_options(path, preflight)

    async def settings(self, request: web.Request) -> web.Response:
        """What analytics-next needs to know; nothing else is switched on."""
        key = self._known(request)
        scheme, _, host = self._base(request).partition("://")
        segment = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme}
        return _json({"integrations": {"Segment.io": segment}})

    async def source_config(self, request: web.Request) -> web.Response:
        """The same for RudderStack's SDK."""
        source = self.keys.of_header(request)
        if source is None:
            raise Unauthorized("no write key that is known here", field="writeKey")
        off = {"errors": {"enabled": False}, "metrics": {"enabled": False}}
        told = {
            "id": source,
            "name": source,
            "writeKey": request.query.get("writeKey", ""),
            "enabled": True,
            "workspaceId": "mautod",
            "config": {"statsCollection": off},
            "destinations": [],
        }
        return _json({"source": told})

    async def script(self, request: web.Request) -> web.Response:
        """analytics-next with the write key in it."""
        return _script(self._known(request), self._base(request)).answer(request)

    async def bundle(self, request: web.Request) -> web.Response:
        """A chunk that analytics-next loads on demand."""
        name = request.match_info["name"]
        if name not in _bundles():
            raise NotFound(f"there is no bundle {name!r}")
        return _bundle(name).answer(request)

    def _known(self, request: web.Request) -> str:
        key = request.match_info["key"]
        if self.keys.find(key) is None or _KEY.fullmatch(key) is None:
            raise NotFound("no write key that is known here", field="writeKey")
        return key

    def _base(self, request: web.Request) -> str:
        return base_url(request, self.public_url, trust_proxy=self.trust_proxy)


def _open(answer: Answer) -> Answer:
    async def handle(request: web.Request) -> web.Response:
        try:
            response = await answer(request)
        except MautodError as error:
            response = refusal(error)
        open_to_pages(request, response)
        return response

    return handle


def _json(value: dict[str, Any]) -> web.Response:
    return web.json_response(value, headers={hdrs.CACHE_CONTROL: "no-cache"})


@lru_cache(maxsize=64)
def _script(key: str, base: str) -> Script:
    prefix = (_PREFIX % json.dumps(base)).encode()
    script = (VENDOR / STANDALONE).read_bytes()
    return Script.of(prefix + script.replace(_PLACEHOLDER, key.encode()))


@cache
def _bundle(name: str) -> Script:
    return Script.of((VENDOR / name).read_bytes(), FOREVER)


@cache
def _bundles() -> frozenset[str]:
    return frozenset(file.name for file in VENDOR.iterdir() if ".bundle." in file.name)
