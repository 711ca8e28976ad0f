"""Scripts that pages load: packed once, kept by browsers, refreshed when they change."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass, field
from typing import Final

from aiohttp import hdrs, web

HOUR: Final = "public, max-age=3600"
FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Script:
    """One script, as it is and packed; `keep` says for how long browsers may keep it."""

    plain: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    tag: str
    keep: str = HOUR

    @classmethod
    def of(cls, plain: bytes, keep: str = HOUR) -> Script:
        """Pack a script."""
        tag = hashlib.blake2b(plain, digest_size=8).hexdigest()
        return cls(plain, gzip.compress(plain, mtime=0), f'"{tag}"', keep)

    def answer(self, request: web.Request) -> web.Response:
        """The script, or that the browser has it already."""
        headers = {
            hdrs.CACHE_CONTROL: self.keep,
            hdrs.VARY: hdrs.ACCEPT_ENCODING,
            hdrs.ETAG: self.tag,
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        if self.tag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
            return web.Response(status=304, headers=headers)
        body = self.plain
        if "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
            headers[hdrs.CONTENT_ENCODING] = "gzip"
            body = self.packed
        return web.Response(
            body=body, headers=headers, content_type="text/javascript", charset="utf-8"
        )
