"""The tracker in a real browser, on pages of another origin under a strict policy."""

from __future__ import annotations

import gzip
import json

import pytest
import pytest_asyncio
from browser_kit import KEY, launch, make_field, until_true

from mautod.http.site import FOLDER

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser():
    async for each in launch():
        yield each


@pytest_asyncio.fixture(loop_scope="module")
async def field(tmp_path, browser):
    async for each in make_field(tmp_path, browser):
        yield each


def calls(*given) -> str:
    """The site's own script: calls that wait until the tracker is there."""
    lines = [f"window.mautod.push({json.dumps(list(each))});" for each in given]
    return "window.mautod = window.mautod || [];\n" + "\n".join(lines)


async def test_the_tracker_weighs_less_than_8_kb():
    for name in ("tracker.js", "carrotquest.js"):
        assert len(gzip.compress((FOLDER / name).read_bytes(), 9)) < 8 * 1024


async def test_every_call_arrives_once_with_what_is_known_of_the_page(field):
    field.shop.script = calls(
        ["track", "Product Viewed", {"name": "Oslo", "price": 12.5}],
        ["identify", "u1", {"name": "Anna"}],
        ["group", "g1", {"name": "Team"}],
        ["page", "Sofas", {"kind": "list"}],
    )
    await field.open("/sofas?utm_source=mail&utm_campaign=spring&gclid=G1", locale="ru-RU")
    await field.until(lambda: len(field.events()) == 5)
    assert sorted(event.kind for event in field.events()) == [
        "group", "identify", "page", "page", "track",
    ]  # fmt: skip
    (viewed,) = field.named("Product Viewed")
    assert viewed.props == {"name": "Oslo", "price": 12.5}
    assert (len(viewed.anonymous_id), viewed.user_id) == (32, "")
    assert viewed.context["locale"] == "ru-RU"
    assert viewed.context["campaign"] == {"source": "mail", "name": "spring"}
    assert viewed.context["page"]["path"] == "/sofas"
    first = next(event for event in field.events() if event.kind == "page")
    assert first.props["gclid"] == "G1"
    (known,) = (event for event in field.events() if event.kind == "identify")
    assert (known.user_id, known.traits) == ("u1", {"name": "Anna"})
    assert field.complaints == []


async def test_who_logs_in_brings_the_proof_and_who_logs_out_is_somebody_new(field):
    field.shop.script = calls(
        ["auth", "u7", "abc123"], ["track", "In"], ["reset"], ["track", "Out"]
    )
    await field.open()
    await field.until(lambda: field.named("Out"))
    (inside,), (out,) = field.named("In"), field.named("Out")
    assert (inside.user_id, inside.user_hash) == ("u7", "abc123")
    assert (out.user_id, out.user_hash) == ("", "")
    assert inside.anonymous_id != out.anonymous_id


async def test_a_visitor_stays_the_same_over_pages_and_tabs(field):
    await field.open("/a")
    await field.open("/b")
    await field.until(lambda: len(field.events()) == 2)
    assert len({event.anonymous_id for event in field.events()}) == 1
    (cookie,) = (c for c in await field.context.cookies() if c["name"] == "mautod_id")
    assert cookie["value"] == field.events()[0].anonymous_id


async def test_pages_of_a_single_page_site_are_views_of_their_own(field):
    page = await field.open("/one")
    await page.evaluate("history.pushState({}, '', '/two?x=1')")
    await page.evaluate("history.pushState({}, '', '/two?x=1#there')")
    await page.evaluate("history.replaceState({}, '', '/three')")
    await page.go_back()
    await field.until(lambda: len([e for e in field.events() if e.kind == "page"]) == 4)
    seen = [event.props["path"] for event in field.events() if event.kind == "page"]
    assert seen[:3] == ["/one", "/two", "/three"]
    second = next(event for event in field.events() if event.props.get("path") == "/two")
    assert second.props["referrer"].endswith("/one")


async def test_the_time_that_somebody_looked_and_read_is_told_on_leaving(field):
    field.shop.pages["/long"] = "<div class=tall>long</div>"
    page = await field.open("/long")
    await field.until(field.events)
    await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
    await page.wait_for_timeout(1600)
    await page.goto(field.shop.origin + "/next")
    (left,) = await field.until(lambda: field.named("Page Left"))
    assert left.props["path"] == "/long"
    assert left.props["seconds"] >= 1
    assert left.props["scroll"] == 100


async def test_what_was_not_taken_is_sent_again_and_counts_once(field):
    field.refuse = {1: 503, 2: 0, 3: 429}.get
    field.shop.script = calls(["track", "Kept"])
    await field.open()
    await field.until(lambda: field.tries == 4)
    await field.until(lambda: field.named("Kept"))
    assert len(field.named("Kept")) == 1
    assert len(field.events()) == 2


