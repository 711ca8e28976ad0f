"""The manual comes with the program, and says where there is more."""

from __future__ import annotations

import json

from click.testing import CliRunner

from mautod.cli import cli
from mautod.cli.manual import pages, text


def run(*words):
    return CliRunner().invoke(cli, ["manual", *words])


def test_the_pages_are_listed_and_read():
    listed = run().output
    assert all(name in listed and title in listed for name, title in pages().items())
    assert [each["page"] for each in json.loads(run("--json").output)] == list(pages())
    assert run("rules").output.strip() == text("rules").strip()


def test_an_unknown_page_is_answered_with_the_nearest():
    answer = CliRunner().invoke(cli, ["manual", "rule"])
    assert "there is no page 'rule'" in str(answer.exception)
    assert "Did you mean rules?" in str(answer.exception)
