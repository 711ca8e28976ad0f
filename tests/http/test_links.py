import pytest
from http_kit import URL

from mautod.core.envelope import Receipt, receipt
from mautod.core.sending.links import TRIAL, Links
from mautod.errors import Unavailable
from mautod.http import links as module
from mautod.http.limits import RateLimit
from mautod.http.links import PIXEL, MessageLinks
from mautod.http.pages import choose_language, masked
from mautod.http.server import make_app
from mautod.store.db import Database
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

NOW = 1_795_364_345_000
TARGET = "https://shop.example/p/1?utm_source=mail&a=%2F#top"
TOPICS = {("offers", "en"): "Offers & <news>", ("offers", "ru"): "Скидки"}
PERSON = "INSERT INTO person (id, created_at, email, language) VALUES (?, ?, ?, ?)"
MESSAGE = (
    "INSERT INTO message (id, step, key, person_id, channel, template, topic, state, queued_at,"
    " due_at, address) VALUES (?, 'first', '', ?, 'email', 'cart-1', 'offers', 'sent', 1, 1, ?)"
)


class Site:
    """The public routes with their databases; person and message have the same number."""

    def __init__(self, client, db, journal, links):
        self.client, self.db, self.journal, self.links = client, db, journal, links

    def path(self, url):
        return url.removeprefix(URL)

    def way_out(self, message=1):
        return self.path(self.links.unsubscribe(message))

    def receipts(self):
        return [receipt(request) for request in self.journal.read_after(0, 100)]

    def consents(self):
        return (
            self.db.read()
            .execute(
                "SELECT person_id, channel, topic, state, source FROM consent ORDER BY person_id"
            )
            .fetchall()
        )


@pytest.fixture
def build(aiohttp_client, tmp_path):
    async def start(language="en", rate=1000.0):
        db = Database(tmp_path / "mautod.db").open()
        with db.write() as tx:
            for number, tongue in ((1, "en"), (2, "ru-RU"), (3, None)):
                address = f"p{number}@example.com"
                tx.execute(PERSON, (number, NOW, address, tongue))
                tx.execute(MESSAGE, (number, number, address))
        journal = Journal(tmp_path / "journal.db").open()
        links = Links("secret", URL)
        writer = GroupCommit(journal, limit=100)
        pages = MessageLinks(
            db=db,
            writer=writer,
            limit=RateLimit(rate, max(1, int(rate))),
            links=links,
            company="Bolts & Co",
            language=language,
            topic_name=lambda topic, tongue: TOPICS.get((topic, tongue), ""),
            clock=lambda: NOW,
        )
        client = await aiohttp_client(make_app([pages.mount]))
        made.append((writer, journal, db))
        return Site(client, db, journal, links)

    made = []
    return start, made


@pytest.fixture
async def start_site(build):
    start, made = build
    yield start
    for writer, journal, db in made:
        await writer.close()
        journal.close()
        db.close()


@pytest.fixture
async def site(start_site):
    return await start_site()


async def test_a_click_leads_where_the_message_pointed_and_is_noted(site):
    answer = await site.client.get(
        site.path(site.links.click(1, TARGET)),
        allow_redirects=False,
        headers={"User-Agent": "Mozilla/5.0"},
    )
    assert answer.status == 302
    assert answer.headers["Location"] == TARGET
    assert "no-store" in answer.headers["Cache-Control"]
    assert site.receipts() == [Receipt("click", 1, TARGET, "Mozilla/5.0")]


async def test_an_address_in_another_alphabet_is_escaped(site):
    path = site.path(site.links.click(1, "https://shop.example/товар?q=a b\r\nX: y"))
    answer = await site.client.get(path, allow_redirects=False)
    assert answer.headers["Location"].startswith("https://shop.example/%D1%82")
    assert answer.headers["Location"].endswith("a%20b%0D%0AX:%20y")


