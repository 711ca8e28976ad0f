"""From the files of a letter to the text that is stored and sent."""

import pytest

from mautod.core.templates.assemble import assemble
from mautod.core.templates.includes import Piece
from mautod.core.templates.template import parse_template
from mautod.errors import DefinitionError

WAY_OUT = '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>'
PIECES = {
    "_layout-shop": Piece(
        "t/_layout-shop.liquid",
        f"<h1>Shop</h1>\n{{{{ content }}}}\n{WAY_OUT}\n--- text\nSHOP\n{{{{ content }}}}\n-- {{{{ unsubscribe_url }}}}\n",
    ),
    "_layout-shop.ru": Piece("t/_layout-shop.ru.liquid", f"<h1>Лавка</h1>{{{{content}}}}{WAY_OUT}"),
    "_layout-wide": Piece(
        "t/_layout-wide.mjml",
        f"<mjml><mj-body>\n{{{{ content }}}}\n<mj-section><mj-column><mj-text>{WAY_OUT}</mj-text></mj-column></mj-section></mj-body></mjml>",
    ),
    "_layout-text": Piece(
        "t/_layout-text.mjml",
        f"<mjml><mj-body><mj-section><mj-column><mj-text>{{{{ content }}}}{WAY_OUT}</mj-text></mj-column></mj-section></mj-body></mjml>",
    ),
    "_layout-empty": Piece("t/_layout-empty.liquid", "<p>nothing</p>"),
    "_name": Piece("t/_name.liquid", "{{ person.name | default: 'you' }}\n"),
}
SECTION = "<mj-section><mj-column><mj-text>Hi {{ person.name }}</mj-text></mj-column></mj-section>"


def made(body, ending="liquid", language="", **head):
    lines = "".join(f"{key}: {value}\n" for key, value in {"subject": "Hi", **head}.items())
    whole = assemble(Piece(f"t/a.{ending}", f"---\n{lines}---\n{body}"), language, PIECES)
    parse_template(whole.source.text, f"t/a.{ending}", "a")
    return parse_template(whole.text, f"t/a.{ending}", "a")


def test_a_letter_stands_in_the_middle_of_its_layout():
    template = made("<p>Hello {% include '_name' %}</p>", layout="shop")
    assert template.html.startswith(
        "<h1>Shop</h1>\n<p>Hello {{ person.name | default: 'you' }}</p>"
    )
    assert template.html.rstrip().endswith(WAY_OUT)


def test_the_text_part_of_a_letter_stands_in_that_of_the_layout():
    template = made("<p>Hello</p>\n--- text\nHello\n", layout="shop")
    assert template.text == "SHOP\nHello\n-- {{ unsubscribe_url }}"


def test_a_letter_without_a_text_part_has_none_in_a_layout_either():
    assert made("<p>Hello</p>", layout="shop").text == ""


def test_a_layout_in_the_language_of_the_letter_comes_first():
    assert "Лавка" in made("<p>x</p>", language="ru", layout="shop").html
    assert "Shop" in made("<p>x</p>", language="de", layout="shop").html


def test_markdown_becomes_html_and_keeps_its_liquid_and_the_authors_html():
    html = made(
        '# Hello {{ person.name | default: "*you*" }}\n\n[Go]({{ event.url }}?a=1&b=2) <b>now</b>\n\n'
        "{% if person.vip %}\n**vip** {{ person.name }}\n{% endif %}\n",
        "md",
        layout="shop",
    ).html  # fmt: skip
    assert '<h1>Hello {{ person.name | default: "*you*" }}</h1>' in html
    assert '<a href="{{ event.url }}?a=1&amp;b=2">Go</a> <b>now</b>' in html
    assert "{% if person.vip %}\n<p><strong>vip</strong> {{ person.name }}</p>\n{% endif %}" in html


