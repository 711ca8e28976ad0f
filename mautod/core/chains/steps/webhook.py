"""`webhook = "https://crm.example/hook"`: post the person and the run to a program of yours.

The run waits for the answer. What goes wrong on the way, and answers 408, 425, 429 and 5xx, are
tried again, later and later; other answers but 2xx end it. Each run calls once for a step, and
every try carries the same Idempotency-Key. An answer in JSON, of at most 8 KB, is kept: templates
and later calls know it as `run.answers.ID`.

Keys:
  webhook: the address, or a table with the following
  url: the address; who lives in a private network must be named in config.toml, [webhook]
  headers: what to send beside it; ${MAUTOD_NAME} stands for a secret of .env
  for: how long it is tried at most, one day if not said
  where: a test of the answer
  save: properties of the person to set, and where in the answer their values are
  then: where to go on after an answer that passes; else with the next step
  else: where to go on after none, or one that does not pass; else with the next step

Example:
  [[step]]
  webhook = { url = "https://crm.example/hook", where = "ok = true", else = "second" }
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import urlsplit

from mautod.core.chains.readers import path, where
from mautod.core.chains.run import (
    DONE,
    WAITING,
    WEBHOOK,
    Answer,
    Call,
    Change,
    Command,
    Go,
    Park,
    Run,
    Transition,
    View,
)
from mautod.core.chains.step import Post, Step
from mautod.core.files.definition import Table, expected, key_name, label, span
from mautod.core.rules.tree import Where
from mautod.core.rules.where import find, holds
from mautod.duration import DAY, MINUTE
from mautod.errors import BadInput

TRIED_MS: Final = DAY
LATE_MS: Final = 5 * MINUTE
"""So much later a run goes on by itself, should nobody have told it how the call ended."""
LONGEST_MS: Final = 7 * DAY
MOST: Final = 20
LONGEST_URL: Final = 2000
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_OWN: Final = frozenset(
    {"host", "content-length", "content-type", "transfer-encoding", "connection", "user-agent"}
    | {"idempotency-key", "x-mautod-signature"}
)


@dataclass(frozen=True, slots=True)
class Webhook(Step):
    """Post to `request`, wait for the answer, and go on by it."""

    request: Post
    length_ms: int
    test: Where | None
    kept: Mapping[str, tuple[str, ...]]
    then: str | None
    otherwise: str | None

    @classmethod
    def read(cls, id_: str, table: Table) -> Self:
        table.only("id", "webhook")
        if not isinstance(table.values.get("webhook"), Mapping):
            return cls(id_, Post(table.need("webhook", _url)), TRIED_MS, None, {}, None, None)
        inner = table.need_table("webhook")
        inner.only("url", "headers", "for", "where", "save", "then", "else")
        return cls(
            id_,
            Post(inner.need("url", _url), _headers(inner)),
            inner.get("for", _tried, TRIED_MS),
            inner.get("where", where, None),
            _save(inner),
            inner.get("then", key_name, None),
            inner.get("else", key_name, None),
        )

    def enter(self, run: Run, view: View) -> Transition:
        if self.id in view.calls:
            return self.resume(run, view)
        until = view.now + self.length_ms
        return Park(until + LATE_MS, commands=(Call(self.id, WEBHOOK, until),))

    def resume(self, run: Run, view: View) -> Transition:
        called = view.calls.get(self.id)
        if called is None or called.state == WAITING:
            until = run.step_at + self.length_ms + LATE_MS
            return Park(until) if until > view.now else Go(self.otherwise)
        if called.state != DONE:
            return Go(self.otherwise)
        answer = called.answer if isinstance(called.answer, Mapping) else {"value": called.answer}
        passes = holds(self.test, answer, view.zones[0])
        return Go(self.then if passes else self.otherwise, tuple(self._keep(answer)))

    def ways(self) -> Mapping[str, str | None]:
        return {"then": self.then, "else": self.otherwise}

    @property
    def calls(self) -> bool:
        return True

    @property
    def post(self) -> Post:
        return self.request

    def _keep(self, answer: Mapping[str, Any]) -> list[Command]:
        values = {name: find(answer, way) for name, way in self.kept.items()}
        known = {name: value for name, value in values.items() if _plain(value)}
        changes: list[Command] = [Change(known)] if known else []
        return [Answer(self.id, answer), *changes]


def _plain(value: Any) -> bool:
    """Whether a value may be a property: no object, and known."""
    if isinstance(value, list):
        return all(map(_plain, value))
    return isinstance(value, str | int | float)


def _url(value: Any) -> str:
    """Reader: an address to post to."""
    url = value if isinstance(value, str) and len(value) <= LONGEST_URL else ""
    if not _is_address(url):
        raise expected('an address like "https://crm.example/hook"', value)
    if urlsplit(url).username is not None:
        raise BadInput(
            "a password does not belong into a file.",
            hint='Write headers = { Authorization = "Bearer ${MAUTOD_NAME}" }.',
        )
    return url


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    return fit and url.isprintable() and " " not in url


def _tried(value: Any) -> int:
    length = span(value)
    if not MINUTE <= length <= LONGEST_MS:
        raise BadInput(f"{value!r} is out of bounds.", hint="Write 1m to 7d.")
    return length


def _headers(inner: Table) -> Mapping[str, str]:
    table = inner.table("headers")
    if table is None:
        return {}
    if len(table.values) > MOST:
        raise inner.error("headers", f"has more than {MOST} of them.")
    for name in table.values:
        if not _HEADER.fullmatch(name) or name.lower() in _OWN:
            raise table.error(name, "is no header that you may set.")
    return {name: table.need(name, label) for name in table.values}


def _save(inner: Table) -> Mapping[str, tuple[str, ...]]:
    table = inner.table("save")
    if table is None:
        return {}
    if not 1 <= len(table.values) <= MOST:
        raise inner.error("save", f"has 1 to {MOST} properties.")
    return {label(name): table.need(name, path) for name in table.values}


STEP = Webhook
