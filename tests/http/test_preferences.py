"""What people choose on their page, confirm by a letter, and ask for: nothing happens on a GET."""

from __future__ import annotations

import json

import pytest
from consent_kit import Pages, ledger, letters, pages_of, states, topical_shop
from mail_kit import NOON

from mautod.core.sending.gate import Postpone
from mautod.core.sending.pace import pace_of
from mautod.duration import DAY, WEEK
from mautod.http.server import make_app
from mautod.services.definitions.templates import Templates
from mautod.services.delivery.admit import Gatekeeper
from mautod.services.delivery.optin import Wish, subscribe
from mautod.services.delivery.policies import Policies
from mautod.store.delivery import messages, preferences
from mautod.store.journal import Journal


@pytest.fixture
async def site(aiohttp_client, tmp_path):
    shop = topical_shop(tmp_path)
    journal = Journal(tmp_path / "journal.db").open()
    pages = pages_of(shop, journal)
    client = await aiohttp_client(make_app([pages.mount]))
    yield Pages(client, shop, pages.links)
    journal.close()
    shop.db.close()


@pytest.fixture
def ann(site):
    return site.shop.person(language="en")


@pytest.fixture
def letter(site, ann):
    return site.shop.message(ann, state="sent", address="ann@x.example")


def changes(shop):
    """Rows that a page may change."""
    tables = ("consent", "optout", "consent_log", "preference", "optin", "message", "inbox")
    return {table: shop.one(f"SELECT count(*) FROM {table}")[0] for table in tables}


async def test_looking_changes_nothing_on_any_page(site, ann, letter):
    subscribe(site.shop.db, ann, Wish(("magazine",), "form"), NOON)
    (confirm,) = letters(site.shop, "confirm")
    before = changes(site.shop)
    assert (await site.get("preferences", letter))[0] == 200
    assert (await site.get("confirm", confirm))[0] == 200
    assert changes(site.shop) == before


async def test_the_page_shows_what_holds_and_escapes_what_others_wrote(site, ann, letter):
    status, page = await site.get("preferences", letter)
    assert status == 200
    assert "b" not in page.tags
    assert "News & <b>tips</b>" in page.text
    assert "a…@x.example" in page.text
    ticked = {value for name, value in page.fields if name == "on"}
    assert ticked == {"offers.email", "news.email"}


async def test_saving_the_page_as_it_stands_says_nothing(site, ann, letter):
    before = changes(site.shop)
    status, page = await site.save(letter)
    assert (status, "Saved." in page.text) == (200, True)
    after = changes(site.shop)
    assert after["consent"] == before["consent"]
    assert after["consent_log"] == before["consent_log"]


async def test_a_box_ticked_or_not_is_a_yes_or_a_no_with_the_words_beside_it(site, ann, letter):
    await site.save(letter, on={"news.email", "club.email"})
    assert states(site.shop, ann) == {
        ("offers", "email"): "unsubscribed",
        ("club", "email"): "subscribed",
    }
    sql = "SELECT topic, text, language, address, message_id FROM consent_log ORDER BY topic"
    assert site.shop.all(sql) == [
        ("club", "Club (By email)", "en", "ann@x.example", letter),
        ("offers", "Offers (By email)", "en", "ann@x.example", letter),
    ]
    await site.save(letter, on={"news.email", "club.email"})
    assert len(ledger(site.shop, ann)) == 2


async def test_a_yes_on_the_page_lifts_what_was_said_for_the_address(site, ann, letter):
    await site.post("preferences", letter, ("act", "stop"))
    _, page = await site.get("preferences", letter)
    assert not any(name == "on" for name, _ in page.fields)
    await site.save(letter, on={"news.email"})
    _, page = await site.get("preferences", letter)
    assert [value for name, value in page.fields if name == "on"] == ["news.email"]


async def test_a_topic_that_appeared_meanwhile_is_not_refused_by_an_old_page(site, ann, letter):
    await site.post("preferences", letter, ("shown", "offers.email"), ("act", "save"))
    assert states(site.shop, ann) == {("offers", "email"): "unsubscribed"}


async def test_a_topic_with_double_opt_in_waits_for_the_letter(site, ann, letter):
    on = {"offers.email", "news.email", "magazine.email"}
    _, page = await site.save(letter, on=on)
    assert "please confirm" in page.text
    assert states(site.shop, ann) == {("magazine", "email"): "pending"}
    assert len(letters(site.shop, "confirm")) == 1
    _, page = await site.save(letter, on=on)
    assert len(letters(site.shop, "confirm")) == 1


