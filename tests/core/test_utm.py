from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.utm import Utm, check_domains, check_holes, marked, read_utm
from mautod.errors import BadInput

SHOP = Utm(("shop.test",), {"source": "letters", "medium": "email", "campaign": "{campaign}"})
urls = st.builds(
    lambda path, query, fragment: f"https://shop.test/{path}{query and '?' + query}{fragment and '#' + fragment}",
    st.text("abc/%20", max_size=6),
    st.lists(st.sampled_from(["a=1", "utm_source=mine", "b", "c=%26", "UTM_MEDIUM=x", ""])).map("&".join),
    st.text("xyz?&=/", max_size=5),
)  # fmt: skip


@given(urls)
def test_what_a_link_has_stays_and_what_it_lacks_comes(url):
    told = marked(url, "utm_source=letters&utm_medium=email")
    before, after = urlsplit(url), urlsplit(told)
    assert (after.path, after.fragment) == (before.path, before.fragment)
    had = parse_qsl(before.query, keep_blank_values=True)
    has = parse_qsl(after.query, keep_blank_values=True)
    assert [pair for pair in has if pair[1] not in {"letters", "email"}] == had
    names = [name.lower() for name, _ in has]
    assert "utm_source" in names
    assert "utm_medium" in names
    assert names.count("utm_source") <= max(1, [n.lower() for n, _ in had].count("utm_source"))


@given(urls)
def test_a_link_is_marked_once(url):
    once = marked(url, "utm_source=letters")
    assert marked(once, "utm_source=letters") == once


def test_holes_are_filled_and_what_is_empty_is_left_out():
    assert SHOP.filled({"campaign": "Весна & co"}).endswith(
        "utm_medium=email&utm_campaign=%D0%92%D0%B5%D1%81%D0%BD%D0%B0%20%26%20co"
    )
    assert SHOP.filled({}) == "utm_source=letters&utm_medium=email"


@pytest.mark.parametrize(
    ("url", "means"),
    [
        ("https://shop.test/a", True),
        ("https://WWW.Shop.Test:8080/a", True),
        ("https://evilshop.test/a", False),
        ("https://shop.test.evil.example/", False),
        ("https://shop.test@evil.example/", False),
        ("https://[broken", False),
    ],
)
def test_only_links_to_the_own_site_are_marked(url, means):
    assert SHOP.means(url) is means


def test_a_star_means_every_site():
    assert Utm(("*",), {"source": "x"}).means("https://anywhere.example/")


def test_a_template_may_say_other_words_or_none_at_all():
    assert SHOP.told("campaign=spring, utm_content=head").filled({}).endswith(
        "utm_campaign=spring&utm_content=head"
    )  # fmt: skip
    assert not SHOP.told("off")
    assert SHOP.told("") == SHOP


@pytest.mark.parametrize(
    "text", ["campain=x", "spring", "campaign={chian}", "content=" + "x" * 300]
)
def test_what_makes_no_sense_is_refused(text):
    with pytest.raises(BadInput):
        read_utm(text)


def test_domains_and_holes_are_checked():
    check_domains(("shop.test", "*"))
    check_holes("{campaign}-{language}")
    with pytest.raises(BadInput, match="no domain"):
        check_domains(("https://shop.test/",))
