"""Who an event belongs to."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.people.identity import Claim, Directory, Refused, proves

NOW = 1_800_000_000_000


def directory():
    return Directory(ids={}, cards={}, next_id=1)


def seen(book, **claim):
    return book.resolve(Claim(**claim), NOW)


def test_one_anonymous_id_is_one_person():
    book = directory()
    assert seen(book, anonymous_id="a") is seen(book, anonymous_id="a")
    assert seen(book, anonymous_id="b") is not seen(book, anonymous_id="a")


def test_an_unknown_user_id_is_attached_to_the_anonymous_person():
    book = directory()
    visitor = seen(book, anonymous_id="a")
    assert seen(book, anonymous_id="a", user_id="u") is visitor
    assert visitor.user_id == "u"
    assert book.merges == []


def test_a_known_user_absorbs_the_anonymous_person_who_logs_in():
    book = directory()
    user = seen(book, user_id="u")
    visitor = seen(book, anonymous_id="a")
    visitor.put("colour", "green")
    assert seen(book, anonymous_id="a", user_id="u") is user
    assert visitor.merged_into == user.id
    assert user.props == {"colour": "green"}
    assert seen(book, anonymous_id="a") is user


def test_two_users_at_one_computer_are_never_merged():
    book = directory()
    first = seen(book, anonymous_id="a", user_id="u1")
    second = seen(book, anonymous_id="a", user_id="u2")
    assert first is not second
    assert book.merges == []
    assert seen(book, anonymous_id="a") is second


def test_a_server_s_email_finds_the_person_and_merges_a_nameless_one():
    book = directory()
    imported = seen(book, email="a@example.org", trusted=True)
    user = seen(book, user_id="u", trusted=True)
    assert seen(book, user_id="u", email="a@example.org", trusted=True) is user
    assert imported.merged_into == user.id


def test_a_server_s_email_never_merges_two_known_users():
    book = directory()
    first = seen(book, user_id="u1", email="a@example.org", trusted=True)
    second = seen(book, user_id="u2", email="a@example.org", trusted=True)
    assert first is not second
    assert book.merges == []


def test_a_user_id_without_its_hash_is_refused():
    book = directory()
    with pytest.raises(Refused, match="userHash"):
        seen(book, anonymous_id="a", user_id="u", proven=False)
    assert book.attached == {}


def test_a_proven_pair_is_believed_from_then_on():
    book = directory()
    user = seen(book, anonymous_id="a", user_id="u")
    assert seen(book, anonymous_id="a", user_id="u", proven=False) is user


def test_the_hash_is_hmac_sha256_of_the_user_id():
    right = hmac.new(b"secret", b"u1", hashlib.sha256).hexdigest()
    assert proves("secret", "u1", right)
    assert proves("secret", "u1", right.upper())
    assert not proves("secret", "u2", right)
    assert not proves("secret", "u1", "")


def test_an_alias_merges_the_former_anonymous_person():
    book = directory()
    before = seen(book, anonymous_id="old")
    user = book.alias("old", Claim(user_id="u"), NOW)
    assert before.merged_into == user.id


def test_an_alias_of_two_known_users_needs_a_server():
    book = directory()
    seen(book, user_id="u1")
    with pytest.raises(Refused):
        book.alias("u1", Claim(user_id="u2"), NOW)
    assert book.alias("u1", Claim(user_id="u2", trusted=True), NOW).user_id == "u2"


names = st.sampled_from(["", "a", "b", "c"])
claims = st.builds(
    Claim,
    user_id=st.sampled_from(["", "u1", "u2"]),
    anonymous_id=names,
    email=st.sampled_from(["", "x@example.org", "y@example.org"]),
    trusted=st.booleans(),
).filter(lambda claim: claim.user_id or claim.anonymous_id or (claim.email and claim.trusted))


@given(st.lists(claims, max_size=20))
def test_users_stay_apart_and_every_identity_leads_to_a_living_person(story):
    book = directory()
    for claim in story:
        card = book.resolve(claim, NOW)
        assert card.merged_into is None
        if claim.user_id:
            assert card.user_id == claim.user_id
    for key in book.ids:
        found = book.find(key)
        assert found is not None
        assert found.merged_into is None
    living = [card for card in book.cards.values() if card.merged_into is None]
    users = [card.user_id for card in living if card.user_id]
    assert len(users) == len(set(users))
    assert len(living) == len(book.cards) - len(book.merges)
