"""Lines of a file of addresses never to be used again: each taken alone, none stops the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from mautod import wire
from mautod.core.sending.consent import ALL
from mautod.core.sending.entry import read_entry
from mautod.errors import BadInput
from mautod.store.db import Database, Tx
from mautod.store.delivery import consent, suppressions

MOST: Final = 5000
LONGEST_NOTE: Final = 500
_LONGEST: Final = 100

_Line = tuple[wire.SuppressLine, str]
"""A line and its address as it is compared."""


def take(db: Database, ask: wire.SuppressRows, now: int) -> list[wire.SuppressOutcome]:
    """Take the lines in, in one transaction; what became of each, in their order.

    Raises:
        BadInput: too many lines.
    """
    if len(ask.lines) > MOST:
        raise BadInput(f"at most {MOST} lines at once", field="lines")
    fit, refused = list[_Line](), list[wire.SuppressOutcome]()
    for line in ask.lines:
        try:
            fit.append((line, _checked(line)))
        except BadInput as error:
            refused.append(wire.SuppressOutcome(line.line, "refused", error.message))
    if ask.dry:
        told = list(_foretold(db.read(), fit))
    else:
        with db.write() as tx:
            told = [_put(tx, line, address, now) for line, address in fit]
    return sorted([*told, *refused], key=lambda outcome: outcome.line)


def _checked(line: wire.SuppressLine) -> str:
    for what, text, longest in (
        ("channel", line.channel, _LONGEST),
        ("reason", line.reason, _LONGEST),
        ("note", line.note, LONGEST_NOTE),
    ):
        if len(text) > longest or (text and not text.isprintable()):
            raise BadInput(f"the {what} is one line of at most {longest} characters", field=what)
    return read_entry(line.address)


def _put(tx: Tx, line: wire.SuppressLine, address: str, now: int) -> wire.SuppressOutcome:
    channel, reason = _channel(line), line.reason or "imported"
    is_new = consent.suppress(tx, channel, address, reason, now, line.note)
    return wire.SuppressOutcome(line.line, "new" if is_new else "known")


def _foretold(tx: Tx, lines: Iterable[_Line]) -> Iterator[wire.SuppressOutcome]:
    lines = list(lines)
    there = {
        (channel, address)
        for channel in {_channel(line) for line, _ in lines}
        for address in suppressions.known(tx, channel, {address for _, address in lines})
    }
    for line, address in lines:
        key = (_channel(line), address)
        yield wire.SuppressOutcome(line.line, "known" if key in there else "new")
        there.add(key)


def _channel(line: wire.SuppressLine) -> str:
    return ALL if line.channel in {"all", ALL} else line.channel or "email"
