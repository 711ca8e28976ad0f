"""Groups that know their commands by name and import one when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class Lazy(click.Group):
    """A group over the modules of `package`; `commands`: name → (module, its line of help).

    A command `set` is the module's `set`, or its `set_` where the word is one of Python's.
    """

    def __init__(
        self,
        *,
        package: str = "",
        commands: Mapping[str, tuple[str, str]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(**more)
        self._package = package
        self._lines = commands or {}

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._lines)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._lines:
            return None
        module = import_module(f"{self._package}.{self._lines[cmd_name][0]}")
        name = cmd_name.replace("-", "_")
        command: click.Command = getattr(module, f"{name}_", None) or getattr(module, name)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self._lines.items()])
