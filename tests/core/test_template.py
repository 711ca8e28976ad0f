from datetime import UTC, datetime

import pytest

from mautod.core.templates.liquid import compile_html, compile_text
from mautod.core.templates.template import choose, name_of, parse_template
from mautod.errors import BadInput, DefinitionError

GOOD = """---
subject: {{ person.name | default: "Hello" }}, your cart is waiting
from: "Anna <anna@shop.test>"
topic = "offers"
# a remark
preheader: Two things & more
---
<p>Hello</p>
<a href="{{ unsubscribe_url }}">No more</a>
"""


def refused(text: str) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        parse_template(text, "cart-1.liquid", "cart-1")
    return caught.value


def letter(body: str, head: str = "subject: Hi\ntransactional: true") -> str:
    return f"---\n{head}\n---\n{body}"


def test_a_template_says_all_in_its_front_matter():
    template = parse_template(GOOD, "cart-1.liquid", "cart-1", "ru")
    assert (template.key, template.language, template.topic) == ("cart-1", "ru", "offers")
    assert template.sender == "Anna <anna@shop.test>"
    assert template.subject == '{{ person.name | default: "Hello" }}, your cart is waiting'
    assert template.preheader == "Two things & more"
    assert template.marketing
    assert not template.text


def test_windows_line_ends_and_a_byte_order_mark_change_nothing():
    plain = parse_template(GOOD, "a.liquid", "a")
    assert parse_template("\ufeff" + GOOD.replace("\n", "\r\n"), "a.liquid", "a") == plain


def test_a_plain_text_part_follows_its_line():
    template = parse_template(
        GOOD + "--- text\nHello\nUnsubscribe: {{ unsubscribe_url }}\n", "a.liquid", "a"
    )
    assert template.text == "Hello\nUnsubscribe: {{ unsubscribe_url }}"
    assert template.html.endswith("</a>\n")


def test_marketing_without_an_unsubscribe_link_is_refused_with_the_line_to_add():
    error = refused("---\nsubject: Hi\ntopic: offers\n---\n<p>\nHello</p>\n")
    assert '<a href="{{ unsubscribe_url }}">Unsubscribe</a>' in error.hint
    assert error.line == 6


def test_a_text_part_without_an_unsubscribe_link_is_refused_too():
    error = refused(GOOD + "--- text\nHello\n")
    assert "Unsubscribe: {{ unsubscribe_url }}" in error.hint
    assert error.line == 11


def test_a_remark_in_a_comment_is_no_unsubscribe_link():
    refused("---\nsubject: Hi\n---\n{% comment %}{{ unsubscribe_url }}{% endcomment %}<p>Hi</p>")


def test_a_transactional_letter_needs_no_unsubscribe_link():
    assert not parse_template(letter("<p>Your receipt</p>"), "r.liquid", "r").marketing


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("<p>Hi</p>", 1, "---"),
        ("---\nsubject: Hi\n<p>Hi</p>", 1, "no end"),
        ("---\ntopic: offers\n---\n<p>Hi</p>", 1, "subject"),
        ("---\nsubject: a\nsubject: b\n---\n<p>Hi</p>", 3, "twice"),
        ("---\nsubject: a\nsubjekt: b\n---\n<p>Hi</p>", 3, "Did you mean subject?"),
        ("---\nsubject: a\nfoo bar\n---\n<p>Hi</p>", 3, "key: value"),
        ("---\nsubject: a\ntopic = offers\n---\n<p>Hi</p>", 3, "TOML"),
        ("---\nsubject: a\ntransactional: maybe\n---\n<p>Hi</p>", 3, "true or false"),
        ("---\nsubject: a\nlanguage: Russian!\n---\n<p>Hi</p>", 3, "language"),
        ("---\nsubject: {{ a\n---\n<p>Hi</p>", 2, "expected"),
        (letter("  \n"), 5, "no body"),
        (letter("<p>\n{{ person.name | shout }}"), 6, "shout"),
        (letter("<p>\n{% if %}"), 6, "missing expression"),
        (letter("<p>\n{% for x in event.products %}\n"), 6, "endfor"),
        (letter("<p>\n\n{{ persn.name }}"), 7, "Did you mean person?"),
        (letter("{{ discount }}"), 5, "person.discount"),
        (letter("{% include 'x' %}"), 5, "include"),
        (letter("{{ person.name | safe }}"), 5, "safe"),
    ],
)
def test_an_error_names_its_line_and_what_to_write(text, line, said):
    error = refused(text)
    assert error.file == "cart-1.liquid"
    assert error.line == line
    assert said in str(error)


def test_a_file_name_says_key_and_language():
    assert name_of("templates/cart-1.liquid") == ("cart-1", "")
    assert name_of("cart-1.ru.liquid") == ("cart-1", "ru")
    assert name_of("cart-1.pt-BR.html") == ("cart-1", "pt-BR")
    with pytest.raises(DefinitionError):
        name_of("cart-1.txt")


def test_a_person_gets_their_language_or_the_nearest():
    variants = {name: parse_template(GOOD, "a", "a", name) for name in ("", "ru", "pt-BR")}
    assert choose(variants, "ru-RU") is variants["ru"]
    assert choose(variants, "pt-BR") is variants["pt-BR"]
    assert choose(variants, "de") is variants[""]
    assert choose({"ru": variants["ru"]}, "en") is variants["ru"]
    assert choose({}, "en") is None


def test_values_are_escaped_in_html_and_not_in_text():
    values = {"person": {"name": "<b>Tom & Co</b>"}}
    assert (
        compile_html("{{ person.name }}", file="").render(values)
        == "&lt;b&gt;Tom &amp; Co&lt;/b&gt;"
    )
    assert compile_text("{{ person.name }}", file="").render(values) == "<b>Tom & Co</b>"


@pytest.mark.parametrize(
    "body",
    [
        "{% for a in (1..100000) %}{% for b in (1..100000) %}x{% endfor %}{% endfor %}",
        "{% assign a = 'xxxxxxxxxx' %}{% for i in (1..40) %}{% assign a = a | append: a %}{% endfor %}",
        "{{ 'now' | date: 5 | date: person }}{{ 5 | divided_by: 0 }}",
    ],
)
def test_a_greedy_or_broken_template_is_stopped(body):
    with pytest.raises(BadInput):
        compile_html(body, file="").render({"person": {}})


def test_now_is_the_moment_of_the_message():
    filled = compile_text('{{ "now" | date: "%Y" }} {{ now | date: "%d.%m" }}', file="")
    assert filled.render({"now": datetime(2031, 5, 7, tzinfo=UTC)}) == "2031 07.05"


def test_milliseconds_are_dates_in_utc():
    filled = compile_text('{{ event.at | date: "%Y-%m-%d %H:%M" }}', file="")
    assert filled.render({"event": {"at": 1_700_000_000_000}}) == "2023-11-14 22:13"
    assert filled.render({"event": {"at": 1_700_000_000}}) == "2023-11-14 22:13"
