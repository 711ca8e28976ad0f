"""Caps slide: in no stretch of their length does one message too many leave."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from mautod.core.sending.caps import Cap, Meter, parse_cap, parse_caps
from mautod.duration import DAY, HOUR, MINUTE, WEEK
from mautod.errors import BadInput


@pytest.mark.parametrize(
    ("text", "cap"),
    [
        ("2 per 1d", Cap(2, DAY)),
        ("2 per day", Cap(2, DAY)),
        ("5 per 7d", Cap(5, WEEK)),
        ("1 per hour", Cap(1, HOUR)),
        (" 3 PER week ", Cap(3, WEEK)),
    ],
)
def test_a_cap_reads_as_it_is_written(text, cap):
    assert parse_cap(text) == cap


@pytest.mark.parametrize(
    "text", ["", "2", "two per day", "0 per day", "2 per", "2 per 0d", "-1 per day"]
)
def test_nonsense_is_refused_with_a_hint(text):
    with pytest.raises(BadInput) as refused:
        parse_cap(text)
    assert refused.value.hint


@given(st.integers(1, 999_999), st.integers(1, 3000))
def test_a_cap_shown_reads_back(count, minutes):
    cap = Cap(count, minutes * MINUTE)
    assert parse_cap(str(cap)) == cap


class SlidingWindow(RuleBasedStateMachine):
    """Whoever asks before each message never breaks the cap, and is never refused for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.cap = Cap(3, 100)
        self.now = 1000
        self.sent: list[int] = []

    @rule(pause=st.integers(0, 60))
    def wait(self, pause):
        self.now += pause

    @rule()
    def try_to_send(self):
        recent = [at for at in self.sent if self.now - at < self.cap.period_ms]
        assert self.cap.reached(self.sent, self.now) == (len(recent) >= self.cap.count)
        if not self.cap.reached(self.sent, self.now):
            self.sent.append(self.now)

    @invariant()
    def no_stretch_holds_too_many(self):
        for start in self.sent:
            inside = [at for at in self.sent if start <= at < start + self.cap.period_ms]
            assert len(inside) <= self.cap.count


TestSlidingWindow = SlidingWindow.TestCase


def test_a_clock_that_steps_back_does_not_open_the_cap():
    assert Cap(1, HOUR).reached([10 * HOUR], 9 * HOUR)


def test_a_cap_may_count_all_marketing():
    cap = parse_cap("2 per 1d of all")
    assert cap == Cap(2, DAY, of_all=True)
    assert parse_cap(str(cap)) == cap


def test_several_caps_read_as_one_or_as_a_list():
    assert parse_caps("") == parse_caps([]) == ()
    assert parse_caps("1 per 1d") == (Cap(1, DAY),)
    assert parse_caps(["1 per 1d", "3 per 7d"]) == (Cap(1, DAY), Cap(3, WEEK))


INSTANTS = st.lists(st.integers(0, 500), max_size=12)


@given(st.integers(1, 4), st.integers(1, 200), INSTANTS, st.integers(0, 500))
def test_a_cap_frees_at_the_first_instant_at_which_one_more_is_not_too_many(
    count, period, sent_at, now
):
    cap = Cap(count, period)
    frees_at = cap.frees_at(sent_at, now)
    assert frees_at >= now
    assert not cap.reached(sent_at, frees_at)
    assert all(cap.reached(sent_at, at) for at in range(now, frees_at))


@given(
    st.lists(st.tuples(st.integers(1, 4), st.integers(1, 300)), min_size=1, max_size=3),
    st.lists(st.integers(0, 1000), max_size=40),
)
def test_no_stretch_holds_too_many_however_messages_come_and_wait(limits, arrivals):
    """Whoever waits until the caps free, and is then asked in any order, never breaks one."""
    caps = [Cap(count, period) for count, period in limits]
    sent: list[int] = []
    queue = sorted(arrivals)
    while queue:
        now = queue.pop(0)
        free = max(Meter(cap, "", sent).frees_at(now) for cap in caps)
        if free > now:
            queue = sorted([*queue, free])
        else:
            sent.append(now)
    assert len(sent) == len(arrivals)
    for cap in caps:
        for start in sent:
            assert sum(start <= at < start + cap.period_ms for at in sent) <= cap.count
