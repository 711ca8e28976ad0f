"""`mautod suppress` and `mautod unsubscribe`."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible


@click.command()
@click.argument("address")
@click.option("--channel", default="email", show_default=True, help="On this channel, or all.")
@click.option("--reason", default="manual", show_default=True, help="Kept with it.")
@as_json
@click.pass_obj
def suppress(place: Place, address: str, channel: str, reason: str, json_: bool) -> None:
    """Never send to ADDRESS again, whoever has it."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.suppress(wire.SuppressAsk(address, channel, reason))
    print_json(done) if json_ else click.echo(visible(done.text))


@click.command()
@click.argument("person")
@click.option("--topic", default="*", help="Only this topic.")
@click.option("--channel", default="*", help="Only on this channel.")
@as_json
@click.pass_obj
def unsubscribe(place: Place, person: str, topic: str, channel: str, json_: bool) -> None:
    """Take PERSON off a topic, or off all: an id, a user id, an anonymous id or an email."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.unsubscribe(wire.UnsubscribeAsk(person, topic, channel))
    print_json(done) if json_ else click.echo(visible(done.text))
