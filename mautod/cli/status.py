"""`mautod status`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import counts, facts, print_json, when

if TYPE_CHECKING:
    from mautod import wire


@click.command()
@as_json
@click.pass_obj
def status(place: Place, json_: bool) -> None:
    """Show counts of everything, and what waits."""
    with open_desk(place) as desk:
        found = desk.status()
    if json_:
        print_json(found)
    else:
        facts(_facts(found))


def _facts(found: wire.Status) -> list[tuple[str, object]]:
    waiting = found.journal.pending + found.inbox
    return [
        ("mautod", f"{found.version}, {found.name}, {found.timezone}"),
        ("worker", _worker(found)),
        ("people", f"{found.people}, {found.online} on the site now"),
        ("events", f"{found.events}, {found.events_per_minute} in the last minute"),
        ("to digest", f"{waiting} requests and notes"),
        ("segments", found.segments),
        ("chains", found.chains),
        ("runs", counts(found.runs)),
        ("messages", counts(found.messages)),
        ("not sent", counts(found.reasons)),
        ("next due", when(found.next_due_at)),
        ("set aside", f"{found.rejected}{', see mautod doctor' if found.rejected else ''}"),
    ]


def _worker(found: wire.Status) -> str:
    alive = [pump.name for pump in found.pumps if pump.alive]
    return f"running ({', '.join(alive)})" if alive else "not running: mautod up"
