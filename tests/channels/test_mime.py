"""What is written as bytes is read back by `email` as it was meant."""

import email
import re
from email import policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.channels.email import mime
from mautod.channels.email.address import envelope_address, split_mailbox
from mautod.errors import BadInput

anything = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300)
nasty = st.sampled_from(
    [
        "\r\n",
        "\n",
        "\r",
        "\x00",
        "\u2028",
        "\x85",
        "Bcc: evil@x.test",
        "=?utf-8?q?a?=",
        " ",
        "<a@b.c>",
        '"',
        "\t",
        ",",
    ]
)
texts = st.lists(anything | nasty, max_size=6).map("".join)


def parsed(headers=(), text="text", html="<p>html</p>"):
    written = mime.message([("From", "a@x.test"), *headers], text, html, "=_b")
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", written) is None
    assert max(map(len, written.split(b"\r\n"))) <= 998
    return email.message_from_bytes(written, policy=policy.default)


def as_meant(text):
    """One line, as a header shows it."""
    return re.sub("[\x00-\x20\x7f-\x9f\u2028\u2029\ufeff]+", " ", text[:1000]).strip()


@given(texts)
def test_any_subject_is_read_back(subject):
    message = parsed([("Subject", mime.header_text(subject))])
    assert message["Subject"] == as_meant(subject)
    assert message.keys() == ["From", "Subject", "MIME-Version", "Content-Type"]


@given(texts)
def test_any_name_is_read_back_and_leads_to_the_one_address(name):
    message = parsed([("To", mime.mailbox(name, "ann@x.test"))])
    assert [one.addr_spec for one in message["To"].addresses] == ["ann@x.test"]
    # The reader of `email` puts white space of its own around encoded spaces.
    shown = message["To"].addresses[0].display_name
    assert "".join(shown.split()) == "".join(as_meant(name).split())
    assert message.keys() == ["From", "To", "MIME-Version", "Content-Type"]


@given(texts)
def test_any_address_adds_no_header(address):
    message = parsed([("To", mime.mailbox("Ann", address))])
    assert message.keys() == ["From", "To", "MIME-Version", "Content-Type"]


@given(texts, texts)
def test_any_body_is_read_back(text, html):
    message = parsed(text=text, html=html)
    shown = [part.get_payload(decode=True).decode() for part in message.iter_parts()]
    meant = [re.sub("\r\n|\r|\n", "\r\n", body) + "\r\n" for body in (text, html)]
    assert [body.removesuffix("\r\n") for body in shown] == [
        body.removesuffix("\r\n") for body in meant
    ]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


@given(texts)
def test_any_word_is_a_bare_word(text):
    assert re.fullmatch(r"[A-Za-z0-9._-]+", mime.token(text))


def test_a_long_subject_is_folded_where_it_may_be():
    subject = "word " * 60
    written = mime.header_text(subject)
    assert max(map(len, written.split("\r\n"))) <= 78
    assert parsed([("Subject", written)])["Subject"] == subject.strip()


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        ("plain words", "7bit"),
        ("Привет", "base64"),
        ("x" * 2000, "base64"),
        ("a\x07b", "base64"),
        ("Hello\nFrom here", "base64"),
    ],
)
def test_a_body_travels_as_it_is_only_where_nothing_can_spoil_it(body, encoding):
    first = next(parsed(text=body).iter_parts())
    assert first["Content-Transfer-Encoding"] == encoding
    assert first.get_content().replace("\r\n", "\n").rstrip("\n") == body


def test_the_date_is_in_utc():
    assert mime.date_text(1_800_000_000_000) == "Fri, 15 Jan 2027 08:00:00 +0000"


def test_a_mailbox_is_split_into_name_and_address():
    assert split_mailbox('"Shop, the" <hello@shop.test>') == ("Shop, the", "hello@shop.test")
    assert split_mailbox("hello@shop.test") == ("", "hello@shop.test")


@pytest.mark.parametrize(
    "text", ["", "Shop", "a@x.test\r\nBcc: b@x.test", "a@x.test>", "<a@x.test", "Shop <a b@x.test>"]
)
def test_what_is_no_mailbox_is_refused(text):
    try:
        _, address = split_mailbox(text)
    except BadInput:
        return
    assert address == "a@x.test"


@given(texts)
def test_an_address_that_is_taken_holds_no_white_space_or_brackets(text):
    for candidate in (text, f"{text}@x.test", f"a@{text}"):
        try:
            taken = envelope_address(candidate)
        except BadInput:
            continue
        assert re.fullmatch(r"[!-;=?-~]+@[A-Za-z0-9.-]+", taken)
