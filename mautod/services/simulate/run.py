"""Simulate a chain of a workspace as its files have it now, applied or not."""

from __future__ import annotations

from mautod.config import Settings
from mautod.core.files.definition import nearest, read_toml
from mautod.core.files.expect import KEYS as OF_TESTS
from mautod.core.files.script import KEYS, read_script
from mautod.errors import NotFound
from mautod.services.definitions.made import made_segments
from mautod.services.definitions.workspace import Workspace, validate
from mautod.services.simulate.house import VirtualClock, temporary_house
from mautod.services.simulate.log import Log
from mautod.services.simulate.play import play


def simulate(settings: Settings, chain: str, text: str, file: str) -> Log:
    """What comes to pass with the person that `text`, the file `file`, describes; a test will do.

    The same files make the same log. Nothing is sent, and nothing is read but the files.

    Raises:
        NotFound: there is no such chain.
        DefinitionError: the person's file, or the workspace, is wrong.
        BadInput, Conflict, TooLarge: it cannot be played, see `play`.
    """
    made = made_segments(settings)
    workspace = validate(settings.workspace, made=made)
    check_chain(workspace, chain)
    table = read_toml(text, file)
    table.only(*KEYS, *OF_TESTS)
    script = read_script(table, settings.config.workspace.timezone)
    clock = VirtualClock(script.begin)
    with temporary_house(settings, workspace, clock, made) as house:
        return play(house, clock, script, chain)


def check_chain(workspace: Workspace, key: str) -> None:
    """Nothing, if the files have a chain called `key`.

    Raises:
        NotFound: they have none.
    """
    known = [chain.key for chain in workspace.chains]
    if key not in known:
        hint = nearest(key, known) if known else "There is no chain yet."
        raise NotFound(f"there is no chain {key!r} in the files", field="chain", hint=hint)
