"""Ready-made scenarios: a chain with its letters and its tests, added to a workspace.

A scenario is a folder under `templates/scenarios/`: `scenario.toml` says what it is, the other
files lie as they do in a workspace. What it shares with the shop is taken from there.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from mautod.core.files.definition import nearest
from mautod.core.files.fragment import joined, only
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.definitions.found import (
    found_workspace,
    template_folder,
    template_names,
    templates_folder,
)
from mautod.services.definitions.workspace import validate

ABOUT: Final = "scenario.toml"
PIECE: Final = "templates/_"
SHARED: Final = f"{PIECE}*.liquid"
"""Pieces that all letters include; who has changed them keeps the look of theirs."""
_FOLDER: Final = "scenarios"


Verb = Literal["added", "changed", "kept"]


@dataclass(frozen=True, slots=True)
class Scenario:
    """`starts` and `goal` in words; `instead` says for which channels email stands."""

    key: str
    name: str
    starts: str
    goal: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Laid:
    """A file of a workspace and what became of it; `tables` are those meant in it."""

    verb: Verb
    file: str
    tables: tuple[str, ...] = ()


def scenarios() -> list[Scenario]:
    """All of them, by key."""
    folders = sorted(path.parent for path in (templates_folder() / _FOLDER).glob(f"*/{ABOUT}"))
    return [_told(folder) for folder in folders]


def begin(folder: Path, template: str) -> list[str]:
    """Make `folder` a workspace from a template, or from the empty one with a scenario in it.

    Raises:
        BadInput: there is neither, or the folder cannot be written.
        Conflict: there is a workspace already; nothing was changed.
    """
    keys = {each.key for each in scenarios()}
    if template not in {*keys, *template_names()}:
        hint = nearest(template, {*keys, *template_names()})
        raise BadInput(f"There is no template {template!r}.", field="template", hint=hint)
    if template not in keys:
        return found_workspace(folder, template)
    made = found_workspace(folder, "empty")
    laid = add(template, folder / "workspace")
    return [*made, f"{len(laid)} files of the scenario {template}"]


def add(key: str, workspace: Path, made: Collection[str] = ()) -> list[Laid]:
    """Put a scenario's files into a workspace; what came and what was there already.

    Tables of `segments.toml` and its like are added behind those that are there, and a piece that
    letters share stays as the workspace has it. `made` are segments that are in no file. Nothing is
    in force before `mautod apply`.

    Raises:
        BadInput: there is no such scenario.
        NotFound: there is no such workspace.
        Conflict: a file of that name says something else; nothing was written.
        DefinitionErrors: it does not fit with what is there; nothing was written.
    """
    files = _files(_folder(key))
    if not workspace.is_dir():
        raise NotFound(f"{workspace} is not there.", hint="Make a workspace with: mautod init DIR")
    with tempfile.TemporaryDirectory(prefix="mautod-") as folder:
        trial = Path(folder) / workspace.name
        shutil.copytree(workspace, trial)
        laid = list(_lay(files, trial))
        validate(trial, made=made)
        for each in laid:
            if each.verb != "kept":
                _put(trial / each.file, workspace / each.file)
    return laid


def _folder(key: str) -> Path:
    keys = [each.key for each in scenarios()]
    if key not in keys:
        raise BadInput(f"There is no scenario {key!r}.", field="scenario", hint=nearest(key, keys))
    return templates_folder() / _FOLDER / key


def _about(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / ABOUT).read_text(encoding="utf-8"))


def _told(folder: Path) -> Scenario:
    about = _about(folder)
    return Scenario(
        folder.name, *(about.get(key, "") for key in ("name", "starts", "goal", "instead"))
    )


def _files(folder: Path) -> dict[str, str]:
    """The texts of the scenario by the names of their files.

    `shop` names files that it shares with the shop's workspace, `tables` what it takes of others.
    """
    shop, about = template_folder("shop") / "workspace", _about(folder)
    texts = {name: _text(shop / name) for name in _found(shop, [SHARED, *about.get("shop", [])])}
    own = (name for name in _found(folder, ["*.toml", "*/*"]) if name != ABOUT)
    texts |= {name: _text(folder / name) for name in own}
    for name, keys in about.get("tables", {}).items():
        texts[name] = joined(texts.get(name, ""), only(_text(shop / name), keys)).text
    return dict(sorted(texts.items()))


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _found(folder: Path, patterns: list[str]) -> Iterator[str]:
    for pattern in patterns:
        for path in folder.glob(pattern):
            if path.is_file():
                yield path.relative_to(folder).as_posix()


def _lay(files: Mapping[str, str], workspace: Path) -> Iterator[Laid]:
    for name, text in files.items():
        target = workspace / name
        if target.exists() and "/" not in name:
            yield _join(target, name, text)
        elif target.exists():
            _must_be(target, name, text)
            yield Laid("kept", name)
        else:
            target.parent.mkdir(exist_ok=True)
            target.write_text(text, encoding="utf-8")
            yield Laid("added", name)


def _must_be(target: Path, name: str, text: str) -> None:
    if name.startswith(PIECE) or _text(target) == text:
        return
    what = f"workspace/{name} is there and says something else"
    raise Conflict(what, hint="Rename yours, or move it away.")


def _is_piece(name: str) -> bool:
    """Whether letters share the file; a workspace has its own words there, which stay."""
    return name.startswith("templates/_")


def _join(target: Path, name: str, more: str) -> Laid:
    whole = joined(target.read_text(encoding="utf-8-sig"), more)
    if not whole.added:
        return Laid("kept", name, whole.kept)
    target.write_text(whole.text, encoding="utf-8")
    return Laid("changed", name, whole.added)


def _put(source: Path, target: Path) -> None:
    """The file whole, or not at all."""
    target.parent.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, prefix=".", delete=False) as file:
        file.write(source.read_bytes())
        file.flush()
        os.fsync(file.fileno())
    shutil.copymode(target if target.exists() else source, file.name)
    Path(file.name).replace(target)
