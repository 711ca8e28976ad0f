"""Conversations and unmatched mail, in the folder and far away, for people and for programs."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from full_house import fill
from office_kit import Office

from mautod.cli import cli
from mautod.core.envelope import MAIL, Request


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    fill(made)
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args, input_=None):
        there = ["-C", str(office.folder), *map(str, args)]
        return CliRunner().invoke(cli, there, input=input_, catch_exceptions=False)

    return call


def stray(office, text: str = "Hm \x1b[2J?", sender: str = "anna@example.com") -> int:
    """A letter that is about nobody; its number."""
    letter = f"From: {sender}\nSubject: Stray \x1b]0;x\x07\n\n{text}\n".encode()
    office.journal.append_sync([Request(office.now, "mailbox", MAIL, "", letter)])
    office.digest()
    return office.desk.unmatched_mail().items[0].id


def test_conversations_are_listed_shown_and_answered(office, run):
    assert "For Anna-Lisa" in run("chat", "list").output
    shown = run("chat", "show", 1).output
    assert "I am Anna-Lisa" in shown
    assert "Anna-Lisa.txt (text/plain, 9 bytes)" in shown
    assert "is queued" in run("chat", "reply", 1, "Hello", "--operator", "Kim").output
    assert "is queued" in run("chat", "reply", 1, "--ref", "x", input_="From\na pipe").output
    assert "already" in run("chat", "reply", 1, "--ref", "x", input_="From\na pipe").output
    thread = json.loads(run("chat", "show", 1, "--json").stdout)
    assert [part["text"] for part in thread["parts"]][-2:] == ["Hello", "From\na pipe"]
    assert thread["parts"][-2]["author"] == "Kim"


def test_a_conversation_changes_hands_and_states(run):
    assert "Kim's" in run("chat", "assign", 1, "Kim").output
    assert "Kim" in run("chat", "list", "--operator", "Kim").output
    assert "nobody's" in run("chat", "assign", 1).output
    assert "Noted" in run("chat", "note", 1, "Twice this week").output
    assert "closed" in run("chat", "close", 1).output
    assert "is open" in run("chat", "open", 1).output
    assert "rests" in run("chat", "do", 1, "/snooze 2h").output
    assert "/snooze TIME" in run("chat", "commands").output
    assert "closed" in run("chat", "do", 1, "/close").output
    assert run("chat", "list", "--state", "open").output == "(no conversations)\n"
    assert json.loads(run("chat", "list", "--json").stdout)["items"][0]["state"] == "closed"


def test_stray_mail_is_shown_without_obeying_it_then_filed_or_dropped(office, run):
    number = stray(office)
    listed = run("mail", "unmatched", "list").output
    assert "anna@example.com" in listed
    assert "unmatched: reply 1" in listed
    shown = run("mail", "unmatched", "show", number).output
    assert "\x1b" not in listed + shown
    assert "perhaps" in shown
    assert "in conversation" in run("mail", "unmatched", "assign", number, "user-anna").output
    other = stray(office, "Buy!", "spam@x.example")
    assert "dropped" in run("mail", "unmatched", "drop", other, "--json").output
    assert json.loads(run("mail", "unmatched", "list", "--json").stdout)["items"] == []


def test_a_file_is_written_where_nothing_is_yet(office, run, tmp_path):
    out = tmp_path / "a.txt"
    assert "text/plain" in run("mail", "file", 1, "--out", out).output
    assert out.read_text() == "Anna-Lisa"
    with pytest.raises(Exception, match="is there already"):
        run("mail", "file", 1, "--out", out)
