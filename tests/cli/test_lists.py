"""Static segments from the command line, and from files of people."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from office_kit import Office

from mautod import wire
from mautod.cli import cli


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    for user in ("u1", "u2", "u3"):
        made.know(user, email=f"{user}@example.com")
    made.desk.create_segment(wire.CreateAsk("staff"))
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args, code=0):
        result = CliRunner().invoke(cli, ["-C", str(office.folder), "segments", *args])
        assert result.exit_code == code, result.output
        return result.output

    return call


@pytest.fixture
def file(tmp_path):
    def write(content):
        path = tmp_path / "people.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def on_the_list(office):
    return [row[0] for row in office.db.read().execute("SELECT person_id FROM listed")]


def test_a_static_segment_is_made_filled_listed_and_taken_away(office, run):
    run("create", "friends", "--name", "Friends")
    assert run("add", "friends", "u1", "u2@example.com") == "2 added\n"
    assert run("add", "friends", "u1") == "1 so already\n"
    assert run("remove", "friends", "u1") == "1 removed\n"
    office.digest()
    (line,) = [line for line in run("list").splitlines() if line.startswith("friends")]
    assert line.split()[:4] == ["friends", "Friends", "static", "1"]
    run("delete", "friends")
    assert "friends" not in run("list")


def test_unknown_people_are_named_and_the_exit_code_says_so(run):
    out = run("add", "staff", "u1", "nobody", code=1)
    assert out.splitlines() == ["nobody is known as 'nobody'", "1 added"]


@pytest.mark.parametrize(
    "text",
    [
        "u1\nu2@example.com\n\n3\n",
        "name;x,email\nAnna,u1@example.com\nBob,u2@example.com\nEve,U3@example.com\n",
        "email,User_ID\nwrong,u1\nwrong,u2\nwrong,u3\n",
        "\ufeffid\r\n1\r\n2\r\n3\r\n",
    ],
)
def test_a_file_is_read_with_and_without_heads(office, run, file, text):
    assert run("import", "staff", file(text)) == "3 added\n"
    assert on_the_list(office) == [1, 2, 3]
    assert run("import", "staff", file(text)) == "3 so already\n"


def test_lines_that_name_nobody_are_reported_by_number_and_the_others_taken(office, run, file):
    content = b'user_id,name\nu1,A\nnobody,B\n,C\nu2\n\xff\xfe,D\n\n"u3",E\n' + b"x" * 300 + b",F\n"
    said = run("import", "staff", file(content), code=1).splitlines()
    assert said == [
        "people.csv:3: nobody is known as 'nobody'",
        "people.csv:4: nobody is named here",
        "people.csv:6: this is no UTF-8 text",
        "people.csv:9: nobody has a name of over 255 characters",
        "3 added",
    ]
    assert on_the_list(office) == [1, 2, 3]


def test_a_field_of_megabytes_is_reported_and_the_file_goes_on(office, run, file):
    said = run("import", "staff", file(f"user_id\n{'x' * 3_000_000}\nu1\n"), code=1)
    assert said.splitlines()[0].startswith("people.csv:2: field larger than")
    assert on_the_list(office) == [1]


def test_another_column_may_be_named(run, file):
    text = file("Customer,note\nu1,x\n")
    assert run("import", "staff", text, "--column", "customer") == "1 added\n"
    run("import", "staff", text, "--column", "kunde", code=1)


def test_the_report_as_json_has_every_line(run, file):
    told = json.loads(run("import", "staff", file("u1\nnobody\n"), "--json", code=1))
    assert told == {
        "added": 1,
        "unchanged": 0,
        "unknown": [{"line": 2, "person": "nobody", "reason": "nobody is known as 'nobody'"}],
    }


def test_a_file_of_many_lines_goes_in_batches(office, run, file):
    text = "user_id\n" + "".join(f"u{1 + number % 3}\n" for number in range(1200))
    assert run("import", "staff", file(text)) == "3 added, 1197 so already\n"
    assert run("import", "staff", file("")) == "nobody\n"
