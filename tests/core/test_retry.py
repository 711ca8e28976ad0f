"""Retries back off and end; a channel's rate fills evenly."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.rate import full_bucket
from mautod.core.sending.retry import ATTEMPTS, DELAYS, next_try
from mautod.duration import SECOND


@given(st.integers(1, 2**40), st.integers(0, 2**41))
def test_each_retry_waits_longer_and_the_eighth_failure_is_the_last(message_id, now):
    waits = []
    for attempt in range(1, ATTEMPTS):
        due = next_try(attempt, message_id, now)
        assert due is not None
        waits.append(due - now)
    assert waits == sorted(set(waits))
    assert all(delay <= wait <= delay * 1.1 for delay, wait in zip(DELAYS, waits, strict=True))
    assert next_try(ATTEMPTS, message_id, now) is None


@given(st.integers(1, 500), st.lists(st.integers(0, 700), max_size=200))
def test_a_channel_never_sends_more_than_its_rate(rate, pauses):
    now = start = 10_000
    bucket, passed = full_bucket(rate, now), 0
    for pause in pauses:
        now += pause
        bucket = bucket.filled(now)
        if bucket.room_at() is None:
            bucket, passed = bucket.taken(), passed + 1
    assert passed <= rate + rate * (now - start) / SECOND + 1e-6


@given(st.floats(0.01, 500))
def test_there_is_room_again_when_the_bucket_says_so(rate):
    bucket = full_bucket(rate, 0)
    while bucket.room_at() is None:
        bucket = bucket.taken()
    at = bucket.room_at()
    assert bucket.filled(at).room_at() is None
    assert bucket.filled(at - 2).room_at() is not None or at <= 2


def test_no_rate_is_no_limit():
    bucket = full_bucket(0, 0)
    assert bucket.taken().room_at() is None
    assert bucket.room(512) == 512


def test_a_clock_that_steps_back_fills_nothing():
    bucket = full_bucket(1, 10_000).taken()
    assert bucket.filled(5_000).room_at() == 6_000
