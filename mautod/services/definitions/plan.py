"""What an apply would change, and what that would mean for people; nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mautod.core.chains.definition import Chain
from mautod.core.segments import Segment
from mautod.core.templates.template import name_of
from mautod.services.chains.edits import fates
from mautod.services.definitions.apply import Change, compare, doubts
from mautod.services.definitions.history import changes
from mautod.services.definitions.workspace import Workspace, validate
from mautod.store import catalog
from mautod.store.catalog import Definition
from mautod.store.chains import campaigns, edits
from mautod.store.db import Database, Tx
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.predicate import RuleFailed, sample_people
from mautod.store.segments import membership as segments
from mautod.store.segments import scoreboard, scores


@dataclass(frozen=True, slots=True)
class Planned:
    """One definition that would change: the diff to what runs, and what it means for people."""

    verb: str
    kind: str
    key: str
    file: str
    version: int
    diff: str = field(repr=False)
    effects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """All that would change; `warnings` are doubts about names."""

    items: tuple[Planned, ...]
    warnings: tuple[str, ...] = ()


def plan(db: Database, folder: Path, now: int, zone: str) -> Plan:
    """What `apply` would do with the files in `folder`.

    Raises:
        NotFound: there is no such folder.
        DefinitionErrors: something is wrong in it.
    """
    tx = db.read()
    workspace = validate(folder, made=segments.made(tx))
    found = compare(tx, workspace)
    asked = _Asked(tx, workspace, now, zone, {c.key for c in found if c.kind == "segment"})
    return Plan(
        tuple(_planned(asked, change) for change in found), tuple(doubts(tx, workspace, found))
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the effects of all changes are read from; `segments` are those that change."""

    tx: Tx
    workspace: Workspace
    now: int
    zone: str
    segments: set[str]


def _planned(asked: _Asked, change: Change) -> Planned:
    before = catalog.find(asked.tx, change.kind, change.key)
    after = None if change.verb == "removed" else _written(asked.workspace, change)
    return Planned(
        verb=change.verb,
        kind=change.kind,
        key=change.key,
        file=change.file,
        version=change.version,
        diff=changes(before, after),
        effects=tuple(_effects(asked, change)),
    )


def _written(workspace: Workspace, change: Change) -> Definition:
    """What the files have, as the version that it would be."""
    body = next(
        one.body for one in workspace.written if (one.kind, one.key) == (change.kind, change.key)
    )
    return Definition(
        0, change.kind, change.key, change.version, "", change.file, body, 0, active=False
    )


def _effects(asked: _Asked, change: Change) -> Iterator[str]:
    match change.kind:
        case "chain":
            yield from _on_chain(asked, change)
        case "segment":
            yield from _on_segment(asked, change)
        case "score":
            yield from _on_score(asked, change)
        case "template":
            yield from _on_template(asked, change)
        case _:
            pass


def _on_chain(asked: _Asked, change: Change) -> Iterator[str]:
    row = campaigns.chain(asked.tx, change.key)
    if change.verb == "removed":
        count = 0 if row is None else sum(at.people for at in edits.standing(asked.tx, row.id))
        yield f"the chain stops; {_people(count)} under way stay where they are"
        return
    new = next(chain for chain in asked.workspace.chains if chain.key == change.key)
    yield from map(str, fates(asked.tx, new))
    if row is not None and change.verb == "changed" and row.state != "running":
        yield f"the chain is {row.state} and stays so"


def _on_segment(asked: _Asked, change: Change) -> Iterator[str]:
    found = segments.find(asked.tx, change.key)
    now = 0 if found is None else found.size
    if change.verb == "removed":
        yield f"{_people(now)} leave it"
        return
    segment = next(one for one in asked.workspace.segments if one.key == change.key)
    then = _size(asked, segment)
    if then is None:
        yield "its rule cannot be asked about the people there are"
    elif found is None:
        yield f"{_people(then)} would be in it"
    else:
        yield f"{_people(now)} now, {_people(then)} then"
    also = sorted(segment.asks() & asked.segments)
    if also:
        yield f"counted with {', '.join(also)} as now, which would change too"


def _size(asked: _Asked, segment: Segment) -> int | None:
    predicate = for_everybody(asked.tx, segment.tree(), zone=asked.zone, now=asked.now)
    try:
        return sample_people(asked.tx, predicate, asked.now, 1)[0]
    except RuleFailed:
        return None


def _on_score(asked: _Asked, change: Change) -> Iterator[str]:
    found = scores.find(asked.tx, change.key)
    have = 0 if found is None else scoreboard.extent(asked.tx, found.id)[2]
    if change.verb == "removed":
        yield f"{_people(have)} lose their points"
        return
    score = next(one for one in asked.workspace.scores if one.key == change.key)
    try:
        then, reached = scores.reckon(asked.tx, score, asked.zone, asked.now)
    except RuleFailed:
        yield "its rules cannot be asked about the people there are"
        return
    yield f"{_people(have)} have points now, {then} then; nobody is told"
    for level, many in zip(score.levels, reached, strict=True):
        now = 0 if found is None else scoreboard.reached(asked.tx, found.id, level.points)
        yield f"{level.name} from {level.points}: {_people(now)} now, {many} then"


def _on_template(asked: _Asked, change: Change) -> Iterator[str]:
    key, _ = name_of(change.file)
    users = [chain.key for chain in asked.workspace.chains if _uses(chain, key)]
    queued = edits.queued_with(asked.tx, key)
    if queued:
        fate = "will fail for want of it" if change.verb == "removed" else "will be written with it"
        noun = "message" if queued == 1 else "messages"
        yield f"{queued} {noun} in the queue {fate}"
    if users and change.verb != "added":
        yield f"used by {', '.join(users)}"


def _uses(chain: Chain, template: str) -> bool:
    return any(ref.kind == "template" and ref.name == template for ref in chain.refs)


def _people(count: int) -> str:
    shown = format(count, ",").replace(",", " ")
    return f"{shown} person" if count == 1 else f"{shown} people"
