import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.errors import TooMany
from mautod.http.limits import RateLimit


def passes(limit, now_s, address="192.0.2.1", source="site"):
    try:
        limit.take(source, address, now_s)
    except TooMany:
        return False
    return True


def test_the_burst_goes_through_and_then_the_rate_holds():
    limit = RateLimit(10, 5)
    assert sum(passes(limit, 100.0) for _ in range(20)) == 5
    assert sum(passes(limit, 100.25) for _ in range(20)) == 2
    assert sum(passes(limit, 200.0) for _ in range(20)) == 5


def test_it_says_when_there_is_room_again():
    limit = RateLimit(0.1, 1)
    limit.take("site", "192.0.2.1", 100.0)
    with pytest.raises(TooMany) as refused:
        limit.take("site", "192.0.2.1", 103.0)
    assert refused.value.retry_after_s == 7
    assert passes(limit, 110.0)


def test_a_refused_request_costs_nothing():
    limit = RateLimit(1, 1)
    assert passes(limit, 100.0)
    assert not any(passes(limit, 100.5) for _ in range(50))
    assert passes(limit, 101.0)


def test_addresses_and_sources_do_not_share():
    limit = RateLimit(1, 1)
    assert passes(limit, 0.0)
    assert passes(limit, 0.0, address="192.0.2.2")
    assert passes(limit, 0.0, source="shop")


def test_a_subscribers_whole_ipv6_network_shares():
    limit = RateLimit(1, 1)
    assert passes(limit, 0.0, "2001:db8:1:2:3:4:5:6")
    assert not passes(limit, 0.0, "2001:db8:1:2:ffff::1")
    assert passes(limit, 0.0, "2001:db8:1:3::1")


def test_a_flood_of_addresses_does_not_fill_the_memory():
    limit = RateLimit(1, 1, max_buckets=100)
    for n in range(1000):
        assert passes(limit, 0.0, f"192.0.2.{n}")
    assert len(limit._full_at) <= 100


def test_full_buckets_are_dropped_first():
    limit = RateLimit(1, 1, max_buckets=3)
    for n in range(2):
        passes(limit, 0.0, f"quiet{n}")
    passes(limit, 10.0, "busy")
    passes(limit, 10.0, "new")
    assert not passes(limit, 10.0, "busy")


@given(st.lists(st.floats(0, 3), max_size=200), st.integers(1, 20), st.integers(1, 20))
def test_never_more_than_burst_and_rate_allow(pauses, rate, burst):
    limit = RateLimit(rate, burst)
    now, passed = 1000.0, 0
    for pause in pauses:
        now += pause
        passed += passes(limit, now)
    assert passed <= burst + rate * (now - 1000.0) + 1e-6
