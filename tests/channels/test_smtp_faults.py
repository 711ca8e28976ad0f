"""Faults at exact moments, by a server that follows a script."""

import asyncio

import pytest
from smtp_kit import letters

from mautod.core.sending.message import Failed, Letter, Retry, Sent, Unknown

SENT = Sent("2.0.0 queued as 42")


async def channel_to(email, script, **section):
    return await email(url=f"smtp://127.0.0.1:{script.port}", connections=1, **section)


def once(when, answer):
    """Gives `answer` the first time `when` holds."""
    done = []

    def rule(number, about):
        if when(number, about) and not done:
            done.append(about)
            return answer
        return None

    return rule


def for_address(address, answer):
    return lambda _number, about: answer if about == address else None


async def test_one_refused_recipient_does_not_touch_its_neighbours(email, scripted):
    script = await scripted(on_rcpt=for_address("p2@x.test", "550 5.1.1 who?"))
    channel = await channel_to(email, script)
    outcomes = await channel.send(letters(5))
    assert outcomes == [SENT, SENT, Failed("550 5.1.1 who?", dead=True), SENT, SENT]
    assert script.took == ["p0@x.test", "p1@x.test", "p3@x.test", "p4@x.test"]
    assert script.connections == 1
    assert script.commands.count("RSET") == 1


async def test_a_refusal_at_the_end_is_reset_before_the_next_batch(email, scripted):
    script = await scripted(on_rcpt=for_address("p0@x.test", "450 later"))
    channel = await channel_to(email, script)
    assert await channel.send(letters(1)) == [Retry("450 later")]
    assert await channel.send(letters(2)) == [Retry("450 later"), SENT]
    assert script.connections == 1


async def test_a_go_ahead_after_a_refused_recipient_gets_an_empty_text(email, scripted):
    script = await scripted(
        on_rcpt=for_address("p0@x.test", "550 5.1.1 who?"),
        on_data=lambda _n, recipient: None if recipient else "354 go on",
        on_dot=lambda _n, recipient: None if recipient else "554 no valid recipients",
    )
    channel = await channel_to(email, script)
    assert await channel.send(letters(3)) == [Failed("550 5.1.1 who?", dead=True), SENT, SENT]
    assert script.connections == 1


async def test_a_cut_after_the_dot_leaves_that_letter_unknown_and_sends_the_rest(email, scripted):
    script = await scripted(on_dot=for_address("p1@x.test", "cut"))
    channel = await channel_to(email, script)
    outcomes = await channel.send(letters(5))
    assert [type(outcome) for outcome in outcomes] == [Sent, Unknown, Sent, Sent, Sent]
    assert script.took == ["p0@x.test", "p2@x.test", "p3@x.test", "p4@x.test"]


async def test_a_cut_in_the_middle_of_the_text_is_no_doubt(email, scripted):
    # 30 MB do not fit into socket buffers: the last byte cannot have left.
    big = Letter(
        1, "p1@x.test", "shop@shop.test", b"Subject: x\r\n\r\n" + b"0123456789\r\n" * 2_500_000
    )
    script = await scripted(on_text=for_address("p1@x.test", "cut"))
    channel = await channel_to(email, script)
    outcomes = await channel.send([letters(1)[0], big, letters(3)[2]])
    assert [type(outcome) for outcome in outcomes] == [Sent, Retry, Sent]
    assert script.took == ["p0@x.test", "p2@x.test"]


async def test_a_closing_server_in_flight_leaves_the_next_letter_for_a_new_connection(
    email, scripted
):
    script = await scripted(
        on_mail=once(
            lambda number, _line: number == 1 and len(script.took) == 2, "421 too many messages"
        )
    )
    channel = await channel_to(email, script)
    assert await channel.send(letters(6)) == [SENT] * 6
    assert sorted(script.took) == [f"p{n}@x.test" for n in range(6)]
    assert script.connections == 2


async def test_a_closing_server_at_the_dot_has_not_taken_the_letter(email, scripted):
    script = await scripted(on_dot=for_address("p1@x.test", "421 shutting down"))
    channel = await channel_to(email, script)
    assert await channel.send(letters(4)) == [SENT, Retry("421 shutting down"), SENT, SENT]


async def test_one_letter_that_kills_connections_does_not_stop_the_others(email, scripted):
    script = await scripted(on_rcpt=for_address("p0@x.test", "cut"))
    channel = await channel_to(email, script)
    outcomes = await channel.send(letters(4))
    assert [type(outcome) for outcome in outcomes] == [Retry, Sent, Sent, Sent]


