"""What is asked on every page of a site reads by index alone."""

import pytest

from mautod.store.db import Database
from mautod.store.delivery import browsers, offers


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (offers.WAITING, (1, "popup", 1, 1, "x", 5)),
        (offers.TAKE, ("x", 1, 1)),
        (offers.SHOWN, (1, 1, 1, 1, 1, "popup")),
        (offers.ANSWERED, (1, 1, 1, "popup")),
        (browsers.DOORS, ("[1]",)),
        (browsers.SEEN, ("[1]",)),
        (browsers.CROWD_OUT, (1, 1, 1, 1)),
        (browsers.GONE, (1, 1)),
        (browsers.LEAVE, (1, "x", 1)),
    ],
)
def test_nothing_scans_a_table(tmp_path, sql, values):
    db = Database(tmp_path / "mautod.db").open()
    plan = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values)]
    assert not [
        line
        for line in plan
        if line.startswith("SCAN")
        and "VIRTUAL" not in line
        and "json_each" not in line
        and " k" not in line
    ], plan
    db.close()
