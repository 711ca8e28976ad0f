"""What a site's pages load of ours: the tracker, its parts, and what they must know."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from aiohttp import hdrs, web

from mautod.errors import MautodError, Unauthorized
from mautod.http.assets import Script
from mautod.http.cors import open_to_pages, preflight
from mautod.http.ingest import refusal
from mautod.http.keys import WriteKeys

FOLDER: Final = files("mautod") / "web"
SCRIPTS: Final = {
    "mautod": "tracker.js",
    "carrotquest": "carrotquest.js",
    "popups": "popups.js",
    "widget": "widget.js",
    "push": "push.js",
    "mautod-sw": "sw.js",
}
"""Where each is served, as `/NAME.js`, and its file."""
KEEP: Final = "public, max-age=60"


@dataclass(frozen=True, slots=True)
class Site:
    """Serves scripts to pages of any origin, and tells the tracker what to do there.

    `settings` answers what is in force now.
    """

    keys: WriteKeys
    settings: Callable[[], dict[str, Any]]

    def mount(self, app: web.Application) -> None:
        """Add the routes."""
        for name, file in SCRIPTS.items():
            app.router.add_get(f"/{name}.js", _serving(file))
        app.router.add_get("/v1/site", self.told)
        app.router.add_options("/v1/site", preflight)

    async def told(self, request: web.Request) -> web.Response:
        """The settings of the site whose write key asks."""
        try:
            if self.keys.find(request.query.get("writeKey", "")) is None:
                raise Unauthorized("no write key that is known here", field="writeKey")
            found = await asyncio.to_thread(self.settings)
            response = web.json_response(found, headers={hdrs.CACHE_CONTROL: KEEP})
        except MautodError as error:
            response = refusal(error)
        open_to_pages(request, response)
        return response


def _serving(file: str) -> Callable[[web.Request], Any]:
    async def answer(request: web.Request) -> web.Response:
        return _script(file).answer(request)

    return answer


@cache
def _script(file: str) -> Script:
    return Script.of((FOLDER / file).read_bytes())
