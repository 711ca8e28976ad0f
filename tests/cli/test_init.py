"""`mautod init` makes a workspace that runs, and never touches one that is there."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner

from mautod import config
from mautod.cli import cli
from mautod.errors import BadInput, Conflict
from mautod.services.definitions.found import found_workspace, template_names
from mautod.services.definitions.workspace import validate


def run(*words):
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


@pytest.mark.parametrize("template", template_names())
def test_every_template_makes_a_workspace_that_is_valid(tmp_path, template):
    found_workspace(tmp_path / "shop", template)
    settings = config.load(tmp_path / "shop")
    validate(settings.workspace)
    assert settings.config.channels["email"]["url"] == "maildir:outbox"


def test_without_a_template_the_workspace_is_empty_with_an_example_in_a_comment(tmp_path):
    assert run("-C", str(tmp_path), "init", "plain").exit_code == 0
    assert validate(tmp_path / "plain/workspace").written == ()
    text = (tmp_path / "plain/workspace/segments.toml").read_text()
    example = re.sub(r"(?m)^# ?(?=\[|name|rule)", "", text)
    (tmp_path / "plain/workspace/segments.toml").write_text(example)
    assert [w.key for w in validate(tmp_path / "plain/workspace").written] == ["active"]


def test_secrets_are_fresh_and_readable_by_nobody_else(tmp_path):
    for name in ("one", "two"):
        found_workspace(tmp_path / name, "empty")
    one, two = (config.load(tmp_path / name).secrets for name in ("one", "two"))
    for name in ("MAUTOD_SECRET", "MAUTOD_WRITE_KEY", "MAUTOD_API_KEY"):
        assert len(one.get(name)) >= 40
        assert one.get(name) != two.get(name)
    assert (tmp_path / "one/.env").stat().st_mode & 0o777 == 0o600


def test_no_secret_is_printed(tmp_path):
    output = run("-C", str(tmp_path), "init", "shop", "--template", "shop").output
    text = (tmp_path / "shop/.env").read_text()
    for value in re.findall(r"=(\S+)", text):
        assert value not in output


@pytest.mark.parametrize("present", ["config.toml", ".env", "workspace"])
def test_nothing_that_is_there_is_overwritten(tmp_path, present):
    (tmp_path / present).write_text("mine")
    with pytest.raises(Conflict, match=re.escape(present)):
        found_workspace(tmp_path, "shop")
    assert [path.name for path in tmp_path.iterdir()] == [present]
    assert (tmp_path / present).read_text() == "mine"


def test_a_folder_of_other_things_becomes_a_workspace_and_keeps_them(tmp_path):
    (tmp_path / ".gitignore").write_text("node_modules/\n/data/")
    (tmp_path / "README.md").write_text("notes")
    found_workspace(tmp_path, "empty")
    assert (
        tmp_path / ".gitignore"
    ).read_text() == "node_modules/\n/data/\n.env\n/outbox/\n/keys/\n"
    assert (tmp_path / "README.md").read_text() == "notes"


def test_an_unknown_template_names_the_nearest(tmp_path):
    with pytest.raises(BadInput, match="shop"):
        found_workspace(tmp_path / "x", "shpo")
    assert not (tmp_path / "x").exists()


def test_a_folder_that_cannot_be_made_is_an_error_of_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match="Not a directory"):
        found_workspace(tmp_path / "file/x", "empty")


def test_the_printed_request_is_one_that_a_shell_sends_as_json(tmp_path):
    """The words of the curl command, as sh takes them apart."""
    output = run("-C", str(tmp_path), "init", "shop").output
    command = output[output.index("  curl") : output.index("}]}'") + 4]
    assert "MAUTOD_WRITE_KEY" in command
    script = command.replace("curl", f'{sys.executable} -c "import sys; print(sys.argv[-1])"', 1)
    ran = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path / "shop", capture_output=True, check=True
    )
    batch = json.loads(ran.stdout)["batch"]
    assert [item["type"] for item in batch] == ["identify", "track"]


def test_what_to_do_next_names_the_folder(tmp_path):
    output = run("-C", str(tmp_path), "init", "my shop").output
    assert f"cd '{tmp_path}/my shop'" in output
    assert " up\n" in output
