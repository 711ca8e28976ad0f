"""A broadcast written down in a file: the options of `mautod broadcast send` as keys."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from mautod.core.files.definition import Table, expected, flag, label, read_toml, text
from mautod.errors import BadInput

KEYS: Final = (
    "template", "variants", "to", "segment", "topic", "key", "name", "channel", "goal", "value",
    "within", "from", "leave", "window", "outside", "cap", "over_cap", "holdout", "expires",
    "when_unknown", "at", "local", "late", "per_hour", "ramp", "test", "winner_by", "after",
    "decide",
)  # fmt: skip
_LONGEST: Final = 100_000


def read_asked(path: str) -> dict[str, Any]:
    """What a file asks for, by the names of the options; `-` in them is `_` here.

    Raises:
        BadInput: the file is no text, or far too long.
        DefinitionError: naming file, line, key and what was expected.
    """
    try:
        written = Path(path).read_bytes()[: _LONGEST + 1].decode()
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no text", field="file", hint="Save it as UTF-8.") from error
    if len(written) > _LONGEST:
        raise BadInput(f"{path} is too long for a broadcast", field="file")
    table = read_toml(written, path)
    table.only(*KEYS)
    return {"counted_from" if key == "from" else key: _value(table, key) for key in table.values}


def _value(table: Table, key: str) -> Any:
    match key:
        case "local":
            return table.get(key, flag, default=False)
        case "per_hour":
            return table.get(key, _whole, 1)
        case "variants":
            return table.get(key, _labels, ())
        case _:
            return table.get(key, _written, "")


def _written(value: Any) -> str:
    """Reader: a text, or a number or a date as it is written."""
    if isinstance(value, bool | list | dict):
        raise expected("a text", value)
    return text(value if isinstance(value, str) else str(value))


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise expected("a whole number from 1", value)
    return value


def _labels(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise expected('a list like ["short", "long"]', value)
    return tuple(label(each) for each in value)
