"""Make the definition files of a workspace what runs: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mautod.core.segments import STATIC, Segment
from mautod.errors import DefinitionError
from mautod.services import refresh
from mautod.services.workspace import Workspace, Written, validate
from mautod.store import catalog, segments, stats
from mautod.store.catalog import Definition
from mautod.store.db import Database, Tx
from mautod.store.predicate import RuleFailed

Verb = Literal["added", "changed", "removed"]

_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that differs; `version` is the one that is, or would be, in force."""

    verb: Verb
    kind: str
    key: str
    file: str
    version: int

    def __str__(self) -> str:
        version = "" if self.verb == "removed" else f" v{self.version}"
        return f"{_SIGNS[self.verb]} {self.kind} {self.key}{version} ({self.file})"


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between files and what runs; `warnings` are doubts, not errors."""

    items: tuple[Change, ...] = ()
    warnings: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.items)


def apply(db: Database, folder: Path, now: int, zone: str = "UTC") -> Changes:
    """Put the definitions in `folder` (`workspace/`) in force, in one transaction.

    What is unchanged keeps its version; what has no file any more is retired; people on a changed
    chain finish the version they began. Changed segments, and those that ask them, are rebuilt;
    dates in their rules are days of `zone`.

    Raises:
        NotFound: there is no such folder.
        DefinitionErrors: something is wrong; nothing was applied.
    """
    return put(db, validate(folder, made=segments.made(db.read())), now, zone)


def put(
    db: Database,
    workspace: Workspace,
    now: int,
    zone: str,
    last: Callable[[], None] = lambda: None,
) -> Changes:
    """Put definitions that fit together in force, as `apply` does.

    `last` is called before the commit, after all else; if it raises, nothing was applied.

    Raises:
        DefinitionError: a rule cannot be asked about the people there are; nothing was applied.
    """
    with db.write() as tx:
        changes = _compare(tx, workspace)
        _put(tx, workspace, _keys(changes, "chain"), now)
        _retire(tx, changes, now)
        _rebuild(tx, workspace, changes, now, zone)
        doubts = tuple(_doubts(tx, workspace, changes))
        last()
        return Changes(changes, doubts)


def drift(db: Database, folder: Path) -> Changes:
    """What `apply` would change now; nothing is written.

    Raises:
        NotFound: there is no such folder.
        DefinitionErrors: something is wrong in it.
    """
    tx = db.read()
    workspace = validate(folder, made=segments.made(tx))
    changes = _compare(tx, workspace)
    return Changes(changes, tuple(_doubts(tx, workspace, changes)))


def _compare(tx: Tx, workspace: Workspace) -> tuple[Change, ...]:
    return tuple(change for kind in catalog.KINDS for change in _differing(tx, workspace, kind))


def _differing(tx: Tx, workspace: Workspace, kind: str) -> Iterator[Change]:
    present = {definition.key: definition for definition in catalog.active(tx, kind)}
    for written in workspace.written:
        if written.kind == kind:
            yield from _difference(tx, written, present.pop(written.key, None))
    for gone in present.values():
        yield Change("removed", kind, gone.key, gone.file, gone.version)


def _difference(tx: Tx, written: Written, current: Definition | None) -> Iterator[Change]:
    if current is not None and current.body == written.body:
        return
    verb: Verb = "added" if current is None else "changed"
    version = catalog.latest(tx, written.kind, written.key) + 1
    yield Change(verb, written.kind, written.key, written.file, version)


def _put(tx: Tx, workspace: Workspace, changed_chains: set[str], now: int) -> None:
    chains = {chain.key: chain for chain in workspace.chains}
    for written in workspace.written:
        definition = catalog.put(tx, written.kind, written.key, written.file, written.body, now)
        if written.kind == "chain" and written.key in changed_chains:
            catalog.put_chain(tx, definition, chains[written.key].name, now)
    for segment in workspace.segments:
        _put_segment(tx, workspace, segment)


def _put_segment(tx: Tx, workspace: Workspace, segment: Segment) -> None:
    """A list that was made at the desk may move into the file, but not become a rule there."""
    found = segments.find(tx, segment.key)
    if found is not None and found.made_at is not None and segment.kind != STATIC:
        raise DefinitionError(
            f"a static segment {segment.key!r} was made at the desk.",
            file=_files(workspace)[segment.key],
            key=segment.key,
            hint="Choose another key, or: mautod segments delete.",
        )
    segments.put(tx, segment)


def _files(workspace: Workspace) -> dict[str, str]:
    return {each.key: each.file for each in workspace.written if each.kind == "segment"}


def _retire(tx: Tx, changes: tuple[Change, ...], now: int) -> None:
    for change in changes:
        if change.verb == "removed":
            catalog.retire(tx, change.kind, change.key)
            if change.kind == "chain":
                catalog.stop_chain(tx, change.key, now)
            elif change.kind == "segment":
                segments.deactivate(tx, change.key, now)


def _rebuild(
    tx: Tx, workspace: Workspace, changes: tuple[Change, ...], now: int, zone: str
) -> None:
    living = refresh.Segments(zone)
    files = _files(workspace)
    for segment in _affected(workspace.segments, _keys(changes, "segment")):
        try:
            living.rebuild(tx, segment.key, now)
        except RuleFailed as error:
            raise DefinitionError(
                f"the rule cannot be asked about the people there are: {error.message}",
                file=files[segment.key],
                key=f"{segment.key}.rule",
            ) from error


def _affected(ordered: tuple[Segment, ...], changed: set[str]) -> Iterator[Segment]:
    """The changed segments and those that ask them, directly or not; `ordered` by need."""
    affected = set(changed)
    for segment in ordered:
        if segment.key in affected or segment.asks() & affected:
            affected.add(segment.key)
            yield segment


def _doubts(tx: Tx, workspace: Workspace, changes: tuple[Change, ...]) -> Iterator[str]:
    """Chains on trial, and names in new rules that nobody has seen, where there is anybody."""
    yield from (
        f"chain {chain.key}: writes to its test list alone"
        for chain in workspace.chains
        if chain.test is not None
    )
    changed = _keys(changes, "segment")
    for segment in workspace.segments if stats.people(tx) else ():
        if segment.key in changed:
            yield from (f"segment {segment.key}: {d}" for d in refresh.warnings(tx, segment.tree()))


def _keys(changes: tuple[Change, ...], kind: str) -> set[str]:
    return {change.key for change in changes if change.kind == kind}
