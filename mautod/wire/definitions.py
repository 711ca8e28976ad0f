"""Definition files: what differs from what runs, how it came to be, what is wrong in it."""

from __future__ import annotations

from mautod.wire.shape import Shape


class Change(Shape, frozen=True):
    """One definition that differs; `version` is the one that is, or would be, in force.

    `verb`: added, changed or removed. `effects` say what becomes of people.
    """

    verb: str
    kind: str
    key: str
    file: str
    version: int
    effects: list[str] = []


class Changes(Shape, frozen=True):
    """What differs between the files and what runs; `warnings` are doubts, not errors."""

    items: list[Change]
    warnings: list[str] = []


class Planned(Change, frozen=True):
    """A change that an apply would make, with its unified diff to what runs."""

    diff: str = ""


class Plan(Shape, frozen=True):
    """All that an apply would change, and what it would mean for people."""

    items: list[Planned]
    warnings: list[str] = []


class Version(Shape, frozen=True):
    """One version of a definition with its difference to the one before, as a unified diff."""

    kind: str
    key: str
    version: int
    applied_at: int
    in_force: bool
    file: str
    diff: str = ""


class Versions(Shape, frozen=True):
    """The newest first."""

    items: list[Version]


class RollbackAsk(Shape, frozen=True):
    """Which version is wanted back; None is the one before the present."""

    to: int | None = None


class Rolled(Shape, frozen=True):
    """Version `like` is in force again, under a new number.

    `drifts`: the file says something else, and the next apply would put that in force.
    """

    change: Change
    like: int
    drifts: bool


class Lint(Shape, frozen=True):
    """One thing that is wrong in a file, and what to do about it."""

    file: str
    line: int
    what: str
    todo: str = ""


class Lints(Shape, frozen=True):
    """By file and line."""

    items: list[Lint]
