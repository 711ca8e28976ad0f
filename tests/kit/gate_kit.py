"""What the gate may be asked: facts with every obstacle alone or together, and facts at random."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from mautod.core.sending.caps import Cap, Meter
from mautod.core.sending.consent import Consent, Suppression
from mautod.core.sending.gate import SKIP, WAIT, Facts, HeldOut, Left, Stopped
from mautod.core.times.habits import Habits
from mautod.core.times.windows import parse_window
from mautod.duration import DAY

NOW = 1_790_000_000_000
DAYTIME = parse_window("mon-sun 10:00-20:00")


def no(state: str = "unsubscribed", topic: str = "offers", channel: str = "email") -> Consent:
    return Consent(channel, topic, state, NOW - 5, "link")


OPEN = Facts(channel="email", topics=("offers",), address="ann@x.example")
CLOSED_HOURS = parse_window("mon 00:00-00:01")

OBSTACLES = {
    "erased": {"erased_at": NOW - 1},
    "no address": {"address": ""},
    "suppressed": {"suppressed": Suppression("bounced", NOW - 2)},
    "unsubscribed": {"consents": (no(),)},
    "not confirmed": {"consents": (no("pending"),)},
    "not subscribed": {"topics": ("offers", "club"), "asks_yes": ("club",)},
    "left": {"left": Left("leave rule", NOW - 3)},
    "goal reached": {"goal_at": NOW - 4},
    "test": {"not_tested": "me@shop.example"},
    "holdout": {"held_out": HeldOut("chain cart", "10%", NOW - 9)},
    "paused": {"paused_until": NOW + DAY},
    "channel paused": {"stopped": Stopped(NOW - 8, "7 of 100 came back")},
    "cap": {"caps": (Meter(Cap(1, DAY), "", (NOW - 6,)),)},
    "expired": {"expires_at": NOW},
    "window": {"windows": (CLOSED_HOURS,)},
    "rate": {"rate_until": NOW + 7},
}


def facts_with(reasons: set[str]) -> Facts:
    facts = OPEN
    for reason in reasons:
        obstacle = dict(OBSTACLES[reason])
        if "consents" in obstacle:
            obstacle["consents"] = (*facts.consents, *obstacle["consents"])
        facts = replace(facts, **obstacle)
    return facts


CAPS = st.lists(
    st.builds(
        Meter,
        st.builds(Cap, st.integers(1, 3), st.integers(1, 3 * DAY)),
        st.sampled_from(["", "topic offers"]),
        st.lists(st.integers(NOW - 3 * DAY, NOW), max_size=6).map(tuple),
    ),
    max_size=3,
)
HOURS = st.lists(st.integers(0, 9), min_size=24, max_size=24).map(tuple)
LIMITED = st.builds(
    Facts,
    channel=st.just("email"),
    topics=st.just(("offers",)),
    address=st.just("ann@x.example"),
    caps=CAPS,
    over_cap=st.sampled_from([WAIT, SKIP]),
    windows=st.lists(
        st.sampled_from(["mon-sun 10:00-20:00", "best", "best mon-fri 9:00-18:00", "fri 00:00-24:00"]),
        max_size=2,
    ).map(lambda texts: tuple(parse_window(text) for text in texts)),
    outside=st.sampled_from([WAIT, SKIP]),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "Asia/Kolkata"]),
    queued_at=st.integers(NOW - 2 * DAY, NOW),
    habits=st.builds(Habits, HOURS, HOURS),
    expires_at=st.none() | st.integers(NOW - DAY, NOW + 7 * DAY),
)  # fmt: skip
