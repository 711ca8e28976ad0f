from __future__ import annotations

import json

import pytest
from broadcast_kit import Hall
from click.testing import CliRunner

from mautod import wire
from mautod.cli import cli
from mautod.cli.show import width_of
from mautod.clock import now_ms
from mautod.duration import HOUR
from mautod.errors import BadInput, MautodError


@pytest.fixture
def hall(tmp_path):
    hall = Hall.new(tmp_path / "hall")
    hall.office.now = now_ms() + HOUR  # commands look at the clock on the wall
    yield hall
    hall.close()


@pytest.fixture
def run(hall):
    """Runs a command in the hall's folder; what it printed."""

    def call(*args, answer=None, code=0):
        given = ["-C", str(hall.office.folder), "broadcast", *args]
        result = CliRunner().invoke(
            cli, given, input=answer, catch_exceptions=False, env={"COLUMNS": "80"}
        )
        assert result.exit_code == code, result.output
        return result.output

    return call


def test_it_says_how_many_and_whom_the_gate_would_refuse_and_asks(hall, run):
    hall.people(3)
    hall.desk.suppress(wire.SuppressAsk("p1@x.example"))
    said = run("send", "spring", "--to", "email is known", "--key", "sale", answer="n\n")
    assert "3 people: email is known" in said
    assert "spring by email, topic offers" in said
    assert "suppressed 1" in said
    assert "Send to 3 people?" in said
    assert said.rstrip().endswith("nothing was sent")
    assert hall.rows("SELECT count(*) FROM broadcast_part") == [(0,)]


def test_a_yes_starts_it_and_the_status_proves_its_end(hall, run):
    people = hall.people(1200)
    hall.desk.unsubscribe(wire.UnsubscribeAsk(str(people[0])))
    said = run("send", "spring", "--to", "email is known", "--key", "sale", answer="y\n")
    assert "no worker is running: it begins with mautod up" in said
    hall.work()
    said = run("status", "sale")
    assert said.startswith("█" * 30)
    assert "finished: 1 200 of 1 200 are final: sent 1 199, refused 1 (unsubscribed 1)" in said
    assert "1 200 recipients, 0 of whom are not final" in said


def test_a_dry_run_only_says(hall, run):
    hall.people(3)
    said = run("send", "spring", "--to", "email is known", "--dry-run")
    assert "fit now    3" in said
    assert hall.rows("SELECT count(*) FROM broadcast") == [(0,)]


def test_scripts_are_told_as_json(hall, run):
    hall.people(3)
    told = json.loads(
        run("send", "spring", "--to", "email is known", "--key", "sale", "--yes", "--json")
    )
    assert told["started"] is True
    assert told["gate"]["fit"] == 3
    assert told["broadcast"]["recipients"] == 3
    hall.work()
    assert json.loads(run("status", "sale", "--json"))["states"] == {"sent": 3}
    assert [each["key"] for each in json.loads(run("list", "--json"))["items"]] == ["sale"]
    found = json.loads(run("recipients", "sale", "--state", "sent", "--limit", "2", "--json"))
    assert len(found["items"]) == 2
    rest = run("recipients", "sale", "--after", str(found["next"]), "--json")
    assert len(json.loads(rest)["items"]) == 1


def test_every_wish_is_passed_on(hall, run):
    hall.people(30)
    wishes = [
        "--variant", "short", "--variant", "long", "--to", "email is known", "--key", "sale",
        "--name", "Spring sale", "--topic", "offers", "--goal", "Order Completed", "--value",
        "total", "--within", "7d", "--from", "clicked", "--leave", 'did "Complaint" since entry',
        "--window", "mon-sun 00:00-24:00", "--outside", "wait", "--cap", "9 per 1d", "--over-cap", "wait", "--holdout", "5%", "--expires",
        "3d", "--when-unknown", "resend", "--at", "2027-01-01 10:00", "--local", "--late", "skip",
        "--per-hour", "100", "--test", "50%", "--winner-by", "goal", "--after", "6h", "--decide",
        "1d",
    ]  # fmt: skip
    said = run("send", *wishes, "--dry-run")
    for words in (
        "sale, Spring sale", "short against long", "50% first", "2027-01-01 10:00 in each",
        "skipped where it has passed", "100 per hour", "9 per 1d", "5%", "Complaint",
        "Order Completed, value total, within 7d, from clicked",
    ):  # fmt: skip
        assert words in said


