"""Versions of a definition: what they were, and putting an old one in force again."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from mautod.errors import BadInput, Conflict, MautodError, NotFound
from mautod.services.definitions.apply import Change, drift, put
from mautod.services.definitions.in_force import workspace_with
from mautod.store import catalog
from mautod.store.catalog import Definition
from mautod.store.db import Database, Tx, from_json, to_json

_AS_WRITTEN: Final = frozenset({"template", "chain"})
"""Kinds whose body is stored as it is written; that of the others is JSON."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version with its difference to the one before, as a unified diff."""

    kind: str
    key: str
    version: int
    applied_at: int
    in_force: bool
    file: str
    diff: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rolled:
    """A version that is in force again, under a new number.

    `drifts`: the file says something else, and the next apply would put that in force.
    """

    change: Change
    like: int
    drifts: bool


def versions(tx: Tx, kind: str, key: str, limit: int) -> list[Version]:
    """The versions of one definition, the newest first.

    Raises:
        BadInput: there is no such kind.
        NotFound: nothing of this kind was ever called so.
    """
    _check_kind(kind)
    found = catalog.versions(tx, kind, key, limit + 1)
    if not found:
        raise NotFound(f"there was never a {kind} {key!r}", field="key")
    earlier = [*found[1:], None]
    return [
        Version(kind, key, one.version, one.applied_at, one.active, one.file, changes(before, one))
        for one, before in zip(found[:limit], earlier, strict=False)
    ]


def rollback(
    db: Database, folder: Path, kind: str, key: str, to: int | None, at: tuple[int, str]
) -> Rolled:
    """Put version `to` in force again, as a new version; without `to`, the one before the present.

    `at`: the instant and the workspace's zone. People under way fare as at any other edit, see
    `apply.put`. The files in `folder` are left as they are.

    Raises:
        BadInput, NotFound: there is no such kind, definition or version.
        Conflict: it is in force already, or is a named rule, which is a part of those who name it.
        DefinitionErrors: it does not fit to what is in force beside it; nothing was changed.
    """
    _check_kind(kind)
    if kind == "rule":
        hint = "Every version of theirs has the rules that it was applied with."
        message = "a named rule goes back with the segments, scores and chains that name it"
        raise Conflict(message, field="kind", hint=hint)
    tx = db.read()
    wanted = _wanted(tx, kind, key, to)
    (change,) = put(db, workspace_with(tx, wanted), *at).items
    return Rolled(change, wanted.version, _drifts(db, folder, kind, key))


def changes(before: Definition | None, after: Definition | None) -> str:
    """What differs between two versions, as a unified diff; None stands for nothing."""
    first, last = ([] if each is None else shown(each.kind, each.body) for each in (before, after))
    names = (_named(before), _named(after))
    return "\n".join(difflib.unified_diff(first, last, *names, lineterm=""))


def shown(kind: str, body: str) -> list[str]:
    """The body of a definition as lines that people can compare."""
    if kind in _AS_WRITTEN:
        return body.splitlines()
    read: Mapping[str, Any] = from_json(body)
    return [
        line
        for name, value in read.items()
        for part in _parts(value)
        for line in f"{name} = {_value(part)}".splitlines()
    ]


def _parts(value: Any) -> list[Any]:
    """The rows of a table of tables, each for itself; any other value as it is."""
    rows = isinstance(value, list) and value and all(isinstance(each, dict) for each in value)
    return value if rows else [value]


def _value(value: Any) -> str:
    return value if isinstance(value, str) else to_json(value)


def _named(definition: Definition | None) -> str:
    return "/dev/null" if definition is None else f"{definition.file} v{definition.version}"


def _check_kind(kind: str) -> None:
    if kind not in catalog.KINDS:
        known = ", ".join(catalog.KINDS)
        raise BadInput(f"{kind!r} is no kind of definition", field="kind", hint=f"Known: {known}.")


def _wanted(tx: Tx, kind: str, key: str, to: int | None) -> Definition:
    newest = catalog.versions(tx, kind, key, 1)
    if not newest:
        raise NotFound(f"there was never a {kind} {key!r}", field="key")
    active = catalog.find(tx, kind, key)
    if to is None:
        # What was taken away comes back as it was; what is in force goes back by one.
        to = newest[0].version if active is None else active.version - 1
    found = catalog.one(tx, kind, key, to)
    if found is None:
        hint = f"See: mautod versions {kind} {key}"
        raise NotFound(f"{kind} {key} has no version {to}", field="to", hint=hint)
    if active is not None and active.body == found.body:
        raise Conflict(f"{kind} {key} is as in version {to} already", field="to")
    return found


def _drifts(db: Database, folder: Path, kind: str, key: str) -> bool:
    """Whether the files would put something else in force; so they do where they are wrong."""
    try:
        found = drift(db, folder)
    except MautodError:
        return True
    return any((change.kind, change.key) == (kind, key) for change in found.items)
