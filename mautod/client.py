"""The control API's typed client: one method a call, and the stream.

The TUI and the CLI's remote mode use nothing else. Every failure is one of `mautod.errors`: what
the daemon raised is raised here again; a daemon that does not answer is `Unavailable`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Final, Self, TypeVar
from urllib.parse import quote

import aiohttp
import msgspec

from mautod import errors, wire

_T = TypeVar("_T")
Param = str | int | None

TIMEOUT_S: Final = 30.0
CONNECT_S: Final = 5.0
SILENCE_S: Final = 40.0
"""Longer than the daemon's pings are apart; a stream that is silent for so long is dead."""

LONGEST_LINE_BYTES: Final = 1 << 20
"""One update of the stream is one line; an event holds up to 32 KB before it is escaped."""

_BACKOFF_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
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


class Client:
    """A daemon's control API at `url`, opened with `key`; use as `async with Client(…) as desk`.

    Raises:
        BadInput: this is no address, or no key.
    """

    def __init__(self, url: str, key: str) -> None:
        self.url = _checked(url)
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

    # --- the installation

    async def status(self) -> wire.Status:
        return await self._get(wire.Status, "status")

    async def live(self, limit: int = 200) -> wire.LivePage:
        return await self._get(wire.LivePage, "live", limit=limit)

    async def problems(self, after: int | None = None, limit: int = 50) -> wire.Problems:
        return await self._get(wire.Problems, "problems", after=after, limit=limit)

    # --- events

    async def events(
        self, name: str = "", person: int | None = None, after: int | None = None, limit: int = 50
    ) -> wire.EventPage:
        query = {"name": name, "person": person, "after": after, "limit": limit}
        return await self._get(wire.EventPage, "events", **query)

    async def event_names(self) -> wire.EventNames:
        return await self._get(wire.EventNames, "events/names")

    async def count(self, name: str) -> wire.Count:
        return await self._get(wire.Count, "events/count", name=name)

    async def send(self, ask: wire.NewEvents) -> wire.Accepted:
        return await self._post(wire.Accepted, "events", ask)

    # --- people

    async def people(
        self, query: str = "", after: int | None = None, limit: int = 50
    ) -> wire.PersonPage:
        return await self._get(wire.PersonPage, "people", query=query, after=after, limit=limit)

    async def person(self, person: str) -> wire.Card:
        return await self._get(wire.Card, f"people/{_part(person)}")

    async def duplicates(
        self, by: str = "email", after: str = "", limit: int = 50
    ) -> wire.DuplicatePage:
        return await self._get(wire.DuplicatePage, "duplicates", by=by, after=after, limit=limit)

    async def change(self, person: str, ask: wire.ChangeAsk) -> wire.Done:
        return await self._post(wire.Done, f"people/{_part(person)}/change", ask)

    async def why(self, person: str, template: str) -> wire.Why:
        return await self._get(wire.Why, "why", person=person, template=template)

    # --- segments

    async def segments(self) -> wire.Segments:
        return await self._get(wire.Segments, "segments")

    async def segment(
        self, key: str, after: int | None = None, limit: int = 50
    ) -> wire.SegmentPage:
        return await self._get(wire.SegmentPage, f"segments/{_part(key)}", after=after, limit=limit)

    async def moves(self, key: str, after: int | None = None, limit: int = 50) -> wire.MovePage:
        path = f"segments/{_part(key)}/moves"
        return await self._get(wire.MovePage, path, after=after, limit=limit)

    async def overlap(self, ask: wire.OverlapAsk) -> wire.Overlap:
        return await self._post(wire.Overlap, "overlap", ask)

    async def preview(self, ask: wire.PreviewAsk) -> wire.Preview:
        return await self._post(wire.Preview, "preview", ask)

    async def sql(self, ask: wire.SqlAsk) -> wire.Sql:
        return await self._post(wire.Sql, "sql", ask)

    async def explain(self, key: str, person: str) -> wire.Explanation:
        return await self._get(wire.Explanation, f"segments/{_part(key)}/explain", person=person)

    # --- chains and messages

    async def chains(self) -> wire.Chains:
        return await self._get(wire.Chains, "chains")

    async def chain(self, key: str) -> wire.Chain:
        return await self._get(wire.Chain, f"chains/{_part(key)}")

    async def pause(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"chains/{_part(key)}/pause")

    async def resume(self, key: str) -> wire.Done:
        return await self._post(wire.Done, f"chains/{_part(key)}/resume")

    async def runs(
        self,
        chain: str = "",
        state: str = "",
        step: str = "",
        after: int | None = None,
        limit: int = 50,
    ) -> wire.RunPage:
        query = {"chain": chain, "state": state, "step": step, "after": after, "limit": limit}
        return await self._get(wire.RunPage, "runs", **query)

    async def messages(
        self,
        state: str = "",
        reason: str = "",
        chain: str = "",
        person: int | None = None,
        after: int | None = None,
        limit: int = 50,
    ) -> wire.MessagePage:
        query = {"state": state, "reason": reason, "chain": chain, "person": person}
        return await self._get(wire.MessagePage, "messages", **query, after=after, limit=limit)

    async def message(self, message: int) -> wire.Message:
        return await self._get(wire.Message, f"messages/{message}")

    async def goals(
        self, chain: str = "", since: int | None = None, until: int | None = None
    ) -> wire.GoalReport:
        return await self._get(wire.GoalReport, "goals", chain=chain, since=since, until=until)

    # --- acts

    async def suppressions(self, limit: int = 50) -> wire.Suppressions:
        return await self._get(wire.Suppressions, "suppressions", limit=limit)

    async def suppress(self, ask: wire.SuppressAsk) -> wire.Done:
        return await self._post(wire.Done, "suppressions", ask)

    async def unsubscribe(self, ask: wire.UnsubscribeAsk) -> wire.Done:
        return await self._post(wire.Done, "unsubscribe", ask)

    # --- the stream

    async def stream(
        self, topics: Iterable[str] = wire.TOPICS, after: int | None = None
    ) -> AsyncIterator[wire.Update]:
        """What happens from now on, or after event `after`; goes on through lost connections.

        Yields topic `link` whenever the connection comes up or goes down. Never ends by itself.

        Raises:
            Unauthorized, Forbidden, BadInput, NotFound: asking again would not help.
        """
        last, failures, told = after, 0, ""
        while True:
            detail = "the daemon closed the stream"
            try:
                async for update in self._connection(topics, last):
                    failures, told, last = 0, "", max(last or 0, update.id)
                    yield update
            except errors.Unavailable as error:
                detail = error.message
            if detail != told:
                told = detail
                yield wire.Update("link", last or 0, wire.Link(up=False, detail=detail))
            await asyncio.sleep(_BACKOFF_S[min(failures, len(_BACKOFF_S) - 1)])
            failures += 1

    async def _connection(
        self, topics: Iterable[str], last: int | None
    ) -> AsyncIterator[wire.Update]:
        timeout = aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_read=SILENCE_S)
        headers = {} if last is None else {"Last-Event-ID": str(last)}
        params = {"topics": ",".join(topics)}
        try:
            async with self._session().get(
                self._address("stream"), headers=headers, params=params, timeout=timeout
            ) as answer:
                await _raise_for(answer)
                yield wire.Update("link", last or 0, wire.Link(up=True))
                async for update in _updates(answer.content):
                    yield update
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unavailable(error) from error

    # --- the wire

    async def _get(self, kind: type[_T], path: str, **query: Param) -> _T:
        return await self._ask(kind, "GET", path, query, None)

    async def _post(self, kind: type[_T], path: str, body: msgspec.Struct | None = None) -> _T:
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
                await _raise_for(answer)
                return _decode(kind, await answer.read())
        except (aiohttp.ClientError, TimeoutError) as error:
            raise self._unavailable(error) from error

    def _address(self, path: str) -> str:
        return f"{self.url}/api/{path}"

    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            timeout = aiohttp.ClientTimeout(total=TIMEOUT_S, connect=CONNECT_S)
            self._http = aiohttp.ClientSession(
                headers=self._headers, timeout=timeout, read_bufsize=LONGEST_LINE_BYTES
            )
        return self._http

    def _unavailable(self, error: Exception) -> errors.Unavailable:
        why = "no answer in time" if isinstance(error, TimeoutError) else str(error)
        return errors.Unavailable(
            f"{self.url} does not answer: {why}", hint="Is mautod up there, and the address right?"
        )


