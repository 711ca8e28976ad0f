"""Letters to one domain leave at its rate, in their order, and hold nobody else up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.domains import DomainLimit, Domains, Lanes, domain_of
from mautod.core.sending.rate import LATE, NEW, PLACED, open_lane

NOON = 1_790_000_000_000
GMAIL = DomainLimit(("gmail.com", "googlemail.com"), rate_per_s=5)
EACH = DomainLimit(("*.ru", "x.test"), rate_per_s=2)


class Line:
    """Letters to one domain that ask whenever their time has come, the longest due first."""

    def __init__(self, rate: float) -> None:
        self.lane = open_lane(rate, NOON)
        self.due: list[tuple[int, int, int]] = []
        self.left: list[tuple[int, int]] = []

    def look(self, now: int) -> None:
        self.lane = self.lane.filled(now)
        for at, key, held in sorted(self.due, key=lambda each: (-each[2], each)):
            if at > now:
                continue
            self.due.remove((at, key, held))
            until = self.lane.until(now, held)
            if until is None:
                self.lane = self.lane.taken()
                self.left.append((now, key))
            else:
                assert until > now
                self.lane = self.lane.booked(until, held)
                self.due.append((until, key, PLACED if held == NEW else LATE))


@pytest.mark.parametrize("rate", [0.4, 5, 70, 333])
def test_a_domain_gets_its_rate_within_a_twentieth_and_in_order(rate):
    line = Line(rate)
    count = max(40, int(rate * 20))
    line.due = [(NOON, key, NEW) for key in range(count)]
    now = NOON
    while line.due:
        line.look(now)
        now += 100
    taken_s = (line.left[-1][0] - NOON) / 1000
    assert count / taken_s == pytest.approx(rate, rel=0.05)
    assert [key for _, key in line.left] == list(range(count))


def test_each_letter_is_put_off_once_however_many_wait():
    line, asked = Line(10), 0
    line.due = [(NOON, key, NEW) for key in range(500)]
    for step in range(600):
        asked += sum(at <= NOON + step * 100 for at, *_ in line.due)
        line.look(NOON + step * 100)
    assert len(line.left) == 500
    assert asked <= 2 * 500


def test_who_comes_later_does_not_go_before_those_in_line():
    line = Line(1)
    line.due = [(NOON, key, NEW) for key in range(5)]
    line.look(NOON)
    line.due.append((NOON + 1000, 99, NEW))
    for step in range(100):
        line.look(NOON + step * 100)
    assert [key for _, key in line.left] == [0, 1, 2, 3, 4, 99]


def test_a_receipt_borrows_from_the_campaign_that_waits_and_the_rate_stays():
    lane = open_lane(2, NOON).taken()
    assert lane.until(NOON) is not None
    borrowed = 0
    while lane.until(NOON, urgent=True) is None:
        lane, borrowed = lane.taken(), borrowed + 1
    assert borrowed == 2
    assert lane.bucket.room_at() == NOON + 1500


def test_after_a_stop_those_that_missed_their_place_go_first_and_at_the_rate():
    line = Line(10)
    line.due = [(NOON, key, NEW) for key in range(400)]
    line.look(NOON)
    start = NOON + 20_000
    for step in range(600):
        line.look(start + step * 100)
    assert [key for _, key in line.left] == list(range(400))
    after = [at for at, _ in line.left if at >= start]
    first_second = sum(at < start + 1000 for at in after)
    assert first_second <= 20
    assert (after[-1] - start) / 1000 <= 45


@given(
    st.lists(st.tuples(st.integers(0, 900), st.sampled_from([NEW, PLACED, LATE])), max_size=200),
    st.integers(1, 50),
)
def test_never_more_than_the_rate_leaves(asked, rate):
    lane, now, passed = open_lane(rate, NOON), NOON, 0
    for pause, held in asked:
        now += pause
        lane = lane.filled(now)
        until = lane.until(now, held)
        if until is None:
            lane, passed = lane.taken(), passed + 1
        else:
            assert until > now
            lane = lane.booked(until, held)
    assert passed <= max(1, rate) + rate * (now - NOON) / 1000 + 1e-6


def test_a_clock_that_steps_back_far_makes_nobody_wait_for_it():
    lanes = Lanes(Domains((GMAIL,)))
    lanes.at(NOON)
    lanes.take("a@gmail.com")
    until, _ = lanes.until("a@gmail.com")
    lanes.book("a@gmail.com", until)
    lanes.at(NOON - 86_400_000)
    assert lanes.until("a@gmail.com")[0] is None


# --- which limit holds


def test_domains_named_together_share_a_limit_and_those_of_a_pattern_do_not():
    domains = Domains((GMAIL, EACH))
    assert domains.lot("a@GMAIL.com") == domains.lot("b@googlemail.com")
    assert domains.lot("a@mail.ru").name == "mail.ru"
    assert domains.lot("a@ya.ru").name == "ya.ru"
    assert domains.lot("a@x.test").name == "x.test"
    assert domains.lot("a@elsewhere.org").name == ""


def test_the_first_entry_that_fits_holds():
    all_others = DomainLimit(("*",), rate_per_s=1)
    domains = Domains((GMAIL, all_others))
    assert domains.lot("a@gmail.com").limit is GMAIL
    assert domains.lot("a@y.org").limit is all_others


def test_one_full_domain_does_not_hold_up_another():
    lanes = Lanes(Domains((GMAIL, EACH)))
    lanes.at(NOON)
    lanes.take("a@gmail.com")
    until, lot = lanes.until("b@googlemail.com")
    assert until is not None
    assert lanes.book("b@googlemail.com", until) == PLACED
    assert lot.name == "gmail.com"
    assert lanes.until("a@ya.ru")[0] is None
    assert lanes.until("a@elsewhere.org")[0] is None


@pytest.mark.parametrize(
    ("address", "domain"), [("A@X.Test ", "x.test"), ("a@b@c.org.", "c.org"), ("nobody", "nobody")]
)
def test_a_domain_is_what_follows_the_last_at_sign(address, domain):
    assert domain_of(address) == domain
