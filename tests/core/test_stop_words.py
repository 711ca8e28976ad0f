"""Replies that are a no: exactly these, and no talk that holds the same words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.stop_words import is_stop

NOES = (
    "STOP",
    "stop.",
    "  Stop!!! \r\n",
    "«Стоп»",
    "стоп",
    "СТОП ВСЁ",
    "стоп все",
    "Unsubscribe",
    "unsubscribe me, please",
    "Opt-out",
    "opt out",
    "Отписаться",
    "отпишите меня, пожалуйста!",
    "Больше не пишите мне.",
    "st\u200bop",
    "\uff53\uff54\uff4f\uff50",
    "STOP\ufe0f 🛑",
    "- stop -",
)
TALK = (
    "",
    " ",
    "please don't stop",
    "don't stop",
    "non-stop",
    "nonstop",
    "stop sending the blue ones",
    "when does the sale stop?",
    "bus stop",
    "не стоп",
    "стоп-кран",
    "нет, не отписаться: поменять адрес",
    "I want to unsubscribe my old address and keep this one",
    "не пишите мне в субботу",
    "stop\nWhere is my order?",
    "stop " * 10_000,
)


@pytest.mark.parametrize("text", NOES)
def test_a_short_no_is_a_stop(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize("text", TALK)
def test_talk_is_not_a_stop(text: str) -> None:
    assert not is_stop(text)


@given(st.text())
def test_any_text_is_judged_without_an_error(text: str) -> None:
    assert is_stop(text) in {True, False}


@given(st.sampled_from(NOES), st.text(alphabet="abcdef", min_size=1, max_size=9))
def test_a_word_more_makes_it_talk(text: str, word: str) -> None:
    assert not is_stop(f"{word} {text}")
