"""Slash commands of the composer. A new one is one file here; its name is that of the command.

A line `/name argument` is done inside one transaction; what it says to colleagues stands in the
thread as a note. In a desk, `complete` offers how the line may go on.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from typing import Final

from mautod import wire
from mautod.errors import BadInput
from mautod.services.conversations.answer import checked_name, found
from mautod.services.conversations.commands.port import Asked, At, Command

MOST_CANDIDATES: Final = 50
LONGEST_LINE: Final = 8 * 1024
_NOT_COMMANDS: Final = frozenset({"port"})


def names() -> list[str]:
    """Names of all commands, without the slash."""
    return sorted(m.name for m in pkgutil.iter_modules(__path__) if m.name not in _NOT_COMMANDS)


def load(name: str) -> Command:
    """One command.

    Raises:
        BadInput: there is no such command.
    """
    if name not in names():
        known = " ".join(f"/{each}" for each in names())
        raise BadInput(f"there is no command /{name[:40]}", field="line", hint=f"One of: {known}.")
    made: Command = import_module(f"{__name__}.{name}").COMMAND
    return made


def listed() -> wire.Slashes:
    """All commands with how they are written."""
    loaded = [(name, load(name)) for name in names()]
    items = [wire.Slash(n, f"/{n} {each.usage}".strip(), each.help) for n, each in loaded]
    return wire.Slashes(items)


def do(at: At, conversation: int, ask: wire.LineAsk) -> wire.Ran:
    """Do what a line says; inside `write`.

    Raises:
        NotFound: there is no such conversation, or not what the line names.
        BadInput: the line is no command, or says what cannot be.
        Conflict: it cannot be done now.
    """
    name, argument = _parts(ask.line)
    command = load(name)
    operator = checked_name(ask.operator)
    chat = found(at.tx, conversation, at.now)
    return command.do(at, Asked(chat, argument.strip(), operator, ask.ref))


def complete(at: At, conversation: int, line: str) -> wire.Candidates:
    """What may stand at the end of the line: the name of a command, or what it is about.

    Raises:
        NotFound: there is no such conversation.
    """
    chat = found(at.tx, conversation, at.now)
    if not line.startswith("/") or len(line) > LONGEST_LINE:
        return wire.Candidates(len(line), len(line), [])
    name, blank, argument = line[1:].partition(" ")
    if not blank:
        some = [each for each in listed().items if each.name.startswith(name.lower())]
        items = [wire.Candidate(f"/{s.name}", "command", f"{s.usage}: {s.help}") for s in some]
        return wire.Candidates(0, len(line), items)
    if name not in names():
        return wire.Candidates(len(line), len(line), [])
    words = load(name).complete(at, chat, argument.lstrip())
    start = len(line) - len(argument.lstrip())
    return wire.Candidates(start, len(line), list(words)[:MOST_CANDIDATES])


def _parts(line: str) -> tuple[str, str]:
    text = line.strip()
    if not text.startswith("/") or len(text) > LONGEST_LINE:
        raise BadInput("a command begins with a slash", field="line", hint="As /snooze 2h.")
    name, _, argument = text[1:].partition(" ")
    return name.lower(), argument
