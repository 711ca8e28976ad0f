"""Several servers: shares, failover without doubles, breakers, limits by domain."""

import asyncio
from collections import Counter

import pytest
from aiosmtpd.smtp import SMTP
from smtp_kit import free_port, letters

from mautod.channels.port import Net
from mautod.core.sending.breaker import SHORTEST
from mautod.core.sending.message import Failed, Later, Letter, Retry, Sent, Unknown
from mautod.errors import ConfigError


def url_of(script) -> str:
    return f"smtp://127.0.0.1:{script.port}"


async def pool(email, *servers, **section):
    """A channel with servers a, b …; each is a scripted one or the keys of its section."""
    keys = [one if isinstance(one, dict) else {"url": url_of(one)} for one in servers]
    named = [{"name": name, **one} for name, one in zip("abcdef", keys, strict=False)]
    return await email(server=named, connections=2, **section)


def kinds(outcomes):
    return Counter(type(outcome) for outcome in outcomes)


def states(channel):
    return {each.name: each.state for each in channel.standings()}


async def test_letters_are_shared_out_by_weight_and_say_who_took_them(email, scripted):
    one, two = await scripted(), await scripted()
    channel = await pool(email, {"url": url_of(one), "weight": 3}, two)
    outcomes = await channel.send(letters(40))
    assert kinds(outcomes) == {Sent: 40}
    assert (len(one.took), len(two.took)) == (30, 10)
    assert Counter(outcome.trace.server for outcome in outcomes) == {"a": 30, "b": 10}
    assert {outcome.trace.code for outcome in outcomes} == {"250 2.0.0"}
    assert all(outcome.trace.took_ms >= 0 for outcome in outcomes)


async def test_what_a_dead_server_surely_did_not_take_goes_by_the_other(email, scripted):
    alive = await scripted()
    channel = await pool(email, {"url": f"smtp://127.0.0.1:{free_port()}"}, alive)
    outcomes = await channel.send(letters(20))
    assert kinds(outcomes) == {Sent: 20}
    assert sorted(alive.took) == sorted(f"p{n}@x.test" for n in range(20))
    assert states(channel) == {"a": "open", "b": "closed"}
    assert "refused" in channel.standings()[0].error.lower()


@pytest.mark.parametrize("answer", ["421 4.3.2 shutting down", "cut"])
@pytest.mark.parametrize("command", ["on_mail", "on_rcpt", "on_dot"])
async def test_a_server_that_dies_in_the_middle_of_a_batch_doubles_and_loses_none(
    email, scripted, command, answer
):
    """Counted by recipient: everybody once, but those in doubt at most once."""

    def dying(_number, _about):
        return answer if len(sick.took) >= 7 else None

    sick, well = await scripted(**{command: dying}), await scripted()
    channel = await pool(email, sick, well)
    batch = letters(60)
    outcomes = await channel.send(batch)
    took = Counter(sick.took + well.took)
    assert max(took.values()) == 1
    for letter, outcome in zip(batch, outcomes, strict=True):
        if isinstance(outcome, Sent):
            assert took[letter.address] == 1
        else:
            assert isinstance(outcome, Unknown)
            assert took[letter.address] == 0
    # Two connections, and two fresh ones after each of them.
    assert kinds(outcomes)[Unknown] <= (6 if (command, answer) == ("on_dot", "cut") else 0)


async def test_a_doubt_is_never_sent_by_another_server(email, scripted):
    sick, well = await scripted(on_dot=lambda *_: "cut"), await scripted()
    channel = await pool(email, {"url": url_of(sick), "weight": 1000}, well)
    outcomes = await channel.send(letters(1))
    assert kinds(outcomes) == {Unknown: 1}
    assert well.took == []


@pytest.mark.parametrize(
    ("answer", "kind"), [("451 4.3.0 not now", Retry), ("550 5.7.1 not you", Failed)]
)
async def test_an_answer_about_a_letter_is_its_outcome(email, scripted, answer, kind):
    strict, well = await scripted(on_rcpt=lambda *_: answer), await scripted()
    channel = await pool(email, strict, well)
    outcomes = await channel.send(letters(10))
    assert kinds(outcomes) == {kind: 5, Sent: 5}
    assert states(channel) == {"a": "closed", "b": "closed"}


async def test_a_server_that_failed_is_left_alone_until_one_letter_tries_it(email, scripted, net):
    now = [net.clock()]
    object.__setattr__(net, "clock", lambda: now[0])
    sick = await scripted(on_mail=lambda *_: "421 go away" if broken else None)
    broken = [True]
    channel = await pool(email, sick)
    assert kinds(await channel.send(letters(5))) == {Retry: 5}
    connections = sick.connections
    assert channel.room(now[0], waiting=False).count == 0
    held = await channel.send(letters(3))
    assert held == [Later(now[0] + SHORTEST, "no mail server takes letters now")] * 3
    assert sick.connections == connections
    now[0] += SHORTEST
    broken.clear()
    assert channel.room(now[0], waiting=False).count == 1
    assert kinds(await channel.send(letters(3))) == {Sent: 1, Later: 2}
    assert states(channel) == {"a": "closed"}
    assert kinds(await channel.send(letters(3))) == {Sent: 3}


