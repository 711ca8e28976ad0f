"""Pools of promo codes: what a file may say, lists, and codes made by a pattern."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.codes import LETTERS, Pool, made_by, read_codes, read_pool
from mautod.core.files.definition import read_toml
from mautod.errors import DefinitionError


def pool(body: str) -> Pool:
    table = read_toml(f"[spring]\n{body}\n", "codes.toml")
    ((key, section),) = table.sections()
    return read_pool(key, section)


def test_a_pool_is_a_pattern_or_a_list():
    assert pool("pattern = 'SPRING-{8}'") == Pool("spring", "spring", "SPRING-{8}")
    found = pool("name = 'Spring'\nlist = 'spring.csv'\nlow = 5")
    assert found == Pool("spring", "Spring", list_="spring.csv", low=5)
    assert found.body(("a", "b")) != found.body(("a", "c"))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("name = 'x'", "a pattern or a list"),
        ("pattern = 'A-{8}'\nlist = 'x.csv'", "a pattern or a list"),
        ("pattern = 'A-{8}'\nlow = 3", "never runs out"),
        ("pattern = 'SPRING'", "expected a pattern"),
        ("pattern = 'A {8}'", "expected a pattern"),
        ("pattern = 'A-{0}{8}'", "expected a pattern"),
        ("pattern = 'A-{5}'", "too short"),
        ("pattern = '{60}-{10}'", "too short or too long"),
        ("list = '../secret.csv'", "expected a file"),
        ("list = 'x.exe'", "expected a file"),
        ("list = 'x.csv'\nlow = -1", "expected a number"),
        ("lists = 'x.csv'", "no such key"),
    ],
)
def test_a_mistake_is_named(body, message):
    with pytest.raises(DefinitionError, match=message):
        pool(body)


def test_a_list_has_one_code_a_line():
    text = 'code,expires\r\nA1;2026\r\n "B2"\r\n\r\nC-3,x,y\r\n'
    assert read_codes(text, "x.csv") == ("A1", "B2", "C-3")


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("A\nB\nA\n", 3, "in line 1 already"),
        ("A\n" + "x" * 65, 2, "at most 64"),
        ("A\nB\x07\n", 2, "can be printed"),
        ("\n \n", 0, "found 0"),
    ],
)
def test_a_mistake_in_a_list_is_named_with_its_line(text, line, message):
    with pytest.raises(DefinitionError, match=message) as caught:
        read_codes(text, "x.csv")
    assert caught.value.line == line


@given(st.text(), st.integers(), st.integers())
def test_a_pattern_makes_one_code_of_a_seed_and_another_of_another(salt, one, other):
    code = made_by("SPRING-{8}-{4}", salt, one)
    assert code == made_by("SPRING-{8}-{4}", salt, one)
    prefix, first, second = code.split("-")
    assert (prefix, len(first), len(second)) == ("SPRING", 8, 4)
    assert set(first + second) <= set(LETTERS)
    assert (code == made_by("SPRING-{8}-{4}", salt, other)) == (one == other)
