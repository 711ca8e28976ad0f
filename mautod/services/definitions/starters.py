"""Letters to begin with: a layout, its pieces and an example, copied into a workspace.

They lie in `templates/email/`. A letter brings along, in all its languages, what it stands in.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from mautod.core.files.definition import nearest
from mautod.core.templates.assemble import LAYOUT
from mautod.core.templates.front import read_front
from mautod.core.templates.template import name_of
from mautod.errors import BadInput, Conflict, DefinitionErrors, NotFound
from mautod.services.definitions.found import templates_folder
from mautod.services.definitions.letters import PIECE, TEMPLATES, read_letters
from mautod.services.definitions.scenarios import Laid

_FOLDER: Final = "email"
_INCLUDED: Final = re.compile(r"""include\s+['"]([^'"]+)['"]""")

_LAYOUT: Final = re.compile(r"^layout: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Starter:
    """A letter to begin with; `layout` is what it stands in, `format` how it is written."""

    key: str
    subject: str
    layout: str
    format: str


def starters() -> list[Starter]:
    """All of them, by key."""
    return [
        _told(path)
        for path in _files()
        if not path.name.startswith(PIECE) and not name_of(path.name)[1]
    ]


def start(key: str, workspace: Path) -> list[Laid]:
    """Put a letter and what it needs into a workspace; what came and what was there.

    A piece that is there stays as it is. Nothing is in force before `mautod apply`.

    Raises:
        BadInput: there is no such letter to begin with.
        NotFound: there is no such workspace.
        Conflict: a letter of that name is there; nothing was written.
        DefinitionErrors: it does not fit with the pieces that are there; nothing was written.
    """
    known = [each.key for each in starters()]
    if key not in known:
        raise BadInput(f"There is no letter {key!r}.", field="letter", hint=nearest(key, known))
    folder = workspace / TEMPLATES
    if not workspace.is_dir():
        raise NotFound(f"{workspace} is not there.", hint="Make a workspace with: mautod init DIR")
    for path in folder.glob(f"{key}.*"):
        raise Conflict(f"{path} is there already", hint="Rename it, or move it away.")
    files = sorted(_needed(key))
    laid = [
        Laid("kept" if (folder / p.name).exists() else "added", f"{TEMPLATES}/{p.name}")
        for p in files
    ]
    added = [path for path, one in zip(files, laid, strict=True) if one.verb == "added"]
    _try_out(workspace, added)
    folder.mkdir(exist_ok=True)
    for path in added:
        shutil.copyfile(path, folder / path.name)
    return laid


def _try_out(workspace: Path, added: list[Path]) -> None:
    """Read the letters with `added` beside them."""
    with tempfile.TemporaryDirectory(prefix="mautod-") as place:
        trial = Path(place) / workspace.name
        shutil.copytree(workspace, trial)
        (trial / TEMPLATES).mkdir(exist_ok=True)
        for path in added:
            shutil.copyfile(path, trial / TEMPLATES / path.name)
        before, after = read_letters(workspace).errors, read_letters(trial).errors
    if len(after) > len(before):
        raise DefinitionErrors(after)


def _files() -> list[Path]:
    return sorted(path for path in (templates_folder() / _FOLDER).iterdir() if path.is_file())


def _told(path: Path) -> Starter:
    front = read_front(path.read_text(encoding="utf-8"), path.name)[0]
    formats = {".md": "Markdown", ".mjml": "MJML"}
    return Starter(
        name_of(path.name)[0],
        front.text("subject"),
        front.text("layout"),
        formats.get(path.suffix, "HTML"),
    )


def _needed(key: str) -> Iterator[Path]:
    """The files of a letter and of all that it names, every language of each."""
    open_, seen = [key], set[str]()
    while open_:
        name = open_.pop()
        if name in seen:
            continue
        seen.add(name)
        for path in _files():
            if path.name.partition(".")[0] == name:
                text = path.read_text(encoding="utf-8")
                open_ += _INCLUDED.findall(text)
                open_ += [f"{LAYOUT}{found}" for found in _LAYOUT.findall(text)]
                yield path
