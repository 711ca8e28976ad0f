"""`mautod tui`: the terminal desk, on the daemon of this folder or on one elsewhere."""

from __future__ import annotations

import getpass
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod.cli import Place
    from mautod.client import Client
    from tui.app import DeskApp


@click.command()
@click.option("--url", default="", help="Address of the daemon; else MAUTOD_URL, else this folder.")
@click.option("--key", default="", help="Its API key; better set MAUTOD_API_KEY.")
@click.option("--theme", default="", envvar="MAUTOD_THEME", help="mautod, mautod-day, ansi-dark …")
@click.option("--language", default="", envvar="MAUTOD_LANGUAGE", help="en or ru; else as set up.")
@click.option("--read-only", is_flag=True, help="Change nothing: for a screen on the wall.")
@click.option("--at", default="", metavar="PLACE", help="Where to begin: home, live, people …")
@click.option("--operator", default="", envvar="MAUTOD_OPERATOR", help="Who answers; else you.")
@click.pass_obj
def tui(
    place: Place,
    url: str,
    key: str,
    theme: str,
    language: str,
    read_only: bool,
    at: str,
    operator: str,
) -> None:
    """Open the terminal desk.

    Without --url it asks the daemon that `mautod up` runs in this folder, at its socket where
    there is one.
    """
    from mautod.client import Client

    address, secret, words, folder = _target(place, url, key)
    _speak(language, folder)
    client = Client(address, secret, read_only=read_only)
    desk(client, secret, words, Look(theme, at, folder, operator or _login())).run()


@dataclass(frozen=True, slots=True)
class Look:
    """How a desk opens: its theme, its first place, the folder if it is here, who answers."""

    theme: str = ""
    at: str = ""
    folder: Path | None = None
    operator: str = ""


def desk(client: Client, key: str, words: tuple[str, ...], look: Look | None = None) -> DeskApp:
    """The desk of `client`'s daemon; `words` are the options with which a command reaches it.

    Raises:
        BadInput: there is no such place.
    """
    from mautod.cli import COMMANDS
    from mautod.clock import now_ms
    from tui.app import DeskApp
    from tui.keys import SCREENS
    from tui.shell import Shell

    look = look or Look()
    places = [screen.name for screen in SCREENS]
    if look.at and look.at not in places:
        raise BadInput(
            f"there is no place {look.at!r}", field="at", hint=f"One of: {', '.join(places)}."
        )
    commands = tuple((name, line) for name, (_, line) in COMMANDS.items())
    words = (sys.executable, "-m", "mautod", *words)
    shell = Shell(words, {"MAUTOD_API_KEY": key}, commands, look.folder, client.read_only)
    made = DeskApp(client, now_ms, shell=shell, look=look.theme, at=look.at)
    made.outbox.operator = look.operator
    return made


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _speak(language: str, folder: Path | None) -> None:
    """The language that is asked for, else that of the workspace here, else the terminal's."""
    from mautod import config
    from tui import words

    if not language and folder is not None:
        language = config.load(folder).config.workspace.language
    words.use(language or os.environ.get("LC_ALL") or os.environ.get("LANG") or "en")


def _target(place: Place, url: str, key: str) -> tuple[str, str, tuple[str, ...], Path | None]:
    """Address and key of the daemon, the options with which a command reaches it, its folder."""
    from mautod import config

    url = url or place.url
    if url:
        return url, key or place.key(), ("--url", url), None
    settings = config.load(place.folder)
    words, folder = ("-C", str(place.folder)), place.folder.absolute()
    if settings.socket is not None and settings.socket.is_socket() and not key:
        return f"unix:{settings.socket}", "", words, folder
    http = settings.config.http
    host = "127.0.0.1" if http.host in {"", "0.0.0.0", "::"} else http.host  # noqa: S104 - compared
    key = key or settings.secrets.get("MAUTOD_API_KEY")
    return f"http://{host}:{http.port}", key, words, folder
