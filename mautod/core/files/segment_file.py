"""One segment written into `segments.toml`; comments, order and spacing of the rest stay."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from mautod.core.files.definition import KEY, KEY_HINT
from mautod.core.files.toml import lines_of
from mautod.errors import BadInput, Conflict

RULE: Final = "rule"
NAME: Final = "name"
_TEXT: Final = r'"{3}(?:[^\\]|\\.)*?"{3,5}|\'{3}.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\''
_PAIR: Final = {
    key: re.compile(rf"([ \t]*(?:{key}|\"{key}\"|'{key}')[ \t]*=[ \t]*)({_TEXT})", re.DOTALL)
    for key in (RULE, NAME)
}


def put_segment(text: str, key: str, rule: str, name: str = "") -> tuple[str, int]:
    """`text` with the rule of segment `key` changed, or with a new segment at its end; its line.

    The name is changed where one is given. `text` is a well-formed document with plain line ends.

    Raises:
        BadInput: the key is no fit name.
        Conflict: the segment is written in a way that only a person can change.
    """
    if not KEY.fullmatch(key):
        raise BadInput(f"{key!r} is no fit key.", field="key", hint=KEY_HINT)
    values = tomllib.loads(text)
    table = values.get(key)
    if table is None:
        changed = _added(text, key, rule, name)
    else:
        changed = _with(text, key, RULE, rule)
        if name and name != table.get(NAME, key):
            changed = (
                _with(changed, key, NAME, name) if NAME in table else _named(changed, key, name)
            )
    _check(changed, values, key, rule, name)
    return changed, lines_of(changed).keys[key, RULE]


def _added(text: str, key: str, rule: str, name: str) -> str:
    above = f"{text.rstrip()}\n\n" if text.strip() else ""
    named = f"{NAME} = {_written(name, NAME)}\n" if name else ""
    return f"{above}[{key}]\n{named}{RULE} = {_written(rule, RULE)}\n"


def _with(text: str, key: str, prop: str, value: str) -> str:
    """`text` with another text as the value of one key, which stands on a line of its own."""
    start = _start(text, key, prop)
    found = None if start is None else _PAIR[prop].match(text, start)
    if found is None:
        raise _by_hand(key)
    return f"{text[: found.end(1)]}{_written(value, prop)}{text[found.end() :]}"


def _named(text: str, key: str, name: str) -> str:
    start = _start(text, key, RULE) or 0
    return f"{text[:start]}{NAME} = {_written(name, NAME)}\n{text[start:]}"


def _start(text: str, key: str, prop: str) -> int | None:
    """Where the line of a key begins."""
    line = lines_of(text).keys.get((key, prop))
    above = text.split("\n")[: (line or 1) - 1]
    return None if line is None else sum(len(each) + 1 for each in above)


def _written(value: str, prop: str) -> str:
    """A text as TOML has it, as plain as it can be: rules are full of double quotes."""
    if prop == NAME and value.isprintable() and not {'"', "\\"} & set(value):
        return f'"{value}"'
    if "\n" in value and "'''" not in value and not value.endswith("'"):
        return f"'''\n{value}'''"
    if "\n" not in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _check(text: str, before: Mapping[str, Any], key: str, rule: str, name: str) -> None:
    """Nothing but this segment may have another value than before."""
    wanted = dict(before.get(key, {})) | {RULE: rule} | ({NAME: name} if name else {})
    try:
        after = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _by_hand(key) from error
    if _stripped(after, key) != _stripped({**before, key: wanted}, key):
        raise _by_hand(key)


def _stripped(values: Mapping[str, Any], key: str) -> dict[str, Any]:
    table = values[key]
    return {**values, key: {**table, RULE: str(table.get(RULE, "")).strip()}}


def _by_hand(key: str) -> Conflict:
    return Conflict(
        f"segment {key} is written in a way that cannot be changed from here",
        hint="Change it in an editor, then run mautod apply.",
    )
