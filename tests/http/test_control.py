from __future__ import annotations

import asyncio
import inspect
import json
from contextlib import asynccontextmanager

import msgspec
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from full_house import fill as full
from office_kit import API_KEY, CART, Office

from mautod import errors, wire
from mautod.client import Client
from mautod.http import control
from mautod.http.endpoints import ENDPOINTS
from mautod.http.server import make_app
from mautod.services.desk import Desk


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@pytest.fixture
async def rung():
    return []


@pytest.fixture
async def server(office, rung):
    def mount(app):
        return control.mount(app, office.desk, API_KEY, on_journal=lambda: rung.append(1))

    server = TestServer(make_app([mount]))
    await server.start_server()
    yield server
    await server.close()


@pytest.fixture
async def client(server):
    async with Client(str(server.make_url("/")), API_KEY) as made:
        yield made


@asynccontextmanager
async def asked(server, path, key=API_KEY, method="GET", **options):
    async with Client(str(server.make_url("/")), key) as made:
        url = str(server.make_url(path))
        async with made._session().request(method, url, **options) as answer:
            yield answer


def fill(office):
    office.chain(CART).segment("known", "email is known")
    office.know("u1", email="anna@example.com", name="Anna")
    office.did("u1", "Product Added", name="Oslo", price=12999).advance()
    office.later("1h").advance()
    office.settle(1, "sent").earn(1, 1, 129_990_000)
    office.desk.suppress(wire.SuppressAsk("old@example.com"))


CALLS = {
    "status": {},
    "live": {},
    "problems": {},
    "events": {"name": "Product Added", "person": 1, "limit": 2},
    "event_names": {},
    "count": {"name": "Product Added"},
    "people": {"query": "email is known", "limit": 3},
    "person": {"person": "anna@example.com"},
    "duplicates": {"by": "name", "limit": 3},
    "why": {"person": "1", "template": "cart-1"},
    "segments": {},
    "segment": {"key": "known"},
    "moves": {"key": "known", "limit": 3},
    "explain": {"key": "known", "person": "u1"},
    "chains": {},
    "codes": {},
    "calls": {"state": "waiting", "limit": 3},
    "chain": {"key": "abandoned-cart"},
    "runs": {"chain": "abandoned-cart", "state": "active"},
    "messages": {"state": "sent", "chain": "abandoned-cart"},
    "message": {"message": 1},
    "servers": {},
    "goals": {"chain": "abandoned-cart", "since": 0},
    "broadcasts": {"limit": 3},
    "funnel": {"ask": wire.FunnelAsk(["Product Added", "Chain Entered"], by="source")},
    "retention": {"first": "Product Added", "again": "Chain Entered", "spans": 3},
    "journey": {"since": 0},
    "suppressions": {},
    "suppressions_whole": {"limit": 3},
    "topics": {},
    "consent": {"person": "anna@example.com"},
    "consents": {"limit": 3},
    "chats": {"state": "open", "limit": 3},
    "unmatched_mail": {"kind": "reply", "limit": 3},
}


@pytest.mark.parametrize("name", CALLS)
async def test_the_client_hears_from_the_api_what_the_desk_says(client, office, name):
    fill(office)
    near = getattr(office.desk, name)(**CALLS[name])
    far = await getattr(client, name)(**CALLS[name])
    assert far == near


def test_the_client_and_the_desk_have_the_same_methods():
    """The command line uses one in place of the other."""
    for endpoint in ENDPOINTS:
        near = inspect.signature(getattr(Desk, endpoint.name))
        far = inspect.signature(getattr(Client, endpoint.name))
        assert list(far.parameters) == list(near.parameters), endpoint.name
        assert [p.default for p in far.parameters.values()] == [
            p.default for p in near.parameters.values()
        ]


def test_every_method_of_the_desk_has_its_address():
    public = {name for name, _ in inspect.getmembers(Desk, inspect.isfunction) if name[0] != "_"}
    assert {endpoint.name for endpoint in ENDPOINTS} == public


async def test_sent_events_are_on_disk_and_the_digest_is_woken(client, office, rung):
    done = await client.send(wire.NewEvents([wire.NewEvent("Signed Up", user_id="u1")]))
    assert (done.accepted, rung) == (1, [1])
    assert office.desk.status().journal.pending == 1


