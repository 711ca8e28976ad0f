"""The gate decides in a fixed order, names its evidence, and changes nothing."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from gate_kit import DAYTIME, LIMITED, NOW, OBSTACLES, OPEN, facts_with, no
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.caps import Cap, Meter, parse_cap
from mautod.core.sending.consent import ALL
from mautod.core.sending.gate import (
    RATE,
    REASONS,
    SKIP,
    WAIT,
    Pass,
    Postpone,
    Refuse,
    decide,
)
from mautod.core.times.habits import Habits, counted
from mautod.core.times.windows import is_open, opening, parse_window
from mautod.duration import DAY, HOUR


def at(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def reason_of(verdict: Pass | Refuse | Postpone) -> str:
    return "" if isinstance(verdict, Pass) else verdict.reason


def test_there_is_an_obstacle_for_every_reason():
    assert set(OBSTACLES) == set(REASONS)


@given(st.sets(st.sampled_from(REASONS)))
def test_the_first_refusal_in_the_order_of_the_gate_wins(reasons):
    expected = next((reason for reason in REASONS if reason in reasons), "")
    assert reason_of(decide(facts_with(reasons), NOW)) == expected


@given(st.sets(st.sampled_from(REASONS)))
def test_deciding_is_repeatable_and_leaves_the_facts_as_they_are(reasons):
    facts = facts_with(reasons)
    before = copy.deepcopy(facts)
    assert decide(facts, NOW) == decide(facts, NOW)
    assert facts == before


@given(st.sets(st.sampled_from(REASONS)))
def test_the_evidence_of_every_verdict_is_plain_json(reasons):
    evidence = decide(facts_with(reasons), NOW).evidence
    assert json.loads(json.dumps(evidence)) == evidence


@given(st.sets(st.sampled_from(REASONS)))
def test_a_receipt_heeds_only_that_the_person_exists_and_can_be_reached(reasons):
    """Consent, holdouts, caps and windows are for marketing; others go regardless."""
    passed_over = {
        *("unsubscribed", "not confirmed", "not subscribed"),
        *("holdout", "paused", "channel paused", "cap", "window"),
    }
    heeded = [reason for reason in REASONS if reason not in passed_over]
    expected = next((reason for reason in heeded if reason in reasons), "")
    facts = replace(facts_with(reasons), marketing=False)
    assert reason_of(decide(facts, NOW)) == expected


@pytest.mark.parametrize(
    ("reason", "evidence"),
    [
        ("erased", {"erased_at": NOW - 1}),
        ("suppressed", {"why": "bounced", "at": NOW - 2, "channel": "email"}),
        (
            "unsubscribed",
            {
                "topic": "offers",
                "scope": "topic",
                "by": "person",
                "at": NOW - 5,
                "source": "link",
            },
        ),
        ("left", {"how": "leave rule", "at": NOW - 3}),
        ("goal reached", {"at": NOW - 4}),
        ("holdout", {"by": "chain cart", "share": "10%", "since": NOW - 9}),
        ("test", {"list": "me@shop.example"}),
        ("cap", {"cap": "1 per 1d", "of": "", "sent": 1, "frees_at": NOW - 6 + DAY}),
        ("expired", {"expires_at": NOW}),
    ],
)
def test_a_refusal_says_what_it_looked_at(reason, evidence):
    assert decide(facts_with({reason}), NOW) == Refuse(reason, evidence)


@given(
    st.sampled_from(["offers", "news", ALL]),
    st.sampled_from(["email", "sms", ALL]),
    st.sampled_from(["offers", "news"]),
)
def test_a_no_reaches_exactly_the_topics_and_channels_that_it_names(topic, channel, about):
    facts = replace(OPEN, topics=(about,), consents=(no(topic=topic, channel=channel),))
    covered = topic in (about, ALL) and channel in ("email", ALL)
    assert reason_of(decide(facts, NOW)) == ("unsubscribed" if covered else "")


def test_a_no_to_the_topic_of_the_chain_counts_beside_that_of_the_template():
    facts = replace(OPEN, topics=("news", "offers"), consents=(no(topic="offers"),))
    assert decide(facts, NOW).evidence["topic"] == "offers"


def test_a_yes_to_a_topic_does_not_outweigh_a_later_no_to_everything():
    yes = replace(no("subscribed"), at=NOW - 6)
    for earlier in (yes, replace(yes, at=NOW - 5)):
        verdict = decide(replace(OPEN, consents=(earlier, no(topic=ALL, channel=ALL))), NOW)
        assert isinstance(verdict, Refuse)
        assert verdict.evidence["scope"] == "all"


def test_a_later_yes_to_a_topic_lifts_a_no_to_everything_for_that_topic_alone():
    yes = replace(no("subscribed"), at=NOW - 4)
    facts = replace(OPEN, consents=(yes, no(topic=ALL, channel=ALL)))
    assert decide(facts, NOW) == decide(OPEN, NOW)
    assert reason_of(decide(replace(facts, topics=("news",)), NOW)) == "unsubscribed"
    assert reason_of(decide(replace(facts, topics=("offers", "news")), NOW)) == "unsubscribed"


@pytest.mark.parametrize(
    "change",
    [{"firm": False}, {"by": "address"}, {"channel": "sms"}, {"topic": "news"}],
)
def test_a_yes_lifts_nothing_that_it_does_not_cover(change):
    """What a file claims, what was said for an address, another channel, another topic."""
    yes = replace(no("subscribed"), at=NOW - 4, **change)
    assert reason_of(decide(replace(OPEN, consents=(yes, no())), NOW)) == "unsubscribed"


def test_a_topic_that_asks_for_a_yes_goes_to_nobody_else():
    facts = replace(OPEN, asks_yes=("offers",))
    verdict = decide(facts, NOW)
    assert verdict == Refuse("not subscribed", {"topic": "offers", "channel": "email"})
    claimed = replace(no("subscribed"), firm=False)
    assert isinstance(decide(replace(facts, consents=(claimed,)), NOW), Pass)
    wide = no("subscribed", topic=ALL)
    assert reason_of(decide(replace(facts, consents=(wide,)), NOW)) == "not subscribed"


def test_a_pause_puts_off_and_refuses_what_does_not_last_so_long():
    facts = replace(OPEN, paused_until=NOW + 10)
    assert decide(facts, NOW) == Postpone(NOW + 10, "paused", {"paused_until": NOW + 10})
    assert isinstance(decide(facts, NOW + 10), Pass)
    assert reason_of(decide(replace(facts, expires_at=NOW + 10), NOW)) == "paused"
    assert isinstance(decide(replace(facts, marketing=False), NOW), Pass)


@given(st.lists(st.sampled_from([("offers", "email"), (ALL, "email"), (ALL, ALL)]), min_size=1))
def test_the_narrowest_no_is_the_one_named(spoken):
    consents = tuple(no(topic=topic, channel=channel) for topic, channel in spoken)
    widths = {("offers", "email"): "topic", (ALL, "email"): "channel", (ALL, ALL): "all"}
    order = ["topic", "channel", "all"]
    narrowest = min((widths[each] for each in spoken), key=order.index)
    assert decide(replace(OPEN, consents=consents), NOW).evidence["scope"] == narrowest


@given(st.integers(NOW, NOW + 400 * DAY), st.sampled_from(["Asia/Almaty", "America/New_York"]))
def test_a_postponed_message_waits_for_the_next_opening_on_its_own_clock(now, zone):
    facts = replace(OPEN, windows=(DAYTIME,), zone=zone)
    verdict = decide(facts, now)
    if is_open(DAYTIME, zone, now):
        assert isinstance(verdict, Pass)
    else:
        assert isinstance(verdict, Postpone)
        assert verdict.until > now
        assert is_open(DAYTIME, zone, verdict.until)
        assert not is_open(DAYTIME, zone, verdict.until - 1)
        assert isinstance(decide(facts, verdict.until), Pass)


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        ("2026-03-28T23:00", "2026-03-29T10:00"),
        ("2026-10-24T23:00", "2026-10-25T10:00"),
    ],
)
def test_the_morning_after_a_change_of_the_clock_is_at_ten_on_the_wall(evening, morning):
    facts = replace(OPEN, windows=(DAYTIME,), zone="Europe/Berlin")
    verdict = decide(facts, at(evening, "Europe/Berlin"))
    assert isinstance(verdict, Postpone)
    assert verdict.until == at(morning, "Europe/Berlin")


def test_all_windows_must_be_open():
    morning, late = parse_window("mon-fri 08:00-11:00"), parse_window("tue 10:00-22:00")
    facts = replace(OPEN, windows=(morning, late), zone="UTC")
    verdict = decide(facts, at("2026-11-22T12:00", "UTC"))
    assert isinstance(verdict, Postpone)
    assert verdict.until == at("2026-11-24T10:00", "UTC")


def test_windows_that_never_meet_refuse_for_good():
    windows = parse_window("mon 10:00-11:00"), parse_window("tue 10:00-22:00")
    facts = replace(OPEN, windows=windows)
    verdict = decide(facts, NOW)
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "window"


def test_windows_with_many_openings_a_day_still_meet_at_the_end_of_the_week():
    halves = ", ".join(f"mon-sat {hour:02}:00-{hour:02}:30" for hour in range(18))
    others = ", ".join(f"mon-sat {hour:02}:30-{hour:02}:59" for hour in range(18))
    one, other = (
        parse_window(f"sun 12:00-13:00, {halves}"),
        parse_window(f"sun 12:30-14:00, {others}"),
    )
    assert opening((one, other), "UTC", at("2026-11-23T00:00", "UTC")) == at(
        "2026-11-29T12:30", "UTC"
    )


def test_a_message_that_would_expire_before_the_window_opens_expires_at_once():
    now = at("2026-11-22T21:00", "UTC")
    facts = replace(OPEN, windows=(DAYTIME,), expires_at=now + 6 * HOUR)
    verdict = decide(facts, now)
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "expired"
    assert verdict.evidence["opens_at"] == at("2026-11-23T10:00", "UTC")


def test_a_pass_names_the_limits_that_it_kept():
    now = at("2026-11-23T12:00", "Europe/Berlin")
    facts = replace(
        OPEN,
        windows=(DAYTIME,),
        zone="Europe/Berlin",
        caps=(Meter(parse_cap("2 per 1d"), "topic offers", (now - 5,)),),
    )
    assert decide(facts, now) == Pass(
        {
            "topic": "offers",
            "marketing": True,
            "window": ["mon-sun 10:00-20:00"],
            "zone": "Europe/Berlin",
            "local": "Mon 2026-11-23 12:00",
            "caps": {"2 per 1d of topic offers": 1},
        }
    )


# --- what waits, what is skipped


@given(LIMITED)
def test_whoever_is_asked_again_when_a_postponed_message_is_due_lets_it_go(facts):
    """Nothing else happens meanwhile, so that instant has room in every cap and window."""
    verdict = decide(facts, NOW)
    if isinstance(verdict, Postpone):
        assert verdict.until > NOW
        assert facts.expires_at is None or verdict.until < facts.expires_at
        assert isinstance(decide(facts, verdict.until), Pass)


@given(LIMITED)
def test_what_passes_is_within_every_cap_and_window_and_not_expired(facts):
    if isinstance(decide(facts, NOW), Pass):
        assert not any(meter.reached(NOW) for meter in facts.caps)
        assert all(is_open(window, facts.zone, NOW) for window in facts.windows)
        assert facts.expires_at is None or facts.expires_at > NOW


def test_over_a_cap_a_message_may_wait_until_it_frees_and_its_window_is_open():
    now = at("2026-11-23T12:00", "UTC")
    facts = replace(
        OPEN,
        caps=(Meter(Cap(2, DAY), "topic offers", (now - 10 * HOUR, now - 3 * HOUR)),),
        over_cap=WAIT,
        windows=(DAYTIME,),
    )
    frees_at = now + 14 * HOUR
    assert decide(facts, now) == Postpone(
        at("2026-11-24T10:00", "UTC"),
        "cap",
        {"cap": "2 per 1d", "of": "topic offers", "sent": 2, "frees_at": frees_at},
    )


def test_a_message_that_would_expire_before_its_cap_frees_expires_at_once():
    full = (Meter(Cap(1, DAY), "", (NOW - HOUR,)),)
    facts = replace(OPEN, caps=full, over_cap=WAIT, expires_at=NOW + 2 * HOUR)
    verdict = decide(facts, NOW)
    assert isinstance(verdict, Refuse)
    assert (verdict.reason, verdict.evidence["cap"]) == ("expired", "1 per 1d")


def test_outside_the_window_a_message_may_be_skipped():
    facts = replace(OPEN, windows=(DAYTIME,), outside=SKIP)
    verdict = decide(facts, at("2026-11-22T21:00", "UTC"))
    assert isinstance(verdict, Refuse)
    assert verdict.reason == "window"
    assert verdict.evidence["opens_at"] == at("2026-11-23T10:00", "UTC")
    assert isinstance(decide(facts, at("2026-11-22T19:00", "UTC")), Pass)


def test_a_message_waits_for_the_best_hour_also_where_it_is_skipped_outside_the_window():
    evenings = counted([at("2026-11-20T19:30", "UTC")] * 7, "UTC")
    now = at("2026-11-23T12:00", "UTC")
    facts = replace(
        OPEN,
        windows=(DAYTIME, parse_window("best")),
        outside=SKIP,
        queued_at=now,
        habits=Habits(evenings),
    )
    verdict = decide(facts, now)
    assert isinstance(verdict, Postpone)
    assert verdict.until == at("2026-11-23T19:00", "UTC")
    assert verdict.evidence == {
        "window": ["mon-sun 10:00-20:00", "best"],
        "zone": "UTC",
        "local": "Mon 2026-11-23 12:00",
        "best": "19:00",
        "learnt_from": "person",
        "events": 7,
        "opens_at": verdict.until,
    }
    assert decide(facts, verdict.until).evidence["best"] == "19:00"


@given(st.sets(st.sampled_from(REASONS)))
def test_all_that_stands_in_the_way_is_in_the_evidence(reasons):
    """But for one of the two that are about the run's end, and those about the window."""
    verdict = decide(facts_with(reasons), NOW)
    expected = [reason for reason in REASONS if reason in reasons]
    for one, other in (("left", "goal reached"), ("expired", "window")):
        if {one, other} <= reasons:
            expected.remove(other)
    also = [each["reason"] for each in verdict.evidence.get("also", ())]
    assert also == [reason for reason in expected[1:] if reason != RATE]
