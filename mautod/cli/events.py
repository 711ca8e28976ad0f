"""`mautod events list`, `count`, `names`, `export` and `send`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from mautod.cli import Place
from mautod.cli.exporting import PAGE, Form, Told, form, whole
from mautod.cli.exporting import export as write
from mautod.cli.pairs import pairs
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, telling, when
from mautod.errors import BadInput

USUAL: Final = ("id", "ts", "person_id", "person", "name", "source", "props")


@click.group()
def events() -> None:
    """List, count, export and send events."""


@events.command("list")
@click.option("--name", default="", help="Only events of this name.")
@click.option("--person", default="", help="Only those of this person.")
@after
@limit
@as_json
@click.pass_obj
def list_(place: Place, name: str, person: str, after: int | None, limit: int, json_: bool) -> None:
    """List events, newest first."""
    with open_desk(place) as desk:
        of = desk.person(person).person.id if person else None
        page = desk.events(name, of, after, limit)
    if json_:
        print_json(page)
        return
    rows = [(when(each.ts), each.person, each.name, telling(each.props)) for each in page.items]
    table(("WHEN", "PERSON", "EVENT", ""), rows, empty="no events")
    more(page.next)


@events.command()
@click.option("--name", default="", help="Only events of this name.")
@click.option("--person", default="", help="Only those of this person.")
@form
@click.pass_obj
def export(
    place: Place, name: str, person: str, format_: str, columns: str, out: Path | None
) -> None:
    """Write events, newest first; a property of theirs is a column as any other."""
    with open_desk(place) as desk:
        of = desk.person(person).person.id if person else None
        total = 0 if person else desk.count(name).count if name else desk.status().events

        def page(after: int | None) -> tuple[Iterable[Told], int | None]:
            found = desk.events(name, of, after, PAGE)
            return map(whole, found.items), found.next

        write(page, Form(format_, columns, USUAL, out), "events", total)


@events.command()
@click.argument("name")
@as_json
@click.pass_obj
def count(place: Place, name: str, json_: bool) -> None:
    """Count the events called NAME."""
    with open_desk(place) as desk:
        found = desk.count(name)
    if json_:
        print_json(found)
    else:
        click.echo(found.count)


@events.command()
@as_json
@click.pass_obj
def names(place: Place, json_: bool) -> None:
    """List the names of events, the most frequent first."""
    with open_desk(place) as desk:
        found = desk.event_names()
    if json_:
        print_json(found)
        return
    rows = [(each.name, each.count, when(each.last_ts)) for each in found.items]
    table(("EVENT", "COUNT", "LAST"), rows, empty="no events")


@events.command()
@click.argument("name", default="")
@click.option("--user", "user_id", default="", help="The person's user id.")
@click.option("--anonymous", "anonymous_id", default="", help="The person's anonymous id.")
@click.option("-p", "--prop", "props", multiple=True, metavar="NAME=VALUE", help="A property.")
@click.option("-t", "--trait", "traits", multiple=True, metavar="NAME=VALUE", help="A trait.")
@click.option("--id", "message_id", default="", help="Message id; the same one counts once.")
@as_json
@click.pass_obj
def send(
    place: Place,
    name: str,
    user_id: str,
    anonymous_id: str,
    props: tuple[str, ...],
    traits: tuple[str, ...],
    message_id: str,
    json_: bool,
) -> None:
    """Send the event NAME of a person, or only traits; as a trusted server would.

    A VALUE that is JSON is taken as such, anything else as text:

      mautod events send "Product Added" --user u1 -p name=Oslo -p price=12999
    """
    import msgspec

    from mautod import wire

    who = wire.NewEvent(user_id=user_id, anonymous_id=anonymous_id)
    sent = []
    if traits:
        sent.append(msgspec.structs.replace(who, traits=pairs(traits)))
    if name:
        happened = {"name": name, "properties": pairs(props), "message_id": message_id}
        sent.append(msgspec.structs.replace(who, **happened))
    if not sent:
        raise BadInput("nothing to send", field="name", hint="Name an event, or give a --trait.")
    with open_desk(place) as desk:
        accepted = desk.send(wire.NewEvents(sent))
    if json_:
        print_json(accepted)
    else:
        click.echo(f"on disk: {', '.join(accepted.message_ids)}")
