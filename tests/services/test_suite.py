"""Tests beside the chains, run with the simulator."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from simulate_kit import ANNA, Files

from mautod.cli import cli
from mautod.errors import DefinitionErrors, NotFound
from mautod.services.definitions.workspace import validate
from mautod.services.simulate.suite import run_tests

PASSES = f"""
name  = "Two letters"
chain = "cart"
{ANNA}
[[expect]]
message = "cart-1"
at      = "2h"
[[expect]]
message = "cart-2"
at      = "26h"
"""


@pytest.fixture
def files(tmp_path):
    made = Files.new(tmp_path / "shop")
    made.write("workspace/tests/two.toml", PASSES)
    return made


def only(files):
    (result,) = run_tests(files.settings)
    return result


def test_a_test_passes(files):
    result = only(files)
    assert (result.name, result.file, result.chain) == (
        "Two letters",
        "workspace/tests/two.toml",
        "cart",
    )
    assert result.passed


def test_an_edit_that_breaks_it_is_found_before_it_is_applied(files):
    files.edit("chains/cart.toml", 'wait = "1h"', 'wait = "2h"')
    (first, second) = only(files).differences
    assert (first.line, first.message) == (
        14,
        "expected cart-1 to be sent on Mon 05 Jan at 12:00; it was on Mon 05 Jan at 13:00",
    )
    assert "cart-2" in second.message


def test_one_may_be_run_by_its_name(files):
    files.write("workspace/tests/other.toml", PASSES.replace("26h", "27h"))
    assert [result.passed for result in run_tests(files.settings)] == [False, True]
    assert [result.passed for result in run_tests(files.settings, "two")] == [True]
    with pytest.raises(NotFound, match="Did you mean two"):
        list(run_tests(files.settings, "tow"))


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('chain = "cart"', 'chain = "card"', 0, "no chain 'card'"),
        ('message = "cart-2"', 'message = "cart-3"', 17, "no template 'cart-3'"),
        ("[person]", "[persons]", 5, "no such key"),
        ('name  = "Two', "name  = Two", 2, "not TOML"),
        ('name  = "Product Added"\nprops = { name = "Mug" }', 'start = "card"', 0, "no chain"),
    ],
)
def test_a_test_that_is_wrong_itself_fails_and_says_why(files, old, new, line, words):
    files.edit("tests/two.toml", old, new)
    (difference,) = only(files).differences
    assert words in difference.message
    assert difference.line == line


def test_apply_reads_no_tests(files):
    files.write("workspace/tests/broken.toml", "=")
    assert "two" not in str(validate(files.settings.workspace).written)


def test_a_wrong_workspace_is_refused_before_any_test(files):
    files.edit("chains/cart.toml", "cart-2", "cart-9")
    with pytest.raises(DefinitionErrors):
        list(run_tests(files.settings))


def run(files, *args):
    return CliRunner().invoke(cli, ["-C", str(files.folder), "test", *args])


def test_the_command_says_what_failed_and_exits_with_one(files):
    assert run(files).exit_code == 0
    assert "ok      Two letters" in run(files).output
    files.edit("tests/two.toml", "26h", "27h")
    failed = run(files)
    assert failed.exit_code == 1
    assert "FAILED  Two letters  (workspace/tests/two.toml)" in failed.output
    assert "0 passed, 1 failed." in failed.output


def test_the_command_speaks_json(files):
    told = json.loads(run(files, "--json").stdout)
    assert (told["passed"], told["failed"]) == (1, 0)
    assert told["tests"][0]["chain"] == "cart"


def test_a_workspace_without_tests_says_how_to_write_one(tmp_path):
    found = run(Files.new(tmp_path / "shop"))
    assert found.exit_code == 0
    assert "workspace/tests/NAME.toml" in found.output
