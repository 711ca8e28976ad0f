"""`mautod scores`."""

from __future__ import annotations

import click

from mautod.cli.lazy import Lazy

COMMANDS: dict[str, tuple[str, str]] = {
    "list": ("listing", "List the scores, and how many people reached their thresholds."),
    "show": ("listing", "Show what gives points, and how they are spread."),
    "people": ("listing", "List who has points, the highest first."),
    "explain": ("explain", "Say why a person has the points that they have."),
}


@click.group(cls=Lazy, package=__name__, commands=COMMANDS)
def scores() -> None:
    """List scores, show how points are spread, who has them, and why."""
