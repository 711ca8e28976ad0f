from __future__ import annotations

import subprocess
import sys

import pytest

from mautod.cli import COMMANDS

HEAVY = ("aiohttp", "textual", "peewee", "huey", "msgspec", "lark", "liquid")
PROBE = """
import sys
from mautod.__main__ import main
sys.argv = ["mautod", *{args!r}]
try:
    main()
except SystemExit as error:
    assert not error.code, error.code
loaded = [name for name in {heavy!r} if name in sys.modules]
assert not loaded, loaded
"""


def run(*args, heavy):
    probe = PROBE.format(args=list(args), heavy=heavy)
    return subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, check=False
    )


def test_help_loads_nothing_heavy():
    done = run("--help", heavy=HEAVY)
    assert done.returncode == 0, done.stderr
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_help_of_a_command_loads_neither_the_server_nor_the_screen(name):
    done = run(name, "--help", heavy=("aiohttp", "textual", "huey", "peewee"))
    assert done.returncode == 0, done.stderr
