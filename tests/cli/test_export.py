"""Listings written whole: as CSV that no spreadsheet reckons, as JSON Lines, here and at a distance."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from full_house import fill
from hypothesis import given, settings
from hypothesis import strategies as st
from office_kit import API_KEY, Office

from mautod import wire
from mautod.cli import cli, exporting
from mautod.cli.exporting import FORMULA, Form, export
from mautod.errors import BadInput, NotFound
from mautod.http import control
from mautod.http.server import make_app


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args):
        there = ["-C", str(office.folder), *map(str, args)]
        return CliRunner().invoke(cli, there, catch_exceptions=False)

    return call


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_people_are_written_by_a_search_with_the_columns_that_are_asked_for(office, run):
    office.know("u1", email="a@b.c", name="Anna", city="Oslo", tags=["x", "y"], score=-2.5, ok=True)
    office.know("u2", email="b@b.c", name="Boris")
    columns = ["people", "export", 'city = "Oslo"', "--columns", "email,city,tags,score,ok,shoe"]
    found = run(*columns)
    assert rows(found.stdout) == [
        {
            "email": "a@b.c",
            "city": "Oslo",
            "tags": "x; y",
            "score": "-2.5",
            "ok": "true",
            "shoe": "",
        }
    ]
    assert "nobody has: shoe" in found.stderr
    everybody = rows(run("people", "export").stdout)
    assert [row["email"] for row in everybody] == ["b@b.c", "a@b.c"]
    assert everybody[0]["created_at"] == "2026-11-02T00:00:00.000+00:00"
    (anna,) = lines(run("people", "export", "ann", "--format", "jsonl").stdout)
    assert (anna["email"], anna["props"]["tags"]) == ("a@b.c", ["x", "y"])
    (short,) = lines(run(*columns, "--format", "jsonl").stdout)
    assert short["score"] == -2.5


def test_pages_join_up(office, run, monkeypatch):
    for where in ("people.export", "events", "messages", "segments.listing"):
        monkeypatch.setattr(f"mautod.cli.{where}.PAGE", 3)
    office.segment("all", "email is known")
    for number in range(10):
        office.know(f"u{number}", email=f"{number}@b.c")
        office.did(f"u{number}", "Pinged", number=number)
    emails = [f"{number}@b.c" for number in range(10)]
    assert [row["email"] for row in rows(run("people", "export").stdout)] == emails[::-1]
    found = rows(run("people", "export", "email is known").stdout)
    assert [row["email"] for row in found] == emails
    found = rows(run("segments", "export", "all").stdout)
    assert [row["email"] for row in found] == emails
    assert found[0]["since"].startswith("2026-11-02T")
    found = rows(run("events", "export", "--name", "Pinged", "--columns", "name,number").stdout)
    assert [row["number"] for row in found] == [str(n) for n in range(9, -1, -1)]
    assert len(lines(run("events", "export", "--format", "jsonl").stdout)) > 10


def test_messages_are_written_with_their_money(office, run):
    fill(office)
    answer, message = rows(run("messages", "export").stdout)
    assert (message["state"], message["money"]) == ("sent", "12 999.00 RUB")
    assert rows(run("messages", "export", "--state", "queued").stdout) == [answer]
    line, _ = lines(run("messages", "export", "--person", "user-anna", "--format", "jsonl").stdout)
    assert "decisions" not in line


def test_a_file_is_there_when_it_is_whole_and_for_its_owner_alone(office, run, tmp_path):
    office.know("u1", email="a@b.c")
    out = tmp_path / "people.csv"
    assert "1 people" in run("people", "export", "--out", out).stderr
    assert out.stat().st_mode & 0o777 == 0o600
    with pytest.raises(BadInput, match="there already"):
        run("people", "export", "--out", out)
    with pytest.raises(BadInput, match="nowhere"):
        run("people", "export", "--out", tmp_path / "nowhere" / "people.csv")
    with pytest.raises(NotFound):
        run("segments", "export", "nope", "--out", tmp_path / "other.csv")
    assert [path.name for path in tmp_path.glob("*.csv*")] == ["people.csv"]


def test_a_file_that_fails_in_the_middle_is_not_left_behind(tmp_path):
    def pages(after):
        if after is None:
            return [{"a": 1}], 1
        raise NotFound("gone")

    with pytest.raises(NotFound):
        export(pages, Form("csv", "", ("a",), tmp_path / "x.csv"), "lines", 0)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args", [("--columns", "a,,b"), ("--all-data",), ("u1", "--all-data", "--format", "jsonl")]
)
def test_what_makes_no_sense_is_told(run, args):
    with pytest.raises(BadInput):
        run("people", "export", *args)


TEXT = st.text(st.characters(codec="utf-8"), max_size=8)
VALUES = (
    TEXT | st.builds(str.__add__, st.sampled_from(FORMULA), TEXT) | st.none() | st.booleans()
    | st.integers() | st.lists(TEXT, max_size=2) | st.dictionaries(TEXT, TEXT, max_size=1)
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), VALUES), max_size=4))
def test_no_cell_of_text_begins_as_a_formula_and_what_was_text_is_read_again(told):
    file = io.StringIO(newline="")
    writer = exporting._Writer(file, Form("csv", "a,b,c", (), None))
    assert writer.write(told) == len(told)
    _, *found = csv.reader(io.StringIO(file.getvalue(), newline=""))
    for line, cells in zip(told, found, strict=True):
        for name, cell in zip("abc", cells, strict=True):
            value = line.get(name)
            assert isinstance(value, int) or not cell.startswith(FORMULA)
            if isinstance(value, str):
                assert cell == (f"'{value}" if value.startswith(FORMULA) else value)


def test_what_is_exported_can_be_imported_again(office, run, tmp_path):
    office.know("u1", email="a@b.c", name="=Anna", phone="+4790000001", tags=["x", "y"], score=-2)
    out = tmp_path / "people.csv"
    run("people", "export", "--columns", "email,name,phone,user_id,tags,score", "--out", out)
    told = json.loads(run("people", "import", out, "--json").stdout)
    assert told["counts"] == {**told["counts"], "same": 1, "updated": 0, "refused": 0}


async def test_at_a_distance_the_same_lines_come(office, run, tmp_path):
    for number in range(5):
        office.know(f"u{number}", email=f"{number}@b.c", city="Oslo")
    office.desk.create_segment(wire.CreateAsk("staff"))
    office.desk.list_people("staff", wire.ListAsk(add=["u1"]))
    office.digest()
    server = TestServer(make_app([lambda app: control.mount(app, office.desk, API_KEY)]))
    async with server:
        there = ["-C", str(tmp_path), "--url", str(server.make_url("/")), "--key", API_KEY]

        def call(*args):
            return CliRunner().invoke(cli, [*there, *args], catch_exceptions=False).stdout

        for args in (
            ("people", "export", "--format", "jsonl"),
            ("people", "export", "city is known", "--columns", "email,city"),
            ("events", "export"),
            ("segments", "export", "staff"),
            ("messages", "export"),
        ):
            far = await asyncio.to_thread(call, *args)
            assert far == run(*args).stdout
            assert far or args[0] == "messages"
