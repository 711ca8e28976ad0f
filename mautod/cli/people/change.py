"""Change what is known of people."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.pairs import pairs
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible
from mautod.errors import BadInput


@click.command("set")
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
@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]})
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
