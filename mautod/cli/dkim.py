"""`mautod dkim`: keys that sign letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod.services.domains.keys import Published


@click.group()
def dkim() -> None:
    """Make keys that sign letters, and say what to publish."""


_domain = click.option("--domain", default="", help="Of this domain, not of the usual sender's.")
_selector = click.option("--selector", default="", help="Under this name, not the configured one.")


@dkim.command()
@_domain
@_selector
@as_json
@click.pass_obj
def init(place: Place, domain: str, selector: str, json_: bool) -> None:
    """Make an RSA and an Ed25519 key, and print the DNS records that publish them.

    Overwrites nothing: make new keys beside old ones with another --selector.
    """
    from mautod import config
    from mautod.services.domains import keys

    made = keys.init(config.load(in_folder(place)), domain, selector)
    if json_:
        print_json(made)
        return
    click.echo("Made, readable by you alone:")
    for path in made.files:
        click.echo(f"  {visible(str(path))}")
    click.echo()
    _print(made)
    click.echo(f"\nThen see whether DNS has them: mautod doctor --dns\n{_begins(made)}")


@dkim.command()
@_domain
@_selector
@as_json
@click.pass_obj
def show(place: Place, domain: str, selector: str, json_: bool) -> None:
    """Print the DNS records that publish the keys."""
    from mautod import config
    from mautod.services.domains import keys

    found = keys.show(config.load(in_folder(place)), domain, selector)
    print_json(found) if json_ else _print(found)


def _print(found: Published) -> None:
    from mautod.channels.email.dkim.keys import zone_text

    click.echo(f"To publish in the DNS of {visible(found.domain)}:")
    for record in found.records:
        click.echo(f"\n{record.name}. IN TXT (\n    {zone_text(record.text)} )")


def _begins(made: Published) -> str:
    if made.in_use:
        return "Letters are signed when the daemon starts the next time."
    return (
        f'Once it has them, write selector = "{made.selector}" under [channels.email.dkim] in'
        " config.toml,\nand restart the daemon; leave the old records in DNS for a week."
    )
