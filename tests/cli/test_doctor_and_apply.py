from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from mautod.cli import cli
from mautod.errors import BadInput, DefinitionErrors
from mautod.services.definitions.found import found_workspace
from mautod.store import state
from mautod.store.db import Database
from mautod.store.state import Aside


@pytest.fixture
def folder(tmp_path):
    found_workspace(tmp_path / "shop", "shop")
    return tmp_path / "shop"


def run(folder, *words):
    return CliRunner().invoke(cli, ["-C", str(folder), *words])


def test_apply_prints_what_changed(folder):
    lines = run(folder, "apply").output.splitlines()
    assert "+ chain welcome v1 (workspace/chains/welcome.toml)" in lines
    assert lines[-1] == f"{len(lines) - 1} changed, in force now."
    assert run(folder, "apply").output == "Nothing differs.\n"


def test_a_dry_run_changes_nothing(folder):
    first = run(folder, "apply", "--dry-run").output
    assert first.endswith("would change; nothing was written.\n")
    assert run(folder, "apply", "--dry-run").output == first


def test_apply_prints_json(folder):
    changes = json.loads(run(folder, "apply", "--json").output)
    assert {"verb", "kind", "key", "file", "version", "effects"} == changes["items"][0].keys()
    assert changes["warnings"] == []


def test_apply_of_a_broken_workspace_is_refused(folder):
    (folder / "workspace/segments.toml").write_text("[a]\nrule = '>'\n")
    result = run(folder, "apply")
    assert isinstance(result.exception, DefinitionErrors)
    assert result.exception.exit_code == 2


def test_doctor_is_content_with_a_fresh_workspace(folder):
    run(folder, "apply")
    result = run(folder, "doctor")
    assert result.exit_code == 0
    assert result.output.endswith("Nothing is wrong.\n")


def test_doctor_exits_1_if_something_is_wrong_and_shows_it(folder):
    (folder / ".env").chmod(0o644)
    result = run(folder, "doctor")
    assert result.exit_code == 1
    assert "wrong secrets" in result.output
    assert result.output.endswith("1 to mend.\n")


def test_doctor_tells_scripts_the_same(folder):
    run(folder, "apply")
    database = Database(folder / "data/mautod.db").open()
    with database.write() as tx:
        state.set_aside(tx, 1, [Aside("rule", "no such thing", "vip")])
    database.close()
    result = run(folder, "doctor", "--json")
    report = json.loads(result.output)
    assert result.exit_code == 1
    assert report["ok"] is False
    assert {f["check"] for f in report["findings"] if f["level"] == "wrong"} == {"rejected"}
    assert report["rejected"][0]["reason"] == "no such thing"


def test_what_visitors_wrote_cannot_take_the_terminal(folder):
    run(folder, "apply")
    database = Database(folder / "data/mautod.db").open()
    with database.write() as tx:
        state.set_aside(tx, 1, [Aside("event", "bad \x1b[2J name \u202e", "event")])
    database.close()
    output = run(folder, "doctor").output
    assert "\x1b[2J" not in output
    assert "\u202e" not in output
    assert "bad " in output


def test_what_works_in_a_folder_says_so_at_a_distance(folder):
    command = ["templates", "add", "welcome"]
    result = CliRunner().invoke(cli, ["--url", "http://x.test", "--key", "k", *command])
    assert isinstance(result.exception, BadInput)
