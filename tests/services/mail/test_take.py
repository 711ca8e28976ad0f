"""What follows from a mail follows once, from what is proven, and in the digest's transaction."""

from __future__ import annotations

import pytest
from letters_kit import (
    address,
    arf,
    dsn,
    html_reply,
    out_of_office,
    raw,
    reply,
    stamp,
    with_files,
)
from mailroom_kit import Mailroom
from office_kit import Office

from mautod.core.envelope import MAIL, Request
from mautod.core.sending import mailbox, returns
from mautod.core.sending.links import Links
from mautod.services.mail.arrive import mail_hash, traced

WAITING = """
name  = "Ask"
topic = "offers"
enter = { event = "Product Added" }
[[step]]
id   = "first"
send = "cart-1"
[[step]]
await = { event = "Message Replied", for = "3d", else = "silent" }
[[step]]
exit = "answered"
[[step]]
id   = "silent"
exit = "silent"
"""
PNG = b"\x89PNG\r\n\x1a\n and more"


@pytest.fixture
def office(tmp_path):
    made = Mailroom(tmp_path)
    yield made
    made.close()


def test_a_bounce_is_an_event_and_the_address_is_not_used_again(office):
    office.receive(dsn())
    assert office.mails() == [("bounce", "matched", office.ann, 7)]
    assert len(office.events("Message Bounced")) == 1
    assert office.rows("SELECT state, reason FROM message") == [("failed", "bounced")]
    assert office.rows("SELECT address, reason FROM suppression") == [("ann@x.example", "bounced")]


@pytest.mark.parametrize(
    "letter", [dsn(), arf(), reply(), reply("", to=address("leave"))], ids=range(4)
)
def test_the_same_letter_twice_counts_once(office, letter):
    office.receive(letter, letter)
    before = office.history()
    office.receive(letter, traced(letter, "", ("somebody@else.example",)))
    assert office.history() == before
    assert len(office.mails()) == 1


def test_lines_that_were_put_before_a_letter_are_no_part_of_its_name():
    letter = reply()
    named = traced(traced(letter, "a@b.example", ("c@d.example",)), "", ("e@f.example",), 9)
    assert mail_hash(named) == mail_hash(letter)


def test_a_delayed_letter_has_not_come_back(office):
    office.receive(dsn(action="delayed", status="4.4.1"))
    assert office.mails() == [("delayed", "matched", office.ann, 7)]
    assert not office.events("Message Bounced")
    assert office.rows("SELECT state FROM message") == [("sent",)]


def test_a_complaint_ends_all_marketing(office):
    office.receive(arf())
    assert len(office.events("Message Complained")) == 1
    assert office.rows("SELECT channel, topic, source FROM consent") == [
        ("email", "*", "complaint")
    ]


def test_a_letter_to_the_way_out_unsubscribes_from_the_topic(office):
    office.receive(reply("", to=address("leave"), subject="unsubscribe"))
    assert office.rows("SELECT channel, topic, state, source FROM consent") == [
        ("email", "offers", "unsubscribed", "mail")
    ]
    assert office.one("SELECT marks FROM message") & returns.UNSUBSCRIBED
    assert len(office.events("Unsubscribed")) == 1


def test_an_absence_note_is_no_answer_and_no_bounce(office):
    office.receive(out_of_office())
    assert office.mails() == [("automatic", "matched", office.ann, 7)]
    assert not office.rows("SELECT 1 FROM conversation")
    assert not [name for _, name in office.history() if name.startswith("Message")]


def test_an_answer_is_an_event_and_begins_a_conversation(office):
    office.receive(reply())
    (props,) = office.events("Message Replied")[0]
    assert '"template":"cart-1"' in props
    assert '"text":"Да, покупаю. Когда доставка?"' in props
    assert office.one("SELECT marks FROM message") & returns.REPLIED
    assert office.rows("SELECT person_id, subject, channel, state FROM conversation") == [
        (office.ann, "Your cart", "email", "open")
    ]
    assert office.rows("SELECT direction, text, message_id FROM part ORDER BY id") == [
        ("out", "", 7),
        ("in", "Да, покупаю. Когда доставка?", None),
    ]


def test_answers_about_one_subject_are_one_conversation_and_others_are_others(office):
    for text, subject in (
        ("One", "Re: Your cart"),
        ("Two", "Отв: RE: your  cart"),
        ("Three", "Delivery"),
    ):
        office.receive(reply(text, subject=subject).replace(b"Delivered-To", b"Cc"))
    assert office.rows("SELECT subject FROM conversation") == [("Your cart",)]
    assert [text for (text,) in office.rows("SELECT text FROM part WHERE direction = 'in'")] == [
        "One",
        "Two",
        "Three",
    ]


def test_an_answer_opens_a_closed_conversation_again(office):
    office.receive(reply("One"))
    with office.db.write() as tx:
        tx.execute("UPDATE conversation SET state = 'closed'")
    office.receive(reply("Two"))
    assert office.rows("SELECT state FROM conversation") == [("open",)]


