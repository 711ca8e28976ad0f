"""The desk in a browser: nobody is in without the key, and nobody's page can use a session."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from mautod.http.door import COOKIE, SESSION_S, TRIES_A_MINUTE, Door

KEY = "the-key"


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
async def browser(clock):
    async def inside(request):
        return web.Response(text="inside")

    app = web.Application()
    app.add_routes([web.get(path, inside) for path in ("/", "/ws", "/static/x.js")])
    Door(KEY, "https://desk.example", now_s=clock).mount(app)
    async with TestClient(TestServer(app)) as client:
        yield client


async def enter(browser, key=KEY):
    return await browser.post("/login", data={"key": key}, allow_redirects=False)


def cookie(answer):
    return {"Cookie": f"{COOKIE}={answer.cookies[COOKIE].value}"}


async def test_without_a_session_one_is_led_to_the_door_and_nothing_else_is_served(browser):
    answer = await browser.get("/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (303, "/login")
    for path in ("/ws", "/static/x.js", "/nothing"):
        assert (await browser.get(path)).status == 403


async def test_the_key_opens_a_session_that_scripts_and_other_sites_cannot_use(browser):
    answer = await enter(browser)
    assert (answer.status, answer.headers["Location"]) == (303, "/")
    made = answer.cookies[COOKIE]
    assert (made["httponly"], made["secure"], made["samesite"]) == (True, True, "Strict")
    inside = await browser.get("/", headers=cookie(answer))
    assert await inside.text() == "inside"
    assert inside.headers["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize("key", ["", "the-ke", "the-keyy", "ключ"])
async def test_a_wrong_key_opens_nothing(browser, key):
    answer = await enter(browser, key)
    assert answer.status == 403
    assert COOKIE not in answer.cookies
    assert "This is not the key." in await answer.text()


async def test_keys_cannot_be_tried_one_after_the_other(browser, clock):
    for _ in range(TRIES_A_MINUTE):
        assert (await enter(browser, "wrong")).status == 403
    assert (await enter(browser)).status == 429
    clock.now += 60
    assert (await enter(browser)).status == 303


async def test_a_session_ends_by_itself_and_when_one_leaves(browser, clock):
    first, second = await enter(browser), await enter(browser)
    left = await browser.get("/logout", headers=cookie(first), allow_redirects=False)
    assert left.headers["Location"] == "/login"
    assert (await browser.get("/static/x.js", headers=cookie(first))).status == 403
    assert (await browser.get("/static/x.js", headers=cookie(second))).status == 200
    clock.now += SESSION_S + 1
    assert (await browser.get("/static/x.js", headers=cookie(second))).status == 403


@pytest.mark.parametrize(
    ("origin", "status"),
    [("https://desk.example", 200), ("https://evil.example", 403), ("", 403), ("null", 403)],
)
async def test_a_socket_is_opened_by_our_own_page_alone(browser, origin, status):
    headers = cookie(await enter(browser)) | {"Origin": origin}
    assert (await browser.get("/ws", headers=headers)).status == status


async def test_the_page_speaks_the_language_of_the_browser(browser):
    page = await browser.get("/login", headers={"Accept-Language": "ru-RU,ru;q=0.9"})
    assert "Открыть" in await page.text()
