"""Any template for anybody, with any values, makes a message that two parsers read alike."""

from __future__ import annotations

import email
import re
from email import policy
from pathlib import Path

import pytest
from fast_mail_parser import parse_email
from hypothesis import given, settings
from hypothesis import strategies as st
from smtp_kit import draft

from mautod import channels
from mautod.channels.email.courier import _stuffed
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.core.sending.utm import Utm
from mautod.core.templates.attachment import Attachment
from mautod.core.templates.template import Template

pytestmark = pytest.mark.timeout(240)

LINKS = Links("secret", "https://go.shop.test")
UTM = Utm(("shop.test",), {"source": "letters", "campaign": "{campaign}"})
NET = Net(Path(), "Shop", "https://go.shop.test", clock=lambda: 1_800_000_000_000, utm=UTM)
NASTY = st.sampled_from(
    ["\r\n", "\n", "\r", ".", "\n.\n", "\r\n.\r\n", "\x00", "\x1b[2J", "\u2028", "\x85", "\nBcc: evil@x.test\n",
     "\n\n--=_", "=?utf-8?q?a?=", "From ", "\nFrom ", "x" * 1200, "é" * 500, "😀" * 300, "<b>", "&amp;",
     "https://shop.test/?a=1#b", '<a href="https://shop.test/x">', "\x02https://shop.test/\x03", "\ufeff"],
)  # fmt: skip
TEXT = st.lists(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=60) | NASTY, max_size=6
).map("".join)
FILES = st.lists(
    st.tuples(
        st.from_regex(r"\A[\w(][\w .()+-]{0,78}[\w)]\Z"), st.binary(min_size=1, max_size=300)
    ),
    max_size=2,
    unique_by=lambda pair: pair[0],
)
PERSON = st.fixed_dictionaries({"name": TEXT, "city": TEXT})
WRITTEN = re.compile(r"\{[{%#].*?[%#}]\}|\{[{%#]", re.DOTALL)


def letter(subject, body, plain, person, files):
    """What leaves for `person`; the template's own words hold no Liquid but ours."""
    words = [WRITTEN.sub("", part).replace("{", "(") for part in (subject, body, plain)]
    template = Template(
        key="any", language="ru", file="any.liquid",
        subject=words[0] + " {{ person.name }}",
        html=words[1] + "<p>{{ person.city }}</p>",
        text=words[2] and words[2] + " {{ person.city }}",
        preheader="{{ person.name }}", transactional=True,
        attachments=tuple(Attachment(name, content=content) for name, content in files),
    )  # fmt: skip
    channel = channels.create("email", {"sender": "Shop <hello@shop.test>"}, NET)
    return channel.render(template, draft(person=person), LINKS)


def shown(text):
    """As a reader sees it; a byte order mark at the beginning is none of the text."""
    return text.replace("\r\n", "\n").replace("\ufeff", "").strip()


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT, PERSON, FILES)
def test_two_parsers_read_back_what_was_meant(subject, body, plain, person, files):
    payload = letter(subject, body, plain, person, files).payload
    ours = email.message_from_bytes(payload, policy=policy.default)
    theirs = parse_email(payload)
    assert not ours.defects
    assert theirs.subject.strip() == str(ours["Subject"]).strip()
    texts = [ours.get_body((kind,)).get_payload(decode=True).decode() for kind in ("plain", "html")]
    assert list(map(shown, (*theirs.text_plain, *theirs.text_html))) == list(map(shown, texts))
    found = [
        (part.get_filename(), part.get_payload(decode=True)) for part in ours.iter_attachments()
    ]
    assert found == files
    assert [bytes(one.content) for one in theirs.attachments] == [content for _, content in files]


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT, PERSON, FILES)
def test_no_value_makes_a_header_a_long_line_or_a_bare_line_end(
    subject, body, plain, person, files
):
    payload = letter(subject, body, plain, person, files).payload
    assert re.search(rb"(?<!\r)\n|\r(?!\n)", payload) is None
    assert max(map(len, payload.split(b"\r\n"))) <= 998
    assert payload.isascii()
    head = payload.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in re.split(rb"\r\n(?![ \t])", head)]
    assert names == [
        b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Content-Language", b"Auto-Submitted", b"X-Auto-Response-Suppress",
        b"MIME-Version", b"Content-Type",
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT, TEXT, PERSON, FILES)
def test_no_line_ends_the_data_before_its_end(subject, body, plain, person, files):
    stuffed = _stuffed(letter(subject, body, plain, person, files).payload)
    assert stuffed.index(b"\r\n.\r\n") == len(stuffed) - 5
    lines = stuffed[:-5].split(b"\r\n")
    assert all(line.startswith(b"..") for line in lines if line.startswith(b"."))