async def test_an_opening_is_noted_and_answered_with_a_pixel(site):
    answer = await site.client.get(site.path(site.links.open(1)), headers={"User-Agent": "x" * 999})
    assert (answer.status, answer.content_type) == (200, "image/gif")
    assert await answer.read() == PIXEL
    assert site.receipts() == [Receipt("open", 1, "", "x" * 255)]


async def test_who_asks_for_headers_alone_is_noted_as_such(site):
    for url in (site.links.click(1, TARGET), site.links.open(1)):
        answer = await site.client.head(site.path(url), allow_redirects=False)
        assert answer.status in {200, 302}
    assert [receipt.method for receipt in site.receipts()] == ["HEAD", "HEAD"]


async def test_the_link_that_nobody_sees_leads_nowhere_and_is_noted(site):
    answer = await site.client.get(site.path(site.links.trap(1)), allow_redirects=False)
    assert (answer.status, site.receipts()[0].kind) == (404, "trap")
    token = site.links.trap(1).rpartition("/")[2]
    assert (await site.client.post(f"/u/{token}")).status == 404


@pytest.mark.parametrize("path", ["/c/x", "/o/x", "/u/x", "/c/1.x.y", "/u/%00", "/o/" + "x" * 5000])
async def test_a_forged_link_does_nothing(site, path):
    answer = await site.client.get(path, allow_redirects=False)
    assert answer.status == 404
    assert "Location" not in answer.headers
    assert site.receipts() == []


async def test_a_token_of_one_kind_does_not_serve_as_another(site):
    token = site.links.open(1).rpartition("/")[2]
    assert (await site.client.post(f"/u/{token}")).status == 404
    assert site.consents() == []


async def test_a_flood_of_clicks_leads_on_but_is_not_noted(start_site):
    site = await start_site(rate=1.0)
    path = site.path(site.links.click(1, TARGET))
    for _ in range(5):
        assert (await site.client.get(path, allow_redirects=False)).status == 302
    assert len(site.receipts()) == 1


async def test_a_full_disk_keeps_nobody_from_the_shop(site, monkeypatch):
    def full(requests):
        raise Unavailable("the disk is full")

    monkeypatch.setattr(site.journal, "append_sync", full)
    answer = await site.client.get(site.path(site.links.click(1, TARGET)), allow_redirects=False)
    assert answer.status == 302


@pytest.mark.parametrize("method", ["get", "head"])
async def test_looking_at_the_way_out_unsubscribes_nobody(site, method):
    answer = await getattr(site.client, method)(site.way_out())
    assert answer.status == 200
    assert site.consents() == []


async def test_the_page_asks_in_the_persons_language(site):
    page = await (await site.client.get(site.way_out(2))).text()
    assert '<html lang="ru">' in page
    assert "Отписаться от «Скидки»" in page
    assert "p…@example.com" in page
    assert "p2@example.com" not in page


async def test_what_others_wrote_is_escaped(site):
    page = await (await site.client.get(site.way_out(1))).text()
    assert "Offers &amp; &lt;news&gt;" in page
    assert "Bolts &amp; Co" in page


async def test_the_page_runs_nothing_and_is_framed_by_nobody(site):
    answer = await site.client.get(site.way_out())
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "<script" not in await answer.text()


