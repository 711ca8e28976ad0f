"""For every refusal there are words for what would have let the message pass, and they are true."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from gate_kit import LIMITED, NOW, OBSTACLES, OPEN, facts_with
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.sending.gate import REASONS, Facts, Pass, Postpone, Refuse, decide
from mautod.core.sending.remedy import remedies
from mautod.core.times.windows import parse_window
from mautod.duration import DAY, HOUR

VERDICTS = {Pass: "pass", Refuse: "refuse", Postpone: "postpone"}


def lacked(facts: Facts, now: int = NOW) -> list[str]:
    verdict = decide(facts, now)
    reason = "" if isinstance(verdict, Pass) else verdict.reason
    return remedies(VERDICTS[type(verdict)], reason, verdict.evidence)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("erased", "nothing: who was erased is never written to"),
        ("no address", "an address for email"),
        ("suppressed", "another address: this one is never used again (bounced)"),
        ("unsubscribed", "a new opt-in to offers, unsubscribed since Mon 2026-09-21 14:13 UTC"),
        ("not confirmed", "the confirmation of offers, asked for on Mon 2026-09-21 14:13 UTC"),
        ("left", "a new entry: the chain's leave rule had ended this run"),
        ("goal reached", "nothing: its goal was reached without it"),
        ("test", "a place on the test list of me@shop.example, or the end of its trial"),
        (
            "holdout",
            (
                "nothing, by design: the chain cart keeps 10% of all people from its marketing, to"
                " measure what it does"
            ),
        ),
        (
            "cap",
            (
                "to leave from Tue 2026-09-22 14:13 UTC on, when the cap of 1 per 1d of all marketing"
                ' has room, which over_cap = "wait" does'
            ),
        ),
        ("expired", "to leave before Mon 2026-09-21 14:13 UTC, or a longer expires"),
        ("window", "to leave from Mon 2026-09-28 00:00 UTC on"),
        ("rate", "a faster channel"),
    ],
)
def test_every_reason_has_its_words(reason, words):
    assert lacked(facts_with({reason})) == [words]


def test_no_reason_is_forgotten():
    assert all(lacked(facts_with({reason})) for reason in OBSTACLES)


@given(st.sets(st.sampled_from(REASONS), min_size=1))
def test_all_that_stood_in_the_way_has_words_in_the_order_of_the_gate(reasons):
    verdict = decide(facts_with(reasons), NOW)
    named = [verdict.reason, *(each["reason"] for each in verdict.evidence.get("also", ()))]
    alone = [lacked(facts_with({reason}))[0] for reason in named]
    assert lacked(facts_with(reasons)) == alone


def test_what_passes_lacks_nothing():
    assert lacked(OPEN) == []
    assert remedies("pass", "", {"also": [{"reason": "cap"}]}) == []


def test_instants_are_on_the_clock_of_the_person():
    facts = replace(OPEN, windows=(parse_window("mon-sun 10:00-14:00"),), zone="Europe/Moscow")
    assert lacked(facts) == ["to leave from Tue 2026-09-22 10:00 Europe/Moscow on"]
    assert lacked(replace(facts, outside="skip")) == [
        'to leave from Tue 2026-09-22 10:00 Europe/Moscow on, which outside = "wait" does'
    ]


def test_windows_that_never_meet_are_named():
    facts = replace(OPEN, windows=(parse_window("mon 10:00-11:00"), parse_window("tue 9:00-10:00")))
    assert lacked(facts) == [
        "windows that are ever open together, unlike mon 10:00-11:00, tue 9:00-10:00"
    ]


@given(LIMITED)
def test_who_follows_the_words_about_time_gets_the_message(facts):
    """The instant that is named for a window or a cap that stands alone is one that is open."""
    verdict = decide(replace(facts, expires_at=None), NOW)
    if isinstance(verdict, Pass) or "also" in verdict.evidence:
        return
    at = verdict.evidence.get("frees_at") or verdict.evidence.get("opens_at")
    if at is not None:
        relaxed = replace(facts, expires_at=None, over_cap="wait", outside="wait")
        assert not [m for m in relaxed.caps if m.reached(at)]
        later = decide(relaxed, at)
        assert isinstance(later, Pass) or later.reason == "window"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2**45) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    st.sampled_from(["refuse", "postpone", "pass", "retry"]),
    st.sampled_from([*REASONS, "", "other"]),
    st.dictionaries(st.sampled_from(["at", "zone", "window", "also", "opens_at", "how"]), JSON),
)
def test_evidence_of_another_version_gives_words_or_none_but_never_an_error(
    verdict: str, reason: str, evidence: dict[str, Any]
):
    assert all(isinstance(words, str) for words in remedies(verdict, reason, evidence))


def test_a_message_that_would_expire_while_it_waits_is_told_how_long_it_lacked():
    now = NOW - NOW % DAY
    facts = replace(OPEN, windows=(parse_window("mon-sun 10:00-14:00"),), expires_at=now + 2 * HOUR)
    assert lacked(facts, now) == [
        (
            "to leave before Mon 2026-09-21 02:00 UTC, or a longer expires, to last beyond"
            " Mon 2026-09-21 10:00 UTC"
        )
    ]
