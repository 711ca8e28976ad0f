"""What segments have in common."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from office_kit import Office

from mautod import wire
from mautod.cli import cli
from mautod.errors import BadInput, NotFound


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    for number in range(6):
        made.know(f"u{number}", score=number)
    made.segment("high", "score >= 3").segment("low", "score < 4").segment("none", "score > 99")
    yield made
    made.close()


def test_the_matrix_holds_sizes_and_what_pairs_have_in_common(office):
    found = office.desk.overlap(wire.OverlapAsk(["high", "low", "none"]))
    assert [item.key for item in found.items] == ["high", "low", "none"]
    assert found.people == [[3, 1, 0], [1, 4, 0], [0, 0, 0]]


def test_a_segment_named_twice_stands_once(office):
    found = office.desk.overlap(wire.OverlapAsk(["low", "high", "low"]))
    assert found.people == [[4, 1], [1, 3]]


def test_one_segment_too_many_and_unknown_ones_are_refused(office):
    for keys in (["low", "low"], [f"s{number}" for number in range(13)]):
        with pytest.raises(BadInput, match="from 2 to 12"):
            office.desk.overlap(wire.OverlapAsk(keys))
    with pytest.raises(NotFound, match="'gone'"):
        office.desk.overlap(wire.OverlapAsk(["low", "gone"]))


def test_the_terminal_shows_the_matrix_with_shares_of_the_row(office):
    args = ["-C", str(office.folder), "segments", "overlap", "high", "low", "none"]
    lines = CliRunner().invoke(cli, args, catch_exceptions=False).output.splitlines()
    assert lines[0].split() == ["high", "low", "none"]
    assert lines[1].split() == ["high", "3", "100%", "1", "33%", "0", "0%"]
    assert lines[3].split() == ["none", "0", "0", "0"]
