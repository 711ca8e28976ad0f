"""An answer is shown in the open chat, else sent; who leaves before reading gets a letter, once."""

from __future__ import annotations

import pytest
from chat_kit import say
from office_kit import Office

from mautod import wire
from mautod.services.conversations import owed, visitor
from mautod.services.conversations.visitor import Claim, Words
from mautod.services.people.erase import Eraser
from mautod.store.conversations import chats, threads

CLAIM = Claim("anon-1", "f" * 32)


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def write(office, text: str = "Hello", ref: str = "r" * 20, claim: Claim = CLAIM) -> int:
    with office.db.write() as tx:
        return visitor.say(tx, claim, Words(text, ref), office.now)


def letters(office) -> list[tuple]:
    sql = "SELECT channel, template, state FROM message"
    return office.db.read().execute(sql).fetchall()


def settle(office) -> int:
    return owed.settle(office.db, "Shop", office.now)


def person_email(office) -> None:
    with office.db.write() as tx:
        tx.execute("UPDATE person SET email = 'ann@x.example'")


def test_who_is_there_gets_no_letter_and_who_has_read_never_gets_one(office):
    chat = write(office)
    person_email(office)
    office.desk.reply_chat(chat, say("Hi"))
    assert letters(office) == []
    part = office.desk.chat(chat).parts[-1].id
    with office.db.write() as tx:
        chats.read(tx, [chat], part)
    assert settle(office.later("1h")) == 0
    assert letters(office) == []


def test_who_leaves_before_reading_gets_one_letter_with_all_answers(office):
    chat = write(office)
    person_email(office)
    office.desk.reply_chat(chat, say("One"))
    office.desk.reply_chat(chat, say("Two"))
    assert settle(office.later("1m")) == 0
    assert settle(office.later("2m")) == 1
    assert settle(office.later("1h")) == 0
    assert letters(office) == [("email", "chat answer", "queued")]
    tx = office.db.read()
    (letter,) = threads.letters(tx, [1]).values()
    assert letter["text"] == "One\n\nTwo"
    assert "Hello" in letter["quote"]
    assert "Two" not in letter["quote"]


def test_who_is_away_is_answered_by_mail_at_once_and_only_so(office):
    chat = write(office)
    person_email(office)
    done = office.later("3m").desk.reply_chat(chat, say("Hi"))
    assert "queued" in done.text
    assert settle(office.later("1h")) == 0
    assert len(letters(office)) == 1


def test_an_answer_to_somebody_without_an_address_waits_for_one(office):
    chat = write(office)
    done = office.later("3m").desk.reply_chat(chat, say("Hi"))
    assert "waits" in done.text
    assert settle(office) == 0
    person_email(office)
    assert settle(office) == 1


def test_a_strangers_first_word_makes_one_person_whom_their_events_join(office):
    chat = write(office)
    write(office, "Again", "s" * 20)
    office.visit("anon-1")
    people = office.db.read().execute("SELECT count(*) FROM person").fetchone()
    assert people == (1,)
    assert office.desk.chat(chat).chat.parts == 2


def test_what_was_said_in_the_chat_is_gone_with_its_person(office):
    chat = write(office)
    person = office.desk.chats().items[0].person_id
    office.desk.erase(str(person), wire.EraseAsk())
    eraser = Eraser(office.db, office.journal, lambda _: 0)
    while eraser.step(office.now):
        pass
    with office.db.write() as tx:
        assert visitor.audience(tx, CLAIM) == []
    assert chat not in [each.id for each in office.desk.chats().items]


@pytest.mark.parametrize(
    ("sql", "values"),
    [
        (chats.SHOWN, ("[1]", 0, 10)),
        (chats.STIRRED, (0, 10)),
        (chats.OWED, (0, 1, 10)),
    ],
)
def test_what_is_asked_often_reads_no_table_through(office, sql, values):
    plan = office.db.read().execute(f"EXPLAIN QUERY PLAN {sql}", values).fetchall()
    steps = [row[-1] for row in plan]
    assert not [step for step in steps if step.startswith("SCAN") and "k VIRTUAL" not in step], (
        steps
    )
