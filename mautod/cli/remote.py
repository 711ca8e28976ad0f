"""The desk that a command works at: here in the folder, or a daemon elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import click

from mautod.cli import Place
from mautod.errors import BadInput, Conflict

if TYPE_CHECKING:
    import asyncio

    from mautod import wire
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


Heard = Callable[[int, int], None]
"""Hears how far work is, and how far it goes."""

LOOK_S: Final = 0.4
UNIX: Final = "unix:"
"""How the address of a socket begins: the mode of its file is the key."""


@contextmanager
def open_desk(
    place: Place, *, cache_mb: int = 16, stored: bool = True, heard: Heard | None = None
) -> Iterator[Desk]:
    """The desk of `place`, closed at the end of the block.

    `cache_mb`: how much of the tables in the folder is kept in memory. Not `stored`: only what is
    made of files alone is asked for, and no database is made for that. `heard` is told how far
    long work in the folder is.

    Raises:
        ConfigError: the folder is no workspace.
        BadInput: an address without a key.
    """
    if place.url:
        with _far(place) as desk:
            yield desk
    else:
        with _near(place, cache_mb, stored, heard) as desk:
            yield desk


@contextmanager
def _near(place: Place, cache_mb: int, stored: bool, heard: Heard | None) -> Iterator[Desk]:
    from mautod.config import load
    from mautod.services.desk import Desk
    from mautod.services.work.here import Here
    from mautod.store.db import Database
    from mautod.store.journal import Journal

    settings = load(place.folder)
    db = Database(settings.data / "mautod.db", cache_mb=cache_mb)
    journal = Journal(settings.data / "journal.db")
    if stored:
        db.open()
        journal.open()
    works = Here(settings, heard or (lambda _done, _total: None))
    try:
        yield Desk(db, journal, settings, works=works)
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

    if not (place.key() or place.url.startswith(UNIX)):
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


def finish(desk: Desk, begun: wire.Work, heard: Heard | None = None) -> wire.Work:
    """Wait for work that was begun at `desk`; ended from the keyboard, it ends there too.

    Raises:
        MautodError: what it came to grief on there.
    """
    work = begun
    try:
        while work.state == "running":
            if heard is not None:
                heard(work.done, work.total)
            time.sleep(LOOK_S)
            work = desk.work(work.id)
    except KeyboardInterrupt:
        desk.stop_work(work.id)
        raise
    if work.fault is not None:
        from mautod.client import failure

        raise failure(work.fault)
    if work.state == "stopped":
        raise Conflict("somebody ended this work", hint="Begin it again.")
    return work


as_json = click.option("--json", "json_", is_flag=True, help="Print JSON.")
after = click.option("--after", type=click.IntRange(0), help="Go on after this page's `next`.")
limit = click.option(
    "--limit", type=click.IntRange(1, 1000), default=50, show_default=True, help="Most to show."
)