@pytest.mark.parametrize("encoding", ["urlencoded", "multipart"])
async def test_one_click_in_a_mail_program(site, encoding):
    """RFC 8058: no cookies, no context, no redirect."""
    if encoding == "urlencoded":
        body, kind = "List-Unsubscribe=One-Click", "application/x-www-form-urlencoded"
    else:
        kind = "multipart/form-data; boundary=b"
        body = (
            '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\n'
            "One-Click\r\n--b--\r\n"
        )
    answer = await site.client.post(
        site.way_out(), data=body, headers={"Content-Type": kind}, allow_redirects=False
    )
    assert answer.status == 200
    assert site.consents() == [(1, "email", "offers", "unsubscribed", "one-click")]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("", ""),
        ("x", "multipart/form-data; boundary=b"),
        ("x", "multipart/form-data"),
        ("%ff=%fe", "application/x-www-form-urlencoded"),
        ("{}", "application/json"),
        ("\x00", "application/x-www-form-urlencoded; charset=nonsense"),
        (
            (
                '--b\r\nContent-Disposition: form-data; name="a"\r\n'
                "Content-Transfer-Encoding: nonsense\r\n\r\nx\r\n--b--\r\n"
            ),
            "multipart/form-data; boundary=b",
        ),
        ("--b\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
        ("--b\r\n", "multipart/form-data; boundary=b"),
    ],
)
async def test_whoever_posts_wants_out_whatever_the_body(site, body, kind):
    answer = await site.client.post(site.way_out(), data=body, headers={"Content-Type": kind})
    assert answer.status == 200
    assert site.consents() == [(1, "email", "offers", "unsubscribed", "link")]


async def test_the_buttons_of_the_page(site):
    answer = await site.client.post(site.way_out(2), data={"scope": "topic"})
    assert "Письма «Скидки» больше не придут." in await answer.text()
    answer = await site.client.post(site.way_out(1), data={"scope": "all"})
    assert "any messages from us" in await answer.text()
    topics = {person: (channel, topic) for person, channel, topic, *_ in site.consents()}
    assert topics[2] == ("email", "offers")
    assert topics[1] == ("*", "*")


async def test_saying_no_twice_is_no_error(site):
    for _ in range(2):
        assert (await site.client.post(site.way_out())).status == 200
    assert len(site.consents()) == 1


async def test_a_no_that_could_not_be_kept_is_not_acknowledged(site, monkeypatch):
    def full(*args, **options):
        raise Unavailable("the disk is full", retry_after_s=5)

    monkeypatch.setattr(module, "unsubscribe", full)
    answer = await site.client.post(site.way_out(2))
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "Пока ничего не изменилось" in await answer.text()


async def test_a_message_that_is_not_known_any_more_is_a_page_not_a_failure(site):
    for call in (site.client.get, site.client.post):
        answer = await call(site.way_out(99))
        assert answer.status == 404
        assert "does not work" in await answer.text()


async def test_a_person_of_unknown_language_is_asked_in_the_browsers(site):
    answer = await site.client.get(site.way_out(3), headers={"Accept-Language": "de, ru;q=0.8"})
    assert '<html lang="ru">' in await answer.text()


@pytest.mark.parametrize(
    ("person", "accepted", "default", "chosen"),
    [
        ("ru", "en", "en", "ru"),
        ("ru_RU", "", "en", "ru"),
        ("EN-us", "ru", "ru", "en"),
        ("de", "fr,ru;q=0.5", "en", "ru"),
        ("", "", "ru", "ru"),
        ("", "*", "xx", "en"),
    ],
)
def test_the_language_is_the_best_known(person, accepted, default, chosen):
    assert choose_language(person, accepted, default) == chosen


@pytest.mark.parametrize(
    ("address", "shown"),
    [("ann@example.com", "a…@example.com"), ("@x", "…@x"), ("+79991234567", "…4567"), ("", "…")],
)
def test_an_address_is_shown_to_its_owner_only(address, shown):
    assert masked(address) == shown


async def test_the_links_of_a_test_letter_work_and_count_nothing(site):
    message = TRIAL + 7
    answer = await site.client.get(
        site.path(site.links.click(message, TARGET)), allow_redirects=False
    )
    assert (answer.status, answer.headers["Location"]) == (302, TARGET)
    assert (await site.client.get(site.path(site.links.open(message)))).status == 200
    page = await (await site.client.get(site.way_out(message))).text()
    assert "This was a test letter" in page
    assert "<form" not in page
    answer = await site.client.post(
        site.way_out(message), data={"List-Unsubscribe": "One-Click"}, headers={"Accept-Language": "ru"}
    )  # fmt: skip
    assert "пробное письмо" in await answer.text()
    assert site.receipts() == []
    assert site.consents() == []
