"""`mautod chains pause`, `resume --shift` and `stop` as somebody types them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from simulate_kit import Files

from mautod.cli import cli


@pytest.fixture
def chains(tmp_path):
    files = Files.new(tmp_path / "shop")

    def run(*args, answer=""):
        words = ["-C", str(files.folder), *args]
        return CliRunner().invoke(cli, words, input=answer, catch_exceptions=False)

    run("apply")
    return lambda *args, **more: run("chains", *args, **more)


def test_a_pause_says_what_becomes_of_waits_and_a_resume_may_shift_them(chains):
    assert "resume --shift" in chains("pause", "cart").output
    assert "longer, as long as it was paused" in chains("resume", "cart", "--shift").output


def test_a_stop_asks_first_and_a_no_changes_nothing(chains):
    asked = chains("stop", "cart", answer="n\n")
    assert "End cart for the 0 people who are under way in it?" in asked.output
    assert "nothing was done" in asked.output
    assert json.loads(chains("show", "cart", "--json").output)["state"] == "running"


def test_a_yes_stops_it_and_a_resume_lets_people_in_again(chains):
    assert "cart is stopped; 0 runs ended." in chains("stop", "cart", "--yes").output
    assert json.loads(chains("stop", "cart", "--yes", "--json").output)["changed"] == 0
    assert "cart is running" in chains("resume", "cart").output
