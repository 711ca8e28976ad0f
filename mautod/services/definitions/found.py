"""Founding a workspace: a folder made from a template, with secrets of its own."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

import mautod
from mautod import config
from mautod.clock import new_secret
from mautod.core.files.definition import nearest
from mautod.errors import BadInput, Conflict

SECRETS: Final = ("MAUTOD_SECRET", "MAUTOD_WRITE_KEY", "MAUTOD_API_KEY")
_ENV: Final = """\
# Secrets of this installation; keep them out of version control.
# MAUTOD_SECRET signs links in messages, MAUTOD_WRITE_KEY lets a site send events,
# MAUTOD_API_KEY lets the TUI and scripts control the daemon.
"""
_IGNORED: Final = (".env", "/data/", "/outbox/", "/keys/")
_PLACES: Final = ("workspace", "workspace/chains", "workspace/templates")


def template_names() -> list[str]:
    """The ready-made workspaces."""
    return sorted(path.parent.name for path in templates_folder().glob("*/config.toml"))


def template_folder(name: str) -> Path:
    """Where the ready-made workspace called `name` lies.

    Raises:
        BadInput: there is none.
    """
    names = template_names()
    if name not in names:
        raise BadInput(
            f"There is no template {name!r}.", field="template", hint=nearest(name, names)
        )
    return templates_folder() / name


def found_workspace(folder: Path, template: str) -> list[str]:
    """Make `folder` a workspace; answers a line about each thing made.

    Raises:
        BadInput: no such template, or the folder cannot be written.
        Conflict: there is a workspace already; nothing was changed.
    """
    source = template_folder(template)
    _refuse_to_overwrite(folder)
    try:
        for place in _PLACES:
            (folder / place).mkdir(parents=True, exist_ok=True)
        shutil.copytree(source / "workspace", folder / "workspace", dirs_exist_ok=True)
        _ignore(folder / ".gitignore")
        _write_secrets(folder / ".env")
        shutil.copyfile(source / config.FILE, folder / config.FILE)
    except OSError as error:
        raise BadInput(f"{error.filename or folder}: {error.strerror}.") from error
    count = sum(path.is_file() for path in (folder / "workspace").rglob("*"))
    return [
        f"{folder / config.FILE}",
        f"{folder / '.env'}  secrets, readable by you alone",
        f"{folder / 'workspace'}  {count} definition files from the template {template}",
    ]


def templates_folder() -> Path:
    """Where everything ready-made lies."""
    package = Path(mautod.__file__).parent
    packed = package / "_templates"
    return packed if packed.is_dir() else package.parent / "templates"


def _refuse_to_overwrite(folder: Path) -> None:
    for name in (config.FILE, ".env", "workspace"):
        if (folder / name).exists():
            raise Conflict(
                f"{folder / name} exists.", hint="Name another folder; init overwrites nothing."
            )


def _write_secrets(path: Path) -> None:
    text = _ENV + "".join(f"{name}={new_secret()}\n" for name in SECRETS)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


def _ignore(path: Path) -> None:
    known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    missing = [line for line in _IGNORED if line not in known]
    path.write_text("".join(f"{line}\n" for line in [*known, *missing]), encoding="utf-8")
