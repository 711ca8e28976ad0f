"""Find people and show their cards."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.people.card import show_card, show_timeline
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import more, print_json, table, visible, when


@click.command()
@click.argument("query", default="")
@after
@limit
@as_json
@click.pass_obj
def find(place: Place, query: str, after: int | None, limit: int, json_: bool) -> None:
    """List people found by QUERY.

    QUERY is a rule, as 'did "Order Completed" in 30d', or words: each begins a word of the person's
    name, email, phone or user id. Whose id or address it is, whole, stands first.
    Without one, everybody is listed, newest first.
    """
    with open_desk(place) as desk:
        page = desk.people(query, after, limit)
    if json_:
        print_json(page)
        return
    for warning in page.warnings:
        click.echo(f"warning: {visible(warning)}", err=True)
    rows = [(each.id, each.label, each.email, when(each.last_seen)) for each in page.items]
    table(("ID", "NAME", "EMAIL", "LAST SEEN"), rows, empty="nobody")
    more(page.next)


@click.command()
@click.argument("person")
@click.option(
    "--kind",
    default="",
    help="Timeline of one kind alone: event, segment, chain, message, consent, change or merge.",
)
@click.option("--after", default="", help="Go on in the timeline after this page's `next`.")
@limit
@as_json
@click.pass_obj
def show(place: Place, person: str, kind: str, after: str, limit: int, json_: bool) -> None:
    """Show all about PERSON: an id, a user id, an anonymous id or an email.

    With --kind or --after the timeline alone.
    """
    with open_desk(place) as desk:
        card = None if kind or after else desk.person(person)
        page = None if card and json_ else desk.timeline(person, kind, after, limit)
    if json_:
        print_json(card or page)
        return
    if card:
        show_card(card)
    if page:
        show_timeline(page)


@click.command()
@click.option("--by", default="email", show_default=True, help="Compare email, phone or name.")
@click.option("--after", default="", help="Go on after this page's `next`.")
@limit
@as_json
@click.pass_obj
def duplicates(place: Place, by: str, after: str, limit: int, json_: bool) -> None:
    """List people who share an email, a phone or a name."""
    with open_desk(place) as desk:
        page = desk.duplicates(by, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (
            each.value,
            each.size,
            ", ".join(f"{person.id} {person.label}" for person in each.people),
        )
        for each in page.items
    ]
    table((by.upper(), "PEOPLE", ""), rows, empty=f"nobody shares a {by}")
    more(page.next)
