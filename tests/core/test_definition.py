"""Definition files: what is wrong in one is said with file, line, key and what was expected."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.files import definition as d
from mautod.core.files.definition import read_toml
from mautod.core.files.toml import lines_of
from mautod.errors import DefinitionError, RuleError

CHAIN = '''\
# a comment with [brackets] and "quotes"
name = "Cart"   # and = another
enter = { event = "Product Added", when = 'a = "b"' }
"quoted key" = 1

[goal]
event = "Order Completed"
deep.er = [ 1,
  2, { x = 1 } ]

[[step]]
wait = "1h"
text = """
several "" lines
[not.a.table]
"""
[[step]]
send = "cart-1"
  [step.options]
  loud = true
'''


def test_every_key_is_found_on_its_line():
    lines = lines_of(CHAIN).keys
    assert lines["name",] == 2
    assert lines["enter", "event"] == 3
    assert lines["enter", "when"] == 3
    assert lines["quoted key",] == 4
    assert lines["goal",] == 6
    assert lines["goal", "event"] == 7
    assert lines["goal", "deep", "er"] == 8
    assert lines["goal", "deep", "er", 1] == 9
    assert lines["goal", "deep", "er", 2, "x"] == 9
    assert lines["step", 0, "wait"] == 12
    assert lines["step", 0, "text"] == 13
    assert lines["step", 1, "send"] == 18
    assert lines["step", 1, "options", "loud"] == 20
    assert ("not", "a", "table") not in lines


# --- any document -------------------------------------------------------------------------------

keys = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,8}", fullmatch=True),
    st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=6),
)
scalars = st.one_of(
    st.integers(-9, 10**6), st.booleans(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=["Cs"]), max_size=12), st.dates(), st.datetimes(),
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def quoted(text: str) -> str:
    out = "".join(f"\\u{ord(c):04x}" if ord(c) < 32 or c in '"\\\x7f' else c for c in text)
    return f'"{out}"'


def toml(value) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return quoted(value)
        case list():
            return "[ # list ]\n" + ",\n".join(toml(item) for item in value) + "\n]"
        case dict():
            return "{ " + ", ".join(f"{quoted(k)} = {toml(v)}" for k, v in value.items()) + " }"
        case int() | float():
            return repr(value)
        case _:
            return value.isoformat()


def paths(value, path=()):
    if path:
        yield path
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for key, item in items:
        yield from paths(item, (*path, key))


@given(
    st.dictionaries(keys, values, max_size=4),
    st.lists(st.dictionaries(keys, values, max_size=3), max_size=3),
)
def test_the_lines_are_those_of_every_key_that_the_parser_sees(top, tables):
    top.pop("tables", None)
    text = "".join(f"{quoted(key)} = {toml(value)}\n" for key, value in top.items())
    for table in tables:
        text += "[[tables]]\n" + "".join(f"{quoted(k)} = {toml(v)}\n" for k, v in table.items())
    parsed = tomllib.loads(text)
    lines = lines_of(text).keys
    assert set(lines) | {("tables",)} == set(paths(parsed)) | {("tables",)}
    for key in top:
        assert text.split("\n")[lines[(key,)] - 1].startswith(quoted(key))


@given(st.text(alphabet="abc=\"'[]{}.,\n #\\1-:", max_size=80))
def test_any_text_is_read_or_refused_with_a_line(source):
    try:
        table = read_toml(source, "x.toml")
    except DefinitionError as refused:
        place = refused
    else:
        assert set(table.values) <= {path[0] for path in table.lines.keys}
        return
    assert place.file == "x.toml"
    assert 1 <= place.line <= source.count("\n") + 2


# --- errors -------------------------------------------------------------------------------------


def failure(source: str, read) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        read(read_toml(source, "chains/cart.toml"))
    return caught.value


def test_text_that_is_no_toml_is_refused_at_its_line():
    error = failure('name = "x"\nenter = {', lambda table: None)
    assert (error.file, error.line) == ("chains/cart.toml", 2)
    assert "this is not TOML" in error.message
    assert "at line" not in error.message


def test_text_nested_without_end_is_refused():
    error = failure("a = " + "[" * 20000, lambda table: None)
    assert error.message == "is nested too deep."


def test_a_huge_file_is_refused():
    assert "longer than 256 KB" in failure("#" * 300_000, lambda table: None).message


def test_an_unknown_key_is_refused_with_the_nearest_known_one():
    error = failure('name = "x"\n\nwindwo = "y"', lambda table: table.only("name", "window"))
    assert str(error) == "chains/cart.toml:3: windwo: there is no such key. Did you mean window?"


def test_an_unknown_key_like_no_other_shows_them_all():
    error = failure("zzz = 1", lambda table: table.only("name", "window"))
    assert error.hint == "Known are: name, window."


def test_a_missing_key_is_named_with_the_line_of_its_table():
    error = failure(
        "[[step]]\n\n[[step]]\nx = 1", lambda t: t.tables("step")[1].need("send", d.text)
    )
    assert (error.line, error.key, error.message) == (3, "step[2].send", "is missing.")


def test_a_value_of_the_wrong_kind_says_what_was_expected_and_found():
    error = failure("[a]\nwait = 5", lambda table: table.table("a").need("wait", d.duration))
    assert (
        str(error)
        == 'chains/cart.toml:2: a.wait: expected a duration like "30m", "12h" or "7d", found 5.'
    )


def test_a_rule_that_does_not_parse_shows_its_line_and_a_caret():
    def read(value):
        raise RuleError("unexpected name", text=value, line=1, column=7, hint="Did you mean known?")

    error = failure("when = 'email knwn'", lambda table: table.need("when", read))
    assert str(error) == (
        "chains/cart.toml:1: when: unexpected name. \nemail knwn\n      ^\nDid you mean known?"
    )


@pytest.mark.parametrize(("opening", "line"), [("'''", 4), ("'''\n", 5), ('"""\n', 5)])
def test_a_rule_over_several_lines_is_refused_on_the_right_one(opening, line):
    def read(value):
        raise RuleError("unexpected name", text=value, line=2, column=1)

    error = failure(
        f"[a]\n\nwhen = {opening}email is known\nor foo{opening[:3]}",
        lambda t: t.table("a").need("when", read),
    )
    assert (error.line, error.key) == (line, "a.when")


