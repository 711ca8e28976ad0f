"""A CSV file record by record: what was written is read, from anywhere, whatever else is in it."""

from __future__ import annotations

import csv
import io
import tempfile
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mautod.cli.people.lines import LONGEST, Source, shape
from mautod.errors import BadInput


def records(content: bytes, start: int = 0, encoding: str = "utf-8", delimiter: str = ","):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(content)
        found = shape(path, encoding, delimiter)
        with path.open("rb") as file:
            return list(Source(file, found).records(start))


def told(content: bytes, **more):
    return [(each.line, each.reason or each.cells) for each in records(content, **more)]


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
ROWS = st.lists(
    st.lists(
        CELLS | st.sampled_from(['"', "a\nb", "a\r\nb", ",", "\r", " "]), min_size=1, max_size=4
    ),
    max_size=8,
)


def written(rows, delimiter: str, ending: str, *, whole: bool) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter=delimiter, lineterminator=ending, quoting=csv.QUOTE_ALL).writerows(
        rows
    )
    text = out.getvalue()
    return (text if whole else text.removesuffix(ending)).encode()


@settings(max_examples=150, deadline=None)
@given(
    ROWS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans()
)
def test_what_was_written_is_read(rows, delimiter, ending, whole, marked):
    content = written(rows, delimiter, ending, whole=whole)
    content = (b"\xef\xbb\xbf" if marked else b"") + content
    found = records(content, delimiter=delimiter)
    assert [each.cells for each in found] == rows
    assert all(not each.reason for each in found)
    assert [each.end for each in found][-1:] in ([], [len(content)])


@settings(max_examples=100, deadline=None)
@given(ROWS, st.data())
def test_from_the_end_of_any_record_the_rest_is_read_with_the_same_lines(rows, data):
    content = written(rows, ",", "\n", whole=True)
    every = records(content)
    cut = data.draw(st.integers(0, len(every)))
    start = every[cut - 1].end if cut else 0
    assert records(content, start) == every[cut:]


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.data())
def test_any_bytes_are_read_to_their_end_and_from_any_record_on(junk, data):
    content = b"email,name\n" + junk
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(content)
        found = shape(path, "latin-1", ",")._replace(encoding="utf-8")
        with path.open("rb") as file:
            every = list(Source(file, found).records())
            cut = data.draw(st.integers(1, len(every)))
            assert list(Source(file, found).records(every[cut - 1].end)) == every[cut:]
    places = [each.end for each in every]
    assert places == sorted(places)
    assert places[-1] <= len(content)


def test_a_quote_that_is_never_closed_costs_one_line():
    assert told(b'a,b\n1,2\n"3,4\n5,6\n7,8\n') == [
        (1, ["a", "b"]),
        (2, ["1", "2"]),
        (3, "opens a quote that is not closed"),
        (4, ["5", "6"]),
        (5, ["7", "8"]),
    ]


def test_zero_bytes_other_encodings_and_text_after_quotes_are_told_by_line():
    found = told(b'a,b\n1\0,2\n\xff\xfe,x\n"1"x,2\n\n"a\nb",4\n5,6')
    assert found == [
        (1, ["a", "b"]),
        (2, "holds a zero byte"),
        (3, "is no utf-8 text"),
        (4, "has text after a closing quote"),
        (6, ["a\nb", "4"]),
        (8, ["5", "6"]),
    ]


def test_a_cell_of_ten_megabytes_is_told_by_its_line_without_being_held():
    huge = b"x" * (10 * LONGEST)
    content = (
        b"a,b\n" + huge + b',1\n"' + huge.replace(b"x" * 4096, b"x" * 4095 + b"\n") + b'",2\n3,4\n'
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "people.csv"
        path.write_bytes(content)
        found = shape(path, "utf-8", ",")
        tracemalloc.start()
        with path.open("rb") as file:
            kept = [
                each
                for each in Source(file, found).records()
                if each.line < 4 or each.cells[:1] == ["3"]
            ]
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert [(each.line, each.reason) for each in kept[:3]] == [
        (1, ""),
        (2, f"is longer than {LONGEST} bytes"),
        (3, "has a cell of over 131072 characters"),
    ]
    assert kept[-1].cells == ["3", "4"]
    assert peak < 8 * LONGEST


@pytest.mark.parametrize(
    ("heads", "sign"), [("a;b;c,d", ";"), ("a\tb", "\t"), ("a|b", "|"), ("a,b", ","), ("a", ",")]
)
def test_what_parts_the_cells_is_told_from_the_first_line(tmp_path, heads, sign):
    path = tmp_path / "p.csv"
    path.write_text(f"{heads}\n1;2;3\n")
    assert shape(path, "", "").delimiter == sign
    assert shape(path, "", "tab").delimiter == "\t"


def test_a_file_in_another_encoding_says_what_to_do(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes("email,имя\na@b.c,Анна\n".encode("cp1251"))
    with pytest.raises(BadInput, match=r"no UTF-8, in line 1.*--encoding cp1251"):
        shape(path, "", "")
    with path.open("rb") as file:
        (heads, anna) = Source(file, shape(path, "cp1251", "")).records()
    assert (heads.cells, anna.cells) == (["email", "имя"], ["a@b.c", "Анна"])
    path.write_bytes("email\n".encode("utf-16"))
    with pytest.raises(BadInput, match=r"UTF-16.*iconv"):
        shape(path, "", "")
    with pytest.raises(BadInput, match="no encoding"):
        shape(_plain(tmp_path), "rot13", "")
    with pytest.raises(BadInput, match="no delimiter"):
        shape(_plain(tmp_path), "", '"')


def _plain(folder: Path) -> Path:
    path = folder / "plain.csv"
    path.write_text("a,b\n")
    return path