async def test_acts_go_through_the_api(client, office):
    fill(office)
    assert (await client.pause("abandoned-cart")).changed == 1
    assert (await client.chain("abandoned-cart")).state == "paused"
    assert (await client.resume("abandoned-cart")).changed == 1
    assert (await client.suppress(wire.SuppressAsk("x@example.com"))).changed == 1
    assert (await client.unsubscribe(wire.UnsubscribeAsk("u1"))).changed == 1
    assert (await client.preview(wire.PreviewAsk("email is known"))).count == 1
    assert (await client.save_search(wire.SaveAsk("mail", "email is known"))).changed == 1
    assert await client.searches() == office.desk.searches()
    assert (await client.delete_search("mail")).changed == 1
    asked = await client.bulk(wire.BulkAsk("tag", "+hot", "email is known"))
    assert (await client.bulk_step(asked.id)).state == "done"
    assert await client.bulks() == office.desk.bulks()
    begun = wire.CompleteAsk("in segment ", 11)
    assert await client.complete(begun) == office.desk.complete(begun)
    ask = wire.SqlAsk('did "Product Added" in 1d')
    assert await client.sql(ask) == office.desk.sql(ask)
    office.settings.workspace.mkdir()
    with pytest.raises(errors.Conflict, match="differ"):
        await client.define("all", wire.DefineAsk("created_at is known"))
    office.segment("all", "created_at is known")
    pair = wire.OverlapAsk(["known", "all"])
    assert await client.overlap(pair) == office.desk.overlap(pair)
    assert (await client.change("u1", wire.ChangeAsk({"vip": True}, ["a"]))).changed == 2


async def test_conversations_and_mail_go_through_the_api(client, office):
    full(office)
    say = wire.SayAsk("Hello", "Kim", "r1")
    assert (await client.reply_chat(1, say)).changed == 1
    assert (await client.reply_chat(1, say)).changed == 0
    assert (await client.note_chat(1, wire.SayAsk("Twice"))).changed == 1
    assert (await client.give_chat(1, wire.GiveAsk("Kim"))).changed == 1
    assert (await client.snooze_chat(1, wire.SnoozeAsk(office.now + 1000))).changed == 1
    assert (await client.close_chat(1)).changed == 1
    assert (await client.open_chat(1)).changed == 1
    assert (await client.do_chat(1, wire.LineAsk("/close", "Kim"))).changed == 1
    assert await client.slashes() == office.desk.slashes()
    assert await client.chat_counts("Kim") == office.desk.chat_counts("Kim")
    ask = wire.LineAsk("/sn")
    assert await client.complete_chat(1, ask) == office.desk.complete_chat(1, ask)
    assert await client.chat(1) == office.desk.chat(1)
    assert (await client.mail_file(1)).content == b"Anna-Lisa"
    for act in (client.unmatched_letter, client.drop_mail):
        with pytest.raises(errors.NotFound):
            await act(9)
    with pytest.raises(errors.NotFound):
        await client.assign_mail(9, wire.MailAsk("user-anna"))


@pytest.mark.parametrize("key", ["", "wrong", API_KEY[:-1], API_KEY + "x", "ключ"])
async def test_nobody_gets_in_without_the_right_key(server, key):
    for path in ("/api/status", "/api/stream", "/api/openapi.json", "/api/nothing"):
        headers = {"Authorization": f"Bearer {key}"}
        async with asked(server, path, key="x", headers=headers) as answer:
            assert answer.status == 401
            told = await answer.json()
            assert told["error"]["code"] == "unauthorized"
            assert API_KEY not in json.dumps(told)


