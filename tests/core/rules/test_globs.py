"""Patterns with stars and question marks."""

from __future__ import annotations

import time

import pytest

from mautod.core.rules.globs import matches
from mautod.core.rules.parser import parse
from mautod.core.rules.where import holds


@pytest.mark.parametrize(
    ("pattern", "text", "answer"),
    [
        ("", "", True), ("", "a", False), ("*", "", True), ("**", "ab", True), ("?", "", False),
        ("a*c", "abbc", True), ("a*c", "abcd", False), ("*a?", "aaab", True), ("a?c", "ac", False),
        ("*ab*ab", "abab", True), ("*ab*ab", "ab", False), ("[a]", "a", False), (".", "a", False),
    ],
)  # fmt: skip
def test_a_star_stands_for_any_text_and_a_question_mark_for_one_character(pattern, text, answer):
    assert matches(text, pattern) is answer


def test_letter_case_does_not_matter_in_a_rule():
    assert holds(parse('page matches "HTTPS://*/Cart"'), {"page": "https://shop.example/cart"})


def test_no_pattern_is_a_bomb():
    began = time.process_time()
    assert not matches("a" * 2000, "*a" * 200 + "b")
    assert time.process_time() - began < 2
