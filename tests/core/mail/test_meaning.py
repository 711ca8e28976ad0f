# ruff: noqa: RUF001 - Russian letters are meant
"""What a mail to us means, and whom it is about: by tokens, never by who it says it is from."""

from __future__ import annotations

import pytest
from letters_kit import (
    CORPUS,
    MAILBOX,
    address,
    arf,
    dsn,
    means,
    out_of_office,
    qmail,
    raw,
    reply,
    stamp,
)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("postfix", "bounce"),
        ("delayed", "delayed"),
        ("full", "bounce"),
        ("qmail", "bounce"),
        ("arf", "complaint"),
        ("russian reply", "reply"),
        ("html reply", "reply"),
        ("files", "reply"),
        ("absence", "automatic"),
        ("leave", "unsubscribe"),
    ],
)
def test_each_kind_of_letter_is_known_and_about_its_message(name, kind):
    found = means(CORPUS[name])
    assert (found.kind, found.about.message) == (kind, 7)


@pytest.mark.parametrize(
    ("letter", "kind", "rule"),
    [
        (dsn(), "hard", "unknown mailbox"),
        (dsn(status="5.2.2", diagnostic="smtp; 552 5.2.2 full"), "soft", "mailbox full"),
        (dsn(status="5.7.1", diagnostic="smtp; 554 5.7.1 spam"), "policy", "spam"),
        (dsn(status="4.4.1", diagnostic="X-Postfix; connect to mx: timed out"), "soft", "busy"),
        (qmail(), "hard", "unknown mailbox"),
    ],
    ids=range(5),
)
def test_a_bounce_says_whether_the_address_is_dead(letter, kind, rule):
    verdict = means(letter).fate.verdict
    assert (verdict.kind, verdict.rule) == (kind, rule)


def test_a_delay_is_no_bounce_and_a_success_is_none_either():
    assert means(dsn(action="delayed", status="4.4.1")).kind == "delayed"
    assert means(dsn(action="delivered", status="2.0.0", diagnostic="smtp; 250 ok")).kind == (
        "delivered"
    )


def test_a_bounce_to_another_address_is_known_by_the_letter_that_it_brings_back():
    found = means(dsn(to="hello@shop.example", message=9))
    assert (found.kind, found.about.message, found.about.box) == ("bounce", 9, "")


def test_a_bounce_that_brings_nothing_back_is_about_nobody():
    found = means(dsn(to="hello@shop.example", returned=False))
    assert found.kind == "bounce"
    assert found.about is None
    assert found.fate.address == "ann@x.example"


def test_a_complaint_is_known_by_the_return_path_that_it_tells():
    letter = arf().replace(f"Message-ID: <{stamp()}>".encode(), b"Message-ID: <hidden>")
    assert means(letter).about.message == 7


def test_who_says_that_it_is_no_spam_does_not_complain():
    assert means(arf("not-spam")).kind != "complaint"


@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
def test_an_answer_to_another_address_is_known_by_the_message_that_it_names(header):
    found = means(reply(to="hello@shop.example", extra=f"{header}: <{stamp(5)}>\n"))
    assert (found.kind, found.about.message) == ("reply", 5)


def test_a_sender_alone_proves_nothing():
    found = means(reply(to="hello@shop.example"))
    assert (found.kind, found.about) == ("reply", None)


def test_a_token_with_one_letter_changed_is_nobodys():
    token = address("reply")
    for place in range(len("in+r."), token.index("@")):
        other = "a" if token[place] != "a" else "b"
        assert means(reply(to=token[:place] + other + token[place + 1 :])).about is None


def test_a_token_for_one_thing_is_not_good_for_another():
    stolen = address("bounce").replace("+b.", "+u.")
    assert means(reply("", to=stolen)).about is None


def test_case_does_not_matter_to_a_token_nor_what_the_mailbox_is_called_now():
    assert means(reply(to=address("reply").upper())).about.message == 7
    renamed = address("reply").replace(MAILBOX.split("@", maxsplit=1)[0], "other", 1)
    assert means(reply(to=renamed)).about.message == 7


@pytest.mark.parametrize(
    "header",
    [
        "Auto-Submitted: auto-replied",
        "Auto-Submitted: auto-generated; owner-email=x",
        "X-Autoreply: yes",
        "Precedence: bulk",
        "Precedence: auto_reply",
        "List-Id: <news.x.example>",
    ],
)
def test_a_machine_that_says_so_is_no_person_and_no_bounce(header):
    assert means(out_of_office(header=header)).kind == "automatic"


@pytest.mark.parametrize(
    "subject",
    [
        "Out of office: Your cart",
        "Automatic reply: Your cart",
        "Автоматический ответ: Ваша корзина",
        "Отсутствие на рабочем месте",
        "=?utf-8?B?0JDQstGC0L7QvtGC0LLQtdGC?=: x",
    ],
)
def test_a_subject_gives_an_absent_person_away(subject):
    assert means(reply("Вернусь в понедельник", subject=subject)).kind == "automatic"


def test_an_answer_to_a_letter_of_ours_with_such_a_subject_is_a_persons():
    assert means(reply("Да", subject="Re: В отпуске дешевле")).kind == "reply"
    assert means(reply("No", extra="Auto-Submitted: no\n")).kind == "reply"


def test_our_own_letter_that_comes_back_whole_starts_no_loop():
    letter = raw(f"To: {MAILBOX}\nMessage-ID: <{stamp()}>\nSubject: Your cart\n\nHello\n")
    assert (means(letter).kind, means(letter).sign) == ("automatic", "own letter")


def test_a_server_that_nobody_understands_is_shown_and_not_taken_for_a_person():
    letter = raw(f"Return-Path: <>\nTo: {address('bounce')}\nFrom: postmaster@x.example\n\nHm.\n")
    assert (means(letter).kind, means(letter).about.message) == ("unclear", 7)


def test_who_writes_to_the_way_out_wants_out_whatever_else_is_written():
    letter = reply("Hello", to=f"{address('reply')}, {address('leave', 9)}")
    found = means(letter.replace(b"Delivered-To", b"X-Nothing", 1))
    assert (found.kind, found.about.message) == ("unsubscribe", 9)
