import pytest
from hypothesis import given
from hypothesis import strategies as st
from liquid import Environment

from mautod.core.templates.liquid import compile_html, compile_text, fields_of
from mautod.errors import BadInput

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


pieces = st.lists(
    st.sampled_from([
        "plain ", "<b>", "{{ person.a }}", "{{ person.b }}", '{{ person.a | default: "x" }}',
        "{{ person.b | upcase }}", "{{ i }}", "{{ i.a }}", "{{ none }}", "{{ 5 }}",
        "{% for i in person.c %}({{ i }}{{ i.a }}{{ forloop.index }}{{ person.a }}){% endfor %}",
        "{% if person.a %}[{{ person.a }} {{ i.b }}]{% else %}-{% endif %}",
        "{% assign i = person.b %}", "{% for i in person.c %}{% if i %}{% break %}{% endif %} {% endfor %}",
        "{% case person.a %}{% when 1 %}one{% else %}{{ person.b }}{% endcase %}",
        "{% capture i %}<{{ person.a }}>{% endcapture %}", "{% for i in person.c %}  {% endfor %}",
    ]),
    max_size=8,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from("abc"), values, max_size=3), pieces)
def test_pieces_in_a_row_are_printed_as_the_library_prints_them(person, chosen):
    text = "".join(chosen)
    plain = Environment(autoescape=False).from_string(text)
    assert compile_text(text, file="").render({"person": person}) == plain.render(person=person)


def test_the_names_that_a_template_reads_are_known_though_its_pieces_are_joined():
    text = "a {{ person.name }} b\n{% for p in event.products %}{{ p.name }} {{ shop.city }}{% endfor %}"
    assert fields_of(text) == {("person", "name"), ("event", "products"), ("shop", "city")}
    assert compile_text(text, file="").names == {"person": 1, "event": 2, "shop": 2}


def test_a_text_without_end_is_stopped_in_the_middle_of_a_run():
    text = "{% for i in (1..9999) %}{{ person.a }}{{ person.a }}{% endfor %}"
    with pytest.raises(BadInput):
        compile_text(text, file="").render({"person": {"a": "x" * 1000}})