async def test_a_server_that_closes_everything_is_not_hammered(email, scripted):
    script = await scripted(on_mail=lambda *_: "421 go away")
    channel = await channel_to(email, script)
    outcomes = await channel.send(letters(50))
    assert outcomes == [Retry("421 go away")] * 50
    assert script.connections == 2


async def test_a_good_bye_while_idle_costs_nobody_anything(email, scripted):
    script = await scripted()
    channel = await channel_to(email, script)
    assert await channel.send(letters(2)) == [SENT] * 2
    script.tasks[0].cancel()
    await asyncio.wait(script.tasks)
    assert await channel.send(letters(2)) == [SENT] * 2
    assert script.connections == 2


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_text_arrives_byte_for_byte(email, scripted, pipelining):
    text = b".dot first\r\n..\r\n.\r\nSubject: x\r\n\r\n.\r\n.end without a line end"
    script = await scripted(pipelining=pipelining)
    channel = await channel_to(email, script)
    assert await channel.send([Letter(1, "a@x.test", "b@x.test", text)] * 3) == [SENT] * 3
    assert script.texts == [text + b"\r\n"] * 3


async def test_a_message_over_the_limit_fails_before_it_is_sent(email, scripted):
    script = await scripted()
    channel = await channel_to(email, script)
    big = Letter(1, "a@x.test", "b@x.test", b"x" * 50_000_001)
    outcomes = await channel.send([big, *letters(1)])
    assert [type(outcome) for outcome in outcomes] == [Failed, Sent]
    assert script.took == ["p0@x.test"]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "nobody",
        "a@b@c",
        "a b@x.test",
        "a@x.test>\r\nRCPT TO:<b@x.test",
        "a@",
        "@x.test",
        "a@-x.test",
        "ы@x.test",
    ],
)
async def test_an_address_that_is_none_is_dead_and_never_reaches_the_wire(email, scripted, address):
    script = await scripted()
    channel = await channel_to(email, script)
    outcomes = await channel.send([Letter(1, address, "shop@shop.test", b"x\r\n"), *letters(1)])
    assert outcomes[0].dead
    assert outcomes[1] == SENT
    assert len([c for c in script.commands if c.startswith("RCPT")]) == 1


async def test_a_domain_in_another_script_goes_out_in_its_ascii_form(email, scripted):
    script = await scripted()
    channel = await channel_to(email, script)
    await channel.send([Letter(1, "info@почта.рф", "shop@shop.test", b"x\r\n")])
    assert script.took == ["info@xn--80a1acny.xn--p1ai"]


@pytest.mark.parametrize("nonsense", ["hello there", "9", "250+ok", "99 bottles", "199 x"])
async def test_a_server_that_speaks_nonsense_is_left(email, scripted, nonsense):
    script = await scripted(on_dot=for_address("p1@x.test", nonsense), on_mail=None)
    channel = await channel_to(email, script, timeout="300ms")
    outcomes = await channel.send(letters(3))
    assert [type(outcome) for outcome in outcomes] == [Sent, Unknown, Sent]


async def test_an_answer_out_of_turn_ends_the_connection_before_it_confuses_letters(
    email, scripted
):
    script = await scripted(on_data=once(lambda _n, about: about == "p1@x.test", "250 what?"))
    channel = await channel_to(email, script)
    outcomes = await channel.send(letters(4))
    assert outcomes == [SENT] * 4
    assert sorted(script.took) == [f"p{n}@x.test" for n in range(4)]


async def test_batches_may_overlap_within_the_limit_of_connections(email, scripted):
    script = await scripted()
    channel = await email(url=f"smtp://127.0.0.1:{script.port}", connections=3)
    batches = await asyncio.gather(*(channel.send(letters(40)) for _ in range(5)))
    assert batches == [[SENT] * 40] * 5
    assert script.connections <= 3


async def test_closing_says_good_bye_and_may_be_done_twice(email, scripted):
    script = await scripted()
    channel = await channel_to(email, script)
    await channel.send(letters(1))
    await channel.close()
    await channel.close()
    assert script.commands[-1] == "QUIT"


async def test_a_cancelled_batch_leaves_no_connection_behind(email, scripted):
    ended = asyncio.Event()

    async def never_answer(reader, writer):
        await reader.read()
        ended.set()
        writer.close()

    server = await asyncio.start_server(never_answer, "127.0.0.1", 0)
    channel = await email(url=f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    task = asyncio.create_task(channel.send(letters(2)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.wait_for(ended.wait(), 5)
    server.close()


async def test_no_letters_make_no_connection(email, scripted):
    script = await scripted()
    channel = await channel_to(email, script)
    assert await channel.send([]) == []
    assert script.connections == 0