async def test_a_pause_and_a_frequency_are_heeded_by_the_gate(site, ann, letter):
    await site.save(letter, pause="week", **{"often_*": "monthly"})
    (wishes,) = preferences.of_people(site.shop.db.read(), [ann]).values()
    assert wishes.pause_until == NOON + WEEK
    assert wishes.frequency == {"*": "monthly"}
    message = site.shop.message(ann)
    verdict = judged(site.shop, message)
    assert verdict == Postpone(NOON + WEEK, "paused", {"paused_until": NOON + WEEK})
    _, page = await site.save(letter)
    assert "You get no letters until" in page.text
    await site.save(letter, pause="none")
    (wishes,) = preferences.of_people(site.shop.db.read(), [ann]).values()
    assert wishes.pause_until == 0


def judged(shop, message):
    """What the gate says to a queued message."""
    keeper = Gatekeeper(
        "email", "me", shop.terms, Policies("UTC"), Templates(), pace_of(0.0, (), 0)
    )
    with shop.db.write() as tx:
        messages.lease(tx, "email", "me", shop.clock(), shop.clock() + 1000, 100)
        found = messages.dossiers(tx, [message], "me")
    return keeper.judge(shop.db.read(), found, shop.clock())[0]


@pytest.mark.parametrize("until", ["", "soon", "2020-01-01", "2999-01-01", "10000-01-01"])
async def test_a_day_that_makes_no_sense_is_said_and_nothing_is_saved(site, ann, letter, until):
    before = changes(site.shop)
    status, page = await site.save(letter, on=set(), pause="date", until=until)
    assert status == 200
    assert "look at the day" in page.text
    assert changes(site.shop) == before


async def test_a_day_begins_at_midnight_on_the_persons_clock(site):
    bob = site.shop.person("bob@x.example", timezone="Asia/Tokyo")
    letter = site.shop.message(bob, state="sent", address="bob@x.example")
    await site.save(letter, pause="date", until="2026-09-30")
    (wishes,) = preferences.of_people(site.shop.db.read(), [bob]).values()
    assert wishes.pause_until == 1_790_694_000_000  # 2026-09-29 15:00 UTC


async def test_the_language_is_theirs_then_the_browsers_and_can_be_changed(site, ann, letter):
    _, page = await site.get("preferences", letter, **{"Accept-Language": "ru"})
    assert "What would you like to get?" in page.text
    _, page = await site.save(letter, language="ru")
    assert "Сохранено." in page.text
    traits = [row[0] for row in site.shop.all("SELECT body FROM inbox")]
    assert any(json.loads(body).get("traits") == {"language": "ru"} for body in traits)


async def test_a_click_in_the_letter_confirms_once_with_proof(site, ann):
    subscribe(site.shop.db, ann, Wish(("magazine", "club"), "form"), NOON)
    assert states(site.shop, ann) == {("club", "*"): "subscribed", ("magazine", "*"): "pending"}
    (letter,) = letters(site.shop, "confirm")
    site.shop.clock.now += 1000
    status, page = await site.post("confirm", letter)
    assert status == 200
    assert "Thank you, confirmed" in page.text
    assert states(site.shop, ann)["magazine", "*"] == "subscribed"
    sql = "SELECT source, address, ip, agent, text, message_id FROM consent_log ORDER BY id DESC"
    source, address, ip, agent, text, message = site.shop.one(sql)
    assert (source, address, ip, message) == (
        "confirmed form", "ann@x.example", "127.0.0.1", letter
    )  # fmt: skip
    assert "Magazine" in text
    assert agent.startswith("Python")
    before = changes(site.shop)
    _, page = await site.post("confirm", letter)
    assert "confirmed before" in page.text
    assert changes(site.shop) == before


async def test_an_old_link_does_not_undo_a_later_no(site, ann, letter):
    subscribe(site.shop.db, ann, Wish(("magazine",), "form"), NOON)
    (confirm,) = letters(site.shop, "confirm")
    await site.post("confirm", confirm)
    site.shop.clock.now += 1000
    await site.post("preferences", letter, ("act", "stop"))
    site.shop.clock.now += 1000
    await site.post("confirm", confirm)
    _, page = await site.get("preferences", letter)
    assert not any(name == "on" for name, _ in page.fields)


