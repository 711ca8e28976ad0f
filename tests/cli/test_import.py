"""People from files, on the command line."""

from __future__ import annotations

import asyncio
import csv
import json

import pytest
from aiohttp.test_utils import TestServer
from click.testing import CliRunner
from office_kit import API_KEY, Office

from mautod import wire
from mautod.cli import cli, main
from mautod.errors import BadInput, MautodError, Unavailable
from mautod.http import control
from mautod.http.server import make_app
from mautod.store import catalog

FILE = """E-mail;Name;Born;Note
anna@example.com;Anna;31.01.1990;x
nonsense;Bob;;
zoe@example.com;"Zoe
Li";1990-02-30;
kim@example.com;Kim;1990-02-20;7
few@example.com;x
"""


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args, code=0):
        there = ["-C", str(office.folder), "people", "import", *map(str, args)]
        result = CliRunner().invoke(cli, there)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.stdout if "--json" in args else result.output

    return call


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(FILE)
    return path


def emails(office) -> list[str]:
    return [person.email for person in office.desk.people().items][::-1]


def refused(path) -> list[list[str]]:
    with path.open(newline="") as opened:
        return list(csv.reader(opened))


def test_a_file_is_taken_in_and_refused_lines_are_listed_beside_it(office, run, file):
    said = run(file, "--map", "Born=birthday:date", code=1)
    assert "2 new, 3 refused" in said
    assert "Born → birthday (date)" in said
    assert "left out: Note" in said
    assert "people.csv:3: E-mail is not an email address" in said
    assert emails(office) == ["anna@example.com", "kim@example.com"]
    assert refused(file.with_name("people.rejects.csv")) == [
        ["line", "field", "reason"],
        ["3", "E-mail", "is not an email address"],
        ["4", "Born", "is not a date as 2026-01-31 or 31.01.2026"],
        ["7", "", "2 cells, where the first line has 4"],
    ]


def test_a_dry_run_says_the_same_and_does_nothing(office, run, file):
    said = run(file, "--map", "Born=birthday:date", "--dry-run", code=1)
    assert "would be 2 new, 3 refused" in said
    assert emails(office) == []
    assert "no imports yet" in run()


def test_in_a_dry_run_who_comes_in_two_steps_is_new_once(office, run, tmp_path, monkeypatch):
    monkeypatch.setattr("mautod.cli.people.sending.FEWEST", 2)
    monkeypatch.setattr("mautod.cli.people.sending.MOST", 2)
    path = tmp_path / "twice.csv"
    path.write_text("email\n" + "a@b.c\nb@b.c\n" * 5)
    told = json.loads(run(path, "--dry-run", "--json"))
    assert (told["counts"]["new"], told["counts"]["updated"]) == (2, 8)
    told = json.loads(run(path, "--dry-run", "--json", "--skip"))
    assert (told["counts"]["new"], told["counts"]["skipped"]) == (2, 8)


def test_a_dry_run_reports_what_would_become_of_every_line(office, run, tmp_path, monkeypatch):
    monkeypatch.setattr("mautod.cli.people.sending.FEWEST", 2)
    monkeypatch.setattr("mautod.cli.people.sending.MOST", 2)
    office.know("u1", email="a@b.c", name="Anna")
    path, report = tmp_path / "p.csv", tmp_path / "report.csv"
    path.write_text("email,name\na@b.c,Anna\nb@b.c,Bo\nx,y\na@b.c,Li\nb@b.c,Bob\nz\n")
    run(path, "--dry-run", "--report", report, code=1)
    assert refused(report) == [
        ["line", "outcome", "field", "reason"],
        ["2", "same", "", ""],
        ["3", "new", "", ""],
        ["4", "refused", "email", "is not an email address"],
        ["5", "updated", "", ""],
        ["6", "updated", "", ""],
        ["7", "refused", "", "1 cell, where the first line has 2"],
    ]
    with pytest.raises(BadInput, match="there already"):
        run(path, "--dry-run", "--report", report)
    with pytest.raises(BadInput, match="--dry-run"):
        run(path, "--report", tmp_path / "other.csv")


def test_as_json_it_says_counts_and_what_was_left_out(run, file):
    told = json.loads(run(file, "--json", code=1))
    assert told["counts"]["new"] == 3
    assert told["left_out"] == ["Born", "Note"]
    assert told["rejects"].endswith("people.rejects.csv")
    (listed,) = json.loads(run("--json"))["items"]
    assert (listed["file"], listed["state"]) == ("people.csv", "done")
    assert "people.csv" in run()


def test_everybody_gets_tag_segment_and_topic(office, run, tmp_path):
    with office.db.write() as tx:
        from mautod.store import catalog  # noqa: PLC0415

        catalog.put(tx, "topic", "offers", "topics.toml", '{"name": "Offers"}', office.now)
    office.desk.create_segment(wire.CreateAsk("fair"))
    path = tmp_path / "fair.csv"
    path.write_text("email\na@b.c\nb@b.c\n")
    said = run(
        path, "--tag", "fair", "--segment", "fair", "--topic", "offers", "--consent", "fair 2024"
    )
    assert "2 subscribed" in said
    card = office.desk.person("a@b.c")
    assert card.props == {"tags": ["fair"]}
    assert [each.key for each in card.segments] == ["fair"]
    assert [(each.topic, each.state, each.source) for each in card.consent] == [
        ("offers", "subscribed", "fair 2024")
    ]