async def test_what_waits_survives_a_closed_tab(field):
    field.refuse = lambda _: 503
    field.shop.script = calls(["track", "Kept"])
    page = await field.open()
    await page.evaluate("navigator.sendBeacon = () => false")
    await field.until(lambda: field.tries)
    waiting = "Object.keys(localStorage).filter((name) => name.startsWith('mautod.e.')).length"
    assert await page.evaluate(waiting) == 2
    # As if half a minute had gone by before somebody came back.
    await page.evaluate(
        "for (const n of Object.keys(localStorage)) if (n.startsWith('mautod.e.')) {"
        " localStorage.setItem('mautod.e.' + '0'.repeat(9) + n.slice(18), localStorage.getItem(n));"
        " localStorage.removeItem(n); }"
    )
    await page.close()
    field.refuse = lambda _: None
    field.shop.script = ""
    page = await field.open("/later")
    await field.until(lambda: field.named("Kept"))
    await field.until(lambda: len(field.events()) == 3)
    await until_true(page, f"{waiting} === 0")


async def test_what_a_server_refuses_for_good_is_not_sent_for_ever(field):
    field.refuse = lambda number: 400 if number == 1 else None
    page = await field.open()
    await field.until(lambda: field.tries == 1)
    await page.evaluate("mautod.track('Next')")
    await field.until(lambda: field.named("Next"))
    assert len(field.events()) == 1


async def test_nothing_is_kept_or_sent_before_somebody_agrees(field):
    field.shop.options += ' data-consent="wait"'
    field.shop.script = calls(["track", "Early"])
    page = await field.open()
    await until_true(page, "window.mautod && window.mautod.loaded")
    assert await page.evaluate("Object.keys(localStorage).length + document.cookie.length") == 0
    assert field.tries == 0
    await page.evaluate("mautod.consent('granted')")
    await field.until(lambda: field.named("Early"))
    await page.reload()
    await field.until(lambda: len(field.named("Early")) == 2)


async def test_who_says_no_leaves_no_trace(field):
    field.shop.options += ' data-consent="wait"'
    page = await field.open()
    await until_true(page, "window.mautod && window.mautod.loaded")
    await page.evaluate("mautod.consent('denied'); mautod.track('Never')")
    await page.reload()
    await until_true(page, "window.mautod && window.mautod.loaded")
    await page.evaluate("mautod.track('Never')")
    await page.wait_for_timeout(1500)
    assert field.events() == []
    assert await page.evaluate("[document.cookie, ...Object.keys(localStorage)]") == [
        "", "mautod.consent",
    ]  # fmt: skip


async def test_do_not_track_and_robots_are_heeded(field, browser):
    field.shop.options = ""
    await field.open()
    field.context = await browser.new_context()
    await field.context.add_init_script(
        "Object.defineProperty(navigator, 'doNotTrack', {value: '1'});"
    )
    field.shop.options = 'data-robots="count"'
    page = await field.open()
    await page.wait_for_timeout(1500)
    assert field.tries == 0


async def test_events_are_made_of_a_page_without_code_in_it(field):
    field.settings["capture"] = [
        {"name": "Buy Clicked", "on": "click", "selector": ".buy", "url": "/shop/*",
         "properties": {"name": "text:h2", "price": "data:price|number", "from": "=list",
                        "color": "url:color"}},
        {"name": "Lead Sent", "on": "submit", "selector": "#lead",
         "properties": {"about": "field:about", "password": "field:password"},
         "identify": {"email": "field:email"}},
        {"name": "Pricing Seen", "on": "visit", "url": "/shop/pricing*"},
    ]  # fmt: skip
    field.shop.pages["/shop/pricing-2"] = """
      <div class=card data-price="12 999,50"><h2>Oslo</h2><button class=buy><b>Buy</b></button></div>
      <form id=lead action=/thanks><input name=email value=a@x.example><input name=about value=Sofas>
      <input type=password name=password value=secret><button>Send</button></form>"""
    page = await field.open("/shop/pricing-2?color=green")
    await field.until(lambda: field.named("Pricing Seen"))
    await page.click(".buy b")
    (bought,) = await field.until(lambda: field.named("Buy Clicked"))
    assert bought.props == {
        "path": "/shop/pricing-2", "name": "Oslo", "price": 12999.5, "from": "list",
        "color": "green",
    }  # fmt: skip
    await page.click("form button")
    (lead,) = await field.until(lambda: field.named("Lead Sent"))
    assert lead.props["about"] == "Sofas"
    assert "password" not in lead.props
    (known,) = (event for event in field.events() if event.kind == "identify")
    assert known.traits == {"email": "a@x.example"}
    assert field.complaints == []


