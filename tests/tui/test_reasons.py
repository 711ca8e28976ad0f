"""A sheet says what the gate saw, all that stood in the way, and what was lacking."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mautod import wire
from tui.draw import Now
from tui.screens import reasons

AT = 1_790_000_000_000
REFUSED = wire.Decision(
    AT,
    "refuse",
    "unsubscribed",
    {
        "topic": "offers",
        "at": AT - 5000,
        "also": [{"reason": "cap", "cap": "2 per 1d", "sent": 2}],
    },
    ["a new opt-in to offers", "to leave \x1b[31mlater"],
)


def test_a_decision_shows_all_that_stood_in_the_way_and_what_was_lacking():
    text = reasons.decisions([REFUSED], Now(AT, ZoneInfo("UTC"))).plain
    lines = [line.strip() for line in text.splitlines()]
    assert lines[0].startswith("✗ refuse   unsubscribed")
    assert "✗ and cap" in lines
    assert any(line.startswith("sent") and line.endswith("2") for line in lines)
    assert "↳ lacked a new opt-in to offers" in lines
    assert "also" not in text
    assert "\x1b" not in text
