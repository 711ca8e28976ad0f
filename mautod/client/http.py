"""How the client asks: one request, one typed answer, every failure one of `mautod.errors`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from mautod import errors, wire

_T = TypeVar("_T")
Param = str | int | None

TIMEOUT_S: Final = 30.0
CONNECT_S: Final = 5.0
UNIX: Final = "unix:"
HARMLESS: Final = frozenset(
    {"preview", "complete", "sql", "overlap", "funnel", "simulate", "test", "replay"}
)
"""What is asked by POST and changes nothing."""
LONGEST_LINE_BYTES: Final = 1 << 20
"""One update of the stream is one line; an event holds up to 32 KB before it is escaped."""

_BY_CODE: Final = {
    kind.code: kind
    for kind in (
        errors.BadInput,
        errors.Unauthorized,
        errors.Forbidden,
        errors.NotFound,
        errors.Conflict,
        errors.TooLarge,
        errors.ConfigError,
    )
}


class Http:
    """A daemon's control API at `url`, opened with `key`.

    `unix:/path` is the file of a daemon on this machine, which needs no key. With `read_only`,
    what would change anything is refused here.

    Raises:
        BadInput: this is no address, or no key.
    """

    def __init__(self, url: str, key: str, *, read_only: bool = False) -> None:
        self.url = _checked(url)
        self.read_only = read_only
        self._socket = self.url.removeprefix(UNIX) if self.url.startswith(UNIX) else ""
        self._headers = {"Authorization": f"Bearer {_sayable(key)}"}
        self._http: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let the connections go; the client opens new ones if it is used again."""
        if self._http is not None:
            await self._http.close()
            self._http = None

    async def _get(self, kind: type[_T], path: str, /, **query: Param) -> _T:
        return await self._ask(kind, "GET", path, query, None)

    async def _post(self, kind: type[_T], path: str, body: msgspec.Struct | None = None) -> _T:
        if self.read_only and path not in HARMLESS:
            raise errors.Forbidden(
                "nothing is changed here: this desk only reads",
                hint="Leave --read-only out to act.",
            )
        return await self._ask(kind, "POST", path, {}, body)

    async def _ask(
        self,
        kind: type[_T],
        method: str,
        path: str,
        query: Mapping[str, Param],
        body: msgspec.Struct | None,
    ) -> _T:
        params = {name: str(value) for name, value in query.items() if value not in ("", None)}
        raw = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        try:
            async with self._session().request(
                method, self._address(path), params=params, data=raw, headers=headers
            ) as answer:
                await raise_for(answer)
                return decode(kind, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unavailable(error) from error

    def _address(self, path: str) -> str:
        return f"{'http://daemon' if self._socket else self.url}/api/{path}"

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, connect=CONNECT_S)
            self._http = aiohttp.ClientSession(
                connector=aiohttp.UnixConnector(self._socket) if self._socket else None,
                headers=self._headers,
                timeout=timeout,
                read_bufsize=LONGEST_LINE_BYTES,
            )
        return self._http

    def _unavailable(self, error: Exception) -> errors.Unavailable:
        why = "no answer in time" if isinstance(error, TimeoutError) else str(error)
        return errors.Unavailable(
            f"{self.url} does not answer: {why}", hint="Is mautod up there, and the address right?"
        )


def part(text: str) -> str:
    """`text` as one part of an address."""
    return quote(text, safe="")


def _checked(url: str) -> str:
    if url.startswith(UNIX):
        return url
    if not url.startswith(("http://", "https://")):
        raise errors.BadInput(
            f"{url!r} is not the address of a daemon",
            field="url",
            hint="Write it as https://mautod.example.com, or unix:/path/of/mautod.sock.",
        )
    return url.rstrip("/")


def _sayable(key: str) -> str:
    if not (key.isascii() and key.isprintable()):
        raise errors.BadInput(
            "the key holds characters that no key has",
            field="key",
            hint="Copy what follows MAUTOD_API_KEY= in .env, and nothing else.",
        )
    return key.strip()


def decode(kind: type[_T], raw: bytes) -> _T:
    """The answer as what was asked for.

    Raises:
        Unavailable: it is something else.
    """
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise errors.Unavailable(
            f"the answer is not what a mautod daemon says: {error}",
            hint="Is it another version, or another program?",
        ) from error


async def raise_for(answer: aiohttp.ClientResponse) -> None:
    """Raise what the daemon raised, if it answered with an error."""
    if answer.status < 400:  # noqa: PLR2004 - the border of HTTP's own classes
        return
    raw = await answer.read()
    try:
        fault = msgspec.json.decode(raw, type=wire.ErrorAnswer).error
    except msgspec.DecodeError:
        fault = wire.Fault(code="", message=f"the daemon answered {answer.status}")
    raise _failure(fault, answer)


def _failure(fault: wire.Fault, answer: aiohttp.ClientResponse) -> errors.MautodError:
    wait = answer.headers.get("Retry-After", "1")
    return failure(fault, int(wait) if wait.isdigit() else 1)


def failure(fault: wire.Fault, retry_after_s: int = 1) -> errors.MautodError:
    """What the daemon raised, to be raised here again."""
    if fault.code == errors.TooMany.code:
        return errors.TooMany(fault.message, retry_after_s=retry_after_s)
    if fault.code == errors.RuleError.code:
        return errors.RuleError(
            fault.message, text=fault.text, line=fault.line, column=fault.column, hint=fault.hint
        )
    if fault.code == errors.DefinitionError.code:
        return errors.BadInput(fault.message, field=fault.field, hint=fault.hint)
    if fault.code in _BY_CODE:
        return _BY_CODE[fault.code](fault.message, field=fault.field, hint=fault.hint)
    return errors.Unavailable(fault.message, hint=fault.hint, retry_after_s=retry_after_s)
