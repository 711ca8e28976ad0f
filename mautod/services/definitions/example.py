"""`config.example.toml`: every key of the configuration, described and with its default.

Written from the structs that read it, so that it cannot say anything else than they do.
"""

from __future__ import annotations

import inspect
import json
import textwrap
from collections.abc import Iterator
from typing import Any, Final, get_args, get_type_hints

import msgspec

from mautod import channels
from mautod.config import Config, Source

WIDTH: Final = 100
_HEAD: Final = """\
# Every key of config.toml. Those with a value show their default; leave out what you don't change.
# Written by: mautod config example
"""
_CHANNELS: Final = "Ways to reach people. A channel without a section is not used."


def example_config() -> str:
    """The whole file; it loads, and means the defaults."""
    parts = [_HEAD]
    for item in msgspec.structs.fields(Config):
        if item.name == "source":
            parts.append(_section("[[source]]", Source, Config().source[0]))
        elif item.name == "channels":
            parts += _channel_sections()
        else:
            value = getattr(Config(), item.name)
            parts.append(_section(f"[{item.name}]", type(value), value))
    return "\n".join(parts)


def _channel_sections() -> Iterator[str]:
    for kind in channels.kinds():
        struct = channels.load(kind).Config
        yield _section(f"[channels.{kind}]", struct, None)
        for item in msgspec.structs.fields(struct):
            if isinstance(item.default, msgspec.Struct):
                yield _section(f"[channels.{kind}.{item.name}]", type(item.default), item.default)
        for name, each in _repeated(struct):
            yield _unwritten(f"[[channels.{kind}.{name}]]", each)


def _repeated(struct: type[Any]) -> Iterator[tuple[str, type[Any]]]:
    """Tables of a section of which there may be several, and what one of them is."""
    for item in msgspec.structs.fields(struct):
        kind = msgspec.inspect.type_info(item.type)
        while isinstance(kind, msgspec.inspect.Metadata):
            kind = kind.type
        if isinstance(kind, msgspec.inspect.VarTupleType):
            each = kind.item_type
            if isinstance(each, msgspec.inspect.StructType):
                yield item.name, each.cls


def _unwritten(header: str, struct: type[Any]) -> str:
    """A section that nobody has unless he writes it: a comment as a whole."""
    lines = _section(header, struct, None).splitlines()
    return "".join(f"{line if line.startswith('#') else f'# {line}'}\n" for line in lines)


def _section(header: str, struct: type[Any], value: Any) -> str:
    lines = [*_comment(inspect.getdoc(struct) or ""), header]
    described = get_type_hints(struct, include_extras=True)
    repeated = dict(_repeated(struct))
    for item in msgspec.structs.fields(struct):
        if isinstance(item.default, msgspec.Struct):
            continue  # a section of its own
        if item.name in repeated:
            continue
        lines += _comment(_description(described[item.name]))
        given = getattr(value, item.name) if value is not None else _default(item)
        known = given is not msgspec.NODEFAULT
        lines.append(f"{item.name} = {_toml(given)}" if known else f"# {item.name} = …  (required)")
    return "\n".join(lines) + "\n"


def _default(item: Any) -> Any:
    if item.default_factory is not msgspec.NODEFAULT:
        return item.default_factory()
    return item.default


def _description(annotation: Any) -> str:
    notes = [note for note in get_args(annotation) if isinstance(note, msgspec.Meta)]
    return next((note.description for note in notes if note.description), "")


def _comment(text: str) -> list[str]:
    paragraphs = text.split("\n\n")
    return [
        f"# {line}"
        for part in paragraphs
        for line in textwrap.wrap(" ".join(part.split()), WIDTH - 2)
    ]


def _toml(value: Any) -> str:
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
