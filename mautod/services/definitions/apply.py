"""Make the definition files of a workspace what runs: all of them, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from mautod.channels import kinds
from mautod.core.arrange import Defined, asks, name_of, stages_of
from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.rules.parser import parse
from mautod.core.rules.tree import Rule
from mautod.core.scoring import rule_of
from mautod.core.segments import STATIC, Segment
from mautod.errors import DefinitionError
from mautod.services.chains.edits import carry_out
from mautod.services.definitions.letters import TEMPLATES
from mautod.services.definitions.workspace import Workspace, Written, validate
from mautod.services.segments import refresh
from mautod.store import catalog
from mautod.store.catalog import Definition
from mautod.store.chains import broadcasts, codes
from mautod.store.db import Database, Tx
from mautod.store.delivery import attachments
from mautod.store.reports import stats
from mautod.store.rules.predicate import RuleFailed
from mautod.store.segments import membership as segments
from mautod.store.segments import scores

Verb = Literal["added", "changed", "removed"]

_SIGNS: Final = {"added": "+", "changed": "~", "removed": "-"}


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that differs; `version` is the one that is, or would be, in force.

    `effects` say what becomes of people.
    """

    verb: Verb
    kind: str
    key: str
    file: str
    version: int
    effects: tuple[str, ...] = ()

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
    chain finish the version they began, unless its `on_edit` says otherwise. Changed segments and
    scores, and those that ask them, are rebuilt; dates in their rules are days of `zone`.

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
        changes = compare(tx, workspace)
        attachments.put(tx, workspace.attached)
        changes = _put(tx, workspace, changes, now)
        _retire(tx, changes, now)
        _check_letters(tx)
        _rebuild(tx, workspace, changes, now, zone)
        found = tuple(doubts(tx, workspace, changes))
        last()
        return Changes(changes, found)


def drift(db: Database, folder: Path) -> Changes:
    """What `apply` would change now; nothing is written.

    Raises:
        NotFound: there is no such folder.
        DefinitionErrors: something is wrong in it.
    """
    tx = db.read()
    workspace = validate(folder, made=segments.made(tx))
    changes = compare(tx, workspace)
    return Changes(changes, tuple(doubts(tx, workspace, changes)))


def compare(tx: Tx, workspace: Workspace) -> tuple[Change, ...]:
    """What differs between these definitions and what is in force."""
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


def _put(tx: Tx, workspace: Workspace, changes: tuple[Change, ...], now: int) -> tuple[Change, ...]:
    """Store what is written; the changes, with what became of people on changed chains."""
    chains = {chain.key: chain for chain in workspace.chains}
    named = {score.key: score.name for score in workspace.scores}
    changed, effects = _keys(changes, "chain"), dict[str, tuple[str, ...]]()
    pools = _keys(changes, "codes")
    added = _keys((change for change in changes if change.verb == "added"), "chain")
    for written in workspace.written:
        definition = catalog.put(tx, written.kind, written.key, written.file, written.body, now)
        if written.kind == "chain" and written.key in changed:
            _check_key(tx, written)
            chain = chains[written.key]
            catalog.put_chain(tx, definition, chain.name, now, back=written.key in added)
            effects[written.key] = tuple(map(str, carry_out(tx, chain, definition, now)))
        elif written.kind == "codes" and written.key in workspace.codes.keys() & pools:
            codes.load(tx, written.key, workspace.codes[written.key])
        elif written.kind == "score":
            scores.put(tx, definition, named[written.key])
    for segment in workspace.segments:
        _put_segment(tx, workspace, segment)
    return tuple(
        replace(change, effects=effects.get(change.key, ())) if change.kind == "chain" else change
        for change in changes
    )


def _check_key(tx: Tx, written: Written) -> None:
    """A chain and a broadcast never have the same key: reports name them by it."""
    if broadcasts.find(tx, written.key) is not None:
        raise DefinitionError(
            f"a broadcast was called {written.key!r}.",
            file=written.file,
            hint="Name the file otherwise.",
        )


