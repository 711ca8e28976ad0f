"""Against Postfix's smtp-sink, a server that is not ours."""

from collections import Counter

import pytest
from smtp_kit import letters, taken_by

from mautod.core.sending.message import Failed, Retry, Sent, Unknown


def kinds(outcomes):
    return Counter(type(outcome) for outcome in outcomes)


async def outcomes_of(email, sink, *flags, count=20, **section):
    port, taken = sink(*flags)
    channel = await email(url=f"smtp://127.0.0.1:{port}", connections=2, **section)
    return await channel.send(letters(count)), taken


async def test_each_letter_arrives_once(email, sink):
    outcomes, taken = await outcomes_of(email, sink, count=200)
    assert kinds(outcomes) == {Sent: 200}
    assert taken_by(taken) == sorted(f"p{n}@x.test" for n in range(200))


async def test_a_server_that_takes_one_command_at_a_time_gets_one(email, sink):
    outcomes, taken = await outcomes_of(email, sink, "-p")
    assert kinds(outcomes) == {Sent: 20}
    assert len(taken_by(taken)) == 20


async def test_a_server_of_the_old_kind_is_greeted_with_helo(email, sink):
    outcomes, taken = await outcomes_of(email, sink, "-e")
    assert kinds(outcomes) == {Sent: 20}
    assert len(taken_by(taken)) == 20


async def test_an_unknown_mailbox_is_dead(email, sink):
    outcomes, taken = await outcomes_of(email, sink, "-f", "RCPT", "-B", "550 5.1.1 No such user")
    assert outcomes == [Failed("550 5.1.1 No such user", dead=True)] * 20
    assert taken_by(taken) == []


async def test_a_refusal_by_policy_leaves_the_address_alive(email, sink):
    outcomes, _ = await outcomes_of(email, sink, "-f", "RCPT", "-B", "550 5.7.1 Not you")
    assert outcomes == [Failed("550 5.7.1 Not you", dead=False)] * 20


@pytest.mark.parametrize("command", ["RCPT", "MAIL", "DATA", "."])
async def test_a_soft_refusal_is_tried_again(email, sink, command):
    outcomes, _ = await outcomes_of(email, sink, "-r", command)
    assert kinds(outcomes) == {Retry: 20}
    assert "450" in outcomes[0].detail


@pytest.mark.parametrize("command", ["DATA", "."])
async def test_a_refused_message_fails_without_blaming_the_address(email, sink, command):
    outcomes, _ = await outcomes_of(email, sink, "-f", command)
    assert outcomes == [Failed("500 5.3.0 Error: command failed", dead=False)] * 20


async def test_a_refused_sender_is_our_own_fault_and_tried_again(email, sink):
    outcomes, _ = await outcomes_of(email, sink, "-f", "MAIL")
    assert kinds(outcomes) == {Retry: 20}


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
async def test_a_cut_before_the_text_leaves_no_doubt(email, sink, command):
    outcomes, _ = await outcomes_of(email, sink, "-q", command)
    assert kinds(outcomes) == {Retry: 20}


async def test_a_cut_instead_of_the_last_answer_leaves_few_in_doubt(email, sink):
    outcomes, _ = await outcomes_of(email, sink, "-q", ".")
    assert kinds(outcomes) == {Unknown: 4, Retry: 16}


@pytest.mark.parametrize("command", ["CONNECT", "MAIL", "RCPT", "DATA", "."])
async def test_a_server_that_is_closing_gets_the_letters_later(email, sink, command):
    outcomes, _ = await outcomes_of(email, sink, "-Q", command)
    assert kinds(outcomes) == {Retry: 20}


async def test_a_slow_server_is_given_up_in_time(email, sink):
    outcomes, _ = await outcomes_of(email, sink, "-w", "30", count=4, timeout="200ms")
    assert kinds(outcomes) == {Retry: 4}
    assert "no answer" in outcomes[0].detail


async def test_no_server_at_all_is_tried_again(email):
    channel = await email(url="smtp://127.0.0.1:1")
    outcomes = await channel.send(letters(3))
    assert kinds(outcomes) == {Retry: 3}
    assert "refused" in outcomes[0].detail.lower()