def test_people_may_be_asked_by_a_letter_instead_of_taking_the_files_word(office, run, tmp_path):
    with office.db.write() as tx:
        catalog.put(tx, "topic", "offers", "topics.toml", '{"name": "Offers"}', office.now)
    path = tmp_path / "people.csv"
    path.write_text("email\na@example.com\nb@example.com\n", encoding="utf-8")
    said = run(path, "--topic", "offers", "--consent", "fair", "--ask")
    assert "2 asked" in said
    (consent,) = office.desk.person("a@example.com").consent
    assert (consent.state, consent.source) == ("pending", "fair")
    sent = office.desk.messages().items
    assert [message.template for message in sent] == ["confirm", "confirm"]
    assert "asked" not in run(path, "--topic", "offers", "--consent", "fair again", "--ask")


@pytest.mark.parametrize(
    ("content", "args", "words"),
    [
        (b"", (), "first line is empty"),
        (b"name\nAnna\n", (), "no column is the email"),
        (b'"email\na@b.c\n', (), "the first line opens a quote"),
        ("email;имя\na@b.c;Анна\n".encode("cp1251"), (), "--encoding cp1251"),
        (b"email\n", ("--topic", "x"), "no topic"),
        (b"email\n", ("--map", "email"), "maps nothing"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(run, file, content, args, words):
    file.write_bytes(content)
    with pytest.raises((BadInput, MautodError), match=words):
        run(file, *args)


def test_the_list_of_refused_lines_takes_no_other_files_place(run, file, tmp_path):
    with pytest.raises(Unavailable, match="lists no refused lines"):
        run(file, "--rejects", file)
    with pytest.raises(Unavailable, match="--rejects"):
        run(file, "--rejects", tmp_path / "nowhere" / "x.csv")
    assert file.read_text() == FILE


class Cut(Exception):
    """The process is gone."""


@pytest.mark.parametrize(
    ("step", "when"), [(step, when) for step in range(6) for when in ("before", "after")][:-1]
)
def test_cut_off_anywhere_it_goes_on_and_every_line_is_told_once(
    office, run, tmp_path, monkeypatch, step, when
):
    for name in ("FEWEST", "MOST"):
        monkeypatch.setattr(f"mautod.cli.people.sending.{name}", 4)
    path = tmp_path / "many.csv"
    lines = [f"p{n}@b.c" if n % 3 else f"bad{n}" for n in range(24)]
    path.write_text("email\n" + "\n".join(lines) + "\n")
    from mautod.services.desk import Desk  # noqa: PLC0415

    real, calls = Desk.import_rows, []

    def cut(desk, number, ask):
        calls.append(1)
        if len(calls) == step + 1 and when == "before":
            raise Cut
        told = real(desk, number, ask)
        if len(calls) == step + 1:
            raise Cut
        return told

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "import_rows", cut)
        with pytest.raises(Cut):
            run(path)
    said = run(path, code=1)
    assert "16 new, 8 refused" in said
    assert emails(office) == [line for line in lines if "@" in line]
    assert [row[0] for row in refused(tmp_path / "many.rejects.csv")[1:]] == [
        str(n + 2) for n in range(24) if n % 3 == 0
    ]
    assert [each.state for each in office.desk.imports().items] == ["done"]


def test_a_list_of_refused_lines_that_was_cut_in_the_middle_is_mended(
    office, run, tmp_path, monkeypatch
):
    for name in ("FEWEST", "MOST"):
        monkeypatch.setattr(f"mautod.cli.people.sending.{name}", 2)
    path, list_ = tmp_path / "p.csv", tmp_path / "p.rejects.csv"
    path.write_text("email\nx\ny\na@b.c\nz\n")
    from mautod.services.desk import Desk  # noqa: PLC0415

    real = Desk.import_rows

    def cut(desk, number, ask):
        if ask.start >= 10:
            raise Cut
        return real(desk, number, ask)

    with monkeypatch.context() as patch:
        patch.setattr(Desk, "import_rows", cut)
        with pytest.raises(Cut):
            run(path)
    list_.write_bytes(list_.read_bytes()[:-4])
    run(path, code=1)
    assert [row[0] for row in refused(list_)] == ["line", "2", "3", "5"]


async def test_with_an_address_a_daemon_elsewhere_takes_the_file_in(office, tmp_path, file):
    server = TestServer(make_app([lambda app: control.mount(app, office.desk, API_KEY)]))
    async with server:
        there = ["-C", str(tmp_path), "--url", str(server.make_url("/")), "--key", API_KEY]

        def call(*args):
            return CliRunner().invoke(cli, [*there, "people", "import", *args])

        done = await asyncio.to_thread(call, str(file), "--map", "Born=birthday:date")
        assert "2 new, 3 refused" in done.output
        assert "people.csv" in (await asyncio.to_thread(call)).output
    assert emails(office) == ["anna@example.com", "kim@example.com"]


def test_the_exit_code_says_that_lines_were_refused(office, file, monkeypatch):
    argv = ["mautod", "-C", str(office.folder), "people", "import", str(file)]
    monkeypatch.setattr("sys.argv", argv)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 1
