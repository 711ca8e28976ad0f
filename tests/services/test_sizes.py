"""Sizes of segments over time."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from office_kit import Office

from mautod import wire
from mautod.cli import cli
from mautod.cli.show import spark
from mautod.duration import DAY, HOUR
from mautod.services.segments import sizes
from mautod.services.segments.sweep import sweep

MIDNIGHT = 1_774_731_600_000  # 2026-03-29T00:00 in Moscow, 2026-03-28T21:00Z
BERLIN = 1_774_738_800_000  # 2026-03-29T00:00 in Berlin, a day of 23 hours


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.now = MIDNIGHT
    made.segment("known", "email is known").segment("empty", 'country = "XX"')
    yield made
    made.close()


def swept(office, span="0s"):
    office.later(span)
    sweep(office.db, office._digest._reactions, office.now)
    return office


def known(office):
    return office.desk.segment("known").segment


def test_each_hour_keeps_the_last_size_it_had(office):
    swept(office).know("u1", email="1@example.com")
    swept(office, "59m").know("u2", email="2@example.com")
    swept(office, "2m").know("u3", email="3@example.com")
    office.later("1h").know("u4", email="4@example.com")
    assert known(office).hours == [1, 2, 4]
    assert office.desk.segments().items[1] == known(office)


def test_the_day_is_the_workspaces(office):
    swept(office).know("u1", email="1@example.com")
    swept(office, "23h")
    assert known(office).days == [1]
    swept(office, "1h").know("u2", email="2@example.com")
    assert known(office).days == [1, 2]


def test_hours_in_which_nobody_looked_have_the_size_before_them(office):
    office.know("u1", email="1@example.com")
    swept(office).later("3h")
    assert known(office).hours == [1, 1, 1, 1]
    assert len(known(office.later("5d")).hours) == 1


def test_a_segment_that_was_never_swept_has_its_size_now_alone(office):
    assert (known(office).hours, known(office).days) == ([0], [0])


def test_what_is_long_past_is_forgotten(office):
    with office.db.write() as tx:
        sizes.keep(tx, "UTC", MIDNIGHT)
        sizes.keep(tx, "UTC", MIDNIGHT + 15 * DAY)
        count = "SELECT span_ms, count(DISTINCT at) FROM segment_size GROUP BY span_ms"
        assert dict(tx.execute(count)) == {HOUR: 1, DAY: 2}
        sizes.keep(tx, "UTC", MIDNIGHT + 1200 * DAY)
        assert dict(tx.execute(count)) == {HOUR: 1, DAY: 1}


def test_a_size_that_did_not_change_is_not_written_again(office):
    with office.db.write() as tx:
        sizes.keep(tx, "UTC", MIDNIGHT)
        before = tx.total_changes
        sizes.keep(tx, "UTC", MIDNIGHT + HOUR - 1)
        assert tx.total_changes == before


def test_days_of_23_hours_are_days(office):
    with office.db.write() as tx:
        sizes.keep(tx, "Europe/Berlin", BERLIN)
        sizes.keep(tx, "Europe/Berlin", BERLIN + 23 * HOUR)
        item = wire.Segment("known", "Known", "", 5)
        (found,) = sizes.told(tx, [item], "Europe/Berlin", BERLIN + 23 * HOUR)
    assert found.days == [0, 5]


def test_bars_stand_between_the_least_and_the_greatest():
    assert spark([10, 11, 17], 3) == "▁▂█"
    assert (spark([5, 5], 2), spark([], 9), spark([1, 2, 3], 2)) == ("▁▁", "", "▁█")


def test_the_terminal_shows_bars(office):
    def run(*args):
        result = CliRunner().invoke(
            cli, ["-C", str(office.folder), "segments", *args], catch_exceptions=False
        )
        return result.output

    assert "14 DAYS" in run("list")
    assert json.loads(run("list", "--json"))["items"][0]["days"] == [0]
