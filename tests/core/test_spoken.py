"""What templates say on other channels than email."""

import pytest

from mautod.core.templates.assemble import assemble
from mautod.core.templates.includes import Piece
from mautod.core.templates.spoken import Speech
from mautod.core.templates.template import parse_template
from mautod.errors import DefinitionError

LETTER = (
    "---\nsubject: Hi {{ person.name }}\ntopic: offers\n---\n"
    '<style>p { x: y }</style><p>Your <b>cart</b> &amp; more</p><a href="https://s.example/cart?a=1&amp;b=2">Go</a>'
    '<a href="{{ unsubscribe_url }}">Unsubscribe</a>\n'
)
VALUES = {"person": {"name": "Ann", "city": "Oslo"}, "unsubscribe_url": "https://m.example/u/1"}


def said(text: str, channel: str = "push"):
    template = parse_template(text, "a.liquid", "a")
    wording = template.wording(channel)
    return Speech.of(wording, template.subject, template.html, "a.liquid").say(VALUES)


def test_a_channel_has_words_of_its_own():
    told = said(
        LETTER + "--- text\nplain {{ unsubscribe_url }}\n--- push\n"
        "title: Cart, {{ person.name }}\nurl: https://s.example/{{ person.city }}\n\nIt waits.\nStill.\n"
        "--- sms\nShort: {{ person.name }}\n"
    )
    assert (told.title, told.url, told.text) == (
        "Cart, Ann", "https://s.example/Oslo", "It waits.\nStill.",
    )  # fmt: skip


def test_the_text_of_an_email_ends_where_another_channel_begins():
    text = LETTER + "--- text\nplain {{ unsubscribe_url }}\n--- sms\nShort: {{ person.name }}\n"
    assert parse_template(text, "a.liquid", "a").text == "plain {{ unsubscribe_url }}"
    assert said(text, "sms").text == "Short: Ann"


def test_a_channel_without_words_says_subject_and_beginning_and_leads_where_the_letter_does():
    told = said(LETTER)
    assert told.title == "Hi Ann"
    assert told.text == "Your cart & more Go"
    assert told.url == "https://s.example/cart?a=1&b=2"


def test_what_a_visitor_wrote_is_text():
    name = {"person": {"name": "<b>Ann</b>"}, "unsubscribe_url": "u"}
    template = parse_template(LETTER + "--- push\n{{ person.name }}", "a.liquid", "a")
    speech = Speech.of(template.wording("push"), template.subject, template.html, "a.liquid")
    assert speech.say(name).text == "<b>Ann</b>"


@pytest.mark.parametrize(
    ("part", "line", "said"),
    [
        ("--- push\ntitel: x\ny", 7, "title"),
        ("--- push\ntitle: a\ntitle: b", 8, "twice"),
        ("--- push\ntitle: {{ persn.name }}\nx", 7, "person"),
        ("--- push\ntitle: a\n\nHello\n{{ nobody }}", 10, "nobody"),
        ("--- push\n\n", 7, "says nothing"),
        ("--- push\na\n--- push\nb", 8, "twice"),
    ],
)
def test_a_mistake_is_told_with_its_line(part, line, said):
    with pytest.raises(DefinitionError) as caught:
        parse_template(LETTER + part, "a.liquid", "a")
    assert caught.value.line == line
    assert said in str(caught.value)


def test_a_letter_in_markdown_keeps_the_words_of_other_channels():
    letter = (
        LETTER.replace("<style>p { x: y }</style>", "")
        + "--- push\ntitle: T\nOn {{ person.city }}\n"
    )
    made = assemble(Piece("a.md", letter), "", {})
    parsed = parse_template(made.text, "a.md", "a")
    assert parsed.wording("push").values == (("title", "T"),)
    assert parsed.wording("push").text == "On {{ person.city }}"
