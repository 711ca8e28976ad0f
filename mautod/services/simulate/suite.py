"""The tests beside the chains of a workspace, run with the simulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from mautod.config import Settings
from mautod.core.files.definition import nearest, read_toml
from mautod.core.files.expect import (
    ChainTest,
    Difference,
    Seen,
    differences,
    known_names,
    read_test,
)
from mautod.errors import DefinitionError, MautodError, NotFound
from mautod.services.definitions.made import made_segments
from mautod.services.definitions.text import text_of
from mautod.services.definitions.workspace import TESTS, Workspace, validate
from mautod.services.simulate.house import VirtualClock, temporary_house
from mautod.services.simulate.log import Entry, Log
from mautod.services.simulate.play import play
from mautod.services.simulate.run import check_chain

_REFUSED: Final = "refuse: "


@dataclass(frozen=True, slots=True)
class Result:
    """How one test went; it passed where nothing differs."""

    name: str
    file: str
    chain: str
    differences: tuple[Difference, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.differences


def run_tests(settings: Settings, name: str = "") -> Iterator[Result]:
    """Run the tests in `workspace/tests`, all or the one whose file is called `name`, one by one.

    A test that is wrong itself, or cannot be played, fails and says why.

    Raises:
        DefinitionErrors: the workspace itself is wrong.
        NotFound: there is no test called so.
    """
    made = made_segments(settings)
    workspace = validate(settings.workspace, made=made)
    for path in _paths(settings.workspace / TESTS, name):
        yield _result(settings, workspace, made, path)


def _paths(folder: Path, name: str) -> list[Path]:
    found = sorted(path for path in folder.glob("*.toml") if not path.name.startswith("."))
    known = [path.stem for path in found]
    if name and name not in known:
        hint = nearest(name, known) if known else f"There is none in {folder} yet."
        raise NotFound(f"there is no test {name!r}", field="name", hint=hint)
    return [path for path in found if name in {"", path.stem}]


def _result(settings: Settings, workspace: Workspace, made: Sequence[str], path: Path) -> Result:
    file = path.relative_to(settings.folder).as_posix()
    try:
        test = _test(settings, workspace, path, file)
    except MautodError as error:
        return Result(path.stem, file, "", (_fault(error),))
    clock = VirtualClock(test.script.begin)
    try:
        with temporary_house(settings, workspace, clock, made) as house:
            log = play(house, clock, test.script, test.chain)
    except MautodError as error:
        return Result(test.name, file, test.chain, (_fault(error),))
    zone = ZoneInfo(log.zone)
    found = differences(test.expectations, _seen(log), lambda at: _shown(at, zone))
    return Result(test.name, file, test.chain, tuple(found))


def _test(settings: Settings, workspace: Workspace, path: Path, file: str) -> ChainTest:
    table = read_toml(text_of(path, file), file)
    test = read_test(table, settings.config.workspace.timezone, path.stem)
    check_chain(workspace, test.chain)
    chain = next(chain for chain in workspace.chains if chain.key == test.chain)
    templates = sorted({template.key for template in workspace.templates})
    known_names(test, [step.id for step in chain.steps], templates)
    return test


def _fault(error: MautodError) -> Difference:
    line = error.line if isinstance(error, DefinitionError) else 0
    key = f"{error.field}: " if error.field and isinstance(error, DefinitionError) else ""
    hint = f" {error.hint}" if error.hint else ""
    return Difference(line, f"{key}{error.message}{hint}")


def _seen(log: Log) -> list[Seen]:
    """What the log says of the chain that the test is about."""
    return [seen for entry in log.entries if entry.chain == log.chain for seen in _one(entry)]


def _one(entry: Entry) -> Iterator[Seen]:
    values = entry.values
    match entry.kind:
        case "sent":
            yield Seen("message", entry.what, entry.at, str(values.get("subject", "")))
        case "failed":
            yield Seen("refused", entry.what, entry.at, str(values.get("reason", "")))
        case "gate" if entry.what.startswith(_REFUSED):
            reason = entry.what.removeprefix(_REFUSED)
            yield Seen("refused", str(values["template"]), entry.at, reason)
        case "step":
            yield Seen("step", entry.step, entry.at)
        case "ended":
            yield Seen("outcome", entry.what, entry.at)
        case "entered":
            yield Seen("entered", "", entry.at)
        case _:
            pass


def _shown(at: int, zone: ZoneInfo) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC).astimezone(zone):on %a %d %b at %H:%M}"
