"""Scores as the terminal shows them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from office_kit import Office
from scores_oracle import define

from mautod.cli import cli
from mautod.cli.scores.listing import bar
from mautod.cli.show import gauge
from mautod.core.rules.parser import parse
from mautod.core.scoring import Each, Halves, Level, Score, While
from mautod.duration import DAY
from mautod.store import catalog

LEAD = Score(
    "lead",
    "Lead",
    (While(parse("email is known"), 10), Each("Demo Asked", 16, decay=Halves(3001 * DAY))),
    (Level("warm", 10), Level("hot", 26)),
)


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    with made.db.write() as tx:
        define(tx, LEAD)
        catalog.bump(tx)
    made.know("u1", email="anna@example.com", name="Anna")
    made.did("u1", "Demo Asked")
    made.know("u2", email="boris@example.com")
    made.know("u3")
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args):
        result = CliRunner().invoke(
            cli, ["-C", str(office.folder), *args], catch_exceptions=False, env={"COLUMNS": "100"}
        )
        assert result.exit_code == 0, result.output
        return result.output

    return call


def test_the_list_says_how_many_reached_each_threshold(run):
    heads, row = run("scores", "list").splitlines()
    assert heads.split() == ["KEY", "NAME", "PEOPLE", "POINTS", "THRESHOLDS"]
    assert row.split("  ")[0] == "lead"
    assert row.endswith("2  10 to 26  warm 10: 2, hot 26: 1")
    (told,) = json.loads(run("scores", "list", "--json"))["items"]
    assert told["thresholds"][1] == {"name": "hot", "points": 26, "people": 1}


def test_a_score_is_shown_with_its_rows_its_thresholds_and_bars(run):
    lines = run("scores", "show", "lead").splitlines()
    assert lines[0].endswith(": 2 people have points, from 10 to 26")
    assert lines[1] == "1 have none"
    assert any(line.startswith("+16 each, halved every 3001d") for line in lines)
    bars = [line for line in lines if "█" in line]
    assert [line.split()[0] for line in bars] == ["10", "26"]
    assert json.loads(run("scores", "show", "lead", "--json"))["without"] == 1


def test_people_are_listed_highest_first_and_from_so_many_points_on(run):
    everybody = run("scores", "people", "lead").splitlines()
    assert [line.split()[0] for line in everybody[1:]] == ["26", "10"]
    hot = run("scores", "people", "lead", "--from", "26").splitlines()
    assert [line.split()[2] for line in hot[1:]] == ["Anna"]
    assert run("scores", "people", "lead", "--from", "27") == "(nobody)\n"
    first = run("scores", "people", "lead", "--limit", "1").splitlines()
    assert first[-1].startswith("… more: --after ")
    following = run("scores", "people", "lead", "--after", first[-1].split()[-1])
    assert [line.split()[0] for line in following.splitlines()[1:]] == ["10"]


def test_an_explanation_tells_each_row_with_times_points_and_what_comes(run):
    lines = run("scores", "explain", "lead", "u1").splitlines()
    assert lines[0].startswith("Anna has 26 points of Lead")
    assert lines[0].endswith(", hot")
    assert lines[1].startswith("18 from ")
    assert lines[2:4] == ["   +10  email is known", "        +10, true"]
    assert lines[4:6] == [
        '   +16  did "Demo Asked"',
        "        +16 each, halved every 3001d: 1 counted",
    ]
    assert lines[6].startswith("        +16 of 20")
    assert lines[7].startswith("        +8 from ")
    told = json.loads(run("scores", "explain", "lead", "u3", "--json"))
    assert (told["points"], told["level"]) == (0, "")


def test_the_card_has_the_scores_with_a_gauge(run):
    (row,) = [line for line in run("people", "show", "u1").splitlines() if line.startswith("lead")]
    assert row.split()[-3:] == ["26", "█", "hot"]


def test_an_unknown_score_is_refused_with_the_nearest(office):
    result = CliRunner().invoke(cli, ["-C", str(office.folder), "scores", "show", "leed"])
    assert "Did you mean lead?" in str(result.exception)


def test_bars_and_gauges_show_something_for_somebody_and_nothing_for_nobody():
    assert [bar(0, 5), bar(1, 1000), bar(5, 5)] == ["", "█", "█" * 30]
    assert [gauge(n, 26) for n in (-5, 0, 13, 25, 26, 99)] == ["▁", "▁", "▄", "▇", "█", "█"]
    assert gauge(0, 0) == "▁"