@pytest.mark.parametrize("text", ["STOP", "Отписаться!", "unsubscribe\n\n-- \nAnn"])
def test_a_word_that_means_no_ends_all_marketing_by_email(office, text):
    office.receive(reply(text))
    assert office.rows("SELECT channel, topic, source FROM consent") == [("email", "*", "reply")]
    assert '"stop":true' in office.events("Message Replied")[0][0]


def test_talk_about_stopping_is_for_an_operator(office):
    office.receive(reply("Please don't stop writing"))
    assert not office.rows("SELECT 1 FROM consent")


def test_a_word_in_what_is_quoted_means_nothing(office):
    office.receive(reply("Thanks!\n\nOn 3 Mar 2026 Shop <a@b.example> wrote:\n> unsubscribe\n"))
    assert not office.rows("SELECT 1 FROM consent")


def test_a_forged_sender_changes_nothing_and_is_shown(office):
    office.receive(
        reply("STOP", to="hello@shop.example"),
        dsn(to="hello@shop.example", returned=False),
        raw(f"To: {address('leave')[:-16]}x@shop.example\nFrom: ann@x.example\n\nunsubscribe"),
    )
    assert {state for _, state, *_ in office.mails()} == {"unmatched"}
    assert not office.rows("SELECT 1 FROM consent UNION SELECT 1 FROM suppression")
    assert not office.rows("SELECT 1 FROM conversation")
    assert not [name for _, name in office.history() if name.startswith("Message")]


def test_of_a_letter_about_somebody_who_is_erased_only_that_it_came_is_kept(office):
    with office.db.write() as tx:
        tx.execute("UPDATE person SET erased_at = 1")
    office.receive(reply(), with_files(("a.png", PNG)))
    assert office.rows("SELECT kind, person_id, sender, subject, text FROM mail") == [
        ("reply", None, "", "", ""),
        ("reply", None, "", "", ""),
    ]
    assert not office.rows("SELECT 1 FROM mail_file")


def test_files_are_kept_once_by_what_is_in_them_and_cannot_be_run(office, tmp_path):
    office.receive(with_files(("a.png", PNG), ("b.exe", PNG)))
    office.receive(with_files(("c.png", PNG), text="again"))
    rows = office.rows("SELECT name, type, size, hash FROM mail_file ORDER BY id")
    assert [row[:3] for row in rows] == [
        (n, "image/png", len(PNG)) for n in ("a.png", "b.exe", "c.png")
    ]
    (path,) = (tmp_path / "attachments").glob("??/*")
    assert path.name == rows[0][3]
    assert path.read_bytes() == PNG
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_html_answer_is_kept_as_text(office):
    office.receive(html_reply("<p>Yes</p><blockquote>Hi</blockquote>"))
    assert office.rows("SELECT text FROM part WHERE direction = 'in'") == [("Yes",)]


def test_an_answer_is_known_by_the_message_that_it_names_too(office):
    office.receive(reply("Hello", to="hello@shop.example", extra=f"In-Reply-To: <{stamp()}>\n"))
    assert len(office.events("Message Replied")) == 1


def test_a_segment_of_those_who_answered_follows_at_once(office):
    office.segment("answered", 'replied "cart-1"')
    office.receive(reply())
    assert office.rows("SELECT person_id FROM member") == [(office.ann,)]


def test_a_mail_that_is_too_complex_is_kept_and_says_so(office):
    office.receive(b"From: a@b.example\nSubject: x\n" + b"Content-Type: message/rfc822\n\n" * 1000)
    assert office.rows("SELECT state, detail FROM mail") == [
        ("unmatched", "not opened: nested more than 12 deep")
    ]


def test_without_a_secret_mail_is_set_aside(office):
    office.digest._postman = None
    office.receive(reply())
    assert office.rows("SELECT reason FROM rejected") == [("mail, and nothing here reads it",)]


def test_a_journal_of_large_letters_is_read_a_few_at_a_time(office):
    letter = bytes(20 * 1024 * 1024)
    office.journal.append_sync([Request(office.now, "mailbox", MAIL, "", letter)] * 3)
    offset = int(office.one("SELECT value FROM state WHERE key = 'journal_offset'"))
    assert len(office.journal.read_after(offset, 5000)) == 2


def test_a_run_that_waits_for_an_answer_goes_on_with_it(tmp_path):
    office = Office.new(tmp_path / "shop")
    office.chain(WAITING)
    office.know("ann", email="ann@x.example")
    office.did("ann", "Product Added").advance()
    office.settle(1, "sent", sending_at=office.now, address="ann@x.example")
    links = Links("s3cret", office.settings.config.workspace.url)
    letter = reply(to=mailbox.address(links, "in@shop.example", "reply", 1))
    office.journal.append_sync([Request(office.now, "mailbox", MAIL, "", letter)])
    office.digest().advance()
    assert office.db.read().execute("SELECT outcome FROM run").fetchall() == [("answered",)]
    office.close()