async def test_an_empty_key_opens_nothing(office):
    server = TestServer(make_app([lambda app: control.mount(app, office.desk, "")]))
    async with server, asked(server, "/api/status", key="") as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("path", "status", "code", "field"),
    [
        ("/api/people?limit=many", 400, "bad_input", "limit"),
        ("/api/people?limit=0", 400, "bad_input", "limit"),
        ("/api/people?limit=99999", 400, "bad_input", "limit"),
        ("/api/people?after=99999999999999999999999", 400, "bad_input", "after"),
        ("/api/events/count", 400, "bad_input", "name"),
        ("/api/people?query=did%20%28", 400, "bad_rule", "rule"),
        ("/api/people/nobody", 404, "not_found", "person"),
        ("/api/messages/x", 400, "bad_input", "message"),
        ("/api/messages?state=lost", 400, "bad_input", "state"),
        ("/api/chains/none", 404, "not_found", "key"),
        ("/api/none", 404, "not_found", ""),
        ("/api/stream?topics=gossip", 400, "bad_input", "topics"),
    ],
)
async def test_errors_name_code_message_and_field(server, path, status, code, field):
    async with asked(server, path) as answer:
        told = (await answer.json())["error"]
        assert (answer.status, told["code"], told["field"]) == (status, code, field)
        assert told["message"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", ""),
        (b"\xff", ""),
        (b"[]", ""),
        (b'{"rule": 1}', "rule"),
        (b"{}", "rule"),
    ],
)
async def test_a_body_that_makes_no_sense_is_refused(server, body, field):
    async with asked(server, "/api/preview", method="POST", data=body) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"]["field"] == field


async def test_a_wrong_method_is_told_in_the_same_form(server):
    async with asked(server, "/api/status", method="DELETE") as answer:
        assert answer.status == 404
        assert "DELETE" in (await answer.json())["error"]["message"]


async def test_the_client_raises_what_the_daemon_raised(client, server):
    with pytest.raises(errors.RuleError) as caught:
        await client.preview(wire.PreviewAsk("email is knwon"))
    assert caught.value.picture().splitlines()[0] == "email is knwon"
    assert "known" in caught.value.hint
    with pytest.raises(errors.NotFound):
        await client.person("nobody")
    with pytest.raises(errors.Unauthorized):
        async with Client(str(server.make_url("/")), "wrong") as stranger:
            await stranger.status()


async def test_a_daemon_that_does_not_answer_is_unavailable_and_says_where(unused_tcp_port):
    async with Client(f"http://127.0.0.1:{unused_tcp_port}", "key") as client:
        with pytest.raises(errors.Unavailable, match=str(unused_tcp_port)):
            await client.status()


async def test_another_program_at_the_address_is_told_apart(aiohttp_server):
    async def hello(request):
        return web.Response(text="hello")

    app = web.Application()
    app.router.add_get("/api/status", hello)
    server = await aiohttp_server(app)
    async with Client(str(server.make_url("/")), "key") as client:
        with pytest.raises(errors.Unavailable, match="mautod"):
            await client.status()
        with pytest.raises(errors.Unavailable, match="404"):
            await client.live()


def test_an_address_without_a_scheme_is_refused():
    with pytest.raises(errors.BadInput, match="https://"):
        Client("shop.example", "key")


@pytest.mark.parametrize("key", ["two\nlines", "ключ", "tab\t"])
def test_a_key_that_cannot_be_one_is_refused_and_not_shown(key):
    with pytest.raises(errors.BadInput) as caught:
        Client("http://shop.example", key)
    assert key not in str(caught.value)


def test_the_key_is_not_shown():
    assert "secret" not in repr(Client("http://shop.example", "secret"))


async def test_the_description_names_every_endpoint_and_every_shape(server):
    async with asked(server, "/api/openapi.json") as answer:
        told = await answer.json()
    assert told["openapi"] == "3.1.0"
    for endpoint in ENDPOINTS:
        operation = told["paths"][endpoint.path][endpoint.method.lower()]
        assert operation["operationId"] == endpoint.name
        assert operation["summary"]
    refs = set(_refs(told))
    assert refs <= {f"#/components/schemas/{name}" for name in told["components"]["schemas"]}


def _refs(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _refs(value)
    elif isinstance(node, list):
        for value in node:
            yield from _refs(value)


async def test_a_failure_of_ours_is_told_without_its_inside(server, office, caplog, monkeypatch):
    def explode(_tx):
        raise RuntimeError("secret path")

    monkeypatch.setattr("mautod.store.reports.stats.segment_list", explode)
    async with asked(server, "/api/segments") as answer:
        body = await answer.text()
        assert (answer.status, "secret" in body) == (500, False)
    assert "secret path" in caplog.text


async def test_many_calls_at_once_are_all_answered(client, office):
    fill(office)
    answers = await asyncio.gather(*(client.status() for _ in range(40)))
    assert {msgspec.json.encode(answer) for answer in answers} == {msgspec.json.encode(answers[0])}
