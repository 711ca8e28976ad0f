from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.rules.complete import Noun, Slot, quoted, slot
from mautod.core.rules.parser import parse
from mautod.core.rules.tree import Did


def at(marked: str) -> Slot:
    """The slot at the bar."""
    return slot(marked.replace("|", "", 1), marked.index("|"))


@pytest.mark.parametrize(
    ("marked", "noun"),
    [
        ("|", Noun.PROPERTY),
        ("not |", Noun.PROPERTY),
        ("(email is known or |", Noun.PROPERTY),
        ("did |", Noun.EVENT),
        ('did "Ord|', Noun.EVENT),
        ('did "A" or |', Noun.EVENT),
        ('did "A" where |', Noun.EVENT_PROPERTY),
        ('did "A" where x = 1 and |', Noun.EVENT_PROPERTY),
        ('did "A" where x = 1 and |', Noun.PROPERTY),
        ("sum |", Noun.EVENT),
        ('first "|', Noun.EVENT),
        ('did "A" then |', Noun.EVENT),
        ('did "A" then not "|', Noun.EVENT),
        ('sum "A".|', Noun.EVENT_PROPERTY),
        ('did "A" then "B" where |', Noun.EVENT_PROPERTY),
        ('did "A" then "B" on |', Noun.EVENT_PROPERTY),
        ('did "A" where x = person.|', Noun.PROPERTY),
        ('in segment "|', Noun.SEGMENT),
        ('tags has "|', Noun.TAG),
        ('tag "|', Noun.TAG),
        ('not got "|', Noun.TEMPLATE),
        ('score "|', Noun.SCORE),
        ('stage "|', Noun.STAGE),
        ('rule "|', Noun.RULE),
        ('subscribed to "|', Noun.TOPIC),
        ('subscribed to "offers" by |', Noun.CHANNEL),
        ("reachable by em|", Noun.CHANNEL),
        ('country = "|', Noun.VALUE),
        ('country in ("RU", |', Noun.VALUE),
    ],
)
def test_the_place_says_what_a_name_would_name(marked, noun):
    assert noun in at(marked).nouns


@pytest.mark.parametrize(
    ("marked", "word"),
    [
        ("|", "did"),
        ("email is |", "known"),
        ("email is known |", "and"),
        ('did "A" |', "where"),
        ('did "A" >= 3 |', "times"),
        ("country |", "starts with"),
        ("score |", ">="),
        ("in |", "segment"),
        ("|", "distinct"),
        ("|", "first"),
        ('did "A" |', "then"),
        ('did "A" then |', "not"),
        ('did "A" then "B" |', "within"),
        ('sum "A".x |', ">="),
        ('first "A" in |', "last"),
        ('did "A" where x = |', "person"),
        ('did "A" where x = 1 and |', "did"),
        ("|", "subscribed"),
        ("|", "clicked"),
        ('score "lead" |', ">="),
        ("subscribed |", "to"),
        ("reachable |", "by"),
        ("was |", "in"),
    ],
)
def test_the_grammar_says_which_words_fit(marked, word):
    assert word in at(marked).words


def test_no_word_fits_inside_quotes_and_none_after_a_mistake():
    assert at('did "an|').words == ()
    assert at("did did |") == Slot(8, 8, "")
    assert at("a & |") == Slot(4, 4, "")


def test_the_word_under_the_cursor_is_what_is_replaced():
    assert (at("email is kn|own and x = 1").start, at("email is kn|own and x = 1").end) == (9, 14)
    assert (at('did "Or|der" in 7d').start, at('did "Or|der" in 7d').end) == (4, 11)
    assert at('did "Or|der" in 7d').typed == "Or"
    assert at('did "Or|\nand did "B"').end == 7


def test_the_events_of_the_leaf_are_named_for_their_properties():
    assert at('did "A" and did "B" or "C" where |').events == ("B", "C")


def test_a_value_is_of_the_person_or_of_the_event():
    assert (at('country = "|').prop, at('country = "|').of) == ("country", Noun.PROPERTY)
    inside = at('did "A" where category = "|')
    assert (inside.prop, inside.of, inside.events) == ("category", Noun.EVENT_PROPERTY, ("A",))


@given(st.text(max_size=60), st.integers(-5, 80))
def test_any_text_at_any_cursor_has_a_slot_within_it(text, cursor):
    found = slot(text, cursor)
    assert 0 <= found.start <= found.end <= len(text)
    assert found.start <= min(max(cursor, 0), len(text)) <= found.end


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30))
def test_a_quoted_name_is_read_back_as_it_was(name):
    assert parse(f"did {quoted(name)}") == Did((name,))
