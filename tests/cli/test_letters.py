"""`mautod templates list`, `preview`, `test`, `check`, `start`: as a marketer types them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mautod.cli import cli
from mautod.errors import BadInput


@pytest.fixture
def folder(tmp_path):
    run = CliRunner().invoke(cli, ["init", str(tmp_path / "shop"), "--template", "empty"])
    assert run.exit_code == 0, run.output
    CliRunner().invoke(cli, ["-C", str(tmp_path / "shop"), "templates", "start", "picks"])
    return tmp_path / "shop"


def run(folder, *args):
    return CliRunner().invoke(cli, ["-C", str(folder), "templates", *args])


def test_letters_are_listed_for_people_and_for_machines(folder):
    assert "picks" in run(folder, "list").output
    (one,) = json.loads(run(folder, "list", "--json").output)["items"]
    assert (one["key"], one["state"], one["languages"]) == ("picks", "new", ["ru"])


def test_a_preview_is_text_or_a_file_that_is_named(folder, tmp_path):
    shown = run(folder, "preview", "picks", "--language", "ru").output
    assert "вашему выбору" in shown
    assert "Отписаться: http" in shown
    written = Path(run(folder, "preview", "picks", "--html").output.strip())
    assert written.read_text().startswith("<!DOCTYPE html>")
    assert written.parent.stat().st_mode & 0o077 == 0
    named = tmp_path / "p.html"
    assert run(folder, "preview", "picks", "--output", str(named)).output.strip() == str(named)
    answer = json.loads(run(folder, "preview", "picks", "--json").output)
    assert answer["html_bytes"] == len(answer["html"].encode())


def test_what_a_visitor_wrote_cannot_take_the_screen(folder):
    letter = folder / "workspace/templates/note.md"
    letter.write_text(
        '---\nsubject: "\x1b[2J"\ntransactional: true\n---\n\x1b[2J {{ person.name }}\n'
    )
    assert "\x1b" not in run(folder, "preview", "note").output


def test_a_test_letter_says_where_it_went(folder):
    done = run(folder, "test", "picks", "--to", "me@example.com")
    assert done.output.strip() == "picks went to me@example.com, marked as a test."
    assert len(list((folder / "outbox/new").iterdir())) == 1


def test_a_check_answers_with_its_exit_code(folder):
    good = run(folder, "check")
    assert good.exit_code == 0
    assert "1 letter, tried for an invented person: no errors." in good.output
    letter = folder / "workspace/templates/picks.liquid"
    letter.write_text(letter.read_text().replace("{{ brand_url }}", "#"))
    bad = run(folder, "check", "picks", "--no-notes")
    assert bad.exit_code == 1
    assert "error: the link 'Have a look' leads nowhere." in bad.output
    found = json.loads(run(folder, "check", "--json").output)
    assert found["errors"] == 1
    assert (found["items"][0]["level"], found["items"][0]["line"]) == ("error", 19)


def test_starters_are_listed_and_an_unknown_one_is_refused(folder):
    keys = [one["key"] for one in json.loads(run(folder, "starters", "--json").output)]
    assert keys == ["announcement", "newsletter", "note", "picks", "receipt"]
    assert "newsletter" in run(folder, "starters").output
    assert isinstance(run(folder, "start", "newsleter").exception, BadInput)
