import pytest
from hypothesis import given
from hypothesis import strategies as st
from itsdangerous import Signer

from mautod.core.sending import links as links_module
from mautod.core.sending.links import Links
from mautod.errors import BadInput, NotFound

LINKS = Links("secret", "https://shop.test/")


def token(url: str) -> str:
    return url.rpartition("/")[2]


def test_a_click_leads_where_the_message_pointed():
    link = LINKS.click(7, "https://shop.test/cart?a=1&b=ы#top")
    assert link.startswith("https://shop.test/c/")
    assert LINKS.read_click(token(link)) == (7, "https://shop.test/cart?a=1&b=ы#top")


@given(st.integers(0, 2**63 - 1), st.text(max_size=200))
def test_any_address_comes_back_as_it_was(message_id, rest):
    url = "https://" + rest.encode("utf-8", "replace").decode()
    assert LINKS.read_click(token(LINKS.click(message_id, url))) == (message_id, url)


def test_opens_and_unsubscribes_come_back_as_they_were():
    assert LINKS.read_open(token(LINKS.open(7))) == 7
    assert LINKS.read_unsubscribe(token(LINKS.unsubscribe(8))) == 8


def test_a_token_of_one_kind_opens_no_other_door():
    with pytest.raises(NotFound):
        LINKS.read_unsubscribe(token(LINKS.open(7)))
    with pytest.raises(NotFound):
        LINKS.read_open(token(LINKS.unsubscribe(7)))


def test_another_secret_makes_other_tokens():
    with pytest.raises(NotFound):
        Links("other", "https://shop.test").read_open(token(LINKS.open(7)))


@given(st.text(max_size=300))
def test_no_made_up_token_is_believed(text):
    for read in (LINKS.read_click, LINKS.read_open, LINKS.read_unsubscribe):
        with pytest.raises(NotFound):
            read(text)


@given(st.integers(0, 200), st.characters(codec="ascii"))
def test_a_token_changed_anywhere_is_refused(place, letter):
    good = token(LINKS.click(7, "https://shop.test/a"))
    place %= len(good) - 1  # the last letter of base64 has spare bits
    bad = good[:place] + letter + good[place + 1 :]
    if bad != good:
        with pytest.raises(NotFound):
            LINKS.read_click(bad)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "ftp://x.test", "/cart", "", "data:text/html,x"]
)
def test_only_web_addresses_are_wrapped(url):
    with pytest.raises(BadInput):
        LINKS.click(1, url)


def test_a_longer_address_than_a_browser_takes_is_refused():
    with pytest.raises(BadInput):
        LINKS.click(1, "https://x.test/" + "a" * 2048)


def test_a_stamp_is_always_the_same_for_a_message():
    assert LINKS.stamp(5) == LINKS.stamp(5) != LINKS.stamp(6)


def test_nothing_works_without_a_secret():
    with pytest.raises(BadInput, match="MAUTOD_SECRET"):
        Links("", "https://shop.test")


def test_the_secret_is_not_shown():
    assert "secret" not in repr(LINKS)


def test_own_links_are_known():
    assert LINKS.is_own(LINKS.unsubscribe(1))
    assert not LINKS.is_own("https://shop.test/catalogue")


@given(st.integers(1, 2**63 - 1), st.sampled_from(["bounce", "reply", "leave"]))
def test_a_mail_address_of_ours_comes_back_whatever_its_case(message_id, box):
    token = LINKS.mail(box, message_id)
    assert token.islower() or token.isdigit()
    assert len(f"b+{token}") <= 64
    assert LINKS.read_mail(box, token) == LINKS.read_mail(box, token.upper()) == message_id


def test_a_mail_token_of_one_box_opens_no_other():
    for box in ("reply", "leave"):
        with pytest.raises(NotFound):
            LINKS.read_mail(box, LINKS.mail("bounce", 1))


@given(st.text(max_size=80))
def test_no_made_up_mail_token_is_believed(text):
    with pytest.raises(NotFound):
        LINKS.read_mail("bounce", text)


@pytest.mark.parametrize("page", ["preferences", "confirm", "data", "forget"])
def test_the_link_of_a_page_opens_that_page_for_that_message_alone(page):
    url = LINKS.page(page, 7)
    assert LINKS.is_own(url)
    assert LINKS.read_page(page, token(url)) == 7
    others = {"preferences", "confirm", "data", "forget"} - {page}
    for other in others:
        with pytest.raises(NotFound):
            LINKS.read_page(other, token(url))
    for read in (LINKS.read_unsubscribe, LINKS.read_open):
        with pytest.raises(NotFound):
            read(token(url))


@given(st.text(max_size=40) | st.binary(max_size=40))
def test_a_signature_is_the_library_s_own(value):
    quick = links_module._signer("a secret", "click")
    slow = Signer(quick.secret_keys[0], key_derivation="none", algorithm=links_module._Blake2())
    assert quick.sign(value) == slow.sign(value)
    assert slow.unsign(quick.sign(value)) == quick.unsign(slow.sign(value))