def test_numbers_with_a_point_are_exact():
    assert read_toml("price = 0.1", "x").values["price"] == Decimal("0.1")
    assert "not TOML" in failure("price = nan", lambda table: None).message


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("''", d.text), ("1", d.text), ("'a\\nb'", d.key_name), ("'A'", d.key_name), ("1", d.key_name),
        ("'yes'", d.flag), ("1", d.flag), ("'x'", d.mapping), ("'5 minutes'", d.duration), ("'-1s'", d.duration), ("'0s'", d.span), ("'999ms'", d.span),
        ("9", d.window), ("'noon'", d.window), ("'c'", d.one_of("a", "b")), ("[]", d.one_of("a", "b")),
        ('"a\\nb"', d.label), ("'" + "x" * 256 + "'", d.label),
    ],
)  # fmt: skip
def test_unfit_values_are_refused_in_their_place(value, read):
    error = failure(f"a = 1\nkey = {value}", lambda table: table.need("key", read))
    assert (error.line, error.key) == (2, "key")


def test_fit_values_are_read():
    source = "t='x'\nf=true\nd='2h'\nw='10:00-20:00'\nc='b'\nl=' one '"
    table = read_toml(source, "x")
    assert table.need("t", d.text) == "x"
    assert table.need("f", d.flag) is True
    assert table.need("d", d.duration) == 7_200_000
    assert table.need("w", d.window).text == "10:00-20:00"
    assert table.get("c", d.one_of("a", "b"), None) == "b"
    assert table.need("l", d.label) == "one"
    assert table.get("absent", d.text, None) is None
    assert table.table("absent") is None
    assert table.tables("absent") == ()


def test_tables_are_expected_under_headings():
    error = failure("step = 3", lambda table: table.tables("step"))
    assert (error.line, error.key) == (1, "step")
    assert "[[…]]" in error.message


def test_sections_are_the_tables_of_a_file_in_order():
    table = read_toml("[vip]\nname='V'\n[new]\nname='N'", "segments.toml")
    assert [(key, section.need("name", d.text)) for key, section in table.sections()] == [
        ("vip", "V"),
        ("new", "N"),
    ]


def test_a_section_with_an_unfit_key_is_refused():
    error = failure("[Vip]\nname='V'", lambda table: list(table.sections()))
    assert (error.line, error.key) == (1, "Vip")
    error = failure("vip = 'V'", lambda table: list(table.sections()))
    assert "expected a table" in error.message


def test_windows_line_ends_do_not_shift_the_lines():
    error = failure("a = 1\r\n\r\nb = 2", lambda table: table.only("a"))
    assert error.line == 3
