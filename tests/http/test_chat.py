"""What visitors say is there once; nobody reads what is not theirs."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import hmac
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from chat_kit import KEY, SECRET, door, say
from office_kit import Office

from mautod import wire
from mautod.errors import BadInput
from mautod.http.chat_writer import ChatWriter
from mautod.http.limits import RateLimit
from mautod.http.server import make_app
from mautod.http.site import FOLDER

REF = "a" * 20


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


@asynccontextmanager
async def serving(office, **more):
    made = door(office, **more)
    async with TestClient(TestServer(make_app([made.mount]))) as client:
        yield client
    await made.writer.close()


@pytest_asyncio.fixture
async def client(office):
    async with serving(office) as made:
        yield made


def proof(user: str) -> str:
    return hmac.new(SECRET.encode(), user.encode(), hashlib.sha256).hexdigest()


async def ask(client, status=200, **more):
    who = {"writeKey": KEY, "anonymousId": "anon-1", **more}
    async with client.post("/v1/chat", json=who) as answer:
        assert answer.status == status, await answer.text()
        return await answer.json()


async def begin(client, **who) -> str:
    return (await ask(client, begin=True, **who))["token"]


async def news(socket):
    return await socket.receive_json(timeout=10)


async def until(socket, wanted):
    while not wanted(found := await news(socket)):
        pass
    return found


def texts(found) -> list[str]:
    return [part["text"] for part in found["parts"]]


async def test_a_message_is_a_conversation_and_an_event_however_often_it_is_sent(client, office):
    token = await begin(client)
    for _ in range(3):
        told = await ask(client, token=token, text="Hello <b>there</b>", ref=REF)
    assert [(part["text"], part["ref"], part["mine"]) for part in told["parts"]] == [
        ("Hello <b>there</b>", REF, True)
    ]
    office.digest()
    (chat,) = office.desk.chats().items
    assert (chat.channel, chat.parts, chat.waits, chat.online) == ("chat", 1, True, True)
    (event,) = [e for e in office.desk.events().items if e.name == "Chat Message"]
    assert event.props["conversation"] == chat.id


async def test_a_write_key_and_an_anonymous_id_read_nothing(client):
    token = await begin(client)
    await ask(client, token=token, text="My secret", ref=REF)
    assert (await ask(client))["parts"] == []
    assert (await ask(client, token=token[:-2] + "xx"))["parts"] == []
    assert (await ask(client, token=await begin(client)))["parts"] == []
    assert texts(await ask(client, token=token, anonymousId="other")) == ["My secret"]


async def test_a_known_user_reads_their_own_on_any_device_and_only_with_proof(client, office):
    office.know("ann", email="ann@x.example")
    ann = {"userId": "ann", "userHash": proof("ann")}
    await ask(client, text="From the desk", ref=REF, **ann)
    assert texts(await ask(client, anonymousId="phone", **ann)) == ["From the desk"]
    assert (await ask(client, userId="ann", userHash="0" * 64))["parts"] == []
    assert (await ask(client, userId="ann"))["parts"] == []
    (chat,) = office.desk.chats().items
    assert chat.person == "ann@x.example"


async def test_a_person_is_never_heard_in_the_chat_of_who_borrowed_their_anonymous_id(
    client, office
):
    thief = await begin(client)
    await ask(client, token=thief, text="It is me", ref=REF)
    office.digest()
    office.know("ann")
    ann = {"userId": "ann", "userHash": proof("ann")}
    await ask(client, text="Private", ref="b" * 20, **ann)
    assert texts(await ask(client, token=thief)) == ["It is me"]


async def test_an_answer_goes_to_every_open_tab_and_is_not_doubled_after_a_cut(client, office):
    token = await begin(client)
    who = {"writeKey": KEY, "anonymousId": "anon-1", "token": token}
    async with client.ws_connect("/live") as one, client.ws_connect("/live") as two:
        for socket in (one, two):
            await socket.send_json(who)
            assert (await news(socket))["parts"] == []
        await one.send_json({"text": "Anybody?", "ref": REF})
        said = await until(one, lambda told: told["parts"])
        chat = office.desk.chats().items[0].id
        done = office.desk.reply_chat(chat, say("Yes", ref="once"))
        office.desk.reply_chat(chat, say("Yes", ref="once"))
        assert "open chat" in done.text
        answer = await until(one, lambda told: told["parts"])
        assert texts(answer) == ["Yes"]
    last = said["parts"][-1]["id"]
    assert texts(await ask(client, token=token, after=last)) == ["Yes"]
    assert texts(await ask(client, token=token)) == ["Anybody?", "Yes"]
    assert (await ask(client, token=token, after=answer["parts"][0]["id"]))["parts"] == []


async def test_a_request_that_waits_is_answered_by_the_operators_word(client, office):
    token = await begin(client)
    told = await ask(client, token=token, text="Hello", ref=REF)
    waits = asyncio.create_task(
        ask(client, token=token, after=told["parts"][-1]["id"], wait=20_000)
    )
    chat = office.desk.chats().items[0].id
    await asyncio.to_thread(office.desk.reply_chat, chat, say("Hi"))
    assert texts(await waits) == ["Hi"]


async def test_typing_and_reading_are_seen_on_both_sides(client, office):
    token = await begin(client)
    async with client.ws_connect("/live") as socket:
        await socket.send_json({"writeKey": KEY, "anonymousId": "anon-1", "token": token})
        await news(socket)
        await socket.send_json({"text": "Hello", "ref": REF})
        part = (await until(socket, lambda told: told["parts"]))["parts"][0]["id"]
        chat = office.desk.chats().items[0].id
        office.desk.typing_chat(chat, wire.TypingAsk("Kim"))
        typing = await until(socket, lambda told: told["typing"])
        assert typing["typing"]["name"] == "Kim"
        office.desk.read_chat(chat)
        assert (await until(socket, lambda told: told["read"]))["read"] == part
        office.desk.reply_chat(chat, say("Hi"))
        answer = await until(socket, lambda told: told["parts"])
        assert answer["typing"] is None
        await socket.send_json({"read": answer["parts"][0]["id"]})
        await socket.send_json({"writes": True})
        async with asyncio.timeout(10):
            while not office.desk.chat(chat).chat.writes:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        assert office.desk.chat(chat).chat.read_id == answer["parts"][0]["id"]


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"text": " \x07 ", "ref": REF}, 400),
        ({"text": "x" * 4001, "ref": REF}, 413),
        ({"text": "x", "ref": "short"}, 400),
        ({"text": "x", "ref": REF, "email": "nonsense"}, 400),
        ({"text": 5, "ref": REF}, 400),
        ({"after": -1}, 400),
        ({"writeKey": "other"}, 401),
    ],
)
async def test_what_cannot_be_said_is_refused(client, more, status):
    token = await begin(client)
    await ask(client, status, token=token, **more)
    assert (await ask(client, token=token))["parts"] == []


async def test_a_first_word_without_a_token_is_refused(client, office):
    await ask(client, 400, text="Hello", ref=REF)
    assert office.desk.chats().items == []


async def test_who_talks_too_fast_waits_and_nothing_is_lost(office):
    async with serving(office, words=RateLimit(1, 2)) as client:
        token = await begin(client)
        for number in range(2):
            await ask(client, token=token, text="x", ref=f"{number}" * 20)
        await ask(client, 429, token=token, text="x", ref="c" * 20)
        assert len((await ask(client, token=token))["parts"]) == 2


async def test_an_address_opens_only_so_many(office):
    async with serving(office, most_per_address=1) as client, client.ws_connect("/live") as socket:
        await socket.send_json({"writeKey": KEY})
        await news(socket)
        async with client.get("/live") as answer:
            assert answer.status == 429


async def test_a_socket_that_brings_no_key_is_closed(client):
    async with client.ws_connect("/live") as socket:
        await socket.send_json({"writeKey": "other"})
        assert (await news(socket))["error"]["code"] == "unauthorized"
        assert (await socket.receive(timeout=10)).data == 1008


def test_the_widget_is_small():
    assert len(gzip.compress((FOLDER / "widget.js").read_bytes(), 9)) < 20_000


async def test_one_act_that_fails_harms_none_that_shares_its_commit(office):
    writer, done = ChatWriter(office.db), []

    def fail(tx):
        tx.execute("INSERT INTO nowhere VALUES (1)")

    def refuse(tx):
        raise BadInput("no")

    acts = [done.append, fail, refuse, done.append]
    told = await asyncio.gather(*(writer.write(act) for act in acts), return_exceptions=True)
    assert [told[0], told[3]] == [None, None]
    assert "nowhere" in str(told[1])
    assert isinstance(told[2], BadInput)
    assert len(done) >= 2
