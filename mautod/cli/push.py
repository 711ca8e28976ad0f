"""`mautod push`: the key of push messages, and the file that the site needs for them."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, visible


@click.group()
def push() -> None:
    """Make the key of push messages, and print the file that the site needs."""


@push.command()
@as_json
@click.pass_obj
def init(place: Place, json_: bool) -> None:
    """Make the key that signs push messages. Overwrites nothing."""
    from mautod import config
    from mautod.services.site.push import make_key

    settings = config.load(in_folder(place))
    path, public = make_key(settings)
    if json_:
        print_json({"key": str(path), "public": public})
        return
    click.echo(f"Made, readable by you alone: {visible(str(path))}")
    click.echo("Keep it: with another key nobody who agreed would be reached.\n")
    if "push" not in settings.config.channels:
        click.echo("Write [channels.push] into config.toml, and restart the daemon.")
    click.echo("Put the file at the root of the site: mautod push worker > mautod-sw.js")
    click.echo("Ask visitors where it suits:          mautod.push.ask()")


@push.command()
def worker() -> None:
    """Print the service worker, a file for the root of the site."""
    from importlib.resources import files

    click.echo((files("mautod") / "web" / "sw.js").read_text(encoding="utf-8"), nl=False)
