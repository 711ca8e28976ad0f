"""Which server takes a letter, when one is left alone, how a new one is warmed up."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.breaker import CLOSED, ENOUGH, LONGEST, SHORTEST, TRIAL
from mautod.core.sending.fleet import Fleet, Terms
from mautod.core.sending.warmup import Today, parse_warm_up
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput

NOON = 1_790_000_000_000 - 1_790_000_000_000 % DAY + 12 * HOUR


def fleet(*terms: Terms) -> Fleet:
    return Fleet(terms, NOON)


def names(made: Fleet, count: int, now: int = NOON, **wishes) -> list[str]:
    chosen = (made.choose(now, **wishes) for _ in range(count))
    return [member.terms.name if member else "" for member in chosen]


# --- the choice


def test_letters_are_shared_out_by_weight_in_an_even_mix():
    made = fleet(Terms("a", weight=2), Terms("b"))
    assert names(made, 6) == ["a", "b", "a", "a", "b", "a"]


@given(st.lists(st.integers(1, 20), min_size=1, max_size=5))
def test_over_a_round_each_server_gets_exactly_its_weight(weights):
    made = fleet(*(Terms(f"s{n}", weight=weight) for n, weight in enumerate(weights)))
    expected = {f"s{n}": weight for n, weight in enumerate(weights)}
    assert Counter(names(made, sum(weights))) == expected


def test_a_server_that_was_tried_or_is_off_gets_nothing():
    made = fleet(Terms("a"), Terms("b", enabled=False), Terms("c"))
    assert set(names(made, 10)) == {"a", "c"}
    assert names(made, 2, tried=["a"]) == ["c", "c"]
    assert names(made, 1, tried=["a", "c"]) == [""]


def test_wishes_are_heard_where_that_can_be():
    made = fleet(Terms("a"), Terms("b"))
    assert names(made, 3, prefer="b") == ["b"] * 3
    assert names(made, 3, avoid="b") == ["a"] * 3
    assert names(made, 1, tried=["a"], avoid="b") == ["b"]


def test_a_server_at_its_rate_leaves_letters_to_the_others():
    made = fleet(Terms("slow", rate_per_s=8, weight=100), Terms("fast"))
    assert Counter(names(made, 50)) == {"slow": 2, "fast": 48}


@pytest.mark.parametrize("rate", [0.5, 7, 70, 700])
def test_a_server_sends_at_its_rate_within_a_twentieth(rate):
    """Whoever asks every 100 ms, whatever the rate."""
    made, sent = fleet(Terms("a", rate_per_s=rate)), 0
    span_s = max(60, int(40 / rate))
    for step in range(span_s * 10):
        now = NOON + step * 100
        for _ in range(made.room(now, waiting=True).count):
            assert made.choose(now) is not None
            sent += 1
    assert sent == pytest.approx(rate * span_s, rel=0.05)


def test_room_says_when_there_is_some_again():
    made = fleet(Terms("a", rate_per_s=2))
    assert made.room(NOON).count == 1
    made.choose(NOON)
    room = made.room(NOON)
    assert (room.count, room.at) == (0, NOON + 500)
    assert made.room(room.at).count == 1


def test_all_servers_off_is_no_room_ever():
    room = fleet(Terms("a", enabled=False)).room(NOON)
    assert (room.count, room.at) == (0, None)


# --- the breaker


def test_a_few_letters_in_a_row_open_the_breaker_and_one_answer_closes_it():
    breaker = CLOSED
    for _ in range(ENOUGH - 1):
        breaker = breaker.failed(1, NOON)
    assert breaker.state(NOON) == "closed"
    assert breaker.served().failures == 0
    breaker = breaker.failed(1, NOON)
    assert (breaker.state(NOON), breaker.room(NOON)) == ("open", 0)
    later = NOON + SHORTEST
    assert (breaker.state(later), breaker.room(later)) == ("half-open", 1)
    assert breaker.tried(later).room(later) == 0
    assert breaker.tried(later).room(later + TRIAL) == 1
    assert breaker.tried(later).served() == CLOSED


def test_each_failed_trial_doubles_the_pause_up_to_a_limit():
    breaker, now, pauses = CLOSED.failed(ENOUGH, NOON), NOON, []
    for _ in range(20):
        pauses.append(breaker.until - now)
        now = breaker.until
        breaker = breaker.tried(now).failed(1, now)
    assert pauses[:3] == [SHORTEST, 2 * SHORTEST, 4 * SHORTEST]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST


def test_a_clock_that_steps_back_far_keeps_no_breaker_open():
    breaker = CLOSED.failed(ENOUGH, NOON)
    assert breaker.room(NOON - DAY) == 1
    assert breaker.room(NOON - 1) == 0


def test_letters_that_were_under_way_when_it_opened_do_not_open_it_further():
    breaker = CLOSED.failed(ENOUGH, NOON)
    assert breaker.failed(50, NOON + 1) == breaker


def test_a_server_with_an_open_breaker_gets_one_letter_when_its_time_has_come():
    made = fleet(Terms("a"), Terms("b"))
    made.members["a"].failed(ENOUGH, NOON)
    assert names(made, 5) == ["b"] * 5
    later = NOON + SHORTEST
    assert Counter(names(made, 20, later)) == {"a": 1, "b": 19}
    made.members["a"].took(1, later)
    assert set(names(made, 4, later)) == {"a", "b"}


# --- warm-up


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", ()),
        ("50, 100,250", (50, 100, 250)),
        ("50 doubling to 400", (50, 100, 200, 400)),
        ("50 doubling to 399", (50, 100, 200, 399)),
        ("20 doubling to 30", (20, 30)),
    ],
)
def test_a_warm_up_says_each_days_number(text, days):
    assert parse_warm_up(text).days == days


@pytest.mark.parametrize("text", ["fast", "0", "50, 0", "50 doubling to 20", "-1", "1e9", "50;60"])
def test_what_is_no_warm_up_is_refused_with_the_right_form(text):
    with pytest.raises(BadInput) as refused:
        parse_warm_up(text)
    assert "doubling to" in refused.value.hint


def test_a_new_server_sends_no_more_than_its_day_allows_and_more_on_the_next():
    made = fleet(Terms("new", warm_up=parse_warm_up("3, 5")))
    assert names(made, 5) == ["new"] * 3 + [""] * 2
    room = made.room(NOON)
    assert (room.count, room.at) == (0, NOON + 12 * HOUR)
    assert names(made, 6, room.at) == ["new"] * 5 + [""]
    assert len([n for n in names(made, 600, room.at + DAY) if n]) == 600


def test_days_without_letters_do_not_count():
    today = Today().at(NOON).added(1)
    assert (today.nth, today.sent) == (1, 1)
    assert today.at(NOON + 30 * DAY).nth == 2
    assert today.at(NOON - DAY) == today


def test_letters_that_were_surely_not_taken_are_given_back_to_the_day():
    made = fleet(Terms("new", warm_up=parse_warm_up("3")))
    names(made, 3)
    made.members["new"].returned(2)
    assert names(made, 3) == ["new", "new", ""]


def test_a_standing_says_what_operators_ask():
    made = fleet(Terms("new", rate_per_s=5, warm_up=parse_warm_up("3")))
    member = made.members["new"]
    made.choose(NOON)
    member.took(1, NOON)
    member.blamed("no route", NOON)
    told = member.standing(NOON)
    assert (told.state, told.today.sent, told.day_limit) == ("closed", 1, 3)
    assert (told.error, told.error_at) == ("no route", NOON)
    assert told.per_s == pytest.approx(1 / 10)
    assert member.standing(NOON + 61_000).per_s == 0
    member.failed(ENOUGH, NOON)
    assert (member.standing(NOON).state, member.standing(NOON).until) == ("open", NOON + SHORTEST)