async def test_a_confirmation_is_good_for_thirty_days_and_one_address(site, ann):
    subscribe(site.shop.db, ann, Wish(("magazine",), "form"), NOON)
    (letter,) = letters(site.shop, "confirm")
    with site.shop.db.write() as tx:
        tx.execute("UPDATE message SET address = 'other@x.example' WHERE id = ?", (letter,))
    assert (await site.post("confirm", letter))[0] == 404
    with site.shop.db.write() as tx:
        tx.execute("UPDATE message SET address = 'ann@x.example' WHERE id = ?", (letter,))
    site.shop.clock.now += 30 * DAY
    assert (await site.post("confirm", letter))[0] == 404
    assert states(site.shop, ann) == {("magazine", "*"): "pending"}


async def test_ones_data_goes_to_the_mailbox_alone(site, ann, letter):
    _, page = await site.post("preferences", letter, ("act", "data"))
    assert "on its way to a…@x.example" in page.text
    (mail,) = letters(site.shop, "my-data")
    assert (await site.get("data", letter))[0] == 404, "another letter is no proof"
    with site.shop.db.write() as tx:
        tx.execute("UPDATE message SET address = 'ann@x.example' WHERE id = ?", (mail,))
    status, page = await site.get("data", mail)
    assert status == 200
    assert "ann@x.example" not in page.text
    answer = await site.client.post(site.path("data", mail))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert "no-store" in answer.headers["Cache-Control"]
    told = await answer.json()
    assert told["tables"]["person"][0]["email"] == "ann@x.example"
    _, page = await site.post("preferences", letter, ("act", "data"))
    assert "sent already" in page.text
    assert letters(site.shop, "my-data") == [mail]


async def test_a_link_to_ones_data_dies_in_three_days_or_with_the_address(site, ann, letter):
    await site.post("preferences", letter, ("act", "data"))
    (mail,) = letters(site.shop, "my-data")
    with site.shop.db.write() as tx:
        tx.execute("UPDATE message SET address = 'ann@x.example' WHERE id = ?", (mail,))
        tx.execute("UPDATE person SET email = 'new@x.example' WHERE id = ?", (ann,))
    assert (await site.post("data", mail))[0] == 404
    with site.shop.db.write() as tx:
        tx.execute("UPDATE person SET email = 'Ann@x.example' WHERE id = ?", (ann,))
    assert (await site.get("data", mail))[0] == 200
    site.shop.clock.now += 3 * DAY
    assert (await site.post("data", mail))[0] == 404


async def test_to_be_forgotten_takes_a_letter_and_a_button(site, ann, letter):
    await site.post("preferences", letter, ("act", "forget"))
    (mail,) = letters(site.shop, "forget-me")
    with site.shop.db.write() as tx:
        tx.execute("UPDATE message SET address = 'ann@x.example' WHERE id = ?", (mail,))
    assert (await site.get("forget", mail))[0] == 200
    assert site.shop.one("SELECT erased_at FROM person WHERE id = ?", ann) == (None,)
    for _ in range(2):
        status, page = await site.post("forget", mail)
        assert status == 200
        assert "You are being forgotten" in page.text
    assert site.shop.one("SELECT erased_at FROM person WHERE id = ?", ann) == (NOON,)
    assert site.shop.one("SELECT count(*) FROM erasure") == (1,)
    assert (await site.get("preferences", letter))[0] == 404


@pytest.mark.parametrize("page", ["preferences", "confirm", "data", "forget"])
async def test_a_link_that_nobody_here_made_opens_nothing(site, ann, letter, page):
    path = site.path(page, letter)
    for forged in (path[:-1], path.replace(f"/{letter}.", f"/{letter + 1}."), path + "x" * 5000):
        assert (await site.client.get(forged)).status == 404
        assert (await site.client.post(forged)).status == 404
    other = {"preferences": "confirm"}.get(page, "preferences")
    moved = f"/{site.path(other, 1).split('/')[1]}/{path.rpartition('/')[2]}"
    assert (await site.client.get(moved)).status == 404, "a token is for its own page"


async def test_pages_forbid_scripts_framing_and_telling_where_one_comes_from(site, ann, letter):
    answer = await site.client.get(site.path("preferences", letter))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script" not in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "script" not in (await answer.text())


@pytest.mark.parametrize(
    "body",
    [
        b"act=save&shown=%ff%fe&on=..&often.*=hourly",
        b"act=save&shown=offers.email&often.*=hourly",
        b"\xff\xfe\x00",
        b"act=" + b"x" * 100_000,
        b"&".join(b"on=offers.email" for _ in range(5000)),
    ],
    ids=["nonsense", "frequency", "bytes", "long", "many"],
)
async def test_a_form_that_makes_no_sense_does_no_harm(site, ann, letter, body):
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await site.client.post(site.path("preferences", letter), data=body, headers=headers)
    assert answer.status == 200
    assert states(site.shop, ann) == {}