def _checked(url: str) -> str:
    if not url.startswith(("http://", "https://")):
        raise errors.BadInput(
            f"{url!r} is not the address of a daemon",
            field="url",
            hint="Write it as https://mautod.example.com.",
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


def _part(text: str) -> str:
    return quote(text, safe="")


def _decode(kind: type[_T], raw: bytes) -> _T:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as error:
        raise errors.Unavailable(
            f"the answer is not what a mautod daemon says: {error}",
            hint="Is it another version, or another program?",
        ) from error


async def _raise_for(answer: aiohttp.ClientResponse) -> None:
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
    retry_after_s = int(wait) if wait.isdigit() else 1
    if fault.code == errors.TooMany.code:
        return errors.TooMany(fault.message, retry_after_s=retry_after_s)
    if fault.code == errors.RuleError.code:
        return errors.RuleError(
            fault.message, text=fault.text, line=fault.line, column=fault.column, hint=fault.hint
        )
    if fault.code in _BY_CODE:
        return _BY_CODE[fault.code](fault.message, field=fault.field, hint=fault.hint)
    return errors.Unavailable(fault.message, hint=fault.hint, retry_after_s=retry_after_s)


async def _updates(lines: aiohttp.StreamReader) -> AsyncIterator[wire.Update]:
    """Server-sent events as updates; topics that this version does not know are skipped."""
    fields: dict[bytes, bytes] = {}
    async for raw in lines:
        line = raw.rstrip(b"\r\n")
        if line:
            name, _, value = line.partition(b":")
            fields[name] = value.removeprefix(b" ")
            continue
        update = _update(fields)
        fields = {}
        if update is not None:
            yield update


def _update(fields: Mapping[bytes, bytes]) -> wire.Update | None:
    topic = fields.get(b"event", b"").decode()
    if topic not in wire.BODIES:
        return None
    body: Any = _decode(wire.BODIES[topic], fields.get(b"data", b""))
    last = fields.get(b"id", b"0")
    return wire.Update(topic, int(last) if last.isdigit() else 0, body)
