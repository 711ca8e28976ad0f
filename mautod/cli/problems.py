"""`mautod problems`: what was set aside, taken in again or forgotten."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, visible, when


@click.group()
def problems() -> None:
    """List what was set aside, take it in again, or drop it."""


@problems.command("list")
@after
@limit
@as_json
@click.pass_obj
def list_(place: Place, after: int | None, limit: int, json_: bool) -> None:
    """List what was set aside because it made no sense, newest first."""
    with open_desk(place) as desk:
        page = desk.problems(after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (one.id, when(one.at), one.kind, one.source, one.field, one.reason) for one in page.items
    ]
    table(("ID", "WHEN", "KIND", "SOURCE", "FIELD", "REASON"), rows, empty="nothing was set aside")
    more(page.next)


@problems.command()
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1))
@as_json
@click.pass_obj
def retry(place: Place, numbers: tuple[int, ...], json_: bool) -> None:
    """Take events in again, by their numbers in the list; what still makes no sense comes back."""
    with open_desk(place) as desk:
        done = [desk.retry_problem(number) for number in numbers]
    if json_:
        print_json(done)
        return
    for one in done:
        click.echo(visible(one.text))


@problems.command()
@click.argument("numbers", nargs=-1, required=True, type=click.IntRange(1))
@as_json
@click.pass_obj
def drop(place: Place, numbers: tuple[int, ...], json_: bool) -> None:
    """Forget what was set aside, by its numbers in the list."""
    with open_desk(place) as desk:
        done = [desk.drop_problem(number) for number in numbers]
    if json_:
        print_json(done)
        return
    for one in done:
        click.echo(visible(one.text))
