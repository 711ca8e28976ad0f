"""Visits, where they came from, and what the shop knows of a person."""

from __future__ import annotations

from mautod.core.people.person import Card
from mautod.core.people.session import (
    has_campaign,
    note_origin,
    note_place,
    origin,
    page_path,
    place,
    visit,
)
from mautod.core.people.shop import apply_commerce
from mautod.duration import DAY, MINUTE

T = 1_800_000_000_000
PAUSE = 40 * MINUTE


def card():
    return Card(id=1, created_at=T)


def test_a_session_begins_after_forty_quiet_minutes_and_not_before():
    person = card()
    assert visit(person, T, PAUSE)
    assert not visit(person, T + PAUSE - 1, PAUSE)
    assert visit(person, T + 2 * PAUSE - 1, PAUSE)
    assert person.sessions == 2
    assert person.session_start == T + 2 * PAUSE - 1


def test_a_late_event_moves_the_first_visit_and_begins_no_session():
    person = card()
    visit(person, T, PAUSE)
    assert not visit(person, T - DAY, PAUSE)
    assert (person.first_seen, person.last_seen, person.sessions) == (T - DAY, T, 1)


def test_origin_of_the_first_visit_stays_and_that_of_the_last_moves():
    person = card()
    visit(person, T, PAUSE)
    first = origin({"campaign": {"source": "google", "medium": "cpc", "name": "spring"}}, {})
    note_origin(person, first, begins=True)
    visit(person, T + DAY, PAUSE)
    page = {
        "page": {
            "url": "https://shop.example/?utm_source=mail",
            "referrer": "https://mail.example/x",
        }
    }
    note_origin(person, origin(page, {}), begins=True)
    assert person.props == {
        "first_utm_source": "google", "first_utm_medium": "cpc", "first_utm_campaign": "spring",
        "utm_source": "mail", "referrer": "https://mail.example/x",
    }  # fmt: skip


def test_a_referrer_of_the_shop_itself_is_no_origin():
    page = {"page": {"url": "https://shop.example/b", "referrer": "https://shop.example/a"}}
    assert origin(page, {}) == {}


def test_place_reads_language_country_and_zone():
    context = {"locale": "ru-KZ", "timezone": "Asia/Almaty"}
    assert place(context) == {"language": "ru", "country": "KZ", "timezone": "Asia/Almaty"}
    assert place({"locale": "en", "timezone": "GMT+0000", "location": {"country": "gb"}}) == {
        "language": "en", "country": "GB",
    }  # fmt: skip
    assert place({"locale": 5, "timezone": None}) == {}


def test_a_page_is_its_path_wherever_the_client_put_it():
    assert page_path({"page": {"path": "/cart"}}, {}) == "/cart"
    assert page_path({}, {"url": "https://x/y"}) == "https://x/y"


def buy(person, event, ts=T, /, **props):
    apply_commerce(person, event, props, ts, "RUB")


def test_a_cart_is_filled_emptied_and_priced_exactly():
    person = card()
    buy(person, "Product Added", product_id="1", name="Oslo", price=0.1, quantity=3)
    buy(person, "Product Added", product_id="2", name="Lamp", price="12.50")
    assert person.props["cart_amount"] == 12.8
    assert person.props["cart_items"] == ["Oslo", "Lamp"]
    buy(person, "Product Removed", product_id="1", name="Oslo")
    assert person.props["cart_amount"] == 12.5
    buy(person, "Order Completed", T + 1, order_id="o1", total=12.5)
    assert "cart" not in person.props
    assert (person.props["orders_count"], person.props["revenue"]) == (1, 12.5)


def test_an_order_reported_twice_counts_once():
    person = card()
    buy(person, "Order Completed", order_id="o1", total=100)
    buy(person, "Order Completed", order_id="o1", total=100)
    assert (person.props["orders_count"], person.props["revenue"]) == (1, 100)


def test_currencies_are_never_added():
    person = card()
    buy(person, "Order Completed", order_id="o1", total=100)
    buy(person, "Order Completed", order_id="o2", total=30, currency="EUR")
    buy(person, "Order Refunded", order_id="o1", total=40)
    assert (person.props["revenue"], person.props["revenue_EUR"]) == (60, 30)


def test_a_late_order_leaves_what_was_added_after_it():
    person = card()
    buy(person, "Product Added", T, name="Oslo", price=10)
    buy(person, "Product Added", T + 5, name="Lamp", price=5)
    buy(person, "Order Completed", T + 3, order_id="o1", total=10)
    assert person.props["cart_items"] == ["Lamp"]


def test_nonsense_amounts_do_no_harm():
    person = card()
    buy(person, "Product Added", name="x", price={"a": 1}, quantity="many")
    assert person.props["cart_items"] == ["x"]
    buy(person, "Order Completed", order_id="o", total="NaN")
    assert "revenue" not in person.props


def test_a_stated_language_outlives_the_browser_s_and_the_zone_follows_the_device():
    person = card()
    person.put("language", "ru")
    note_place(person, {"language": "en", "country": "DE", "timezone": "Europe/Berlin"})
    note_place(person, {"language": "en", "country": "US", "timezone": "America/New_York"})
    assert (person.language, person.country, person.timezone) == ("ru", "DE", "America/New_York")


def test_only_an_event_that_names_a_campaign_has_one():
    assert has_campaign({"campaign": {"source": "x"}}, {})
    assert has_campaign({}, {"url": "https://s.example/?utm_source=x"})
    assert not has_campaign({"page": {"url": "https://s.example/"}}, {})
