"""The workspace that runs, read back from what was applied, and checked like files."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

from mautod.channels import kinds
from mautod.core.arrange import Defined, Files, in_order, misplaced, missing, name_of, stages_of
from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.files import popup_file
from mautod.core.files.definition import Table, nearest
from mautod.core.rules.checker import on_segment
from mautod.core.scoring import Score, read_score
from mautod.core.segments import Segment, read_segment
from mautod.core.sending.topics import Topic, read_topic
from mautod.core.templates.template import Template, parse_template
from mautod.core.templates.template import name_of as template_name
from mautod.errors import DefinitionError, DefinitionErrors
from mautod.services.definitions.workspace import SCORING, SEGMENTS, Workspace, Written
from mautod.store import catalog
from mautod.store.catalog import Definition
from mautod.store.db import Tx, from_json
from mautod.store.segments import membership as segments

Known = dict[str, Collection[str]]
"""Kind → the keys that may be named."""


def workspace_with(tx: Tx, instead: Definition) -> Workspace:
    """What is in force, with one definition in the version `instead`.

    Raises:
        DefinitionErrors: that version does not fit to the others as they are now.
    """
    found = [each for kind in catalog.KINDS for each in _active(tx, kind, instead)]
    topics = tuple(_topic(each) for each in found if each.kind == "topic")
    living: list[Defined] = [_segment(each) for each in found if each.kind == "segment"]
    living += [_score(each) for each in found if each.kind == "score"]
    templates = tuple(_template(each) for each in found if each.kind == "template")
    chains = tuple(
        parse_chain(each.body, each.file, each.key) for each in found if each.kind == "chain"
    )
    files, made = Files(_table(found, "segment"), _table(found, "score")), segments.made(tx)
    errors = missing(living, [*map(name_of, living), *map(on_segment, made)], files)
    errors += misplaced(living, files)
    known: Known = {
        "channel": kinds(),
        "topic": [topic.key for topic in topics],
        "segment": [*(each.key for each in living if isinstance(each, Segment)), *made],
        "score": [each.key for each in living if isinstance(each, Score)],
        "stage": [name.partition(" ")[2] for name in stages_of(living)],
        "template": [template.key for template in templates],
        "chain": [chain.key for chain in chains],
        "popup": [*(t.key for t in templates), *(e.key for e in found if _by_chain(e))],
        "pool": [each.key for each in found if each.kind == "codes"],
    }
    errors += [*_lost(chains, known), *_topicless(templates, known["topic"])]
    if errors:
        raise DefinitionErrors(errors)
    written = (Written(each.kind, each.key, each.file, each.body) for each in found)
    return Workspace(topics, tuple(in_order(living, files)), templates, chains, tuple(written))


def _by_chain(definition: Definition) -> bool:
    if definition.kind != "popup":
        return False
    return popup_file.read(definition.body, definition.file, definition.key).by_chain


def _active(tx: Tx, kind: str, instead: Definition) -> list[Definition]:
    found = {definition.key: definition for definition in catalog.active(tx, kind)}
    if instead.kind == kind:
        found[instead.key] = instead
    return [found[key] for key in sorted(found)]


def _table(found: Iterable[Definition], kind: str) -> Table:
    """The file of segments or of scores, as what is in force would make it."""
    values = {each.key: from_json(each.body) for each in found if each.kind == kind}
    return Table(SEGMENTS if kind == "segment" else SCORING, values)


def _topic(definition: Definition) -> Topic:
    return read_topic(definition.key, _section(definition, from_json(definition.body)))


def _segment(definition: Definition) -> Segment:
    body: dict[str, Any] = from_json(definition.body)
    rules = body.pop("rules", {})
    if body.get("static"):
        body.pop("rule", None)
    return read_segment(definition.key, _section(definition, body), rules)


def _score(definition: Definition) -> Score:
    body: dict[str, Any] = from_json(definition.body)
    rules = body.pop("rules", {})
    return read_score(definition.key, _section(definition, body), rules)


def _section(definition: Definition, body: dict[str, Any]) -> Table:
    return Table(definition.file, body, (definition.key,))


def _template(definition: Definition) -> Template:
    return parse_template(definition.body, definition.file, *template_name(definition.file))


def _lost(chains: Iterable[Chain], known: Known) -> Iterator[DefinitionError]:
    """What chains name and nobody has; the rules that they name are a part of them."""
    for ref in (ref for chain in chains for ref in chain.refs):
        keys = known.get(ref.kind)
        if keys is not None and ref.name not in keys:
            hint = nearest(ref.name, keys) if keys else ""
            yield ref.error(f"there is no {ref.kind} {ref.name!r}.", hint)


def _topicless(templates: Iterable[Template], topics: Collection[str]) -> Iterator[DefinitionError]:
    for template in templates:
        if template.topic and template.topic not in topics:
            message = f"there is no topic {template.topic!r}."
            yield DefinitionError(message, file=template.file, line=1, key="topic")
