from hypothesis import given
from hypothesis import strategies as st
from liquid import Environment

from mautod.core.templates.liquid import compile_html, compile_text

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**9), 10**9)
    | st.floats(allow_nan=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=6,
)
paths = st.lists(st.sampled_from(["a", "b", "c", "size", "first", "last"]), max_size=3)


@given(values, paths)
def test_a_value_is_printed_as_the_library_prints_it(value, path):
    text = "-{{ " + ".".join(["person", *path]) + " }}-"
    plain = Environment(autoescape=False).from_string(text)
    assert compile_text(text, file="").render({"person": value}) == plain.render(person=value)


@given(st.text(max_size=20))
def test_no_tag_can_come_out_of_a_value(value):
    shown = compile_html("{{ person.name }}", file="").render({"person": {"name": value}})
    assert not set("<>\"'") & set(shown)


def test_names_of_the_template_hide_the_given_ones():
    text = "{% assign person = 'me' %}{{ person }}{% for event in (1..2) %}{{ event }}{% endfor %}{{ event.a }}"
    assert compile_text(text, file="").render({"person": "you", "event": {"a": "x"}}) == "me12x"


def test_a_missing_property_is_nothing():
    assert compile_text("[{{ person.a.b.c }}{{ event.x }}]", file="").render({"person": {}}) == "[]"
