"""Push in a real browser: our own question, a real service worker, a message and a click on it."""

from __future__ import annotations

import asyncio
import json
from importlib.resources import files

import aiohttp
import pytest
import pytest_asyncio
from browser_kit import KEY, launch, make_field, until_true
from digest_kit import Mill
from push_kit import Browser, Service
from smtp_kit import draft

from mautod import channels
from mautod.channels.port import Net
from mautod.channels.push import vapid
from mautod.core.sending.links import Links
from mautod.core.sending.message import Sent
from mautod.core.templates.template import parse_template
from mautod.http.keys import WriteKeys
from mautod.http.limits import RateLimit
from mautod.http.push import PushDoor
from mautod.store.delivery import browsers

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

# A push service is out of reach of a test: the browser's part of it is played, with real keys.
PLAYED = """
PushManager.prototype.getSubscription = async () => window.made || null;
PushManager.prototype.subscribe = async (option) => {
  window.wanted = [option.userVisibleOnly, option.applicationServerKey.length];
  window.made = { toJSON: () => (%s), unsubscribe: async () => { window.made = null; } };
  return window.made;
};
"""
TEMPLATE = parse_template(
    "---\nsubject: x\ntopic: offers\n---\n<p>{{ unsubscribe_url }}</p>\n--- push\n"
    "title: {{ person.name }}\nurl: https://shop.example/cart\n<b>It</b> waits.\n",
    "cart.liquid",
    "cart",
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async for each in launch():
        yield each


@pytest_asyncio.fixture(loop_scope="module")
async def field(tmp_path, browser):
    mill, service = Mill(tmp_path), await Service().start()
    door = PushDoor(
        mill.db, frozenset({service.place}), WriteKeys({KEY: "site"}), RateLimit(1e4, 10_000), "secret"
    )  # fmt: skip
    vapid.make_key(tmp_path / "keys/push.pem")
    async for each in make_field(tmp_path, browser, [door.mount], mill):
        each.mill, each.service, each.folder = mill, service, tmp_path
        each.door, each.keys = f"{each.shop.daemon}/v1/push", Browser()
        each.settings["push"] = {"key": vapid.public(vapid.load_key(tmp_path / "keys/push.pem"))}
        told = each.keys.door(service.origin)
        played = {"endpoint": told.endpoint, "keys": {"p256dh": told.p256dh, "auth": told.auth}}
        each.shop.script = PLAYED % json.dumps(played)
        each.shop.files["/mautod-sw.js"] = (files("mautod") / "web/sw.js").read_text()
        yield each
    await service.runner.cleanup()
    mill.close()


async def agreed(field):
    page = await field.open("/")
    await field.context.grant_permissions(["notifications"], origin=field.shop.origin)
    await until_true(page, "!!(window.mautod && mautod.loaded)")
    await page.evaluate("mautod.push.ask()")
    await field.until(lambda: field.mill.rows("SELECT id FROM browser WHERE gone_at IS NULL"))
    return page


async def test_the_browser_is_kept_with_its_keys_for_the_person(field):
    page = await agreed(field)
    assert await page.evaluate("window.wanted") == [True, 65]
    person = field.mill.one("SELECT person_id FROM browser")
    (door,) = browsers.doors(field.mill.db.read(), [person])[person]
    assert door.endpoint == f"{field.service.origin}/b1"
    await field.until(lambda: field.named("Push Subscribed"))
    await page.evaluate("mautod.push.stop()")
    await field.until(lambda: field.mill.rows("SELECT 1 FROM browser WHERE gone_at IS NOT NULL"))
    assert field.complaints == []


async def test_a_message_is_shown_by_a_real_service_worker(field):
    page = await agreed(field)
    door = field.keys.door(field.service.origin)
    net = Net(field.folder, "Shop", "https://shop.example")
    channel = channels.create("push", {"private": [field.service.place]}, net)
    await channel.open()
    links = Links("secret", "https://m.example")
    letter = channel.render(TEMPLATE, draft(doors=[door]), links)
    assert await channel.send([letter]) == [Sent()]
    await channel.close()
    text = field.keys.read(field.service.taken[-1][2]).decode()
    shown = await delivered(field, page, text)
    assert shown["title"] == "Ann"
    assert shown["body"] == "<b>It</b> waits."
    assert links.read_click(shown["url"].rpartition("/")[2]) == (7, "https://shop.example/cart")


async def delivered(field, page, text: str) -> dict:
    """What the worker shows of a payload that the browser's push service has decrypted."""
    session = await field.context.new_cdp_session(page)
    found = asyncio.get_running_loop().create_future()

    def heard(event):
        for each in event["registrations"]:
            if each["scopeURL"].startswith(field.shop.origin) and not found.done():
                found.set_result(each["registrationId"])

    session.on("ServiceWorker.workerRegistrationUpdated", heard)
    await session.send("ServiceWorker.enable")
    registration = await asyncio.wait_for(found, 20)
    await session.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": field.shop.origin, "registrationId": registration, "data": text},
    )
    notes = (
        "navigator.serviceWorker.ready.then((r) => r.getNotifications())"
        ".then((all) => all.map((n) => ({ title: n.title, body: n.body, url: n.data.url })))"
    )
    async with asyncio.timeout(20):
        while not (all_ := await page.evaluate(notes)):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return all_[0]


