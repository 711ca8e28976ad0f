"""`mautod segments`."""

from __future__ import annotations

import click

from mautod.cli.lazy import Lazy

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("listing", "List the segments with their sizes."),
    "create": ("lists", "Make a static segment."),
    "add": ("lists", "Put people on the list of a static segment."),
    "remove": ("lists", "Take people off the list of a static segment."),
    "import": ("lists", "Put the people of a CSV file on the list of a static segment."),
    "delete": ("lists", "Take a static segment away."),
    "define": ("rules", "Write a segment into its file and put it in force."),
    "people": ("listing", "List who is in a segment."),
    "export": ("listing", "Write who is in a segment to CSV or JSON Lines."),
    "moves": ("listing", "List who entered a segment and who left it."),
    "overlap": ("listing", "Count the people that segments have in common."),
    "preview": ("rules", "Count whom a rule finds now, and show some."),
    "complete": ("rules", "List what may stand next in a rule."),
    "sql": ("rules", "Print the SQL that a rule becomes."),
    "explain": ("explain", "Say why a person is in a segment or is not."),
}


@click.group(cls=Lazy, package=__name__, commands=COMMANDS)
def segments() -> None:
    """List segments, preview rules, show members, explain."""
