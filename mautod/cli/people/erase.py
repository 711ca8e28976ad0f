"""Erase people, and the record of it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.desk import Desk

PATIENCE_S: Final = 60
EVERY_S: Final = 0.2


@click.command()
@click.argument("person")
@click.option("--dry-run", is_flag=True, help="Say what would go, and do nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def erase(place: Place, person: str, dry_run: bool, yes: bool, json_: bool) -> None:
    """Erase PERSON from every file: an id, a user id, an anonymous id or an email.

    Of their addresses salted hashes stay, so that nothing is ever sent there; of campaigns the
    numbers and the money. It cannot be undone.
    """
    from mautod import wire

    with open_desk(place) as desk:
        before = desk.erase(person, wire.EraseAsk(dry=True))
        if not json_:
            _announce(before)
        if dry_run:
            if json_:
                print_json(before)
            return
        if not yes:
            click.confirm("Erase them for good?", abort=True, err=True)
        done = _waited(desk, desk.erase(person, wire.EraseAsk()))
    print_json(done) if json_ else _report(done)


@click.command()
@after
@limit
@as_json
@click.pass_obj
def erasures(place: Place, after: int | None, limit: int, json_: bool) -> None:
    """List erasures, the latest first; a stage other than done is under way."""
    with open_desk(place) as desk:
        page = desk.erasures(after, limit)
    if json_:
        print_json(page)
        return
    table(
        ("ID", "PERSON", "ASKED", "STAGE", "EVENTS", "MESSAGES", "REQUESTS", "LETTERS", "DONE"),
        [
            (
                one.id,
                one.person,
                when(one.at),
                one.stage,
                one.events,
                one.messages,
                one.requests,
                one.letters,
                when(one.done_at),
            )
            for one in page.items
        ],
        empty="nobody was erased",
    )
    more(page.next)


def _announce(found: wire.Erasure) -> None:
    click.echo(
        f"Person {found.person}: {found.events} events and {found.messages} messages will go"
        " from every file, with all that is known of them."
    )
    if found.same_address:
        others = ", ".join(map(str, found.same_address))
        click.echo(f"The address is that of others too, who get nothing more there: {others}")
    if found.named_in:
        click.echo(f"Named in definitions, where you must change it: {_listed(found.named_in)}")


def _listed(names: list[str]) -> str:
    return ", ".join(map(visible, names))


def _waited(desk: Desk, asked: wire.Erasure) -> wire.Erasure:
    """The erasure when it is done; as it stands when that takes too long."""
    deadline = time.monotonic() + PATIENCE_S
    while asked.done_at is None and time.monotonic() < deadline:
        time.sleep(EVERY_S)
        asked = desk.erasures(asked.id + 1, 1).items[0]
    return asked


def _report(done: wire.Erasure) -> None:
    if done.done_at is None:
        click.echo(f"It goes on ({done.stage}); see: mautod people erasures")
        return
    click.echo(
        f"Person {done.person} is erased: {done.events} events, {done.messages} messages,"
        f" {done.requests} raw requests, {done.letters} letters."
    )
