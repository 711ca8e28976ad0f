"""A ready-made scenario fits into any workspace, passes its tests, and changes nothing of what is there."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mautod import config
from mautod.cli import cli
from mautod.core.files.fragment import joined, only
from mautod.errors import BadInput, Conflict, DefinitionErrors
from mautod.services.definitions.scenarios import add, begin, scenarios
from mautod.services.definitions.workspace import validate
from mautod.services.simulate.suite import run_tests

KEYS = [each.key for each in scenarios()]


@pytest.mark.parametrize("key", KEYS)
def test_every_scenario_is_a_workspace_whose_chains_do_what_their_tests_say(tmp_path, key):
    begin(tmp_path / "new", key)
    settings = config.load(tmp_path / "new")
    results = list(run_tests(settings))
    assert not {result.file: result.differences for result in results if not result.passed}
    chains = {chain.key for chain in validate(settings.workspace).chains}
    assert chains
    assert chains == {result.chain for result in results}


@pytest.mark.parametrize("key", KEYS)
def test_every_scenario_can_be_added_to_the_shop_and_once_more(tmp_path, key):
    begin(tmp_path / "shop", "shop")
    workspace = tmp_path / "shop/workspace"
    add(key, workspace)
    assert all(each.verb == "kept" for each in add(key, workspace))


def test_all_scenarios_fit_together(tmp_path):
    begin(tmp_path / "shop", "empty")
    for key in KEYS:
        add(key, tmp_path / "shop/workspace")
    assert len(validate(tmp_path / "shop/workspace").chains) >= len(KEYS)


CLICKED = """
name  = "A click in a letter on the theme is enough"
chain = "wedding"
for   = "2d"
[person]
email = "anna@example.com"
[[event]]
name = "Page Viewed"
[[reaction]]
to    = "fair"
after = "1h"
click = "wedding"
[[expect]]
message = "wedding-1"
at      = "1d"
"""
FAIR = """
name  = "The fair"
topic = "offers"
enter = { event = "Page Viewed" }
[[step]]
send = "fair"
"""
LETTER = """---
subject: The fair
---
<p><a href="https://shop.example/wedding-fair">Come</a> <a href="{{ unsubscribe_url }}">no</a></p>
"""


def test_a_click_in_a_letter_on_the_theme_begins_the_wedding_letters(tmp_path):
    begin(tmp_path / "new", "wedding")
    settings = config.load(tmp_path / "new")
    (settings.workspace / "templates/fair.liquid").write_text(LETTER)
    (settings.workspace / "chains/fair.toml").write_text(FAIR)
    (settings.workspace / "tests/clicked.toml").write_text(CLICKED)
    (result,) = [one for one in run_tests(settings) if one.file.endswith("/clicked.toml")]
    assert result.passed, result.differences


def test_a_file_that_says_something_else_is_not_overwritten(tmp_path):
    begin(tmp_path / "new", "empty")
    workspace = tmp_path / "new/workspace"
    (workspace / "chains/welcome.toml").write_text("mine")
    before = {path: path.read_text() for path in workspace.rglob("*") if path.is_file()}
    with pytest.raises(Conflict, match="is there and says something else"):
        add("welcome", workspace)
    assert {path: path.read_text() for path in workspace.rglob("*") if path.is_file()} == before


def test_pieces_of_letters_that_were_changed_stay_as_they_are(tmp_path):
    begin(tmp_path / "new", "welcome")
    workspace = tmp_path / "new/workspace"
    (workspace / "templates/_bottom.liquid").write_text("<p>Ours</p> {{ unsubscribe_url }}")
    laid = {each.file: each.verb for each in add("reactivation", workspace)}
    assert laid["templates/_bottom.liquid"] == "kept"
    assert laid["chains/come-back.toml"] == "added"
    assert "Ours" in (workspace / "templates/_bottom.liquid").read_text()


def test_pieces_that_the_shop_has_made_its_own_stay_so(tmp_path):
    begin(tmp_path / "shop", "shop")
    workspace = tmp_path / "shop/workspace"
    piece = workspace / "templates/_shop.liquid"
    mine = piece.read_text().replace("https://shop.example/'", "https://northlight.test/'")
    piece.write_text(mine)
    laid = {each.file: each.verb for each in add("wedding", workspace)}
    assert laid["templates/_shop.liquid"] == "kept"
    assert laid["templates/wedding-1.liquid"] == "added"
    assert piece.read_text() == mine
    letters = {x.key: x for x in validate(workspace).templates if not x.language}
    assert "https://northlight.test/" in letters["wedding-1"].html


def test_what_does_not_fit_is_told_and_nothing_is_written(tmp_path):
    begin(tmp_path / "new", "empty")
    workspace = tmp_path / "new/workspace"
    (workspace / "segments.toml").write_text("[new-contact]\nrule = 'did did'\n")
    with pytest.raises(DefinitionErrors, match="did not expect did"):
        add("welcome", workspace)
    assert not (workspace / "chains/welcome.toml").exists()


def test_an_unknown_scenario_is_answered_with_the_nearest(tmp_path):
    with pytest.raises(BadInput, match="Did you mean welcome"):
        begin(tmp_path / "new", "wellcome")
    begin(tmp_path / "new", "empty")
    with pytest.raises(BadInput, match="Did you mean welcome"):
        add("welcom", tmp_path / "new/workspace")


def test_tables_come_behind_those_that_are_there_with_their_comments():
    there = "# mine\n[a]\nx = 1\n"
    more = "# of a\n[a]\nx = 2\n\n# of b\n# too\n[b]\ny = 1\n[[b.rows]]\nz = 1\n"
    whole = joined(there, more)
    assert (whole.added, whole.kept) == (("b",), ("a",))
    assert whole.text == "# mine\n[a]\nx = 1\n\n# of b\n# too\n[b]\ny = 1\n\n[[b.rows]]\nz = 1\n"
    assert joined(whole.text, more).added == ()
    assert joined("", "").text == ""
    assert only(more, ["a"]) == "# of a\n[a]\nx = 2"


def test_the_command_line_lists_and_adds_them(tmp_path):
    def run(*words):
        return CliRunner().invoke(cli, ["-C", str(tmp_path / "new"), *words])

    assert run("init", "--template", "empty").exit_code == 0
    listed = run("templates", "scenarios")
    assert all(key in listed.output for key in KEYS)
    told = json.loads(run("templates", "scenarios", "--json").output)
    assert [each["key"] for each in told] == KEYS
    added = run("templates", "add", "welcome")
    assert "+ workspace/chains/welcome.toml" in added.output
    assert "~ workspace/segments.toml  new-contact" in added.output
    assert json.loads(run("templates", "add", "welcome", "--json").output)[0]["verb"] == "kept"
    assert run("apply").exit_code == 0
