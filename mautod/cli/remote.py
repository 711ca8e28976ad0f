"""The desk that a command works at: here in the folder, or a daemon elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click

from mautod.cli import Place
from mautod.errors import BadInput

if TYPE_CHECKING:
    import asyncio

    from mautod.client import Client
    from mautod.services.desk import Desk


def in_folder(place: Place) -> Path:
    """The folder of a command that cannot work at a distance.

    Raises:
        BadInput: an address was given.
    """
    if place.url:
        raise BadInput(
            "This command works in a folder, not at a distance.",
            hint="Leave --url and MAUTOD_URL out, on the machine of the daemon.",
        )
    return place.folder


@contextmanager
def open_desk(place: Place, *, cache_mb: int = 16) -> Iterator[Desk]:
    """The desk of `place`, closed at the end of the block.

    `cache_mb`: how much of the tables in the folder is kept in memory.

    Raises:
        ConfigError: the folder is no workspace.
        BadInput: an address without a key.
    """
    if place.url:
        with _far(place) as desk:
            yield desk
    else:
        with _near(place, cache_mb) as desk:
            yield desk


@contextmanager
def _near(place: Place, cache_mb: int) -> Iterator[Desk]:
    from mautod.config import load
    from mautod.services.desk import Desk
    from mautod.store.db import Database
    from mautod.store.journal import Journal

    settings = load(place.folder)
    db = Database(settings.data / "mautod.db", cache_mb=cache_mb).open()
    journal = Journal(settings.data / "journal.db").open()
    try:
        yield Desk(db, journal, settings)
    finally:
        journal.close()
        db.close()


@contextmanager
def _far(place: Place) -> Iterator[Desk]:
    import asyncio

    client = new_client(place)
    with asyncio.Runner() as runner:
        try:
            # Client and Desk have the same methods, which a test holds them to.
            yield cast("Desk", _Waiting(client, runner))
        finally:
            runner.run(client.close())


def new_client(place: Place) -> Client:
    """A client of the daemon that `place` names.

    Raises:
        BadInput: there is no key, or no such address.
    """
    from mautod.client import Client

    if not place.key():
        raise BadInput("--url needs a key", field="key", hint="Give --key, or set MAUTOD_API_KEY.")
    return Client(place.url, place.key())


class _Waiting:
    """A client whose methods wait for their answers."""

    def __init__(self, client: Client, runner: asyncio.Runner) -> None:
        self._client = client
        self._runner = runner

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._client, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._runner.run(method(*args, **kwargs))

        return call


as_json = click.option("--json", "json_", is_flag=True, help="Print JSON.")
after = click.option("--after", type=click.IntRange(0), help="Go on after this page's `next`.")
limit = click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most to show."
)
