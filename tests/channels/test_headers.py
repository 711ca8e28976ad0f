"""What letters say of themselves, and where they come back to."""

from __future__ import annotations

import email as reader
import re
from email import policy
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smtp_kit import draft

from mautod import channels
from mautod.channels.email.headers import sender_id
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links
from mautod.core.templates.template import parse_template
from mautod.errors import ConfigError

LINKS = Links("secret", "https://go.shop.test")
BOX = "in@shop.test"
NEWS = "subject: Hi\ntopic: offers"
RECEIPT = "subject: Your order\ntransactional: true"


@pytest.fixture
def write(net):
    def written(head=NEWS, **section):
        channel = channels.create("email", {"sender": "Shop <hello@shop.test>", **section}, net)
        template = parse_template(f"---\n{head}\n---\n{{{{ unsubscribe_url }}}}", "a.liquid", "a")
        letter = channel.render(template, draft(), LINKS)
        return letter, reader.message_from_bytes(letter.payload, policy=policy.SMTP)

    return written


def test_with_a_mailbox_everything_comes_back_to_an_address_of_this_letter(write):
    letter, message = write(mailbox=BOX)
    assert mailbox.read(LINKS, BOX, letter.sender) == ("bounce", 7)
    (answers,) = message["Reply-To"].addresses
    assert answers.display_name == "Shop"
    assert mailbox.read(LINKS, BOX, answers.addr_spec) == ("reply", 7)
    https, mailto = re.findall("<([^>]*)>", message["List-Unsubscribe"])
    assert https == LINKS.unsubscribe(7)
    assert mailbox.read(LINKS, BOX, urlsplit(mailto).path) == ("leave", 7)
    assert urlsplit(mailto).query == "subject=unsubscribe"


def test_without_one_there_is_no_mailto_and_bounces_go_to_the_sender(write):
    letter, message = write()
    assert letter.sender == "hello@shop.test"
    assert message["Reply-To"] is None
    assert message["List-Unsubscribe"] == f"<{LINKS.unsubscribe(7)}>"


def test_what_is_fixed_wins_over_the_mailbox(write):
    letter, message = write(mailbox=BOX, return_path="b@x.test", reply_to="Desk <desk@x.test>")
    assert letter.sender == "b@x.test"
    assert message["Reply-To"] == "Desk <desk@x.test>"
    _, message = write(f"{NEWS}\nreply_to: me@x.test", mailbox=BOX, reply_to="desk@x.test")
    assert message["Reply-To"] == "me@x.test"


def test_marketing_says_that_it_is_a_mailing_and_no_automatic_answer(write):
    _, message = write(mailbox=BOX)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Id"] == "<offers.shop.test>"
    assert message["Feedback-ID"] == "a:offers:email:shoptest"
    assert message["Precedence"] == "bulk"
    assert message["Auto-Submitted"] is None


def test_a_receipt_says_that_a_program_wrote_it_and_offers_no_way_out(write):
    _, message = write(RECEIPT, mailbox=BOX)
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["X-Auto-Response-Suppress"] == "All"
    for name in ("List-Id", "List-Unsubscribe", "Feedback-ID", "Precedence"):
        assert message[name] is None


def test_the_headers_that_servers_may_fold_anew_are_on_one_line(write):
    letter, _ = write(mailbox=BOX)
    head = letter.payload.partition(b"\r\n\r\n")[0]
    for line in head.split(b"\r\n"):
        assert not line.startswith((b" ", b"\t")), line
        assert len(line) < 998


@given(st.text(max_size=60))
def test_a_sender_is_named_in_five_to_fifteen_letters_and_digits(domain):
    assert re.fullmatch("[a-z0-9]{5,15}", sender_id(domain))
    assert sender_id(domain) == sender_id(domain.upper()) or not domain.isascii()


@pytest.mark.parametrize("box", ["nobody", "in+x@shop.test", "n" * 40 + "@shop.test"])
def test_a_mailbox_that_cannot_be_used_is_refused_at_once(net, box):
    with pytest.raises(ConfigError, match=r"channels\.email\.mailbox"):
        channels.create("email", {"mailbox": box}, net)
