"""Posting to programs of the operator's: with a limit on everything, and not into our own network.

An address that the name of a host leads to must be a public one, unless the configuration names the
host; the connection goes to the very address that was checked. Redirections are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import msgspec

from mautod.channels.public import Guard, Private, check
from mautod.core.chains.step import Post
from mautod.errors import BadInput
from mautod.store.db import to_json

LARGEST_ANSWER: Final = 64 * 1024
LARGEST_KEPT: Final = 8 * 1024
LONGEST_TEXT: Final = 1000
LONGEST_WAIT_S: Final = 3600
SIGNATURE: Final = "X-Mautod-Signature"
_AGAIN: Final = frozenset({408, 425, 429})
_ERROR: Final = 500
_OK: Final = range(200, 300)
_SECRET: Final = re.compile(r"\$\{(MAUTOD_[A-Z0-9_]{1,60})\}")
_OURS: Final = frozenset({"MAUTOD_SECRET", "MAUTOD_IDENTITY_SECRET", "MAUTOD_API_KEY"})


@dataclass(frozen=True, slots=True)
class Answered:
    """It was taken; `answer` is what was said, as far as it may be kept."""

    status: int
    answer: Any = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It was not, and another try is useless."""

    detail: str
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Unreached:
    """It was not, and another try is worth it, `after_ms` from now at the earliest."""

    detail: str
    status: int | None = None
    after_ms: int = 0


class Poster:
    """Posts JSON; belongs to the event loop in which it first posts.

    `private`: hosts, with or without a port, that may live in private networks. With `signed`, the
    body's HMAC-SHA256 under that secret goes with it. `secret` reads one of `.env` by its name.
    """

    def __init__(
        self,
        private: Collection[str],
        timeout_s: float,
        secret: Callable[[str], str],
        signed: str = "",
    ) -> None:
        self._private = frozenset(host.lower() for host in private)
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self._secret = secret
        self._signed = signed.encode()
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Poster(private={sorted(self._private)})"

    async def post(
        self, where: Post, body: Mapping[str, Any], key: str
    ) -> Answered | Refused | Unreached:
        """Post `body`; every try with the same `key` is the same call. Never raises for a fault."""
        raw = to_json(body).encode()
        try:
            check(where.url, self._private)
            headers = self._headers(where, raw, key)
            async with self._open().post(
                where.url, data=raw, headers=headers, allow_redirects=False
            ) as response:
                return await _answer(response)
        except (BadInput, Private) as error:
            return Refused(str(error))
        except TimeoutError:
            return Unreached("no answer in time")
        except (aiohttp.ClientError, OSError) as error:
            if isinstance(error.__cause__, Private):
                return Refused(str(error.__cause__))
            return Unreached(f"{type(error).__name__}: {error}")

    async def close(self) -> None:
        """Close what is open; may be called twice."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            connector = aiohttp.TCPConnector(
                resolver=Guard(self._private), limit=64, ttl_dns_cache=60
            )
            self._session = aiohttp.ClientSession(
                connector=connector, timeout=self._timeout, trust_env=False, auto_decompress=False
            )
        return self._session

    def _headers(self, where: Post, raw: bytes, key: str) -> dict[str, str]:
        headers = {
            **{name: self._filled(value) for name, value in where.headers.items()},
            "Content-Type": "application/json",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "User-Agent": "mautod",
            "Idempotency-Key": key,
        }
        if self._signed:
            digest = hmac.new(self._signed, raw, hashlib.sha256).hexdigest()
            headers[SIGNATURE] = f"sha256={digest}"
        return headers

    def _filled(self, text: str) -> str:
        def secret(found: re.Match[str]) -> str:
            value = "" if found[1] in _OURS else self._secret(found[1])
            if not value or not value.isprintable():
                raise BadInput(f"{found[1]} is not set", hint=f"Write {found[1]}=… into .env.")
            return value

        return _SECRET.sub(secret, text)


async def _answer(response: aiohttp.ClientResponse) -> Answered | Refused | Unreached:
    status = response.status
    if status in _OK:
        return await _taken(response)
    said = f"answered {status} {response.reason or ''}".strip()
    if status in _AGAIN or status >= _ERROR:
        return Unreached(said, status, _retry_after(response))
    return Refused(said, status)


async def _taken(response: aiohttp.ClientResponse) -> Answered:
    """What was said, if it is not too large; that it was taken is certain without it too."""
    raw = bytearray()
    async for part in response.content.iter_chunked(LARGEST_ANSWER):
        raw += part
        if len(raw) > LARGEST_ANSWER:
            response.close()
            return Answered(response.status, {"too_large": True})
    if not raw.strip():
        return Answered(response.status)
    try:
        answer = msgspec.json.decode(bytes(raw))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return Answered(response.status, {"text": raw.decode(errors="replace")[:LONGEST_TEXT]})
    if len(to_json(answer)) > LARGEST_KEPT:
        return Answered(response.status, {"too_large": True})
    return Answered(response.status, answer)


def _retry_after(response: aiohttp.ClientResponse) -> int:
    text = response.headers.get("Retry-After", "")
    return min(int(text), LONGEST_WAIT_S) * 1000 if text.isascii() and text.isdecimal() else 0
