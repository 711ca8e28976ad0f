"""Addresses that carry the message a letter to them is about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.channels.email.address import envelope_address
from mautod.core.sending import mailbox
from mautod.core.sending.links import Links
from mautod.errors import BadInput

LINKS = Links("a-secret", "https://m.shop.example")
BOX = "in@shop.example"
BOXES = st.sampled_from(["bounce", "reply", "leave"])
NUMBERS = st.integers(1, 2**63 - 1)


@given(BOXES, NUMBERS)
def test_what_is_made_is_read_back_whatever_servers_do_to_its_case(box, number):
    made = mailbox.address(LINKS, BOX, box, number)
    assert envelope_address(made) == made
    assert mailbox.read(LINKS, BOX, made) == (box, number)
    assert mailbox.read(LINKS, BOX, f"<{made.upper()}>") == (box, number)


@given(st.text(max_size=90))
def test_what_nobody_made_is_read_as_nothing(text):
    assert mailbox.read(LINKS, BOX, text) is None
    assert mailbox.read(LINKS, BOX, f"in+b.{text}@shop.example") is None


@given(NUMBERS, st.data())
def test_a_token_of_one_box_opens_no_other(number, data):
    box = data.draw(BOXES)
    made = mailbox.address(LINKS, BOX, box, number)
    for letter in "bru":
        other = made.replace("in+" + made[3], f"in+{letter}")
        assert mailbox.read(LINKS, BOX, other) == ((box, number) if other == made else None)


@pytest.mark.parametrize(
    "address",
    [
        "in@shop.example",
        "in+b.@shop.example",
        "in+b@shop.example",
        "@",
        "",
        "in+x.aaaa@shop.example",
    ],
)
def test_an_address_without_a_token_of_ours_is_nobodys(address):
    assert mailbox.read(LINKS, BOX, address) is None


def test_another_workspace_or_domain_does_not_count():
    made = mailbox.address(LINKS, BOX, "leave", 7)
    assert mailbox.read(Links("other", "https://m.shop.example"), BOX, made) is None
    assert mailbox.read(LINKS, BOX, made.replace("shop.example", "evil.example")) is None


@given(st.integers(1, 32))
def test_the_longest_name_that_is_taken_still_fits_into_an_address(length):
    name = "n" * length
    mailbox.check(f"{name}@shop.example")
    made = mailbox.address(LINKS, f"{name}@shop.example", "bounce", 2**63 - 1)
    assert len(made.rpartition("@")[0]) <= 64
    assert envelope_address(made) == made


@pytest.mark.parametrize(
    "name", ["", "in", "@shop.example", "in+x@shop.example", "n" * 33 + "@a.b"]
)
def test_a_mailbox_that_nothing_can_be_added_to_is_refused(name):
    with pytest.raises(BadInput):
        mailbox.check(name)