async def test_our_own_question_comes_first_and_a_no_to_it_costs_nothing(field):
    page = await field.open("/")
    await until_true(page, "!!(window.mautod && mautod.loaded)")
    await page.evaluate(
        "void Object.defineProperty(Notification, 'permission', { get: () => window.will || 'default' })"
    )
    await page.evaluate(
        "void (Notification.requestPermission = async () => (window.asked = true, window.will = 'granted'))"
    )
    await page.evaluate("mautod.push.ask({ title: '<i>News?</i>' })")
    await page.wait_for_selector("[data-mautod-push] .box")
    assert await page.locator("[data-mautod-push] h2").inner_text() == "<i>News?</i>"
    await page.locator("[data-mautod-push] .no").click()
    await field.until(lambda: field.named("Push Declined"))
    assert not await page.evaluate("!!window.asked")
    await page.evaluate("mautod.push.ask()")
    await page.wait_for_timeout(300)
    assert await page.locator("[data-mautod-push]").count() == 0
    await page.evaluate("localStorage.removeItem('mautod.push'); mautod.push.ask()")
    await page.locator("[data-mautod-push] .yes").click()
    await field.until(lambda: field.mill.rows("SELECT id FROM browser"))
    assert await page.evaluate("window.asked")
    assert field.complaints == []


async def post(field, **told):
    door = Browser().door("https://push.example")
    whole = {
        "writeKey": KEY,
        "anonymousId": "a1",
        "endpoint": door.endpoint,
        "p256dh": door.p256dh,
        "auth": door.auth,
    }
    async with (
        aiohttp.ClientSession() as session,
        session.post(field.door, json={**whole, **told}) as answer,
    ):
        return answer.status, await answer.json()


async def test_the_door_takes_no_addresses_inside_no_bad_keys_and_no_strangers(field):
    field.mill.play({"type": "identify", "anonymousId": "a1", "traits": {}})
    assert await post(field) == (200, {"success": True})
    assert (await post(field, anonymousId="new"))[1]["retryAfterMs"]
    assert (await post(field, writeKey="x"))[0] == 401
    for bad in (
        {"endpoint": "https://127.0.0.1/"},
        {"endpoint": "http://push.example"},
        {"auth": "AA"},
        {"p256dh": "x"},
        {"endpoint": 5},
    ):
        assert (await post(field, **bad))[0] == 400
    assert (await post(field, endpoint="https://x.example/" + "y" * 9000))[0] in {400, 413}
    assert field.mill.one("SELECT count(*) FROM browser") == 1


async def test_of_many_browsers_the_latest_ten_are_told_and_one_that_changes_hands_moves(field):
    field.mill.play({"type": "identify", "anonymousId": "a1", "traits": {}})
    field.mill.play({"type": "identify", "anonymousId": "a2", "traits": {}})
    for number in range(12):
        await post(field, endpoint=f"https://push.example/{number}")
    assert field.mill.one("SELECT count(*) FROM browser WHERE gone_at IS NULL") == 10
    await post(field, endpoint="https://push.example/11", anonymousId="a2")
    assert field.mill.one("SELECT count(DISTINCT person_id) FROM browser") == 2
    assert (await post(field, endpoint="https://push.example/11", gone=True))[0] == 200
    assert field.mill.one("SELECT gone_at FROM browser WHERE endpoint LIKE '%/11'") is None
