"""A page for the browser, written into a file."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import click

from mautod.errors import BadInput


def written(html: str, output: Path | None, name: str) -> str:
    """Write `html` and say where: into `output`, else into a private folder of its own.

    Opens it where there is a screen and nobody named a file.

    Raises:
        BadInput: the file cannot be written.
    """
    path = output or Path(tempfile.mkdtemp(prefix="mautod-")) / name
    try:
        path.write_text(html, encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path} cannot be written: {error.strerror}", field="output") from error
    if output is None and sys.stdout.isatty() and _has_screen():
        click.launch(str(path))
    return str(path)


def _has_screen() -> bool:
    return sys.platform == "darwin" or any(map(os.environ.get, ("DISPLAY", "WAYLAND_DISPLAY")))
