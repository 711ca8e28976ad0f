"""`mautod people`."""

from __future__ import annotations

import click

from mautod.cli.lazy import Lazy

COMMANDS: dict[str, tuple[str, str]] = {
    "find": ("find", "List people found by a rule or a text."),
    "show": ("find", "Show all about a person."),
    "duplicates": ("find", "List people who share an email, a phone or a name."),
    "searches": ("searches", "List, save and delete searches that everybody may use."),
    "bulk": ("bulk", "Do one thing to everybody whom a search finds."),
    "quality": ("quality", "Say what is missing, invalid, duplicate or stale."),
    "set": ("change", "Set properties of a person."),
    "tag": ("change", "Put tags on a person, and take tags off."),
    "merge": ("merge", "Say that two people are one."),
    "unmerge": ("merge", "Undo a merge."),
    "export": ("export", "Write people to CSV or JSON Lines, or all that is held of one."),
    "import": ("import_", "Take people in from a CSV file."),
    "erase": ("erase", "Erase a person from every file, for good."),
    "erasures": ("erase", "List erasures, without a word of who it was."),
}


@click.group(cls=Lazy, package=__name__, commands=COMMANDS)
def people() -> None:
    """Find, show and change people."""
