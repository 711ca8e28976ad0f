"""What gateways do to letters is kept, told apart from people, and may be judged again."""

from __future__ import annotations

import pytest
from mail_kit import CHAIN, NOON, open_shop

from mautod.core.envelope import Receipt
from mautod.core.sending.machines import ALL_LINKS, RANGE, TOGETHER_MS, TRAP, Suspects, read_ranges
from mautod.core.sending.returns import CLICKED, MACHINE_CLICKED, MACHINE_OPENED, OPENED
from mautod.duration import DAY, HOUR, SECOND
from mautod.services.intake import visits
from mautod.services.intake.receive import resolve
from mautod.store import inbox
from mautod.store.delivery import visits as store

CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0 Safari/537.36"
HERE = "203.0.113.7"


@pytest.fixture
def shop(tmp_path):
    shop = open_shop(tmp_path)
    shop.apply(CHAIN)
    yield shop
    shop.db.close()


def letter(shop, **columns) -> int:
    person = columns.pop("person", None) or shop.person()
    return shop.message(person, "cart", state="sent", sending_at=NOON, done_at=NOON, **columns)


def come(shop, now: int, *came: tuple[str, int, str], message: int, address: str = HERE):
    """Visits arrive: each a kind, an instant and a URL."""
    told = [(Receipt(kind, message, url, CHROME), at, address) for kind, at, url in came]
    with shop.db.write() as tx:
        return resolve(tx, told, None, Suspects(), now)


def marks(shop) -> int:
    return shop.one("SELECT marks FROM message")[0]


def notes(shop) -> list[tuple[str, object]]:
    return [
        (body["event"], body["properties"].get("machine"))
        for _, body in inbox.take(shop.db.read(), 100)
        if "event" in body
    ]


def test_a_click_soon_after_sending_waits_for_its_company(shop):
    message, at = letter(shop), NOON + 20 * SECOND
    assert come(shop, at, ("click", at, "https://x.test"), message=message) == []
    assert visits.settle(shop.db, Suspects(), at + TOGETHER_MS - 1) == 0
    assert store.next_verdict(shop.db.read()) == at + TOGETHER_MS
    assert visits.settle(shop.db, Suspects(), at + TOGETHER_MS) == 1
    assert notes(shop) == [("Message Clicked", None)]
    assert (marks(shop), shop.one("SELECT clicked_at FROM message")) == (CLICKED, (at,))
    assert visits.settle(shop.db, Suspects(), at + DAY) == 0


def test_a_gateway_that_follows_every_link_is_no_person_to_any_chain(shop):
    message, at = letter(shop), NOON + 20 * SECOND
    for number in range(3):
        url = f"https://x.test/{number}"
        told = come(shop, at + number, ("click", at + number, url), message=message)
    assert [props["machine"] for _, _, props, _ in told] == [ALL_LINKS] * 3
    assert marks(shop) == MACHINE_CLICKED


def test_a_late_click_is_told_at_once_and_put_right_when_more_is_known(shop):
    person = shop.person()
    message, at = letter(shop, person=person), NOON + HOUR
    [(_, name, props, _)] = come(shop, at, ("click", at, "https://x.test/0"), message=message)
    assert "machine" not in props
    event = shop.event(person, name, at, **props)
    come(
        shop, at + 2, ("click", at + 1, "https://x.test/1"), ("click", at + 2, "https://x.test/2"),
        message=message,
    )  # fmt: skip
    kept = shop.one("SELECT props ->> 'machine' FROM event WHERE id = ?", event)
    assert (kept, marks(shop)) == ((ALL_LINKS,), MACHINE_CLICKED)


def test_the_link_that_nobody_sees_is_no_event_and_gives_its_visitor_away(shop):
    message, at = letter(shop), NOON + HOUR
    come(shop, at, ("open", at, ""), message=message)
    assert marks(shop) == OPENED
    assert come(shop, at + 1, ("trap", at + 1, ""), message=message) == []
    assert marks(shop) == MACHINE_OPENED
    assert [one.rule for one in store.of_message(shop.db.read(), message)] == [TRAP, TRAP]


def test_visits_are_judged_again_by_what_is_known_now_and_back_again(shop):
    person = shop.person()
    message, at = letter(shop, person=person), NOON + HOUR
    [(_, name, props, _)] = come(shop, at, ("click", at, "https://x.test"), message=message)
    event = shop.event(person, name, at, **props)
    wary = Suspects(read_ranges(["203.0.113.0/24"]))
    for suspects, rule, mark in ((wary, RANGE, MACHINE_CLICKED), (Suspects(), None, CLICKED)):
        for _ in range(2):
            assert visits.rejudge(shop.db, suspects, NOON, at + DAY) == 1
            kept = shop.one("SELECT props ->> 'machine' FROM event WHERE id = ?", event)
            assert (kept, marks(shop)) == ((rule,), mark)
    assert visits.rejudge(shop.db, wary, at + 1, at + DAY) == 0
    assert notes(shop) == []


def test_visits_to_an_erased_person_are_told_to_nobody(shop):
    message, at = letter(shop), NOON + 20 * SECOND
    come(shop, at, ("click", at, "https://x.test"), message=message)
    with shop.db.write() as tx:
        tx.execute("UPDATE person SET erased_at = ?", (at,))
    assert visits.settle(shop.db, Suspects(), at + DAY) == 0
    assert store.next_verdict(shop.db.read()) is None


def test_old_visits_are_let_go_of_with_all_of_their_message(shop):
    message, at = letter(shop), NOON + HOUR
    come(shop, at + DAY, ("open", at, ""), ("open", at + DAY, ""), message=message)
    with shop.db.write() as tx:
        assert store.forget(tx, at + HOUR) == 0
        assert store.forget(tx, at + 2 * DAY) == 2


def test_no_statement_about_visits_scans_a_table(shop):
    asked = (
        (store.OF_MESSAGE, (1, 9)), (store.WAITING, (1, 9)), (store.NEXT, ()),
        (store.SINCE, (1, 1, 9)), (store.FORGET, (1, 1)), (store.LEFT, (1,)),
        (store.EVENTS, (1, "x", 1)),
    )  # fmt: skip
    for sql, values in asked:
        plan = " ".join(row[3] for row in shop.all(f"EXPLAIN QUERY PLAN {sql}", *values))
        assert "SCAN" not in plan or "USING" in plan.split("SCAN", 1)[1].split("SEARCH")[0], sql
