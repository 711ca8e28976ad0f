"""A segment written into its file and put in force, in one go or not at all.

The file stays the truth: it is changed as an editor would, checked with all others, applied, and
replaced as the last thing before the commit.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from mautod import wire
from mautod.core.files.segment_file import put_segment
from mautod.errors import BadInput, Conflict, DefinitionError, Unavailable
from mautod.services.definitions.apply import Changes, drift, put
from mautod.services.definitions.workspace import SEGMENTS, validate
from mautod.services.segments import rules
from mautod.store.db import Database
from mautod.store.reports import stats
from mautod.store.segments import membership as segments


def define(
    db: Database, folder: Path, key: str, ask: wire.DefineAsk, at: tuple[int, str]
) -> wire.Defined:
    """Give segment `key` of the workspace `folder` a rule; `at` is the instant and the zone.

    Raises:
        RuleError: it is no rule.
        BadInput: the definitions would not fit together; nothing was changed.
        Conflict: files and what runs differ already, or the segment is another than was meant.
        Unavailable: the file cannot be written.
    """
    rules.read(db.read(), ask.rule)
    path = folder / SEGMENTS
    old = path.read_bytes() if path.exists() else b""
    try:
        _must_agree(drift(db, folder))
        _must_be(db, key, ask)
        text, line = put_segment(_plain(old), key, ask.rule.strip(), ask.name.strip())
        workspace = validate(folder, {SEGMENTS: text}, segments.made(db.read()))
        new = text.replace("\n", "\r\n") if b"\r\n" in old else text
        changes = put(db, workspace, *at, lambda: _replace(path, old, new.encode()))
    except DefinitionError as error:
        raise BadInput(str(error), field="rule") from error
    said = [str(change) for change in changes.items]
    segment = stats.segment(db.read(), key)
    if segment is None:
        raise Conflict(f"segment {key} was taken away meanwhile")
    return wire.Defined(segment, f"{folder.name}/{SEGMENTS}", line, said, list(changes.warnings))


def _must_agree(differs: Changes) -> None:
    if differs:
        raise Conflict(
            f"files and what runs differ: {', '.join(map(str, differs.items))}",
            hint="Run mautod apply, or take the change back.",
        )


def _must_be(db: Database, key: str, ask: wire.DefineAsk) -> None:
    """Nobody may lose what another one wrote meanwhile."""
    if ask.was is None:
        return
    found = segments.find(db.read(), key)
    rule = found.written.rule if found else ""
    if rule != ask.was.strip():
        what = f"has another rule now: {rule}" if ask.was else "exists already"
        raise Conflict(f"segment {key} {what}", hint="Look at it again, then write.")


def _plain(raw: bytes) -> str:
    return raw.decode("utf-8-sig").replace("\r\n", "\n")


def _replace(path: Path, old: bytes, new: bytes) -> None:
    """Write the file anew, whole or not at all, unless somebody else just did."""
    if (path.read_bytes() if path.exists() else b"") != old:
        raise Conflict(f"{path.name} was changed meanwhile", hint="Try again.")
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            file.write(new)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, file.name)
        Path(file.name).replace(path)
    except OSError as error:
        raise Unavailable(
            f"{path.name} cannot be written: {error.strerror}",
            hint="Write it by hand, then run mautod apply.",
        ) from error
