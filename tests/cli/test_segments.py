"""Explanations and SQL as the terminal shows them."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from office_kit import Office

from mautod.cli import cli


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args):
        result = CliRunner().invoke(
            cli, ["-C", str(office.folder), "segments", *args], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.output

    return call


def test_an_explanation_is_a_tree_with_what_each_leaf_found(office, run):
    office.segment("keen", 'did "Cart Viewed" in 3001d and not email is known')
    office.know("u1", email="anna@example.com")
    office.did("u1", "Cart Viewed")
    lines = run("explain", "keen", "u1").splitlines()
    assert lines[0] == "anna@example.com is not in Keen"
    assert lines[1] == "✗ all of (1 of 2 hold)"
    assert lines[2] == '  ✓ did "Cart Viewed" in 3001d'
    assert lines[3].startswith("      1 of >= 1 needed, last at ")
    assert lines[4].startswith("      turns false at ")
    assert lines[5:8] == ["  ✗ not", "    ✓ email is known", '        email is "anna@example.com"']


def test_the_sql_of_a_rule_is_printed_with_values_and_plan(run):
    rule = 'did "Cart Viewed" in 3001d'
    out = run("sql", rule)
    assert out.startswith(f"-- {rule}\nSELECT p.id FROM person p WHERE ")
    assert "= 'Cart Viewed'" in out
    assert "-- plan" in out
    assert "event_person_name_ts" in out
    assert json.loads(run("sql", rule, "--json"))["sql"] in out
