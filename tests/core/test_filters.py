"""Liquid's filters and conditions on what visitors send, and on what no letter needs."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.templates.liquid import compile_html, compile_text
from mautod.errors import BadInput

LONG = "{% assign a = 'x' %}{% for i in (1..17) %}{% assign a = a | append: a %}{% endfor %}"
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("ab"), inner),
    max_leaves=8,
)


def shown(text, **given_values):
    return compile_text(text, file="").render(given_values)


def told(text, **given_values):
    return compile_html(text, file="").render(given_values)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x | date: '%d' }}", "{{ x | date: y }}", "{{ x | map: 'a' | join: ', ' }}",
        "{{ x | where: 'a', y | size }}", "{{ x | sort: 'a' }}", "{{ x | sort }}",
        "{{ x | sort_natural }}", "{{ x | uniq | size }}", "{{ x | concat: y }}", "{{ x | sum }}",
        "{{ x | reverse | first }}", "{{ x | compact }}", "{{ x | reject: 'a' }}",
        "{{ x | find: 'a', y }}", "{{ x | has: 'a', y }}", "{{ x | sanitise }}",
        "{% if x contains y %}y{% else %}n{% endif %}", "{% if x contains 'a' %}y{% endif %}",
        "{% if x > y %}y{% elsif x <= 5 %}n{% endif %}", "{% for i in x %}{{ i.a }}{% endfor %}",
        "{% unless x >= 'a' and y < x %}y{% endunless %}",
    ],
)  # fmt: skip
@given(x=values, y=values)
def test_no_value_of_a_visitor_stops_a_letter(text, x, y):
    told(text, x=x, y=y)
    shown(text, x=x, y=y)


def test_a_comparison_that_makes_no_sense_is_no():
    assert shown("{% if x contains 'a' %}y{% else %}n{% endif %}", x=5) == "n"
    assert shown("{% if x > 5 %}y{% else %}n{% endif %}", x="many") == "n"
    assert shown("{% if x contains 'a' %}y{% endif %}", x=["a"]) == "y"


def test_a_date_that_is_none_stays_as_it_is():
    assert shown("{{ x | date: '%d.%m' }}", x="soon") == "soon"
    assert shown("{{ x | date: '%d.%m' }}", x=1_800_000_000_000) == "15.01"
    assert shown("{{ x | date: '%d.%m' }}", x=10**40) == str(10**40)


def test_items_that_are_no_products_are_passed_over():
    assert shown("{{ x | map: 'a' | join: '+' }}", x=[1, {"a": "b"}, "c", {"a": "d"}]) == "b+d"


@pytest.mark.parametrize(
    "text",
    [
        "{% for i in (1..1000000000) reversed %}{% endfor %}",
        "{{ (1..1000000000) | join }}",
        LONG + "{{ a | replace: '', a }}",
        LONG + "{{ a | replace: 'x', a }}",
        LONG + "{{ a | split: '' | join: a }}",
        LONG + "{% assign l = a | split: 'z' %}{% for i in (1..16) %}{% assign l = l | concat: l %}{% endfor %}{{ l }}",
        "{% assign n = 9 %}{% for i in (1..30) %}{% assign n = n | times: n %}{% endfor %}",
    ],
)  # fmt: skip
def test_a_text_that_would_fill_the_memory_is_cut(text):
    with pytest.raises(BadInput):
        shown(text)


@pytest.mark.parametrize("name", ["sanitise", "sanitize", "raw"])
def test_harmless_html_of_a_value_comes_through_and_nothing_else(name):
    value = '<b onclick="x()">a</b><script>alert(1)</script><a href="javascript:x">z</a>{{ x }}'
    assert told(f"{{{{ x | {name} }}}}", x=value) == "<b>a</b><a>z</a>{{ x }}"
    assert shown(f"{{{{ x | {name} }}}}", x="<b>a &amp; b</b>") == "a & b"


class Tags(HTMLParser):
    def __init__(self, html):
        super().__init__()
        self.found = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@given(st.text(max_size=60))
def test_no_script_comes_through(text):
    given_html = f"<img src=x onerror={text}><svg onload='{text}'>{text}<a href='{text}'>x</a>"
    for tag, attributes in Tags(told("{{ x | sanitise }}", x=given_html)).found:
        assert tag not in {"svg", "script", "style", "iframe"}
        assert not any(name.startswith("on") for name in attributes)
        assert "javascript:" not in (attributes.get("href") or "").lower()


def test_what_is_added_to_html_of_a_value_is_escaped():
    assert told("{{ x | raw | append: y }}", x="<b>a</b>", y="<i>") == "<b>a</b>&lt;i&gt;"
