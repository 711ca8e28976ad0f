"""A sheet says what the gate saw, all that stood in the way, and what was lacking."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from mautod import wire
from tui import draw
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


def test_a_chain_is_told_step_by_step_with_what_lets_a_person_in():
    who = wire.Person(1, "Anna", "Anna", "a@x.example", "", "u1", AT)
    run = wire.Run(1, "cart", "Cart", 1, "Anna", "", "active", "3", entered_at=AT)
    message = wire.Message(
        1, 1, "Anna", "email", "cart-1", "offers", "refused", decisions=[REFUSED]
    )
    steps = [
        wire.WhyStep("first", "send cart-1", "passed", "Refused.", message),
        wire.WhyStep("3", "wait 1d", "here"),
        wire.WhyStep("4", "exit \x1bx", "ahead"),
    ]
    rule = wire.Reason('tag "vip"', "leaf", False, "tags is unknown")
    entry = [
        wire.Hurdle("chain", True, "the chain is running"),
        wire.Hurdle("rule", False, 'not so: tag "vip"', 'that tag "vip"', rule),
    ]
    told = wire.WhyRun(run, None, None, [], "On cart.", steps)
    answer = wire.Why(who, "", "On cart.", [told], "cart", entry)
    text = reasons.why(answer, Now(AT, ZoneInfo("UTC"))).plain
    lines = [line.strip() for line in text.splitlines()]
    assert "✓ first: send cart-1  Refused." in lines
    assert "↳ lacked a new opt-in to offers" in lines
    assert (
        lines.index("◷ wait 1d") < lines.index("To enter now") < lines.index('✗ not so: tag "vip"')
    )
    assert '↳ lacks that tag "vip"' in lines
    assert "tags is unknown" in lines
    assert "nothing yet" not in text
    assert "\x1b" not in text


def test_a_run_that_is_held_out_says_so():
    run = wire.Run(1, "cart", "Cart", 1, "Anna", "", "active", "3", "wait 1d", AT, holdout=True)
    assert draw.run(run, Now(AT, ZoneInfo("UTC"))) == "cart, held out: wait 1d"
