"""Pop-ups in a real browser: each trigger, forms, keys, languages, and nothing of a visitor run."""

from __future__ import annotations

import json

import pytest
import pytest_asyncio
from browser_kit import KEY, launch, make_field, until_true
from digest_kit import Mill
from mail_kit import Shop

from mautod.channels.popup import Popup, PopupConfig
from mautod.channels.port import Net
from mautod.core.files.definition import read_toml
from mautod.core.files.popup_file import files_named, whole
from mautod.core.sending.links import Links
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.popups import PopupDoor
from mautod.services.delivery.admit import Terms
from mautod.services.site.popups import Popups
from mautod.services.site.waiting import House, Waiting
from mautod.store import catalog

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

STEP = '[[step]]\ntitle = { en = "A gift", ru = "Подарок" }\ntext = "For you"\nbutton = "Open"\nlink = "/gift"\n'
FORM = """
[[step]]
title  = "A gift"
button = "Next"
[[step.field]]
name = "email"
type = "email"
label = "Your email"
[[step]]
title  = "How was it?"
button = "Send"
[[step.field]]
name = "score"
type = "nps"
save = true
[[step.field]]
name = "why"
type = "choice"
options = [{ en = "Price", ru = "Цена" }, "Other"]
[[step.field]]
name = "agree"
type = "consent"
label = "I want news"
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async for each in launch():
        yield each


@pytest_asyncio.fixture(loop_scope="module")
async def field(tmp_path, browser):
    mill = Mill(tmp_path)
    popups = Popups("UTC", "en")
    net = Net(tmp_path, "Shop", "https://shop.example", clock=lambda: mill.now)
    house = House(Popup(PopupConfig(), net), Links("secret", "https://m.example"), Terms(), {})
    door = PopupDoor(
        mill.db,
        popups,
        WriteKeys({KEY: "site"}),
        RateLimit(1e4, 10_000),
        "secret",
        waiting=Waiting(mill.db, house, popups),
    )
    async for each in make_field(tmp_path, browser, [door.mount], mill):
        each.mill = mill
        each.settings["parts"] = ["popups"]
        each.shop.pages["/"] = "<p class=tall>Sofas</p><p id=foot>The end</p>"
        yield each
    mill.db.close()
    mill.journal.close()


def offer(field, text: str, key: str = "gift", html: dict | None = None) -> None:
    named = set(files_named(read_toml(text, "x")))
    body = whole(text, {name: (html or {})[name] for name in named}, {})
    with field.mill.db.write() as tx:
        catalog.put(tx, "popup", key, f"popups/{key}.toml", body, field.mill.now)
        catalog.bump(tx)


async def shown(page, key: str = "gift"):
    await page.wait_for_selector(f'[data-mautod-popup="{key}"] .box', timeout=40_000)
    return page.locator(f'[data-mautod-popup="{key}"]')


async def settle(page) -> None:
    """Until the server has said which pop-ups there are."""
    await until_true(
        page,
        "performance.getEntriesByType('resource').filter((r) => r.name.endsWith('/v1/popups')).length > 0",
    )
    await page.wait_for_timeout(2500)


async def test_a_popup_appears_in_the_visitors_language_and_its_link_leads_on(field):
    offer(field, STEP)
    page = await field.open("/", locale="ru-RU")
    there = await shown(page)
    assert await there.locator("h2").inner_text() == "Подарок"
    assert await page.evaluate("document.activeElement.shadowRoot.activeElement.className") == "go"
    await there.locator(".go").click()
    await page.wait_for_url("**/gift")
    (seen,) = await field.until(lambda: field.named("Popup Shown"))
    assert seen.props["popup"] == "gift"
    await field.until(lambda: field.named("Popup Clicked"))
    assert field.complaints == []


@pytest.mark.parametrize(
    ("trigger", "act"),
    [
        ('after = "1s"', ""),
        ("scroll = 60", "window.scrollTo(0, 2500)"),
        ('seen = "#foot"', "document.getElementById('foot').scrollIntoView()"),
        ('event = "Product Added"', "mautod.track('Product Added')"),
        ('idle = "2s"', ""),
    ],
)
async def test_each_trigger_waits_for_its_moment(field, trigger, act):
    offer(field, f"show = {{ {trigger} }}\n{STEP}")
    page = await field.open()
    if act:
        await settle(page)
        assert await page.locator("[data-mautod-popup]").count() == 0
        await page.evaluate(act)
    await shown(page)


async def test_who_is_about_to_leave_is_held_by_a_real_mouse(field):
    offer(field, f"show = {{ exit = true }}\n{STEP}")
    page = await field.open()
    await settle(page)
    await page.mouse.move(300, 200)
    assert await page.locator("[data-mautod-popup]").count() == 0
    await page.dispatch_event("html", "mouseleave", {"clientY": -5})
    await shown(page)


async def test_the_third_page_of_a_visit(field):
    offer(field, f"show = {{ page = 3 }}\n{STEP}")
    page = await field.open("/a")
    await settle(page)
    await page.goto(field.shop.origin + "/b")
    await settle(page)
    assert await page.locator("[data-mautod-popup]").count() == 0
    await page.goto(field.shop.origin + "/c")
    await shown(page)


async def test_only_those_whom_the_rule_finds_see_it_and_only_where_it_belongs(field):
    offer(field, f"when = 'did \"Vip\"'\n{STEP}", "vip")
    offer(field, f'url = ["/catalog*", "!/catalog/old"]\n{STEP}', "catalog")
    offer(field, f'device = "mobile"\n{STEP}', "mobile")
    page = await field.open("/catalog/old")
    await settle(page)
    assert await page.locator("[data-mautod-popup]").count() == 0
    await page.evaluate("history.pushState({}, '', '/catalog/new')")
    there = await shown(page, "catalog")
    await there.locator(".close").click()
    await page.evaluate("mautod.track('Vip')")
    await field.until(lambda: field.named("Vip"))
    await page.goto(field.shop.origin + "/else")
    await shown(page, "vip")


async def test_what_was_seen_or_answered_does_not_come_back(field):
    offer(field, f'again = "once"\n{STEP}')
    page = await field.open()
    await (await shown(page)).locator(".close").click()
    assert await page.locator("[data-mautod-popup]").count() == 0
    await field.until(lambda: field.named("Popup Closed"))
    await page.evaluate("localStorage.removeItem('mautod.popups')")
    await page.reload()
    await settle(page)
    assert await page.locator("[data-mautod-popup]").count() == 0


async def test_a_form_checks_asks_on_and_tells_once_all_is_answered(field):
    offer(field, f"done = 'Thanks, look into your mailbox'\n{FORM}")
    page = await field.open("/", locale="en-GB")
    there = await shown(page)
    await there.locator(".go").click()
    assert await there.locator(".wrong").count() == 1
    await there.locator("input").fill("anna@x.example")
    await there.locator(".go").click()
    await there.get_by_text("How was it?").wait_for()
    await there.locator(".scale span").nth(9).click()
    await there.get_by_text("Price").click()
    await there.locator(".go").click()
    assert await there.locator(".wrong").count() == 1
    await there.locator("input[type=checkbox]").check()
    await there.locator(".go").click()
    await there.get_by_text("Thanks, look into your mailbox").wait_for()
    (answered,) = await field.until(lambda: field.named("Popup Submitted"))
    told = {name: answered.props[name] for name in ("email", "score", "why", "agree")}
    assert told == {"email": "anna@x.example", "score": 9, "why": "Price", "agree": True}
    (known,) = [event for event in field.events() if event.kind == "identify"]
    assert known.traits == {"email": "anna@x.example", "score": 9}
    assert field.complaints == []


async def test_keys_close_it_and_stay_within_it(field):
    offer(field, FORM)
    page = await field.open()
    there = await shown(page)
    inside = "document.activeElement.closest('[data-mautod-popup]') !== null"
    for _ in range(5):
        await page.keyboard.press("Tab")
        assert await page.evaluate(inside)
    for _ in range(5):
        await page.keyboard.press("Shift+Tab")
        assert await page.evaluate(inside)
    assert await there.locator("[role=dialog]").get_attribute("aria-modal") == "true"
    await page.keyboard.press("Escape")
    assert await page.locator("[data-mautod-popup]").count() == 0


async def test_what_visitors_wrote_is_text_wherever_it_shows(field):
    evil = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    offer(
        field,
        "show = { after = '0s' }\nwhen = 'city is known'\n[[step]]\ntitle = '{{ person.city }}'\nhtml = 'own.html'\n",
        html={"own.html": "<p class=mine>Hello {{ person.city }}</p>"},
    )
    field.shop.script = (
        f"(window.mautod = window.mautod || []).push(['identify', {{city: {json.dumps(evil)}}}]);"
    )
    page = await field.open()
    await field.until(lambda: [e for e in field.events() if e.kind == "identify"])
    await page.goto(field.shop.origin + "/again")
    there = await shown(page)
    assert await there.locator("h2").inner_text() == evil
    assert await there.locator(".mine").inner_text() == f"Hello {evil}"
    assert await page.evaluate("window.hacked") is None


async def test_embedded_forms_and_buttons_stand_where_they_belong(field):
    offer(field, f'kind = "embedded"\nplace = "#foot"\n{FORM}', "letter")
    offer(field, f'kind = "button"\n{STEP}', "call")
    page = await field.open()
    there = await shown(page, "letter")
    assert await there.locator(".close").count() == 0
    assert await page.locator("#foot [data-mautod-popup]").count() == 1
    await page.locator('[data-mautod-popup="call"] .open').click()
    await page.locator('[data-mautod-popup="call"] [role=dialog]').wait_for()


async def test_variants_are_the_same_for_a_visitor_ever_after(field):
    variant = "[[variant]]\nname = '{0}'\n[[variant.step]]\ntitle = '{0}'\nbutton = 'Go'\n"
    offer(field, 'again = "always"\n' + variant.format("a") + variant.format("b"))
    page = await field.open()
    first = await (await shown(page)).locator("h2").inner_text()
    for path in ("/2", "/3"):
        await page.goto(field.shop.origin + path)
        assert await (await shown(page)).locator("h2").inner_text() == first
    seen = await field.until(lambda: field.named("Popup Shown"))
    assert seen[0].props["variant"] == first


async def test_a_write_key_alone_tells_nothing_about_anybody(field):
    field.mill.post(
        {"type": "identify", "userId": "u1", "messageId": "i1", "traits": {"vip": True}}
    )
    field.mill.drain()
    offer(field, f"when = 'vip = true'\n{STEP}")
    request = (await field.browser.new_context()).request
    for more, status in (({"userId": "u1"}, 200), ({"userId": "u1", "userHash": "0" * 64}, 200)):
        ask = {"writeKey": KEY, "anonymousId": "nobody", **more}
        answer = await request.post(f"{field.shop.daemon}/v1/popups", data=json.dumps(ask))
        assert (answer.status, (await answer.json())["popups"]) == (status, [])
    for body, status in (("{", 400), ("[]", 400), ('{"writeKey": "x", "anonymousId": "a"}', 401)):
        assert (await request.post(f"{field.shop.daemon}/v1/popups", data=body)).status == status
    big = json.dumps({"writeKey": KEY, "anonymousId": "a", "url": "x" * 20_000})
    assert (await request.post(f"{field.shop.daemon}/v1/popups", data=big)).status == 413


async def test_a_message_of_a_chain_is_shown_once_over_tabs_and_settles(field):
    shop = Shop(field.mill.db)
    shop.clock.now = field.mill.now
    shop.apply(
        'name = "C"\ntopic = "offers"\nchannel = "popup"\nenter = { event = "X" }\n[[step]]\nid = "first"\nsend = "gift"\n'
    )
    offer(field, f'name = "Gift"\nby = "chain"\nkind = "corner"\n{STEP}')
    first = await field.open("/")
    await field.until(lambda: field.mill.rows("SELECT 1 FROM person"))
    await first.close()
    person = field.mill.one("SELECT id FROM person")
    message = shop.message(person, channel="popup", template="gift", due_at=1)
    page, other = await field.open("/"), await field.open("/")
    await field.until(lambda: field.named("Popup Shown"))
    tabs = [
        each for each in (page, other) if await each.locator('[data-mautod-popup="gift"]').count()
    ]
    assert len(tabs) == 1
    await field.until(lambda: shop.state(message)[0] == "sent")
    await tabs[0].locator('[data-mautod-popup="gift"] .go').click()
    await field.until(lambda: field.mill.rows("SELECT 1 FROM message WHERE clicked_at IS NOT NULL"))
    again = await field.open("/")
    await settle(again)
    assert await again.locator('[data-mautod-popup="gift"]').count() == 0
    assert len(field.named("Popup Shown")) == 1
