from __future__ import annotations

import pytest

from mautod.core.templates.includes import Piece, expand
from mautod.errors import DefinitionError


def pieces(**texts):
    return {name: Piece(f"templates/{name}.liquid", text) for name, text in texts.items()}


def test_an_included_piece_stands_where_it_was_named():
    whole = expand(Piece("a", "<b>{% include '_x' %}</b>"), "", pieces(_x="inside\n"))
    assert whole.text == "<b>inside</b>"


def test_pieces_include_pieces():
    whole = expand(
        Piece("a", "{% include '_x' %}"), "", pieces(_x="({% include '_y' %})", _y="deep")
    )
    assert whole.text == "(deep)"


def test_a_piece_in_the_language_of_the_letter_comes_first():
    known = pieces(_x="base") | {"_x.ru": Piece("templates/_x.ru.liquid", "русский")}
    letter = Piece("a", '{%- include "_x" -%}')
    assert expand(letter, "ru", known).text == "русский"
    assert expand(letter, "ru-RU", known).text == "русский"
    assert expand(letter, "de", known).text == "base"


def test_every_line_knows_where_it_was_written():
    letter = Piece("letter", "one\n{% include '_x' %}\nlast {% include '_x' %} words\nend\n")
    whole = expand(letter, "", pieces(_x="first\nsecond\n"))
    assert whole.text == "one\nfirst\nsecond\nlast first\nsecond words\nend\n"
    x = "templates/_x.liquid"
    assert [whole.place(line) for line in range(1, 7)] == [
        ("letter", 1), (x, 1), (x, 2), ("letter", 3), (x, 2), ("letter", 4),
    ]  # fmt: skip


def test_a_missing_piece_is_named_with_its_place_and_the_nearest_one():
    with pytest.raises(DefinitionError) as caught:
        expand(Piece("templates/a.liquid", "one\n{% include '_fot' %}"), "", pieces(_foot="x"))
    assert str(caught.value).startswith("templates/a.liquid:2: include:")
    assert "_foot" in str(caught.value)


def test_a_piece_that_includes_itself_is_refused():
    with pytest.raises(DefinitionError, match="includes itself"):
        expand(
            Piece("a", "{% include '_x' %}"),
            "",
            pieces(_x="{% include '_y' %}", _y="{% include '_x' %}"),
        )


def test_pieces_that_double_each_other_do_not_fill_the_memory():
    bomb = {f"_{n}": f"{{% include '_{n + 1}' %}}" * 8 for n in range(9)} | {"_9": "x" * 1000}
    with pytest.raises(DefinitionError, match="longer than"):
        expand(Piece("a", "{% include '_0' %}"), "", pieces(**bomb))
