"""`mautod serve-tui`: the terminal desk in a browser, behind a login."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys

import click

from mautod.cli import Place
from mautod.errors import BadInput, Unavailable


@click.command("serve-tui")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8485, show_default=True, help="Port."
)
@click.option("--public-url", default="", help="Where browsers see it, behind a TLS proxy.")
@click.option("--read-only", is_flag=True, help="Change nothing from there.")
@click.pass_obj
def serve_tui(place: Place, host: str, port: int, public_url: str, read_only: bool) -> None:
    """Serve the terminal desk to browsers that give the API key.

    Whoever is in may do all that the desk can, commands included; put a TLS proxy before it. Needs
    the extra `web`: pip install 'mautod[web]'.
    """
    try:
        from mautod.http.browser_desk import BrowserDesk, serve
    except ImportError as error:
        hint = "Install it: pip install 'mautod[web]'"
        raise Unavailable("textual-serve is not installed", hint=hint) from error
    from mautod.http.door import Door

    key, words = _reached(place)
    os.environ["MAUTOD_API_KEY"] = key
    command = shlex.join(
        [sys.executable, "-m", "mautod", *words, "tui", *(["--read-only"] if read_only else [])]
    )
    url = public_url.rstrip("/") or f"http://{host}:{port}"
    desk = BrowserDesk(command, (host, port), url, Door(key, url))
    asyncio.run(serve(desk, lambda port: click.echo(f"The desk is at {url}, on port {port}.")))


def _reached(place: Place) -> tuple[str, tuple[str, ...]]:
    """The key that opens the door, and the options with which a desk reaches the daemon."""
    from mautod import config

    if place.url:
        if not place.key():
            raise BadInput("--url needs a key", field="key", hint="Set MAUTOD_API_KEY.")
        return place.key(), ("--url", place.url)
    key = place.key() or config.load(place.folder).secrets.get("MAUTOD_API_KEY")
    return key, ("-C", str(place.folder.absolute()))
