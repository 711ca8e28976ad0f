"""Anniversaries come when their day begins where the workspace is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mautod.core.rules.checker import Frontier, Kind, depends
from mautod.core.rules.dates import anniversary, instant, origins
from mautod.core.rules.parser import parse
from mautod.duration import DAY


def at(text, zone="UTC"):
    found = instant(text, zone)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("born", "now", "following"),
    [
        ("1990-05-01", "2026-04-30", "2026-05-01"),
        ("1990-05-01", "2026-05-01", "2027-05-01"),
        ("2000-02-29", "2026-02-27", "2026-02-28"),
        ("2000-02-29", "2028-02-28", "2028-02-29"),
        ("1999-12-31", "2026-12-31", "2027-12-31"),
    ],
)
@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_the_next_anniversary_is_a_whole_day_of_the_workspace(born, now, following, zone):
    assert anniversary(at(born, zone), zone, at(now, zone)) == at(following, zone)


def test_the_29th_of_february_is_looked_for_on_the_28th_of_a_year_without_it():
    reach = (at("1999-01-01"), at("2001-01-01"))
    found = list(origins(at("2026-02-27T12:00"), at("2026-02-28"), reach, "UTC"))
    days = [datetime.fromtimestamp(first / 1000, UTC).date().isoformat() for first, _ in found]
    assert days == ["1999-02-28", "2000-02-28", "2000-02-29"]
    assert list(origins(at("2026-02-28") + 1, at("2026-02-28T12:00"), reach, "UTC")) == []


def test_time_turns_it_ahead_of_the_day_and_when_the_day_begins():
    assert depends(parse("birthday anniversary in next 3d")).frontiers == {
        Frontier(Kind.ANNIVERSARY, ("birthday",), -3 * DAY),
        Frontier(Kind.ANNIVERSARY, ("birthday",), 0),
    }


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "America/New_York"])
def test_the_ends_of_the_calendar_are_no_trouble(zone):
    ends = (at("0001-01-01T00:00+14:00"), at("9999-12-31T23:59-12:00"))
    found = list(origins(at("2026-05-01", zone), at("2026-05-01", zone), ends, zone))
    assert len(found) > 9900
    assert None in {anniversary(end, zone, at("2026-05-01")) for end in ends}
