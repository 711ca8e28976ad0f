"""Calls: made until they are answered, never again after; and not into our own network."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from email import message_from_bytes, policy
from ipaddress import ip_address

import pytest
from chain_kit import World
from fragile_kit import FragileDatabase, Killed
from hook_kit import listening

from mautod.channels.email import Email, EmailConfig
from mautod.channels.port import Net
from mautod.channels.public import is_public
from mautod.core.chains.step import Post
from mautod.duration import MINUTE
from mautod.services.chains.calls import LEASE_MS, Calls, Means
from mautod.services.chains.versions import Versions
from mautod.services.post import Answered, Poster, Refused, Unreached
from mautod.store.chains.calls import list_calls

CHAIN = """
enter = {{ event = "Go" }}
[[step]]
id = "crm"
webhook = {{ url = "{url}", {more}then = "yes", else = "no" }}
[[step]]
id = "no"
exit = "refused"
[[step]]
id = "yes"
send = "offer"
"""


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


made: list[Poster] = []


@pytest.fixture(autouse=True)
async def closed():
    """Whatever posted is closed at the end."""
    yield
    while made:
        await made.pop().close()


def poster(*private: str, timeout_s: float = 1.0, **secrets: str) -> Poster:
    hosts = private or ("127.0.0.1",)
    made.append(
        Poster(hosts, timeout_s, lambda name: secrets.get(name, ""), secrets.get("SIGN", ""))
    )
    return made[-1]


def calling(world: World, means: Means, db=None, holder: str = "w") -> Calls:
    return Calls(db or world.db, Versions("UTC"), means, holder, lambda: world.now)


async def settle(world: World, means: Means) -> None:
    """Runs and calls until nothing is due at this instant."""
    calls = calling(world, means)
    while world.advance() + await calls.batch():
        pass


def begun(world: World, url: str, more: str = "", **props) -> int:
    world.chain(CHAIN.format(url=url, more=more))
    person = world.person(city="Oslo", **props)
    world.did(person, "Go", order_id=7)
    world.advance()
    return person


async def test_a_run_waits_for_the_answer_and_goes_on_by_it(world):
    async with listening((200, {"approved": True, "offer": {"percent": 15}})) as hook:
        person = begun(
            world, hook.url, "where = 'approved = true', save = { deal = 'offer.percent' }, "
        )
        assert world.runs("step, state") == [("crm", "active")]
        await settle(world, Means(poster()))
    ((headers, body),) = hook.heard
    assert headers["Content-Type"] == "application/json"
    assert (body["chain"], body["step"], body["event"]) == ("cart", "crm", {"order_id": 7})
    assert body["person"]["id"] == person
    assert (body["person"]["city"], body["person"]["email"]) == ("Oslo", "a@example.com")
    assert body["run"]["answers"] == {}
    assert world.templates() == ["offer"]
    assert ("", {"deal": 15}) in world.said()
    kept = json.loads(world.one("SELECT kept FROM run"))
    assert kept["answers"]["crm"] == {"approved": True, "offer": {"percent": 15}}


async def test_an_answer_that_does_not_pass_leads_the_other_way(world):
    async with listening((200, {"approved": False})) as hook:
        begun(world, hook.url, "where = 'approved = true', ")
        await settle(world, Means(poster()))
    assert world.runs("outcome") == [("refused",)]


async def test_trouble_is_tried_again_later_and_later_with_the_same_key(world):
    async with listening((503, ""), (429, "", {"Retry-After": "600"}), (200, {})) as hook:
        begun(world, hook.url)
        await settle(world, Means(poster()))
        first = world.one("SELECT due_at FROM call")
        assert 0 < first - world.now < MINUTE
        world.now = first
        await settle(world, Means(poster()))
        second = world.one("SELECT due_at FROM call")
        assert second - world.now == 10 * MINUTE
        world.now = second
        await settle(world, Means(poster()))
    assert hook.keys == ["mautod-call-1"] * 3
    assert world.rows("SELECT state, status, attempt FROM call") == [("done", 200, 3)]
    assert world.templates() == ["offer"]


async def test_an_answer_that_says_no_for_good_is_not_tried_again(world):
    async with listening((404, "")) as hook:
        begun(world, hook.url)
        await settle(world, Means(poster()))
    assert len(hook.heard) == 1
    assert world.rows("SELECT state, status, detail FROM call") == [
        ("failed", 404, "answered 404 Not Found")
    ]
    assert world.runs("outcome") == [("refused",)]


async def test_after_the_time_for_it_nobody_tries_any_more(world):
    async with listening((500, "")) as hook:
        begun(world, hook.url, "for = '2m', ")
        for _ in range(20):
            await settle(world, Means(poster()))
            world.later("1m")
    assert 2 <= len(hook.heard) <= 4
    assert world.runs("outcome") == [("refused",)]


async def test_a_run_goes_on_by_itself_though_nobody_makes_calls(world):
    begun(world, "https://crm.example/hook", "for = '1h', ")
    world.later("1h").advance()
    assert world.runs("state") == [("active",)]
    world.later("5m").advance()
    assert world.runs("outcome") == [("refused",)]


async def test_killed_anywhere_a_call_is_made_again_until_its_answer_is_stored_and_then_never(
    world,
):
    async with listening() as hook:
        begun(world, hook.url)
        kills = 0
        while True:
            try:
                await calling(world, Means(poster()), FragileDatabase(world.db, kills)).batch()
            except Killed:
                kills += 1
                assert world.rows("SELECT state FROM call") == [("waiting",)]
                world.now += LEASE_MS
            else:
                break
        assert kills >= 2
        tries = len(hook.heard)
        assert tries >= 2
        assert set(hook.keys) == {"mautod-call-1"}
        for _ in range(3):
            world.now += LEASE_MS
            await settle(world, Means(poster()))
        assert len(hook.heard) == tries
    assert world.templates() == ["offer"]


async def test_two_who_make_calls_do_not_make_the_same(world):
    async with listening(0.2) as hook:
        begun(world, hook.url)
        one, other = (calling(world, Means(poster()), holder=holder) for holder in "ab")
        await asyncio.gather(one.batch(), other.batch())
        assert len(hook.heard) == 1


async def test_an_answer_that_comes_after_the_lease_ran_out_does_not_count_twice(world):
    async with listening(0.3) as hook:
        begun(world, hook.url)
        late = asyncio.create_task(calling(world, Means(poster()), holder="a").batch())
        await hook.came.wait()
        world.now += LEASE_MS
        await calling(world, Means(poster()), holder="b").batch()
        await late
        assert world.rows("SELECT state, holder, attempt FROM call") == [("done", "b", 2)]


async def test_nobody_is_called_for_a_run_that_has_ended_or_a_person_who_is_gone(world):
    async with listening() as hook:
        begun(world, hook.url)
        with world.db.write() as tx:
            tx.execute("UPDATE run SET state = 'done', outcome = 'left'")
        await settle(world, Means(poster()))
        assert hook.heard == []
        assert world.rows("SELECT state FROM call") == [("failed",)]


async def test_a_paused_chain_calls_nobody_until_it_goes_on(world):
    async with listening() as hook:
        begun(world, hook.url)
        with world.db.write() as tx:
            tx.execute("UPDATE chain SET state = 'paused'")
        assert calling(world, Means(poster())).next_due() is None
        await calling(world, Means(poster())).batch()
        assert hook.heard == []


async def test_a_later_call_knows_what_was_answered_before(world):
    async with listening((200, {"id": 5})) as hook:
        world.chain(
            f'enter = {{ event = "Go" }}\n[[step]]\nid = "a"\nwebhook = "{hook.url}"\n'
            f'[[step]]\nid = "b"\nwebhook = "{hook.url}"'
        )
        world.did(world.person(), "Go")
        await settle(world, Means(poster()))
    assert [body["run"]["answers"] for _, body in hook.heard] == [{}, {"a": {"id": 5}}]
    assert world.runs("outcome") == [("finished",)]


# --- notes to operators -------------------------------------------------------------------------


def mailer(folder) -> Email:
    return Email(EmailConfig(url="maildir:outbox", sender="Shop <shop@example.com>"), Net(folder))


def letters(folder) -> list:
    found = sorted((folder / "outbox").rglob("new/*"))
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]


NOTE = """
enter = { event = "Go" }
[[step]]
notify = { subject = "Hot: {{ person.name }}", text = "Call {{ person.phone }}\\nOrder {{ event.order_id }}"TO }
[[step]]
exit = "told"
"""


async def test_operators_are_told_and_the_run_goes_on_at_once(world, tmp_path):
    world.chain(NOTE.replace("TO", ', to = ["a@shop.example", "b@shop.example"]'))
    person = world.person()
    with world.db.write() as tx:
        tx.execute(
            "UPDATE person SET name = ?, phone = '+47 1' WHERE id = ?", ("Eve\r\nBcc: x", person)
        )
    world.did(person, "Go", order_id=9)
    world.advance()
    assert world.runs("outcome") == [("told",)]
    email = mailer(tmp_path)
    await email.open()
    await settle(world, Means(poster(), email))
    found = letters(tmp_path)
    assert {each["To"] for each in found} == {"a@shop.example", "b@shop.example"}
    assert found[0]["Bcc"] is None
    assert found[0]["Subject"].startswith("Hot: Eve")
    assert "Order 9" in found[0].get_body(("plain",)).get_content()
    assert world.rows("SELECT state FROM call") == [("done",)]


async def test_a_note_goes_to_the_addresses_of_the_configuration_unless_it_names_some(
    world, tmp_path
):
    world.chain(NOTE.replace("TO", ""))
    world.did(world.person(), "Go")
    world.advance()
    email = mailer(tmp_path)
    await email.open()
    await settle(world, Means(poster(), email, ("sales@shop.example",)))
    assert [each["To"] for each in letters(tmp_path)] == ["sales@shop.example"]


@pytest.mark.parametrize(
    ("means", "detail"),
    [(Means(poster()), "there is no channel email"), (Means(poster(), mailer), "names nobody")],
)
async def test_a_note_that_nobody_can_get_has_failed_and_says_why(world, tmp_path, means, detail):
    if means.mailer is not None:
        means = Means(means.poster, mailer(tmp_path))
    world.chain(NOTE.replace("TO", ""))
    world.did(world.person(), "Go")
    world.advance()
    await settle(world, means)
    ((state, said),) = world.rows("SELECT state, detail FROM call")
    assert state == "failed"
    assert detail in said


# --- posting ------------------------------------------------------------------------------------


async def post(url: str, by: Poster, **headers: str):
    return await by.post(Post(url, headers), {"a": 1}, "key")


async def test_secrets_are_put_into_headers_and_the_body_is_signed():
    async with listening() as hook:
        by = poster(MAUTOD_CRM="s3cret", SIGN="sign")
        await post(hook.url, by, Authorization="Bearer ${MAUTOD_CRM}")
    ((headers, _),) = hook.heard
    assert headers["Authorization"] == "Bearer s3cret"
    digest = hmac.new(b"sign", b'{"a":1}', hashlib.sha256).hexdigest()
    assert headers["X-Mautod-Signature"] == f"sha256={digest}"
    assert "s3cret" not in repr(by)
    refused = await post(hook.url, poster(), Authorization="${MAUTOD_CRM}")
    assert isinstance(refused, Refused)
    own = await post(hook.url, poster(MAUTOD_SECRET="x"), Authorization="${MAUTOD_SECRET}")
    assert isinstance(own, Refused)


async def test_private_addresses_are_refused_unless_the_configuration_names_them():
    async with listening() as hook:
        for url in (hook.url, f"http://localhost:{hook.port}/x", f"http://[::1]:{hook.port}/x"):
            refused = await post(url, poster("other.example"))
            assert isinstance(refused, Refused), url
            assert "private network" in refused.detail
        assert hook.heard == []
        assert isinstance(await post(hook.url, poster(f"127.0.0.1:{hook.port}")), Answered)
        by_name = f"http://localhost:{hook.port}/x"
        assert isinstance(await post(by_name, poster("LOCALHOST")), Answered)
        assert isinstance(await post(hook.url, poster("127.0.0.1:1")), Refused)


@pytest.mark.parametrize(
    ("address", "public"),
    [("8.8.8.8", True), ("2606:4700::1111", True), ("127.0.0.1", False), ("10.1.2.3", False),
     ("192.168.0.1", False), ("172.16.0.1", False), ("169.254.169.254", False), ("100.64.0.1", False),
     ("0.0.0.0", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False),
     ("fe80::1", False), ("fd00::1", False), ("ff02::1", False), ("::ffff:10.0.0.1", False),
     ("::ffff:8.8.8.8", True), ("64:ff9b::a00:1", False), ("2002:a00:1::", False), ("2001:0:1::1", False)],
)  # fmt: skip
def test_what_is_an_address_of_the_open_internet(address, public):
    assert is_public(ip_address(address)) is public


async def test_a_redirection_is_no_answer():
    async with listening((302, "", {"Location": "http://169.254.169.254/"})) as hook:
        assert await post(hook.url, poster()) == Refused("answered 302 Found", 302)
        assert len(hook.heard) == 1


async def test_who_does_not_answer_in_time_is_asked_again():
    async with listening(0.6) as hook:
        assert await post(hook.url, poster(timeout_s=0.2)) == Unreached("no answer in time")


async def test_nobody_there_is_no_answer():
    found = await post("http://127.0.0.1:9/", poster())
    assert isinstance(found, Unreached)


@pytest.mark.parametrize(
    ("body", "answer"),
    [("", None), ("hello <b>", {"text": "hello <b>"}), ("[1, 2]", [1, 2]), ('"x"', "x"),
     (json.dumps({"a": "x" * 9000}), {"too_large": True}), ("x" * 70_000, {"too_large": True}),
     ("[" * 5000, {"text": "[" * 1000})],
)  # fmt: skip
async def test_what_is_kept_of_an_answer(body, answer):
    async with listening((200, body)) as hook:
        assert await post(hook.url, poster()) == Answered(200, answer)


async def test_calls_are_listed_newest_first_by_chain_and_state(world):
    async with listening((404, ""), (200, {"a": 1})) as hook:
        begun(world, hook.url)
        await settle(world, Means(poster()))
        world.did(world.person("b@example.com"), "Go")
        await settle(world, Means(poster()))
    tx = world.db.read()
    done, failed = list_calls(tx, "cart", "", None, 9)
    assert (done.id, done.state, done.status, done.answer) == (2, "done", 200, {"a": 1})
    assert (failed.id, failed.state, failed.detail) == (1, "failed", "answered 404 Not Found")
    assert list_calls(tx, "", "failed", None, 9) == [failed]
    assert list_calls(tx, "", "", 2, 9) == [failed]
    assert list_calls(tx, "other", "", None, 9) == []