async def test_a_wrong_password_opens_the_breaker_and_the_other_server_takes_over(
    email, scripted, server_tls
):
    locked = await asyncio.get_running_loop().create_server(
        lambda: SMTP(None, tls_context=server_tls, auth_required=True), "127.0.0.1", 0
    )
    port, well = locked.sockets[0].getsockname()[1], await scripted()
    channel = await pool(email, {"url": f"smtp://shop:wrong@127.0.0.1:{port}"}, well)
    assert kinds(await channel.send(letters(10))) == {Sent: 10}
    assert states(channel)["a"] == "open"
    assert "wrong" not in repr(channel.standings())
    locked.close()


async def test_a_server_whose_certificate_nobody_vouches_for_gets_no_letter(
    email, server_tls, certificate
):
    def mailserver():
        return SMTP(Box(), hostname="x.test", tls_context=server_tls)

    box = []

    class Box:
        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            box.append(session.ssl is not None)
            return "250 taken"

    server = await asyncio.get_running_loop().create_server(mailserver, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    strict = await pool(email, {"url": f"smtp://localhost:{port}"}, tls="require")
    assert kinds(await strict.send(letters(4))) == {Retry: 4}
    assert states(strict) == {"a": "open"}
    assert "certificate" in strict.standings()[0].error.lower()
    assert box == []
    known = await pool(
        email, {"url": f"smtp://localhost:{port}"}, tls="require", ca=str(certificate[0])
    )
    assert kinds(await known.send(letters(4))) == {Sent: 4}
    assert box == [True] * 4
    server.close()


async def test_a_letter_wants_its_server_back_or_another(email, scripted):
    one, two = await scripted(), await scripted()
    channel = await pool(email, one, two)
    body = b"Subject: x\r\n\r\n"
    batch = [
        *(Letter(n, f"same{n}@x.test", "s@s.test", body, prefer="b") for n in range(4)),
        *(Letter(n, f"other{n}@x.test", "s@s.test", body, avoid="b") for n in range(4)),
    ]
    await channel.send(batch)
    assert {address[:4] for address in two.took} == {"same"}
    assert {address[:5] for address in one.took} == {"other"}


async def test_a_domain_has_no_more_connections_than_it_may(email, scripted):
    """Nobody else waits for it meanwhile."""
    going, most = set(), []

    def begun(number, address):
        if address.endswith("@slow.test"):
            going.add(number)
            most.append(len(going))

    script = await scripted(on_rcpt=begun)

    def ended(number, address):
        if address.endswith("@slow.test"):
            going.discard(number)

    script.on_dot = ended
    channel = await email(
        url=url_of(script), connections=6, domain=[{"name": "slow.test", "connections": 1}]
    )
    slow, fast = letters(30, host="slow.test"), letters(30, host="fast.test")
    batches = await asyncio.gather(*(channel.send([*slow, *fast]) for _ in range(2)))
    assert [kinds(outcomes) for outcomes in batches] == [{Sent: 60}] * 2
    assert max(most) == 1
    assert set(Counter(script.took).values()) == {2}


async def test_warm_up_goes_on_where_a_former_life_stopped(email, scripted):
    script = await scripted()
    section = {"url": url_of(script), "warm_up": "10, 20"}
    channel = await pool(email, section)
    assert kinds(await channel.send(letters(6))) == {Sent: 6}
    again = await pool(email, section)
    again.resume(channel.standings())
    outcomes = await again.send(letters(6))
    assert kinds(outcomes) == {Sent: 4, Later: 2}
    assert again.standings()[0].today.sent == 10


@pytest.mark.parametrize(
    ("server", "word"),
    [
        ({"name": "A b", "url": "smtp://x.test"}, "name"),
        ({"name": "a", "url": "smtp://x.test", "warm_up": "slowly"}, "warm_up"),
        ({"name": "a", "url": "ftp://x.test"}, "url"),
        ({"name": "a", "url": "smtp://x.test", "wieght": 2}, "wieght"),
        ({"name": "a", "url": "smtp://x.test", "weight": 0}, "weight"),
    ],
)
async def test_an_unfit_server_is_refused_by_name_of_its_key(email, server, word):
    with pytest.raises(ConfigError, match=word):
        await email(server=[server])


async def test_two_servers_of_one_name_and_a_domain_with_an_at_sign_are_refused(email):
    twice = [{"name": "a", "url": "smtp://x.test"}] * 2
    with pytest.raises(ConfigError, match="share a name"):
        await email(server=twice)
    with pytest.raises(ConfigError, match=r"domain\.name"):
        await email(domain=[{"name": "a@gmail.com"}])


async def test_no_password_of_any_server_is_shown(email, net: Net):
    channel = await email(server=[{"name": "a", "url": "smtp://shop:hush@x.test:25"}])
    assert "hush" not in repr(channel)
    assert "hush" not in repr(channel.standings())
