"""What was asked for, as the definition that is kept: the file of a chain with a plan."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from mautod import wire
from mautod.channels import kinds
from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.files.definition import KEY, KEY_HINT, nearest
from mautod.core.files.rule_file import with_rules
from mautod.core.rules.named import used
from mautod.errors import BadInput, DefinitionError
from mautod.services.definitions.templates import Templates
from mautod.services.segments import rules
from mautod.store import catalog
from mautod.store.db import Tx, to_json
from mautod.store.segments import membership as segments

MOST_VARIANTS: Final = 10
TRIAL: Final = "split-of-letters"
"""The step that parts the variants."""
SENT: Final = "sent"
"""How a run ends that has queued one of several letters."""
_LETTER: Final = "letter"
_FIELDS: Final = {
    "goal.event": "goal",
    "goal.from": "counted_from",
    "broadcast": "at",
    "step[1].winner.by": "winner_by",
}
"""What somebody asked for by another name than it has in a file."""
_AFTER: Final = "4h"
_TEST: Final = "20%"
_SAME: Final = (
    "channel", "leave", "window", "outside", "cap", "over_cap", "holdout", "expires",
    "when_unknown",
)  # fmt: skip
"""What stands in the file of a chain as it was asked for."""


def written(tx: Tx, ask: wire.BroadcastAsk, key: str) -> tuple[str, Chain]:
    """The definition of the broadcast `key`, as text and as it is read.

    Raises:
        BadInput: something in `ask` is no fit value, or names what is not there.
    """
    if not KEY.fullmatch(key):
        raise BadInput(f"{key!r} is no fit key", field="key", hint=KEY_HINT)
    body = "".join(_lines(tx, ask, key))
    named = check_names(tx, _read(body, key))
    if named:
        body = with_rules(body, used(named, rules.known(tx)))
    return body, _read(body, key)


def _read(body: str, key: str) -> Chain:
    try:
        return parse_chain(body, f"broadcast {key}", key)
    except DefinitionError as error:
        name = _FIELDS.get(error.key, error.key.rpartition(".")[2]).replace("_", "-")
        raise BadInput(f"{name}: {error.message}", field=name, hint=error.hint) from error


def _lines(tx: Tx, ask: wire.BroadcastAsk, key: str) -> Iterator[str]:
    yield _line("name", ask.name or key)
    yield _topic(tx, ask)
    yield from _given({name: getattr(ask, name) for name in _SAME})
    yield from _goal(ask)
    yield "[broadcast]\n"
    yield from _given({"at": ask.at, "late": ask.late, "ramp": ask.ramp})
    if ask.local:
        yield "local = true\n"
    yield from _letters(ask)


def _topic(tx: Tx, ask: wire.BroadcastAsk) -> str:
    """What the letters are about: as asked for, else what their templates say."""
    if ask.topic:
        return _line("topic", ask.topic)
    topics = {_topic_of(tx, template) for template in ask.templates}
    if len(topics) > 1:
        raise BadInput("the letters have different topics", field="topic", hint="Give one.")
    topic = topics.pop() if topics else ""
    return _line("topic", topic) if topic else "transactional = true\n"


def _topic_of(tx: Tx, template: str) -> str:
    """The topic of a template; empty if it is no marketing."""
    known = Templates()
    known.refresh(tx)
    found = known.find(template, "")
    if found is None:
        raise BadInput(
            f"there is no template {template!r}", field="template", hint=_known(tx, template)
        )
    if found.marketing and not found.topic:
        raise BadInput(f"{template} names no topic", field="topic", hint="Give --topic.")
    return found.topic


def _known(tx: Tx, name: str) -> str:
    names = _names(tx, "template")
    return nearest(name, names) if names else "Apply some first: mautod apply."


def _goal(ask: wire.BroadcastAsk) -> Iterator[str]:
    parts = {"value": ask.value, "within": ask.within, "from": ask.counted_from}
    if not ask.goal:
        if any(parts.values()):
            raise BadInput("a value or a time needs a goal", field="goal", hint="Name its event.")
        return
    yield "[goal]\n"
    yield _line("event", ask.goal)
    yield from _given({**parts, "value": ""})
    if ask.value:
        yield f"value = {ask.value if _is_number(ask.value) else to_json(ask.value)}\n"


def _letters(ask: wire.BroadcastAsk) -> Iterator[str]:
    """The steps: one letter, or a split with a letter each."""
    trial = {"test": ask.test, "winner_by": ask.winner_by, "after": ask.after, "decide": ask.decide}
    if not 1 <= len(ask.templates) <= MOST_VARIANTS:
        raise BadInput(f"a broadcast has 1 to {MOST_VARIANTS} letters", field="templates")
    if len(set(ask.templates)) < len(ask.templates):
        raise BadInput("the variants are the same letter", field="templates")
    if len(ask.templates) > 1:
        yield from _split(ask)
        return
    if any(trial.values()):
        raise BadInput("one letter cannot be tried against itself", field="templates")
    yield f"[[step]]\nid = {to_json(_LETTER)}\n" + _line("send", ask.templates[0])


def _split(ask: wire.BroadcastAsk) -> Iterator[str]:
    after = ask.after or _AFTER
    if ask.winner_by:
        yield from _given({"test": ask.test or _TEST, "decide": ask.decide or after})
    elif ask.test or ask.after or ask.decide:
        raise BadInput("what decides?", field="winner_by", hint="goal, money, click or open.")
    weights = ", ".join(f"{to_json(name)} = 1" for name in ask.templates)
    yield f"[[step]]\nid = {to_json(TRIAL)}\nsplit = {{ {weights} }}\n"
    if ask.winner_by:
        yield f"winner = {{ by = {to_json(ask.winner_by)}, after = {to_json(after)} }}\n"
    for name in ask.templates:
        yield f"[[step]]\nid = {to_json(name)}\n" + _line("send", name)
        yield f"[[step]]\nexit = {to_json(SENT)}\n"


def _given(values: Mapping[str, str]) -> Iterator[str]:
    yield from (_line(name, value) for name, value in values.items() if value)


def _line(name: str, value: Any) -> str:
    """A line of TOML; its strings are those of JSON, but for one character."""
    text = to_json(value).replace("\x7f", "\\u007f")
    return f"{name} = {text}\n"


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and text.replace(".", "", 1).isdecimal()
    except InvalidOperation:
        return False


def check_names(tx: Tx, chain: Chain) -> list[str]:
    """The keys of named rules that it leads to; all else that it names is there.

    Raises:
        BadInput: something is not.
    """
    for ref in chain.refs:
        known = _names(tx, ref.kind)
        if ref.name not in known:
            hint = nearest(ref.name, known) if known else f"There is no {ref.kind} at all yet."
            raise BadInput(f"there is no {ref.kind} {ref.name!r}", field=ref.kind, hint=hint)
    return [ref.name for ref in chain.refs if ref.kind == "rule"]


def _names(tx: Tx, kind: str) -> Collection[str]:
    """What there is of a kind of thing that a definition names."""
    match kind:
        case "channel":
            return kinds()
        case "segment":
            return {found.key for found in segments.list_segments(tx)}
        case "template":
            return {found.key.split(".")[0] for found in catalog.active(tx, "template")}
        case _:
            return {found.key for found in catalog.active(tx, kind)}
