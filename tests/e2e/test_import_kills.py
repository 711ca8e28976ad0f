"""An import is killed again and again; in the end everybody is there once and every line is told."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from office_kit import Office

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]

LINES = 40_000
BAD = 97


def test_killed_again_and_again_a_file_comes_to_the_same(tmp_path):
    shop, path = tmp_path / "shop", tmp_path / "many.csv"
    office = Office.new(shop)
    office.segment("oslo", 'city = "Oslo"')
    office.close()
    path.write_text("email,name,city\n" + "".join(map(_line, range(LINES))))
    process, kills = _run_to_the_end(shop, path)
    assert process.returncode == 1
    assert kills >= 3
    told = (tmp_path / "many.rejects.csv").read_text().splitlines()[1:]
    assert [line.split(",")[0] for line in told] == [str(n + 2) for n in range(0, LINES, BAD)]
    with closing(sqlite3.connect(shop / "data" / "mautod.db")) as db:
        _check(db)


def _line(n):
    return f"{'' if n % BAD else 'x x'}p{n}@example.com,Anna {n},{'Oslo' if n % 2 else 'Rome'}\n"


def _run_to_the_end(shop, path):
    call = [sys.executable, "-m", "mautod", "-C", str(shop), "people", "import", str(path)]
    chance, kills = random.Random(20261124), 0
    while True:
        process = subprocess.Popen(
            [*call, "--map", "city=city"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(timeout=chance.uniform(0.5, 1.6) if kills < 6 else None)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            kills += 1
        else:
            return process, kills


def _check(db):
    def one(sql):
        return db.execute(sql).fetchone()[0]

    good = LINES - len(range(0, LINES, BAD))
    oslo = len([n for n in range(LINES) if n % BAD and n % 2])
    assert one("SELECT count(*) FROM person") == good
    assert one("SELECT count(DISTINCT email) FROM person") == good
    assert one("SELECT count(*) FROM event") == good
    assert one("SELECT count(*) FROM word WHERE word LIKE 'p%@example.com'") == good
    assert one("SELECT count(*) FROM member") == one("SELECT size FROM segment") == oslo
    assert one("SELECT count(*) FROM import") == 1
    assert one("SELECT counts ->> 'new' FROM import") == good
