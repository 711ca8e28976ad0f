"""`mautod people find`, `show`, `duplicates`, `set` and `tag`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import click

from mautod.cli import Place
from mautod.cli.pairs import pairs
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import facts, money, more, print_json, table, telling, visible, when
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire


@click.group()
def people() -> None:
    """Find, show and change people."""


@people.command()
@click.argument("query", default="")
@after
@limit
@as_json
@click.pass_obj
def find(place: Place, query: str, after: int | None, limit: int, json_: bool) -> None:
    """List people found by QUERY.

    QUERY is a rule, as 'did "Order Completed" in 30d', or part of a name, an address or an id.
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


@people.command()
@click.argument("person")
@as_json
@click.pass_obj
def show(place: Place, person: str, json_: bool) -> None:
    """Show all about PERSON: an id, a user id, an anonymous id or an email."""
    with open_desk(place) as desk:
        card = desk.person(person)
    if json_:
        print_json(card)
    else:
        _card(card)


@people.command()
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


@people.command("set")
@click.argument("person")
@click.argument("values", nargs=-1, required=True, metavar="NAME=VALUE...")
@as_json
@click.pass_obj
def set_(place: Place, person: str, values: tuple[str, ...], json_: bool) -> None:
    """Set properties of PERSON: an id, a user id, an anonymous id or an email.

    A VALUE that is JSON is taken as such, anything else as text; null makes it unknown:

      mautod people set u1 city=Oslo score=26 newsletter=true phone=null
    """
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.change(person, wire.ChangeAsk(set=pairs(values)))
    print_json(done) if json_ else click.echo(visible(done.text))


# -hot takes the tag hot off, so that -h is no help here
@people.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
@click.argument("person")
@click.argument("tags", nargs=-1, required=True, metavar="+TAG|-TAG...")
@as_json
@click.pass_obj
def tag(place: Place, person: str, tags: tuple[str, ...], json_: bool) -> None:
    """Put tags on PERSON, and take tags off.

    mautod people tag u1 +wholesale -trial
    """
    from mautod import wire

    for each in tags:
        if each[:1] not in ("+", "-"):
            raise BadInput(f"{each!r} is neither +TAG nor -TAG", field="tag")
    on, off = ([each[1:] for each in tags if each[0] == sign] for sign in "+-")
    with open_desk(place) as desk:
        done = desk.change(person, wire.ChangeAsk(tag=on, untag=off))
    print_json(done) if json_ else click.echo(visible(done.text))


def _card(card: wire.Card) -> None:
    facts(_who(card))
    _props("shop", card.shop)
    _props("came from", card.origin)
    _props("properties", card.props)
    if card.segments:
        _title("segments")
        table(
            ("KEY", "NAME", "SINCE"),
            [(each.key, each.name, when(each.since)) for each in card.segments],
        )
    if card.runs:
        _title("chains")
        table(
            ("CHAIN", "STATE", "STEP", "ENTERED", "WAKES"),
            [
                (
                    each.chain,
                    each.outcome or each.state,
                    each.title,
                    when(each.entered_at),
                    when(each.wake_at),
                )
                for each in card.runs
            ],
        )
    if card.messages:
        _title("messages")
        table(
            ("ID", "TEMPLATE", "STATE", "REASON", "QUEUED"),
            [
                (each.id, each.template, each.state, each.reason, when(each.queued_at))
                for each in card.messages
            ],
        )
    _title(f"timeline, {len(card.timeline)} of {card.events}")
    table(
        ("WHEN", "EVENT", ""),
        [(when(each.ts), each.name, telling(each.props)) for each in card.timeline],
    )


def _who(card: wire.Card) -> list[tuple[str, Any]]:
    person = card.person
    asked = f" (asked for {card.asked_id}, absorbed)" if card.asked_id != person.id else ""
    return [
        ("person", f"{person.id}{asked}"),
        ("name", person.name),
        ("email", person.email),
        ("phone", person.phone),
        ("user id", person.user_id),
        ("identities", ", ".join(f"{each.kind} {each.value}" for each in card.identities)),
        ("absorbed", ", ".join(map(str, card.merged_from))),
        ("place", " ".join(filter(None, (person.country, person.language, person.timezone)))),
        ("created", when(person.created_at)),
        ("first seen", when(person.first_seen)),
        ("last seen", when(person.last_seen)),
        ("sessions", person.sessions),
        ("page", person.page),
        ("earned by messages", money(card.earned)),
        ("said no to", ", ".join(_refusals(card))),
        ("suppressed", ", ".join(f"{on}: {why}" for on, why in card.suppressed.items())),
    ]


def _refusals(card: wire.Card) -> list[str]:
    return [
        f"{each.topic} on {each.channel} ({each.state} {when(each.at)})"
        for each in card.consent
        if each.state != "subscribed"
    ]


def _props(title: str, props: Mapping[str, Any]) -> None:
    if props:
        _title(title)
        facts(sorted((visible(name), _value(value)) for name, value in props.items()))


def _value(value: Any) -> str:
    import msgspec

    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _title(text: str) -> None:
    click.echo(f"\n{text}")
