"""Topics, the ledger and the list of addresses never to be used, on the command line."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from consent_kit import TOPICS
from office_kit import API_KEY, Office

from mautod.cli import cli
from mautod.errors import BadInput, MautodError, NotFound
from mautod.http import control
from mautod.http.server import make_app
from mautod.store import catalog


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    with made.db.write() as tx:
        for key, body in TOPICS.items():
            catalog.put(tx, "topic", key, "topics.toml", body, made.now)
    made.know("u1", email="anna@example.com", name="Anna")
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args, code=0):
        there = ["-C", str(office.folder), *map(str, args)]
        result = CliRunner().invoke(cli, there, catch_exceptions=False, env={"COLUMNS": "100"})
        assert result.exit_code == code, result.output
        return result.stdout

    return call


def told(run, *args):
    return json.loads(run(*args, "--json"))


def test_a_yes_and_a_no_are_recorded_shown_and_counted(office, run):
    said = run("subscribe", "u1", "news", "club", "--source", "fair", "--text", "Write to me")
    assert said == "u1 is subscribed to news, club.\n"
    assert "already subscribed to news" in run("subscribe", "u1", "news", "--source", "fair")
    run("unsubscribe", "u1", "--topic", "news")
    shown = told(run, "consent", "show", "u1")
    assert [(each["topic"], each["state"]) for each in shown["consent"]] == [
        ("club", "subscribed"),
        ("news", "unsubscribed"),
    ]
    assert [each["text"] for each in shown["said"]] == ["Write to me", "Write to me", ""]
    numbers = {each["key"]: each for each in told(run, "topics", "list")["items"]}
    assert (numbers["news"]["unsubscribed"], numbers["club"]["subscribed"]) == (1, 1)
    assert (numbers["magazine"]["default"], numbers["magazine"]["double"]) == ("out", True)
    assert "Write to me" in run("consent", "show", "u1")
    assert "News & <b>tips</b>" in run("topics", "list")


def test_double_opt_in_asks_by_a_letter_unless_it_was_confirmed_elsewhere(office, run):
    said = run("subscribe", "u1", "magazine", "--source", "fair")
    assert said == "u1 must confirm magazine: a letter asks for it.\n"
    assert told(run, "messages", "list")["items"][0]["template"] == "confirm"
    said = run("subscribe", "u1", "magazine", "--source", "fair", "--confirmed")
    assert said == "u1 is subscribed to magazine.\n"


def test_a_topic_or_a_person_that_is_not_there_is_said(run):
    with pytest.raises(BadInput, match="no topic 'nwes'"):
        run("subscribe", "u1", "nwes", "--source", "fair")
    with pytest.raises(NotFound):
        run("subscribe", "nobody", "news", "--source", "fair")
    with pytest.raises(BadInput, match="where did they say so"):
        run("subscribe", "u1", "news", "--source", " ")


def test_the_ledger_is_exported_of_one_topic_or_of_all(run):
    run("subscribe", "u1", "news", "club", "--source", "=fair")
    rows = list(csv.DictReader(io.StringIO(run("consent", "export"))))
    assert [(row["topic"], row["source"]) for row in rows] == [
        ("news", "'=fair"),
        ("club", "'=fair"),
    ]
    lines = run("consent", "export", "--topic", "club", "--format", "jsonl").splitlines()
    assert [json.loads(line)["topic"] for line in lines] == ["club"]


def test_suppress_takes_an_address_as_it_always_did(office, run):
    assert run("suppress", "x@example.com") == "x@example.com is suppressed on email.\n"
    assert "already" in run("suppress", "X@example.com ")
    assert "on sms" in run("suppress", "--channel", "sms", "+79991234567")
    assert "every channel" in run("suppress", "add", "y@example.com", "--channel", "all")
    assert run("suppress", "remove", "x@example.com").endswith("any more.\n")
    listed = told(run, "suppress", "list")["items"]
    assert {each["address"] for each in listed} == {"+79991234567", "y@example.com"}
    with pytest.raises(NotFound):
        run("suppress", "remove", "x@example.com")


def test_a_domain_is_heeded_by_the_rule_and_on_the_card(office, run):
    office.segment("reached", "reachable by email")
    assert office.desk.segment("reached").segment.size == 1
    run("suppress", "*@EXAMPLE.com", "--reason", "competitor", "--note", "asked by Kim")
    office.digest()
    assert office.desk.segment("reached").segment.size == 0
    assert office.desk.person("u1").suppressed == {"email": "competitor"}
    assert "asked by Kim" in run("suppress", "list")
    run("suppress", "remove", "@example.com")
    office.digest()
    assert office.desk.segment("reached").segment.size == 1


FILE = """Address,Reason,Note
a@x.example,bounced,"two
lines"
b@x.example,bounced,old list
"b@x.example ",again,
*@rival.example,,
rubbish,,
*@*.example,,

"""


def test_a_list_is_taken_in_line_by_line_and_a_dry_run_only_says(run, tmp_path):
    path, report = tmp_path / "list.csv", tmp_path / "report.csv"
    path.write_text(FILE, encoding="utf-8")
    said = run("suppress", "import", path, "--dry-run", code=1)
    assert said == "would be 2 new, 1 there already, 3 refused\n"
    assert told(run, "suppress", "list")["items"] == []
    run("suppress", "import", path, "--report", report, code=1)
    rows = list(csv.DictReader(io.StringIO(report.read_text(encoding="utf-8"))))
    assert [(row["line"], row["what"]) for row in rows] == [
        ("3", "refused"), ("4", "new"), ("5", "known"), ("6", "new"), ("7", "refused"),
        ("8", "refused"),
    ]  # fmt: skip
    assert "there already" in run("suppress", "import", path, code=1)
    exported = run("suppress", "export")
    again = tmp_path / "again.csv"
    again.write_text(exported, encoding="utf-8")
    assert run("suppress", "import", again) == "2 there already\n"


def test_a_file_without_a_head_is_a_list_of_addresses(run, tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("a@x.example\nb@x.example\n", encoding="utf-8")
    assert run("suppress", "import", path) == "2 new\n"
    path.write_text("name,age\nx,3\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no column address"):
        run("suppress", "import", path)


def test_of_erased_people_nothing_is_exported(office, run):
    run("people", "erase", "u1", "--yes")
    assert "(erased)" in run("suppress", "list")
    assert run("suppress", "export").strip() == "address,channel,reason,at,note"


async def test_all_of_it_works_at_a_distance(office):
    app = make_app([lambda app: control.mount(app, office.desk, API_KEY, on_journal=int)])
    async with TestServer(app) as server:
        far = ["--url", str(server.make_url("/")), "--key", API_KEY]

        def call(*args):
            result = CliRunner().invoke(cli, [*far, *args])
            return result.output if not isinstance(result.exception, MautodError) else "refused"

        async def run(*args):
            return await asyncio.to_thread(call, *args)

        assert "is subscribed to club" in await run("subscribe", "u1", "club", "--source", "fair")
        assert "club" in await run("consent", "show", "u1")
        assert "fair" in await run("consent", "export")
        assert "Club" in await run("topics", "list")
        assert "suppressed" in await run("suppress", "*@x.example")
        assert "*@x.example" in await run("suppress", "export")
        assert "any more" in await run("suppress", "remove", "*@x.example")
