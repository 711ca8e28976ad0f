"""The chat in a real browser, on a page of another origin, under a strict policy."""

from __future__ import annotations

import asyncio
import hashlib
import hmac

import pytest
import pytest_asyncio
from browser_kit import launch, make_field, until_true
from chat_kit import SECRET, door, say
from office_kit import Office

from mautod import wire

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

EVIL = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
CHAT = {"name": "Oslo sofas", "greeting": {"en": "Ask us!", "ru": "Спрашивайте!"}, "away": {},
        "open": True, "sound": True, "language": "en"}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async for each in launch():
        yield each


@pytest_asyncio.fixture(loop_scope="module")
async def field(tmp_path, browser):
    office = Office.new(tmp_path / "shop")
    made = door(office)
    async for each in make_field(tmp_path, browser, [made.mount]):
        each.office, each.door = office, made
        each.settings |= {"parts": ["widget"], "chat": dict(CHAT)}
        each.shop.pages["/"] = "<h1>Sofas</h1>"
        yield each
    await made.writer.close()
    office.close()


@pytest.fixture(autouse=True)
def wide_policy(monkeypatch):
    """A WebSocket has a scheme of its own in a policy."""
    import browser_kit  # noqa: PLC0415

    policy = browser_kit.POLICY.replace("connect-src {daemon}", "connect-src {daemon} ws:")
    monkeypatch.setattr(browser_kit, "POLICY", policy)


async def opened(field, path: str = "/", **how):
    page = await field.open(path, **how)
    await page.locator("[data-mautod-chat] .toggle").click()
    return page


async def write(page, text: str) -> None:
    await page.locator("[data-mautod-chat] textarea").fill(text)
    await page.keyboard.press("Enter")


async def said(page, count: int) -> list[str]:
    """What stands in the log, once there is so much of it."""
    there = page.locator("[data-mautod-chat] .said p")
    async with asyncio.timeout(20):
        while await there.count() < count:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    return await there.all_inner_texts()


def parts(field) -> list[tuple[str, str]]:
    sql = "SELECT direction, text FROM part ORDER BY id"
    return field.office.db.read().execute(sql).fetchall()


async def test_both_ways_with_two_tabs_and_everything_once(field):
    one = await opened(field)
    assert await one.locator("[data-mautod-chat] .greeting").inner_text() == "Ask us!"
    await write(one, "Is it soft?")
    await field.until(lambda: parts(field) == [("in", "Is it soft?")])
    two = await opened(field)
    assert await said(two, 1) == ["Is it soft?"]
    chat = field.office.desk.chats().items[0].id
    field.office.desk.reply_chat(chat, say("Very"))
    await write(two, "How much?")
    for tab in (one, two):
        assert sorted(await said(tab, 3)) == ["How much?", "Is it soft?", "Very"]
    assert len(parts(field)) == 3
    assert field.complaints == []


async def test_a_cut_connection_loses_nothing_and_doubles_nothing(field):
    page = await opened(field)
    await write(page, "Before")
    await field.until(lambda: len(parts(field)) == 1)
    await page.context.set_offline(True)
    for socket in tuple(field.door._sockets):
        await socket.close()
    await write(page, "While away")
    chat = field.office.desk.chats().items[0].id
    field.office.desk.reply_chat(chat, say("Answer in the dark"))
    await page.context.set_offline(False)
    assert sorted(await said(page, 3)) == ["Answer in the dark", "Before", "While away"]
    await field.until(lambda: len(parts(field)) == 3)
    await page.reload()
    await page.locator("[data-mautod-chat] .toggle").click()
    assert len(await said(page, 3)) == 3


async def test_where_no_websocket_gets_through_requests_wait(field):
    field.shop.script = "window.WebSocket = class { constructor() { throw new Error('no') } };"
    page = await field.open()
    await page.locator("[data-mautod-chat] .toggle").click()
    await write(page, "By hand")
    await field.until(lambda: parts(field) == [("in", "By hand")])
    chat = field.office.desk.chats().items[0].id
    field.office.desk.reply_chat(chat, say("Got it"))
    assert await said(page, 2) == ["By hand", "Got it"]


async def test_nothing_that_anybody_writes_is_run(field):
    field.settings["chat"] |= {"name": EVIL, "greeting": {"": EVIL}}
    page = await opened(field)
    await write(page, EVIL)
    await field.until(lambda: len(parts(field)) == 1)
    chat = field.office.desk.chats().items[0].id
    field.office.desk.reply_chat(chat, say(EVIL, EVIL[:60]))
    assert await said(page, 2) == [EVIL, EVIL]
    field.office.desk.typing_chat(chat, wire.TypingAsk(EVIL[:60]))
    await page.wait_for_selector("[data-mautod-chat] .types:not(:empty)")
    assert await page.evaluate("window.hacked") is None
    assert await page.locator("[data-mautod-chat] img").count() == 0
    assert field.complaints == []


async def test_an_answer_is_counted_while_the_chat_is_closed_and_read_when_it_opens(field):
    page = await opened(field)
    await write(page, "Hello")
    await field.until(lambda: len(parts(field)) == 1)
    await page.keyboard.press("Escape")
    chat = field.office.desk.chats().items[0].id
    field.office.desk.reply_chat(chat, say("Hi"))
    count = page.locator("[data-mautod-chat] .count")
    await count.wait_for(state="visible")
    assert await count.inner_text() == "1"
    await until_true(page, "document.title.startsWith('●')")
    await page.locator("[data-mautod-chat] .toggle").click()
    await field.until(lambda: field.office.desk.chat(chat).chat.read_id)
    assert await page.title() == "Shop"


async def test_out_of_hours_an_email_is_asked_and_goes_the_road_of_browsers(field):
    field.settings["chat"]["open"] = False
    page = await opened(field, locale="ru-RU")
    await page.locator("[data-mautod-chat] textarea").fill("Вопрос")
    await page.keyboard.press("Enter")
    assert await page.locator("[data-mautod-chat] .wrong").is_visible()
    await page.locator("[data-mautod-chat] input").fill("ann@x.example")
    await write(page, "Вопрос")
    await field.until(lambda: parts(field) == [("in", "Вопрос")])
    field.office.digest()
    assert field.office.desk.chats().items[0].person == "ann@x.example"


async def test_who_logs_out_leaves_nothing_behind(field):
    page = await opened(field)
    await write(page, "Private")
    await field.until(lambda: len(parts(field)) == 1)
    await said(page, 1)
    await page.evaluate("mautod.reset()")
    await until_true(page, "!localStorage.getItem('mautod.chat')")
    assert await page.locator("[data-mautod-chat] .said").count() == 0
    await page.reload()
    await page.locator("[data-mautod-chat] .toggle").click()
    await until_true(page, "!!document.querySelector('[data-mautod-chat]')")
    assert await page.locator("[data-mautod-chat] .said").count() == 0


async def test_a_known_user_finds_their_chat_on_another_device(field, browser):
    field.office.know("ann")
    proof = hmac.new(SECRET.encode(), b"ann", hashlib.sha256).hexdigest()
    page = await field.open()
    await page.evaluate(f"mautod.auth('ann', '{proof}')")
    await page.locator("[data-mautod-chat] .toggle").click()
    await write(page, "From here")
    await field.until(lambda: len(parts(field)) == 1)
    field.context = await browser.new_context()
    phone = await field.open()
    await phone.evaluate(f"mautod.auth('ann', '{proof}')")
    await phone.locator("[data-mautod-chat] .toggle").click()
    assert await said(phone, 1) == ["From here"]
