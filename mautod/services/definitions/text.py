"""Files of a workspace as text."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from mautod.errors import DefinitionError

LARGEST_BYTES: Final = 1024 * 1024


def text_of(path: Path, file: str) -> str:
    """What is written in a definition file; errors call it `file`.

    Raises:
        DefinitionError: it cannot be read, is no UTF-8 text, or is far too long.
    """
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DefinitionError("is longer than 1 MB.", file=file)
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise DefinitionError("is no UTF-8 text.", file=file, line=line) from error
    except OSError as error:
        raise DefinitionError(f"cannot be read: {error.strerror}.", file=file) from error


def files_in(folder: Path) -> list[Path]:
    """The files of a folder by name; those of editors and the hidden are none."""
    found = sorted(folder.glob("*"))
    return [p for p in found if not p.name.startswith(".") and not p.name.endswith("~")]
