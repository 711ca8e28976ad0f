from __future__ import annotations

import os

import pytest
from office_kit import Office

from mautod import wire
from mautod.errors import BadInput, Conflict, RuleError, Unavailable
from mautod.services.definitions.apply import apply, drift

FILE = "# ours\n[known]\nrule = 'email is known'  # so far\n"


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.settings.workspace.mkdir()
    made.know("u1", email="anna@example.com")
    made.know("u2")
    yield made
    made.close()


def write(office, text=FILE):
    path = office.settings.workspace / "segments.toml"
    path.write_bytes(text.encode())
    apply(office.db, office.settings.workspace, office.now)
    return path


def test_a_changed_segment_is_in_its_file_in_force_and_counted(office):
    path = write(office)
    done = office.desk.define("known", wire.DefineAsk("created_at is known", was="email is known"))
    assert path.read_text() == FILE.replace("email", "created_at")
    assert (done.file, done.line, done.segment.size) == ("workspace/segments.toml", 3, 2)
    assert done.changes == ["~ segment known v2 (workspace/segments.toml)"]
    assert not drift(office.db, office.settings.workspace)


def test_a_new_segment_works_in_a_workspace_without_any(office):
    done = office.desk.define("all", wire.DefineAsk("created_at is known", "Everybody", ""))
    assert (done.segment.name, done.segment.size, done.line) == ("Everybody", 2, 3)
    assert office.desk.segment("all").segment.size == 2


def test_doubts_about_names_are_told(office):
    write(office)
    done = office.desk.define("b", wire.DefineAsk('did "Ordr"'))
    assert done.warnings == ['segment b: nobody ever did "Ordr"']


def test_line_ends_stay_as_they_are(office):
    path = write(office, FILE.replace("\n", "\r\n"))
    office.desk.define("known", wire.DefineAsk("phone is known"))
    assert path.read_bytes() == FILE.replace("email", "phone").replace("\n", "\r\n").encode()


@pytest.mark.parametrize(
    ("ask", "error", "said"),
    [
        (wire.DefineAsk("did"), RuleError, "ends early"),
        (wire.DefineAsk('in segment "known"'), BadInput, "circle"),
        (wire.DefineAsk('in segment "gone"'), BadInput, "no segment 'gone'"),
        (wire.DefineAsk("a = 1", was=""), Conflict, "exists already"),
        (wire.DefineAsk("a = 1", was="b = 2"), Conflict, "another rule now: email is known"),
        (wire.DefineAsk("a = 1", "x" * 300), BadInput, "one line of at most"),
    ],
)
def test_what_does_not_fit_changes_nothing(office, ask, error, said):
    path = write(office)
    with pytest.raises(error, match=said):
        office.desk.define("known", ask)
    assert path.read_text() == FILE
    assert [s.rule for s in office.desk.segments().items] == ["email is known"]


def test_nothing_is_done_while_files_and_what_runs_differ(office):
    path = write(office)
    path.write_text(FILE + "[more]\nrule = 'phone is known'\n")
    with pytest.raises(Conflict, match=r"\+ segment more v1"):
        office.desk.define("known", wire.DefineAsk("a = 1"))
    assert "a = 1" not in path.read_text()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_file_that_cannot_be_written_leaves_what_runs(office):
    write(office)
    office.settings.workspace.chmod(0o555)
    with pytest.raises(Unavailable, match="cannot be written"):
        office.desk.define("known", wire.DefineAsk("a = 1"))
    office.settings.workspace.chmod(0o755)
    assert office.desk.segment("known").segment.rule == "email is known"