async def test_links_files_and_forms_are_told_if_asked_and_never_their_secrets(field):
    field.settings["auto"] = ["outbound", "downloads", "forms"]
    field.shop.pages["/"] = """
      <a id=out href="https://other.example/x">Out</a> <a id=file href="/price.pdf">File</a>
      <form id=f action=/done><input name=city><input name=number value="4111 1111 1111 1111">
      <input name=cvv><input type=password name=word><button>Go</button></form>"""
    page = await field.open()
    await until_true(page, "window.mautod.settings && window.mautod.settings().auto")
    await page.evaluate(
        "for (const id of ['out', 'file']) { const a = document.getElementById(id);"
        " a.addEventListener('click', (e) => e.preventDefault()); a.click(); }"
    )
    await page.click("form button")
    (form,) = await field.until(lambda: field.named("Form Submitted"))
    assert form.props["fields"] == ["city"]
    (out,) = await field.until(lambda: field.named("Link Clicked"))
    assert out.props == {"url": "https://other.example/x", "text": "Out"}
    (file,) = await field.until(lambda: field.named("File Downloaded"))
    assert file.props["url"].endswith("/price.pdf")
    assert "4111" not in str([event.props for event in field.events()])


async def test_the_tracker_never_throws_into_the_page(field):
    field.shop.script = calls(
        ["no.such.call"], ["track"], ["identify", None], ["page", 5], ["on"], ["auth"], [],
        ["track", "Big", {"text": "x" * 40000}],
    ) + "mautod.push('nonsense'); mautod.push();"  # fmt: skip
    page = await field.open()
    await until_true(page, "window.mautod.loaded")
    await page.evaluate(
        "mautod.on('track', () => { throw new Error('theirs') }); mautod.track('Still')"
    )
    await field.until(lambda: field.named("Still"))
    assert field.complaints == []


async def test_a_page_without_storage_is_told_of_all_the_same(field):
    await field.open("/warm")
    await field.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new Error('off') }});"
    )
    await field.open("/cold")
    await field.until(lambda: [e for e in field.events() if e.props.get("path") == "/cold"])
    assert field.complaints == []


async def test_carrot_quests_calls_arrive_as_ours(field):
    field.shop.tracker = "carrotquest.js"
    field.shop.options = 'data-robots="count"'
    field.shop.script = """
      (function () {
        if (typeof carrotquest === 'undefined') { window.carrotquest = {settings: {}};
        window.carrotquestasync = window.carrotquestasync || [];
        'connect track identify auth onReady addCallback open'.split(' ').forEach(function (name) {
          carrotquest[name] = function () { carrotquestasync.push(name, arguments); }; }); }
        carrotquest.track('$cart_added', {$name: 'Oslo', $amount: 99, $img: 'x.png'});
        carrotquest.track('$cart_viewed', {$name: ['A', 'B'], $amount: [1, 2]});
        carrotquest.identify([{op: 'update_or_create', key: '$email', value: 'a@x.example'},
          {op: 'add', key: 'bonus', value: 5}, {op: 'delete', key: 'old', value: 0}]);
        carrotquest.auth('u1', 'hash');
        carrotquest.onReady(function () { carrotquest.track('Ready', {id: carrotquest.data.user.id}); });
      })();"""
    await field.open()
    (ready,) = await field.until(lambda: field.named("Ready"))
    (added,) = field.named("Product Added")
    assert added.props == {"name": "Oslo", "price": 99, "image_url": "x.png"}
    (cart,) = field.named("Cart Viewed")
    assert cart.props == {"products": [{"name": "A", "price": 1}, {"name": "B", "price": 2}]}
    traits = [event.traits for event in field.events() if event.kind == "identify"]
    assert {"email": "a@x.example", "$add": {"bonus": 5}, "$unset": ["old"]} in traits
    assert ready.props["id"] == ready.anonymous_id
    assert (ready.user_id, ready.user_hash) == ("u1", "hash")
    assert field.complaints == []


async def test_scripts_are_packed_and_kept_by_browsers(field):
    answer = await field.browser.new_context()
    request = answer.request
    told = await request.get(f"{field.shop.daemon}/mautod.js")
    assert told.headers["content-encoding"] == "gzip"
    again = await request.get(
        f"{field.shop.daemon}/mautod.js", headers={"If-None-Match": told.headers["etag"]}
    )
    assert again.status == 304
    refused = await request.get(f"{field.shop.daemon}/v1/site?writeKey=nobody")
    assert refused.status == 401
    known = await request.get(f"{field.shop.daemon}/v1/site?writeKey={KEY}")
    assert (await known.json())["capture"] == []
    await answer.close()
