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
    if not place.url:
        found = _compared(place, found)
    if json_:
        print_json(found)
    else:
        facts(_facts(found))


def _compared(place: Place, found: wire.Status) -> wire.Status:
    """`found` with how far the files of the folder are from what runs."""
    import msgspec

    from mautod.config import load
    from mautod.errors import MautodError
    from mautod.services.definitions.apply import drift
    from mautod.store.db import Database

    settings = load(place.folder)
    database = Database(settings.data / "mautod.db")
    try:
        differing = len(drift(database, settings.workspace).items)
    except MautodError:
        differing = -1
    finally:
        database.close()
    return msgspec.structs.replace(found, drift=differing)


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
        ("alarms", _alarms(found)),
        ("files", _files(found.drift)),
        ("set aside", f"{found.rejected}{', see mautod doctor' if found.rejected else ''}"),
    ]


def _alarms(found: wire.Status) -> str:
    held = [f"marketing by {each} is paused" for each in found.held]
    return "; ".join([*held, *found.alarms, *(["see mautod messages alarms"] if held else [])])


def _worker(found: wire.Status) -> str:
    alive = [pump.name for pump in found.pumps if pump.alive]
    return f"running ({', '.join(alive)})" if alive else "not running: mautod up"


def _files(drift: int | None) -> str:
    if drift is None or drift == 0:
        return "" if drift is None else "are what runs"
    if drift < 0:
        return "have errors, see mautod plan"
    noun = "definition differs" if drift == 1 else "definitions differ"
    return f"{drift} {noun} from what runs, see mautod plan"
