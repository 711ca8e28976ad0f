"""Which source a request belongs to: the write key in its header, query or body."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Final

import msgspec
from aiohttp import hdrs, web

from mautod.core.envelope import Outline, outline
from mautod.errors import Unauthorized

_BASIC: Final = "basic "


class WriteKeys:
    """Write keys and the sources they stand for; `repr` shows no key."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self._sources = {key: name for key, name in sources.items() if key}
        self._headers = {
            f"Basic {b64encode(f'{key}{colon}'.encode()).decode()}": name
            for key, name in self._sources.items()
            for colon in (":", "")
        }

    def __repr__(self) -> str:
        return f"WriteKeys({', '.join(sorted(self._sources.values()))})"

    def find(self, key: object) -> str | None:
        """The name of the source whose write key is `key`."""
        return self._sources.get(key) if isinstance(key, str) else None

    def of_header(self, request: web.Request) -> str | None:
        """The source of `Authorization: Basic` or `?writeKey=`."""
        given = request.headers.get(hdrs.AUTHORIZATION)
        if given is not None:
            source = self._headers.get(given) or self.find(_user_name(given))
            if source is not None:
                return source
        return self.find(request.query.get("writeKey")) if request.query_string else None

    def of(self, request: web.Request, head: Outline) -> str:
        """The source of a request with its body: header, query, batch, or the batch's first event.

        Raises:
            Unauthorized: no key that we know.
        """
        source = self.of_header(request) or self.find(head.write_key)
        if source is None and head.batch:
            source = self.find(_key_of_first(head.batch[0]))
        if source is None:
            raise Unauthorized(
                "no write key that is known here",
                field="writeKey",
                hint="Send the write key as user name of Basic authorization, or as writeKey.",
            )
        return source


def _user_name(authorization: str) -> str | None:
    """The user name in a Basic authorization in any writing, with or without its colon."""
    if not authorization.lower().startswith(_BASIC):
        return None
    try:
        text = b64decode(authorization[len(_BASIC) :].strip() + "==").decode()
    except (binascii.Error, ValueError):
        return None
    return text.partition(":")[0]


def _key_of_first(item: msgspec.Raw) -> str | None:
    try:
        return outline(bytes(item)).write_key
    except ValueError:
        return None
