"""What single steps do with what they see."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mautod.core.chains.definition import parse_chain
from mautod.core.chains.machine import advance, hears
from mautod.core.chains.run import Change, Run, Send, Start, Stop, Try, View
from mautod.core.event import Happened
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import DefinitionError

HEAD = 'name = "C"\ntopic = "t"\nenter = { event = "E" }\nwindow = "mon-fri 10:00-20:00"\n'
ENDS = '\n[[step]]\nid = "came"\nexit = "came"\n[[step]]\nid = "late"\nexit = "late"\n'


def at(text: str, zone: str = "UTC") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1000


NOW = at("2026-07-08 12:00")  # a Wednesday


def chain(step: str, head: str = HEAD):
    return parse_chain(f"{head}[[step]]\n{step}{ENDS}", "c.toml", "c")


def new_run(now: int = NOW, **changes) -> Run:
    return replace(Run(1, 1, "", now, 10, "", now, now), **changes)


def wakes(step: str, now: int = NOW, **seen) -> int | str:
    """When a run that comes to this step goes on; or its outcome, if it goes on at once."""
    answer = advance(chain(step), new_run(now), View(now, **seen))
    return answer.outcome or answer.run.wake_at


@pytest.mark.parametrize(
    ("until", "when"),
    [
        ("10:00", "2026-07-09 10:00"),
        ("12:00", "2026-07-09 12:00"),  # it is noon already, so tomorrow's is meant
        ("12:30", "2026-07-08 12:30"),
        ("mon", "2026-07-13 00:00"),
        ("wed", "2026-07-15 00:00"),
        ("mon-fri 9:30", "2026-07-09 09:30"),
        ("1 10:00", "2026-08-01 10:00"),
    ],
)
def test_until_a_time_on_the_persons_clock(until, when):
    step = f"wait = {{ until = '{until}' }}"
    assert wakes(step) == at(when)
    tokyo = at("2026-07-08 12:00", "Asia/Tokyo")
    assert wakes(step, tokyo, zones=("UTC", "Asia/Tokyo")) == at(when, "Asia/Tokyo")


def test_until_a_time_after_the_last_message_has_left():
    step = "wait = { until = '10:00' }"
    found = chain(step)
    parked = advance(found, new_run(), View(NOW)).run
    queued = View(at("2026-07-09 10:00"), queued_until=at("2026-07-09 11:00"))
    assert advance(found, parked, queued).run.wake_at == at("2026-07-10 10:00")
    sent = View(at("2026-07-09 12:00"), last_sent=at("2026-07-09 11:00"))
    assert advance(found, parked, sent).run.wake_at == at("2026-07-10 10:00")
    assert advance(found, parked, View(at("2026-07-09 10:00"))).outcome == "came"


def test_until_the_window_opens():
    step = "wait = { until = 'window' }"
    assert wakes(step) == "came"
    assert wakes(step, at("2026-07-08 21:00")) == at("2026-07-09 10:00")
    saturday = at("2026-07-11 12:00")
    assert wakes(step, saturday, zones=("UTC", "Asia/Tokyo")) == at(
        "2026-07-13 10:00", "Asia/Tokyo"
    )


@pytest.mark.parametrize(
    ("date", "when"),
    [
        ("offset = '-3d', at = '10:00'", "2026-07-17 10:00"),
        ("at = '10:00'", "2026-07-20 10:00"),
        ("", "2026-07-20 00:00"),
        ("offset = '+90m'", "2026-07-20 01:30"),
    ],
)
def test_until_a_date_of_the_persons(date, when):
    step = f"wait = {{ date = 'a.b', {date} }}".replace(",  }", " }")
    dates = {("a", "b"): at("2026-07-20 00:00")}
    assert wakes(step, dates=dates) == at(when)
    assert wakes(step, at(when), dates=dates) == "came"
    assert wakes(step, at(when) + DAY, dates=dates) == "came"


def test_who_has_no_date_goes_another_way():
    step = "wait = { date = 'renews_at', else = 'late' }"
    assert wakes(step) == "late"
    assert wakes("wait = { date = 'renews_at' }") == "came"


def test_a_date_that_moves_is_followed():
    found = chain("wait = { date = 'd' }")
    assert found.steps[0].stirred_by.props == {"d"}
    parked = advance(found, new_run(), View(NOW, dates={("d",): NOW + DAY})).run
    later = advance(found, parked, View(NOW + 1, dates={("d",): NOW + 2 * DAY}))
    assert later.run.wake_at == NOW + 2 * DAY
    assert advance(found, parked, View(NOW + 1, dates={("d",): NOW})).outcome == "came"


def test_a_rule_that_holds_is_not_waited_for():
    step = "await = { rule = 'score > 5', for = '1d', then = 'came', else = 'late' }"
    found = chain(step)
    run = new_run()
    assert advance(found, run, View(NOW)).asks == "1"
    assert advance(found, run, View(NOW, {"1": True})).outcome == "came"
    parked = advance(found, run, View(NOW, {"1": False})).run
    assert (parked.wake_at, parked.awaiting) == (NOW + DAY, None)
    assert advance(found, parked, View(NOW + HOUR)).asks == "1"
    assert advance(found, parked, View(NOW + HOUR, {"1": True})).outcome == "came"
    assert advance(found, parked, View(NOW + HOUR, {"1": False})).run.wake_at == NOW + DAY
    assert advance(found, parked, View(NOW + DAY, {"1": False})).outcome == "late"


def test_a_rule_that_time_alone_turns_is_asked_again_and_again():
    found = chain("await = { rule = 'not did \"A\" in 3d', for = '7d', then = 'came' }")
    parked = advance(found, new_run(), View(NOW, {"1": False})).run
    assert parked.wake_at == NOW + 10 * MINUTE


def test_an_awaited_event_can_have_to_be_about_the_same_thing():
    found = chain("await = { event = 'Paid', on = 'order_id', for = '1d', then = 'came' }")
    run = new_run(step="1", awaiting="Paid", entry={"order_id": "7"})

    def paid(**props) -> Happened:
        return Happened(11, 1, "Paid", NOW, NOW, props)

    assert hears(found, run, paid(order_id=7), "UTC")
    assert not hears(found, run, paid(order_id="8"), "UTC")
    assert not hears(found, run, paid(), "UTC")
    assert not hears(found, replace(run, entry={}), paid(), "UTC")


def commands(step: str):
    return advance(chain(step), new_run(), View(NOW)).commands


def test_tags_numbers_and_other_chains():
    assert commands('tag = "+a -b +c"') == (
        Change({"$union": {"tags": ["a", "c"]}, "$remove": {"tags": ["b"]}}),
    )
    assert commands('tag = ["+big spender"]') == (Change({"$union": {"tags": ["big spender"]}}),)
    assert commands("add = { n = 1, m = -2.5 }") == (
        Change({"$add": {"n": 1, "m": Decimal("-2.5")}}),
    )
    assert commands('start = "x"') == (Start("x"),)
    assert commands('stop = "x"') == (Stop("x"),)


CASCADE = 'id = "s"\nsend = "x"\nchannels = ["push", "email", "sms"]\n'


def tries(*states: tuple[str, str, bool]) -> tuple[Try, ...]:
    return tuple(Try("s", *each) for each in states)


def test_a_message_goes_by_the_first_channel_that_reaches_the_person():
    found = chain(CASCADE)
    for reach, channel in (({"sms", "email"}, "email"), ({"sms"}, "sms"), (set(), "")):
        answer = advance(found, new_run(), View(NOW, reach=frozenset(reach)))
        assert answer.commands == (Send("s", "x", channel=channel),)
        assert answer.outcome == "came"


BOTH = frozenset({"email", "sms"})


def test_it_goes_by_the_next_one_too_if_it_is_not_read():
    found = chain(f'{CASCADE}next_after = "1h"')
    first = advance(found, new_run(), View(NOW, reach=BOTH))
    assert first.commands == (Send("s", "x", channel="email"),)
    assert (first.run.wake_at, first.run.awaiting) == (NOW + HOUR, "Message Opened")
    later = View(NOW + HOUR, reach=BOTH, tries=tries(("email", "sent", False)), last_sent=NOW)
    second = advance(found, first.run, later)
    assert second.commands == (Send("s", "x", channel="sms", key="sms"),)
    assert second.outcome == "came"


def test_a_message_that_was_read_is_enough():
    found = chain(f'{CASCADE}next_after = "1h"')
    run = advance(found, new_run(), View(NOW, reach=BOTH)).run
    read = View(NOW + 1, reach=BOTH, tries=tries(("email", "sent", True)), last_sent=NOW)
    answer = advance(found, replace(run, heard=True), read)
    assert (answer.commands, answer.outcome) == ((), "came")


@pytest.mark.parametrize("state", ["refused", "failed", "expired"])
def test_a_message_that_did_not_leave_is_followed_by_the_next_at_once(state):
    found = chain(f'{CASCADE}next_after = "1h"')
    run = advance(found, new_run(), View(NOW, reach=BOTH)).run
    gone = View(NOW + 1, reach=BOTH, tries=tries(("email", state, False)))
    assert advance(found, run, gone).commands == (Send("s", "x", channel="sms", key="sms"),)


def test_the_time_to_read_a_message_begins_when_it_leaves():
    found = chain(f'{CASCADE}next_after = "1h"')
    run = advance(found, new_run(), View(NOW, reach=BOTH)).run
    waiting = tries(("email", "queued", False))
    queued = View(NOW + HOUR, reach=BOTH, tries=waiting, queued_until=NOW + DAY)
    parked = advance(found, run, queued)
    assert (parked.commands, parked.run.wake_at) == ((), NOW + DAY + HOUR)


def test_who_is_reached_by_one_channel_is_not_waited_for():
    found = chain(f'{CASCADE}next_after = "1h"')
    answer = advance(found, new_run(), View(NOW, reach=frozenset({"sms"})))
    assert (answer.commands, answer.outcome) == ((Send("s", "x", channel="sms"),), "came")


def test_what_is_heard_of_a_message_is_of_this_step_and_by_people():
    found = chain(f'{CASCADE}next_after = "1h"')
    run = new_run(step="s", awaiting="Message Opened")

    def said(name: str, **props) -> Happened:
        return Happened(11, 1, name, NOW, NOW, {"run": 1, "step": "s", **props})

    heard = ("Opened", "Clicked", "Refused", "Failed", "Bounced")
    for name in (f"Message {what}" for what in heard):
        assert hears(found, run, said(name), "UTC")
    assert not hears(found, run, said("Message Sent"), "UTC")
    assert not hears(found, run, said("Message Opened", step="other"), "UTC")
    assert not hears(found, run, said("Message Opened", run=2), "UTC")
    assert not hears(found, run, said("Message Opened", machine="agent"), "UTC")


def test_a_jump_goes_where_it_says():
    assert advance(chain('jump = "late"'), new_run(), View(NOW)).outcome == "late"


@pytest.mark.parametrize(
    ("step", "key", "message"),
    [
        ("wait = {}", "wait", "until or date"),
        ("wait = { until = '10:00', date = 'd' }", "wait", "until or date"),
        ("wait = { until = 'soon' }", "wait.until", "is not a schedule"),
        ("wait = { until = '10:00', at = '9:00' }", "wait.at", "no such key"),
        ("wait = { date = 'd', at = '9:00', offset = '1h' }", "wait.offset", "whole days"),
        ("wait = { date = 'phone' }", "wait.date", "is no date"),
        ("wait = { date = 'd', else = 'x' }", "wait.else", "there is no step"),
        ("await = { rule = 'x = 1' }", "await.for", "is missing"),
        ("await = { rule = 'x = 1', for = '1d', event = 'E' }", "await.event", "no such key"),
        ("await = { rule = 'x =', for = '1d' }", "await.rule", ""),
        ("tag = 'a'", "tag", "with a sign"),
        ("tag = '+a -a'", "tag", "put on and taken off"),
        ("tag = []", "tag", "expected tags"),
        ("tag = ['+']", "tag", "with a sign"),
        ("add = {}", "add", "adds nothing"),
        ("add = { n = 'x' }", "add.n", "a number"),
        ("add = { n = 1e15 }", "add.n", "not so large"),
        ("start = 'c'", "start", "a step of"),
        ("stop = 'c'", "stop", "a step of"),
        ("webhook = 'ftp://x/y'", "webhook", "an address like"),
        ("webhook = 'https://'", "webhook", "an address like"),
        ("webhook = 'https://a b/'", "webhook", "an address like"),
        ("webhook = 'https://user:pass@x.example/'", "webhook", "does not belong into a file"),
        ("webhook = {}", "webhook.url", "is missing"),
        ("webhook = { url = 'https://x.example', for = '1s' }", "webhook.for", "out of bounds"),
        ("webhook = { url = 'https://x.example', for = '8d' }", "webhook.for", "out of bounds"),
        ("webhook = { url = 'https://x.example', else = 'x' }", "webhook.else", "there is no step"),
        ("webhook = { url = 'https://x.example', save = {} }", "webhook.save", "1 to 20"),
        (
            "webhook = { url = 'https://x.example', headers = { Host = 'y' } }",
            "webhook.headers.Host",
            "no header that you may set",
        ),
        ("send = 'a'\nchannels = ['email', 'sms', 'email']", "channels", "expected channels"),
        ("send = 'a'\nchannels = ['emial']", "channels", "there is no channel"),
        ("send = 'a'\nchannels = []", "channels", "expected channels"),
        ("send = 'a'\nnext_after = '1h'", "next_after", "needs several"),
        ("send = 'a'\noutside = 'other'", "outside", "needs several channels and next_after"),
        (
            "send = 'a'\nchannels = ['sms', 'email']\noutside = 'other'",
            "outside",
            "needs several channels and next_after",
        ),
        ("notify = ''", "notify", "expected text"),
        ("notify = { text = '{{ persn.name }}' }", "notify.text", "persn is no variable"),
        ("notify = { text = '{% if %}' }", "notify.text", ""),
        ("notify = { text = 'x', to = 'nobody' }", "notify.to", "expected addresses"),
        ("notify = { text = 'x', to = [] }", "notify.to", "expected addresses"),
        ("notify = { subject = 'x' }", "notify.text", "is missing"),
        ("jump = 'x'", "jump", "there is no step"),
        ("id = 'a'\njump = 'a'", "", "in a circle"),
        ("id = 'a'\nwait = { until = 'window' }\n[[step]]\njump = 'a'", "", "in a circle"),
    ],
)
def test_a_mistake_is_named(step, key, message):
    with pytest.raises(DefinitionError) as caught:
        chain(step)
    assert caught.value.key == f"step[1].{key}".removesuffix(".")
    assert message in caught.value.message


def test_a_chain_without_a_window_has_none_to_wait_for():
    with pytest.raises(DefinitionError, match="has no window"):
        chain("wait = { until = 'window' }", HEAD.partition("window")[0])
