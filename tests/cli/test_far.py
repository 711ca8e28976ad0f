"""What is done with definition files in the folder is done at a distance too, with the same words."""

from __future__ import annotations

import asyncio
import json
import socket
import stat
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulate_kit import ANNA, Files

from mautod.cli import cli
from mautod.client import Client
from mautod.errors import BadInput, Forbidden, NotFound, Unavailable
from mautod.http import control
from mautod.http.server import make_app, start_socket
from mautod.services.desk import Desk
from mautod.services.work.apart import Apart
from mautod.store.db import Database
from mautod.store.journal import Journal

TEST = f"""
name  = "Two letters"
chain = "cart"
{ANNA}
[[expect]]
message = "cart-1"
at      = "2h"
"""


@pytest.fixture
def files(tmp_path):
    made = Files.new(tmp_path / "shop")
    made.write("workspace/tests/two.toml", TEST)
    made.write("person.toml", ANNA)
    return made


@contextmanager
def served(files, mode=0o600):
    """The control API of the folder at a socket, in a thread of its own."""
    path = files.settings.folder / "m.sock"
    database = Database(files.settings.data / "mautod.db").open()
    journal = Journal(files.settings.data / "journal.db").open()
    works = Apart(files.settings)
    desk = Desk(database, journal, files.settings, works=works)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def run(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    runner = run(start_socket(make_app([lambda app: control.mount(app, desk, None)]), path, mode))
    try:
        yield f"unix:{path}"
    finally:
        works.close()
        run(runner.cleanup())
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        journal.close()
        database.close()


def near(files, *words):
    return CliRunner().invoke(cli, ["-C", str(files.settings.folder), *words])


def far(url, *words):
    return CliRunner().invoke(cli, ["--url", url, *words])


SAME = (
    ("plan",),
    ("plan", "--json"),
    ("lint", "--json"),
    ("apply", "--dry-run"),
    ("simulate", "cart", "--person", "person.toml"),
    ("simulate", "cart", "--person", "person.toml", "--all", "--json"),
    ("test",),
    ("test", "--json"),
    ("test", "two"),
)


@pytest.mark.parametrize("words", SAME, ids=" ".join)
def test_a_command_says_the_same_near_and_far(files, words):
    words = [str(files.settings.folder / word) if word == "person.toml" else word for word in words]
    here = near(files, *words)
    with served(files) as url:
        there = far(url, *words)
    assert (there.stdout, there.exit_code) == (here.stdout, here.exit_code)
    assert there.stdout


def test_files_are_applied_looked_back_on_and_rolled_back_at_a_distance(files):
    with served(files) as url:
        assert "+ chain cart v1" in far(url, "apply").stdout
        assert "Nothing differs." in far(url, "apply").stdout
        files.edit("chains/cart.toml", 'wait = "1h"', 'wait = "3h"')
        (changed,) = json.loads(far(url, "apply", "--json").stdout)["items"]
        assert (changed["verb"], changed["version"]) == ("changed", 2)
        versions = json.loads(far(url, "versions", "chain", "cart", "--json").stdout)
        assert [one["version"] for one in versions] == [2, 1]
        back = far(url, "rollback", "chain", "cart").stdout
        assert "is v3 now, as it was in v1" in back
        assert "says something else now" in back
        assert "cart" in near(files, "plan").stdout


def test_history_is_replayed_at_a_distance(files):
    near(files, "apply")
    with served(files) as url:
        told = json.loads(far(url, "replay", "cart", "--since", "7d", "--json").stdout)
        assert (told["chain"], told["events"]) == ("cart", 0)
        wrong = far(url, "replay", "carrt")
    assert isinstance(wrong.exception, NotFound)
    assert "cart" in str(wrong.exception)


def test_what_is_wrong_in_a_file_is_told_at_a_distance_as_here(files):
    files.write("workspace/chains/broken.toml", 'name = "Broken"\nenter = 3\n')
    here = near(files, "plan").exception
    with served(files) as url:
        for words in (["plan"], ["apply"], ["test"]):
            there = far(url, *words).exception
            assert isinstance(there, BadInput)
            assert str(there) == str(here)


def test_the_checkup_is_made_at_a_distance(files):
    with served(files) as url:
        told = json.loads(far(url, "doctor", "--json").stdout)
    assert {one["check"] for one in told["findings"]} >= {"config", "secrets", "workspace"}


@pytest.mark.parametrize("mode", [0o600, 0o660])
def test_the_file_of_the_socket_is_the_key(files, mode):
    with served(files, mode) as url:
        path = url.removeprefix("unix:")
        assert stat.S_IMODE(Path(path).stat().st_mode) == mode
        assert far(url, "status", "--json").exit_code == 0


async def test_a_socket_that_somebody_listens_at_is_not_taken(tmp_path):
    path = tmp_path / "m.sock"
    runner = await start_socket(make_app([]), path, 0o600)
    with pytest.raises(Unavailable, match="somebody listens"):
        await start_socket(make_app([]), path, 0o600)
    async with Client(f"unix:{path}", "") as client:
        with pytest.raises(NotFound):
            await client.status()  # the first one answers still
    await runner.cleanup()


async def test_a_socket_that_a_dead_process_left_is_taken_over(tmp_path):
    path = tmp_path / "m.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    runner = await start_socket(make_app([]), path, 0o600)
    await runner.cleanup()


async def test_a_path_too_long_for_a_socket_is_told(tmp_path):
    with pytest.raises(Unavailable, match="too long"):
        await start_socket(make_app([]), tmp_path / ("x" * 120), 0o600)


def test_a_socket_that_is_not_there_says_so(tmp_path):
    there = far(f"unix:{tmp_path}/none.sock", "status")
    assert isinstance(there.exception, Unavailable)


async def test_a_client_that_only_reads_refuses_to_act_before_it_asks():
    async with Client("unix:/none", "", read_only=True) as client:
        with pytest.raises(Forbidden, match="only reads"):
            await client.pause("cart")
        with pytest.raises(Unavailable):
            await client.status()
