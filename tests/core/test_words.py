"""By what words people are found."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.people.words import LONGEST, MOST, fold, terms, words


def found(typed: str, held: list[str]) -> bool:
    return all(
        any(word.startswith(beginning) for word in held for beginning in term)
        for term in terms(typed)
    )


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("anna", ("Anna Petrova", None, None, None)),
        ("PETR an", ("Anna Petrova", None, None, None)),
        ("анн петр", ("Анна Петрова", None, None, None)),
        ("елкина", ("Зоя Ёлкина", None, None, None)),
        ("zoe lud", ("Zoë Müller-Lüdenscheidt", None, None, None)),
        ("soren", ("Søren Ł.", None, None, None)),
        ("strasse", ("Straße", None, None, None)),
        ("o'br", ("Seán O'Brien-Smith", None, None, None)),
        ("brien", ("Seán O'Brien-Smith", None, None, None)),
        ("smith", ("Seán O'Brien-Smith", None, None, None)),
        ("李 小", ("李 小龙", None, None, None)),
        ("anna.p", (None, "Anna.Petrova@Example.com", None, None)),
        ("petrova@ex", (None, "Anna.Petrova@Example.com", None, None)),
        ("@example.com", (None, "Anna.Petrova@Example.com", None, None)),
        ("example", (None, "Anna.Petrova@Example.com", None, None)),
        ("+7 912 345", (None, None, "+7 (912) 345-67-89", None)),
        ("79123", (None, None, "+7 (912) 345-67-89", None)),
        ("8 912 345", (None, None, "+7 (912) 345-67-89", None)),
        ("(912) 345", (None, None, "+7 (912) 345-67-89", None)),
        ("912", (None, None, "8 912 345-67-89", None)),
        ("0171 555", (None, None, "+49 171 5551234", None)),
        ("171555", (None, None, "0171 5551234", None)),
        ("5551234", (None, None, "+375 5551234", None)),
        ("user-an", (None, None, None, "User-Anna")),
        ("42-17", (None, None, None, "42-17")),
        ("4217", (None, None, None, "4217")),
    ],
)
def test_it_is_found_by_what_people_type(typed, told):
    assert found(typed, words(*told))


@pytest.mark.parametrize("typed", ["nna", "petrova boris", "9123456780", "com", "12"])
def test_it_is_not_found_by_what_begins_none_of_its_words(typed):
    assert not found(typed, words("Anna Petrova", "anna@example.com", "+79123456789", "u12"))


def test_a_word_that_begins_another_is_left_out():
    assert words("Anna Petrova", "anna.petrova@example.com", None, "anna") == [
        "anna.petrova@example.com",
        "example.com",
        "petrova@example.com",
    ]


def test_signs_alone_are_no_words():
    assert words("- ' .", "@", "+", "") == ["@"]
    assert terms(" - (+) ,") == []


def test_who_is_known_by_nothing_has_no_words():
    assert words(None, None, None, None) == []


TEXT = st.text(max_size=40) | st.sampled_from(
    ["Анна-Мария", "O'Neil", "\u02bcn", "\ufb01", "İstanbul"]
)


@given(TEXT, TEXT, TEXT, TEXT)
def test_words_are_bounded_in_order_and_none_begins_another(name, email, phone, user_id):
    held = words(name, email, phone, user_id)
    assert held == sorted(set(held))
    assert len(held) <= MOST
    assert all(0 < len(word) <= LONGEST for word in held)
    assert not [w for w in held for other in held if w != other and other.startswith(w)]


@given(TEXT, st.data())
def test_any_beginning_of_any_word_of_a_name_finds_it(name, data):
    held = words(name, None, None, None)
    for each in name.split():
        typed = each[: data.draw(st.integers(1, len(each)))]
        assert len(held) == MOST or found(typed, held)


@given(TEXT)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


def test_styled_letters_are_plain_ones():
    assert fold("\u03d2 \u1d2c \U0001d400") == "\u03c5 a a"