def test_markdown_without_a_layout_is_a_page_all_the_same():
    html = made(f"Hello\n\n{WAY_OUT}", "md").html
    assert html.startswith("<!doctype html>")
    assert "color-scheme" in html


def test_mjml_becomes_html_and_keeps_its_liquid():
    html = made(
        '<mj-section>{% for item in event.items %}<mj-column><mj-button href="{{ item.url }}">'
        "Go {{ item.name | default: '<>' }}</mj-button></mj-column>{% endfor %}</mj-section>",
        "mjml",
        layout="wide",
    ).html  # fmt: skip
    assert "mj-button" not in html
    assert 'href="{{ item.url }}"' in html
    assert "Go {{ item.name | default: '<>' }}" in html
    assert html.index("{% for") < html.index("{{ item.url }}") < html.index("{% endfor %}")


def test_markdown_stands_in_a_layout_of_mjml():
    html = made("# Hello", "md", layout="text").html
    assert "<h1>Hello</h1>" in html
    assert "<table" in html


def test_a_letter_as_it_was_is_stored_letter_by_letter():
    text = f"---\nsubject: Hi\n---\n<p>x</p>\r\n{WAY_OUT}\n"
    assert assemble(Piece("t/a.liquid", text), "", PIECES).text == text.replace("\r\n", "\n")


@pytest.mark.parametrize(
    ("ending", "head", "body", "place", "said"),
    [
        ("mjml", {"layout": "wide"}, "\n<mj-sectoin>\n</mj-sectoin>", "t/a.mjml:6", "mj-section"),
        ("mjml", {"layout": "wide"}, "<mj-section>\n<mj-column>", "t/_layout-wide.mjml:3", "closes <mj-column>"),
        ("mjml", {}, f"<mjml>\n<mj-body>{SECTION}", "t/a.mjml:5", "<mj-body> is not closed"),
        ("mjml", {}, SECTION, "t/a.mjml:4", "<mjml>"),
        ("mjml", {"layout": "wide"}, '<mj-include path="x" />', "t/a.mjml:5", "{% include"),
        ("mjml", {"layout": "wide"}, "<mj-text>\na < b</mj-text>", "t/a.mjml:6", "&lt;"),
        ("mjml", {"layout": "wide"}, "<mj-image\n src=x />", "t/a.mjml:6", "quotes"),
        ("mjml", {"layout": "wide"}, "<mj-text>{{ 'a\n' }}</mj-text>\n<?x?>", "t/a.mjml:7", "mjml.io"),
        ("mjml", {"layout": "shop"}, SECTION, "t/a.mjml:1", "MJML layout"),
        ("md", {"layout": "shpo"}, "x", "t/a.md:3", "shop"),
        ("md", {"layout": "empty"}, "x", "t/_layout-empty.liquid:1", "{{ content }}"),
        ("liquid", {"layout": "shop"}, "{% include '_nam' %}", "t/a.liquid:5", "_name"),
    ],
)  # fmt: skip
def test_an_error_names_the_file_the_line_and_what_to_do(ending, head, body, place, said):
    with pytest.raises(DefinitionError) as caught:
        made(body, ending, **head)
    assert str(caught.value).startswith(place)
    assert said in str(caught.value)


def test_a_fault_in_the_middle_of_a_line_has_a_caret_under_it():
    with pytest.raises(DefinitionError) as caught:
        made("<mj-text>x</mj-text><mj-buton>", "mjml", layout="wide")
    line, caret = str(caught.value).split("\n")[-2:]
    assert line[caret.index("^") :].startswith("<mj-buton>")


def test_a_broken_expression_has_a_caret_under_it():
    with pytest.raises(DefinitionError) as caught:
        made("<p>\nDear {{ person.name | }}\n</p>\n<p>{{ person.name }}</p>", transactional="true")
    assert str(caught.value).startswith("t/a.liquid:6:")
    line, caret = str(caught.value).split("\n")[-2:]
    assert line[caret.index("^") :].startswith("{{ person.name | }}")