def test_it_is_held_resumed_and_cancelled_by_name(hall, run):
    hall.people(3)
    run("send", "spring", "--to", "email is known", "--key", "sale", "--yes")
    assert "sale is paused; 3 of 3" in run("pause", "sale")
    assert "sale is running" in run("resume", "sale")
    assert "nothing was changed" in run("cancel", "sale", answer="n\n")
    assert "3 of 3 people have not been written to" in run("cancel", "sale", answer="n\n")
    assert "3 of 3 get nothing" in run("cancel", "sale", "--yes")
    hall.work()
    assert "cancelled: 3 of 3 are final: cancelled 3" in run("status", "sale")


def test_listings_fit_80_columns_and_say_when_they_are_empty(hall, run):
    assert run("list").startswith("(no broadcasts yet")
    hall.people(3)
    run("send", "spring", "--to", "email is known", "--yes")
    hall.work()
    key = hall.desk.broadcasts().items[0].key
    for said in (run("list"), run("recipients", key)):
        assert all(width_of(line) <= 80 for line in said.splitlines())
    assert run("recipients", key, "--state", "failed").startswith("(nobody")


@pytest.mark.parametrize(
    "args",
    [
        [],
        ["spring"],
        ["spring", "--to", "email is known", "--per-hour", "5", "--ramp", "5 per hour"],
        ["nothing", "--to", "email is known"],
    ],
)
def test_wrong_use_is_an_error_of_ours(hall, run, args):
    hall.people(1)
    with pytest.raises(BadInput):
        run("send", *args)


def test_a_broadcast_is_no_chain_in_the_list_of_chains(hall, run):
    hall.people(1)
    run("send", "spring", "--to", "email is known", "--yes")
    assert hall.desk.chains().items == []
    assert hall.desk.status().chains == 0


FILE = """
template  = "spring"
to        = "email is known"
key       = "sale"
name      = "Spring sale"
goal      = "Order Completed"
within    = "7d"
from      = "opened"
per_hour  = 500
over_cap  = "wait"
"""


def test_a_file_asks_for_a_broadcast_as_the_options_do(hall, run, tmp_path):
    hall.people(3)
    (tmp_path / "spring.toml").write_text(FILE)
    run("send", "--file", str(tmp_path / "spring.toml"), "--yes")
    written = hall.rows("SELECT body FROM broadcast")
    options = (
        "--to|email is known|--name|Spring sale|--goal|Order Completed|--within|7d|--from|opened"
    )
    run("send", "spring", *options.split("|"), "--per-hour", "500", "--over-cap", "wait",
        "--key", "other", "--yes")  # fmt: skip
    assert hall.rows("SELECT body FROM broadcast WHERE key = 'other'") == written


def test_what_is_given_counts_before_what_the_file_says(hall, run, tmp_path):
    hall.people(3)
    (tmp_path / "spring.toml").write_text(FILE)
    asked = ("short", "--key", "mine", "--file", str(tmp_path / "spring.toml"), "--dry-run")
    said = run("send", *asked)
    assert "mine, Spring sale" in said
    assert "short by email" in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('template = "spring"\nsegmnt = "vip"\n', "segment"),
        ('template = "spring"\nto = "x is known"\nlocal = "yes"\n', "local"),
        ("per_hour = 0\n", "whole number"),
        ('variants = "short"\n', "list"),
        ("to = \n", "not TOML"),
    ],
)
def test_a_broken_file_says_where(hall, run, tmp_path, text, words):
    (tmp_path / "broken.toml").write_text(text)
    with pytest.raises(MautodError, match=words):
        run("send", "--file", str(tmp_path / "broken.toml"))
