"""The file of a pop-up with all that it names beside it, so that a version stays what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mautod.core.files.definition import Table, read_toml
from mautod.core.popup import Popup, read_popup
from mautod.core.rules import named
from mautod.core.rules.named import Texts
from mautod.core.rules.parser import parse
from mautod.errors import RuleError

FILES: Final = "files"
RULES: Final = "rules"


def whole(text: str, files: Mapping[str, str], rules: Texts) -> str:
    """The text of the file and, behind it, the HTML and the named rules that it leads to."""
    parts = [text.rstrip()]
    for name, table in ((FILES, files), (RULES, rules)):
        if table:
            lines = [f"{_quoted(key)} = {_quoted(value)}" for key, value in table.items()]
            parts.append("\n".join([f"[{name}]", *lines]))
    return "\n\n".join(parts) + "\n"


def read(body: str, file: str, key: str) -> Popup:
    """The pop-up of a text that `whole` made.

    Raises:
        DefinitionError: naming file, line, key and what was expected.
    """
    table = read_toml(body, file)
    own = {name: value for name, value in table.values.items() if name not in {FILES, RULES}}
    beside = [table.values.get(name, {}) for name in (RULES, FILES)]
    return read_popup(key, Table(file, own, table.path, table.lines), *beside)


def files_named(table: Table) -> Iterator[str]:
    """The HTML files that its steps name, as far as they are steps at all."""
    for variant in (table.values, *_listed(table.values.get("variant"))):
        for step in _listed(variant.get("step")):
            if isinstance(step.get("html"), str):
                yield step["html"]


def rules_named(table: Table) -> list[str]:
    """The rules that its audience names; none where it does not parse, which is told elsewhere."""
    try:
        return named.names(parse(str(table.values.get("when", "")), entry=False))
    except RuleError:
        return []


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
