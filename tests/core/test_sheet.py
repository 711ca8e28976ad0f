"""Which column is which property, and what a line of cells tells."""

from __future__ import annotations

import pytest

from mautod.core.files.sheet import Unfit, sheet
from mautod.errors import BadInput

HEADS = ["E-mail", "Full name", "Mobile", "City", "Note"]


def read(heads=HEADS, *asked, key="email", known=("City",)):
    return sheet(heads, asked, key, dict.fromkeys(known, "text"))


def kinds(*asked):
    found, left = read(HEADS, *asked)
    return [str(column) for column in found.columns], left


def test_columns_that_are_called_as_what_is_known_map_by_themselves():
    assert kinds() == (
        ["E-mail → email", "Full name → name", "Mobile → phone", "City → City"],
        ["Note"],
    )


def test_a_column_is_mapped_by_its_head_with_a_kind_or_left_out():
    columns, left = kinds("Note=visits:number", "Mobile=", "City = town")
    assert columns == [
        "E-mail → email", "Full name → name", "City → town", "Note → visits (number)",
    ]  # fmt: skip
    assert left == ["Mobile"]


def test_a_column_called_as_a_property_has_its_kind():
    found, _ = sheet(["email", "Spent"], (), "email", {"spent": "number"})
    assert found.told(2, ["a@b.c", "12.5"]).values["spent"] == 12.5


def test_the_apostrophe_that_an_export_writes_before_formulas_is_taken_off():
    found, _ = read(["email", "phone", "x"], "x=x")
    told = found.told(2, ["a@b.c", "'+7 912 3456789", "'=1+1"])
    assert (told.values["phone"], told.values["x"]) == ("+7 912 3456789", "=1+1")
    assert found.told(2, ["a@b.c", "", "'quoted'"]).values["x"] == "'quoted'"


def test_a_head_may_hold_the_sign_that_maps():
    found, _ = read(["email", "a=b"], "a=b=score")
    assert [column.prop for column in found.columns] == ["email", "score"]


def test_columns_with_the_same_head_are_mapped_in_their_order():
    found, _ = read(["email", "x", "x"], "x=first", "x=second")
    assert [(column.at, column.prop) for column in found.columns[1:]] == [
        (1, "first"),
        (2, "second"),
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("Emial=email", "Did you mean"),
        ("City", "maps nothing"),
        ("City=town:colour", "no kind"),
        ("City=created_at", "cannot|can be set|no property"),
        ("City=country:number", "always text"),
        ("City=email", "several columns are email"),
    ],
)
def test_a_mapping_that_makes_no_sense_says_what_does(asked, words):
    with pytest.raises(BadInput, match=words):
        read(HEADS, asked)


def test_a_file_without_the_column_that_says_who_it_is_is_refused_with_its_heads():
    with pytest.raises(BadInput, match=r"no column is the user_id.*'E-mail', 'Full name'"):
        read(key="user_id")
    with pytest.raises(BadInput, match="told apart"):
        read(key="name")


def test_a_line_tells_what_its_cells_say_and_empty_ones_say_nothing():
    found, _ = read(HEADS, "Note=since:date", "City=tags")
    told = found.told(7, [" Anna@Example.com ", "Anna", "", "a; b;a", "31.1.2026"])
    assert told.line == 7
    assert told.key == ("email", "anna@example.com")
    assert told.values == {
        "email": "Anna@Example.com", "name": "Anna", "tags": ["a", "b"], "since": "2026-01-31",
    }  # fmt: skip


def test_two_columns_of_a_name_are_one_name():
    found, _ = read(["email", "First", "Last"], "First=name", "Last=name")
    assert found.told(2, ["a@example.com", "Anna", "Li"]).values["name"] == "Anna Li"
    with pytest.raises(Unfit, match="longer"):
        found.told(2, ["a@example.com", "a" * 3000, "b" * 3000])


def test_what_a_mapping_comes_to_is_the_same_mapping_again():
    heads = ["email", "a=b", " x ", "", "y", "y"]
    first, left = read(heads, "a=b=one:two:list", "y=p:q:text", known=("x", "s=t"))
    maps = {column.at: column.asked for column in first.columns}
    again, _ = read(heads, *(maps.get(at, f"{head}=") for at, head in enumerate(heads)), known=())
    assert again == first
    assert [column.prop for column in first.columns] == ["email", "one:two", "x", "p:q"]
    assert left == ["", "y"]


@pytest.mark.parametrize(
    ("key", "cells", "keys"),
    [
        ("email", ["A@b.c", "u1", "+7 912 3456789"], (("email", "a@b.c"), ("user", "u1"))),
        ("user_id", ["A@b.c", "u1", ""], (("user", "u1"), ("email", "a@b.c"))),
        ("phone", ["", "", "+7 (912) 345-67-89"], (("phone", "+79123456789"),)),
        ("phone", ["", "", "8 912 345-67-89"], (("phone", "89123456789"),)),
    ],
)
def test_the_key_says_who_it_is_and_stands_before_what_else_tells_people_apart(key, cells, keys):
    found, _ = read(["email", "user_id", "phone"], key=key)
    assert found.told(2, cells).keys == keys


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("text", "0012", "0012"),
        ("number", "12", 12),
        ("number", "-12.50", -12.5),
        ("bool", "Да", True),
        ("bool", "no", False),
        ("date", "2026-02-28T10:00:00Z", "2026-02-28T10:00:00Z"),
        ("list", "a, b , a,", ["a", "b"]),
        ("list", "a, b; c", ["a, b", "c"]),
    ],
)
def test_a_cell_is_read_by_the_kind_of_its_column(kind, text, value):
    found, _ = read(["email", "x"], f"x=x:{kind}")
    assert found.told(2, ["a@b.c", text]).values["x"] == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("text", "x" * 4097),
        ("text", "a\0b"),
        ("number", "1,5"),
        ("number", "NaN"),
        ("number", "9" * 400),
        ("bool", "perhaps"),
        ("date", "2026-02-30"),
        ("date", "02/03/2026"),
        ("date", "31.13.2026"),
        ("list", ",".join(map(str, range(1001)))),
    ],
)
def test_a_cell_of_another_kind_is_refused_by_its_head(kind, text):
    found, _ = read(["email", "Head"], f"Head=x:{kind}")
    with pytest.raises(Unfit) as caught:
        found.told(2, ["a@b.c", text])
    assert caught.value.field == "Head"


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        (["a@b.c"], ""),
        (["a@b.c", "1", "2", "3", "4", "5"], ""),
        (["", "Anna", "", "", ""], "E-mail"),
        (["no address", "", "", "", ""], "E-mail"),
        (["a@b.c", "", "12", "", ""], "Mobile"),
        (["a@b.c", "", "+7 912 345 67 89 ext 5", "", ""], "Mobile"),
    ],
)
def test_a_line_that_names_nobody_or_is_ragged_is_refused(cells, field):
    with pytest.raises(Unfit) as caught:
        read()[0].told(2, cells)
    assert caught.value.field == field
