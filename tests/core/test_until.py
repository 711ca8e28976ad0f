"""A time to come, as people write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.times.until import read_until

NOW = round(datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp() * 1000)  # a Tuesday, 15:00 here
ZONE = "Europe/Moscow"


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2h", "2026-11-24 14:00"),
        ("3d", "2026-11-27 12:00"),
        ("16:30", "2026-11-24 13:30"),
        ("9:00", "2026-11-25 06:00"),
        ("tomorrow", "2026-11-25 06:00"),
        ("Tomorrow 10:15", "2026-11-25 07:15"),
        ("tuesday", "2026-12-01 06:00"),
        ("monday 8:00", "2026-11-30 05:00"),
        ("2026-12-01", "2026-12-01 06:00"),
        ("2026-12-01 18:00", "2026-12-01 15:00"),
        ("2026-12-01T18:00", "2026-12-01 15:00"),
    ],
)
def test_a_time_is_read_in_the_zone_of_the_workspace(text, meant):
    instant = read_until(text, NOW, ZONE)
    assert f"{datetime.fromtimestamp(instant / 1000, UTC):%Y-%m-%d %H:%M}" == meant


@pytest.mark.parametrize(
    "text", ["", "soon", "25:00", "2020-01-01", "monday noon", "9:00 9:00", "-"]
)
def test_what_is_no_time_to_come_is_none(text):
    assert read_until(text, NOW, ZONE) is None


@given(st.text(max_size=30))
def test_any_text_is_read_without_a_failure(text):
    found = read_until(text, NOW, ZONE)
    assert found is None or found >= NOW
