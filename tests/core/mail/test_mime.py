"""A mail is taken apart with limits: nothing in it can make us work without end."""

from __future__ import annotations

import email
import email.policy
from email.header import Header
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letters_kit import CORPUS, means, raw

from mautod.core.mail import files, headers, mime


def test_a_mail_nested_a_thousand_deep_is_not_opened():
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(1000)
    )
    assert mime.too_complex(deep)
    assert mime.parse(deep).cut == "nested more than 12 deep"
    assert means(deep).kind == "reply"


def test_a_mail_in_a_mail_a_thousand_times_is_not_opened():
    assert mime.parse(b"Content-Type: message/rfc822\n\n" * 1000).cut == "nested more than 12 deep"


def test_a_mail_of_a_hundred_thousand_parts_is_not_opened():
    many = b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\n" * 100_000
    assert mime.parse(many).cut == "more than 200 parts"


def test_what_is_packed_is_kept_as_it_is():
    bomb = b"PK\x03\x04" + bytes(1000)
    found = files.files_of(mime.parse(_attached("bomb.pdf", bomb)))
    assert [(each.name, each.type, each.content) for each in found.kept] == [
        ("bomb.pdf", "application/zip", bomb)
    ]


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"%PDF-1.7", "application/pdf"),
        (b"MZ\x90\0", "application/x-msdownload"),
        ("Привет".encode() * 1000, "text/plain"),
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"RIFF1234WEBP", "image/webp"),
        (b"\0\1\2", "application/octet-stream"),
    ],
)
def test_a_file_is_what_is_in_it_whatever_it_is_called(content, kind):
    (found,) = files.files_of(mime.parse(_attached("a.jpg", content))).kept
    assert (found.type, found.content) == (kind, content)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ('filename="../../etc/passwd"', "passwd"),
        ('filename="C:\\\\temp\\\\a.txt"', "a.txt"),
        ("filename*=utf-8''%D0%A7%D0%B5%D0%BA.pdf", "Чек.pdf"),
        ("filename*0*=utf-8''%D0%A7; filename*1*=%D0%B5%D0%BA; filename*2=.pdf", "Чек.pdf"),
        ('filename="=?utf-8?B?0KfQtdC6?=.pdf"', "Чек.pdf"),
        ('filename="a\x1b[2Jb.txt"', "a [2Jb.txt"),
    ],
)
def test_a_name_is_for_showing_and_harmless(told, name):
    letter = raw(f"Content-Type: image/png\nContent-Disposition: attachment; {told}\n\nx")
    assert mime.parse(letter).root.filename == name


def test_too_many_and_too_large_files_are_counted_and_left_out():
    small = "".join(
        f"--b\nContent-Disposition: attachment; filename={n}\n\nx{n}\n" for n in range(25)
    )
    many = raw(f"Content-Type: multipart/mixed; boundary=b\n\n{small}--b--")
    found = files.files_of(mime.parse(many))
    assert (len(found.kept), found.left_out) == (20, 5)
    large = files.files_of(mime.parse(_attached("x", bytes(files.LARGEST + 1))))
    assert (large.kept, large.left_out) == ((), 1)


def test_the_parts_are_those_that_the_standard_library_finds():
    message = EmailMessage()
    message["Subject"] = "Счёт"
    message["From"] = "Анна <ann@x.example>"
    message.set_content("Привет\n")
    message.add_alternative("<p>Привет</p>", subtype="html")
    message.add_attachment(
        b"%PDF-1.7 x", maintype="application", subtype="pdf", filename="Счёт.pdf"
    )
    written = message.as_bytes(policy=email.policy.SMTP)
    ours, theirs = mime.parse(written), email.message_from_bytes(written)
    assert [part.type for part in ours.root.walk()] == [
        part.get_content_type() for part in theirs.walk()
    ]
    contents = [part.content for part in ours.root.walk() if not part.parts]
    assert contents == [
        part.get_payload(decode=True) for part in theirs.walk() if not part.is_multipart()
    ]
    assert ours.headers.text("subject") == "Счёт"
    assert ours.headers.addresses("from") == ["ann@x.example"]


@given(st.lists(st.binary(max_size=60).filter(lambda b: b"--b" not in b), min_size=1, max_size=5))
def test_parts_come_out_as_they_went_in(bodies):
    whole = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"".join(
        b"--b\r\nX: 1\r\n\r\n" + body + b"\r\n" for body in bodies
    )
    assert [part.body for part in mime.parse(whole + b"--b--\r\n").root.parts] == bodies


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail(body):
    mail = mime.parse(body)
    assert mail.root.text is not None
    assert means(body).kind


@given(st.text(max_size=80))
def test_an_encoded_word_is_read_as_it_was_written(text):

    clean = " ".join(headers.shown(text).split())
    folded = Header(clean, "utf-8").encode()
    assert " ".join(headers.read(f"Subject: {folded}".encode()).text("subject").split()) == clean


@given(st.binary(max_size=200))
def test_base64_of_any_kind_is_decoded(body):
    assert isinstance(headers.base64(body), bytes)


def test_a_limit_on_headers_holds():
    many = b"".join(b"X-%d: y\n" % n for n in range(5000)) + b"\nbody"
    assert len(mime.parse(many).headers.fields) == headers.MOST
    long = b"Subject: " + b"x" * 1_000_000 + b"\n\n"
    assert len(mime.parse(long).headers.get("subject")) <= headers.LARGEST


def test_every_letter_of_the_corpus_is_read_without_its_last_half():
    for letter in CORPUS.values():
        for end in range(0, len(letter), 37):
            means(letter[:end])


def _attached(name: str, content: bytes) -> bytes:
    head = f'Content-Type: x/y\nContent-Disposition: attachment; filename="{name}"\n\n'
    return raw(head) + content
