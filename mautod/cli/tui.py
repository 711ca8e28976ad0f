"""`mautod tui`: the terminal desk, on the daemon of this folder or on one elsewhere."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mautod.cli import Place
    from mautod.client import Client
    from tui.app import DeskApp


@click.command()
@click.option("--url", default="", help="Address of the daemon; else MAUTOD_URL, else this folder.")
@click.option("--key", default="", help="Its API key; better set MAUTOD_API_KEY.")
@click.option("--theme", default="", envvar="MAUTOD_THEME", help="mautod, mautod-day, ansi-dark …")
@click.pass_obj
def tui(place: Place, url: str, key: str, theme: str) -> None:
    """Open the terminal desk.

    Without --url it asks the daemon that `mautod up` runs in this folder.
    """
    from mautod.client import Client

    address, secret, words = _target(place, url, key)
    desk(Client(address, secret), secret, words, theme).run()


def desk(client: Client, key: str, words: tuple[str, ...], theme: str = "") -> DeskApp:
    """The desk of `client`'s daemon; `words` are the options with which a command reaches it."""
    from mautod.cli import COMMANDS
    from mautod.clock import now_ms
    from tui.app import DeskApp
    from tui.shell import Shell

    commands = tuple((name, line) for name, (_, line) in COMMANDS.items())
    shell = Shell((sys.executable, "-m", "mautod", *words), {"MAUTOD_API_KEY": key}, commands)
    return DeskApp(client, now_ms, shell=shell, look=theme)


def _target(place: Place, url: str, key: str) -> tuple[str, str, tuple[str, ...]]:
    """Address and key of the daemon, and the options with which a command reaches the same."""
    from mautod import config

    url = url or place.url
    if url:
        return url, key or place.key(), ("--url", url)
    settings = config.load(place.folder)
    http = settings.config.http
    host = "127.0.0.1" if http.host in {"", "0.0.0.0", "::"} else http.host  # noqa: S104 - compared
    key = key or settings.secrets.get("MAUTOD_API_KEY")
    return f"http://{host}:{http.port}", key, ("-C", str(place.folder))