def _put_segment(tx: Tx, workspace: Workspace, segment: Segment) -> None:
    """A list that was made at the desk may move into the file, but not become a rule there."""
    found = segments.find(tx, segment.key)
    if found is not None and found.made_at is not None and segment.kind != STATIC:
        raise DefinitionError(
            f"a static segment {segment.key!r} was made at the desk.",
            file=_file_of(workspace, segment),
            key=segment.key,
            hint="Choose another key, or: mautod segments delete.",
        )
    segments.put(tx, segment)


def _file_of(workspace: Workspace, defined: Defined) -> str:
    kind = "segment" if isinstance(defined, Segment) else "score"
    return next(w.file for w in workspace.written if (w.kind, w.key) == (kind, defined.key))


def _retire(tx: Tx, changes: tuple[Change, ...], now: int) -> None:
    for change in changes:
        if change.verb == "removed":
            catalog.retire(tx, change.kind, change.key)
            if change.kind == "chain":
                catalog.stop_chain(tx, change.key, now)
            elif change.kind == "segment":
                segments.deactivate(tx, change.key, now)
            elif change.kind == "score":
                scores.deactivate(tx, change.key)


def _check_letters(tx: Tx) -> None:
    """What broadcasts under way send is still there."""
    there = {found.key.partition(".")[0] for found in catalog.active(tx, "template")}
    for sent in catalog.active(tx, broadcasts.KIND):
        refs = parse_chain(sent.body, sent.file, sent.key).refs
        gone = next((r.name for r in refs if r.kind == "template" and r.name not in there), None)
        if gone is not None:
            raise DefinitionError(
                f"the broadcast {sent.key} still sends {gone!r}.",
                file=f"{TEMPLATES}/{gone}.liquid",
                hint=f"Put it back, or: mautod broadcast cancel {sent.key}",
            )


def _rebuild(
    tx: Tx, workspace: Workspace, changes: tuple[Change, ...], now: int, zone: str
) -> None:
    living = refresh.Segments(zone)
    changed = {f"{change.kind} {change.key}" for change in changes}
    for defined in _affected(workspace.living, changed):
        part = "rule" if isinstance(defined, Segment) else "points"
        try:
            if isinstance(defined, Segment):
                living.rebuild(tx, defined.key, now)
            else:
                living.rebuild_score(tx, defined.key, now)
        except RuleFailed as error:
            raise DefinitionError(
                f"the rule cannot be asked about the people there are: {error.message}",
                file=_file_of(workspace, defined),
                key=f"{defined.key}.{part}",
            ) from error


def _affected(ordered: tuple[Defined, ...], changed: set[str]) -> Iterator[Defined]:
    """Those that changed and those that ask them, directly or not; `ordered` by need."""
    affected = set(changed)
    stages = stages_of(ordered) | {name for name in changed if name.startswith("segment ")}
    for defined in ordered:
        if name_of(defined) in affected or asks(defined, stages) & affected:
            affected.add(name_of(defined))
            yield defined


def doubts(tx: Tx, workspace: Workspace, changes: tuple[Change, ...]) -> Iterator[str]:
    """Chains on trial, and names in new rules that nobody has seen, where there is anybody."""
    yield from (
        f"chain {chain.key}: writes to its test list alone"
        for chain in workspace.chains
        if chain.test is not None
    )
    changed = {f"{change.kind} {change.key}" for change in changes}
    yield from (doubt for chain in workspace.chains for doubt in _absent(chain))
    if not stats.people(tx):
        return
    asked = [(name_of(each), _rules(each)) for each in workspace.living]
    asked += ((f"rule {key}", [parse(rule)]) for key, rule in workspace.rules.items())
    for name, rules in asked:
        if name in changed:
            said = (each for rule in rules for each in refresh.warnings(tx, rule, workspace.names))
            yield from (f"{name}: {doubt}" for doubt in dict.fromkeys(said))


def _absent(chain: Chain) -> Iterator[str]:
    """The channels that a chain would try and that are not there yet."""
    for step in chain.steps:
        for name in step.channels:
            if name not in kinds():
                where = f"chain {chain.key}, step {step.id}"
                yield f"{where}: there is no channel {name} yet, it is passed over"


def _rules(defined: Defined) -> list[Rule]:
    return [defined.tree()] if isinstance(defined, Segment) else [rule_of(r) for r in defined.rows]


def _keys(changes: Iterable[Change], kind: str) -> set[str]:
    return {change.key for change in changes if change.kind == kind}
