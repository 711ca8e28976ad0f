"""`mautod up`, `mautod web`, `mautod worker`."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mautod.cli import Place

if TYPE_CHECKING:
    from mautod.config import Settings


def _settings(place: Place, host: str | None, port: int | None) -> Settings:
    import msgspec

    from mautod.config import load

    settings = load(place.folder)
    given = {k: v for k, v in {"host": host, "port": port}.items() if v is not None}
    http = msgspec.structs.replace(settings.config.http, **given)
    config = msgspec.structs.replace(settings.config, http=http)
    return msgspec.structs.replace(settings, config=config)


_host = click.option("--host", default=None, help="Address to listen on.")
_port = click.option(
    "--port", type=click.IntRange(0, 65535), default=None, help="Port to listen on."
)


def _log(settings: Settings, process: str) -> None:
    import logging

    from mautod.services.log import open_log

    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level="INFO")
    logging.getLogger("huey").setLevel("WARNING")
    logging.getLogger().addHandler(open_log(settings.data, process))


@click.command()
@_host
@_port
@click.pass_obj
def up(place: Place, host: str | None, port: int | None) -> None:
    """Run the daemon: web and worker, each started again if it dies.

    The first start applies the workspace's definitions; later ones only report what differs.
    """
    from mautod.app.start import prepare
    from mautod.app.supervisor import Supervisor, command

    settings = _settings(place, host, port)
    _log(settings, "up")
    for line in prepare(settings):
        click.echo(line, err=True)
    http, folder = settings.config.http, str(settings.folder)
    address = ("--host", http.host, "--port", str(http.port))
    sys.exit(
        Supervisor(
            {"web": command(folder, "web", *address), "worker": command(folder, "worker")}
        ).run()
    )


@click.command()
@_host
@_port
@click.pass_obj
def web(place: Place, host: str | None, port: int | None) -> None:
    """Run only the web process: ingest, links, control API."""
    from mautod.app.web import run

    settings = _settings(place, host, port)
    _log(settings, "web")
    run(settings)


@click.command()
@click.pass_obj
def worker(place: Place) -> None:
    """Run only the worker process: digest, segments, chains, delivery."""
    from mautod.app.worker import run

    settings = _settings(place, None, None)
    _log(settings, "worker")
    run(settings)
