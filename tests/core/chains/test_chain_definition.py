"""Chain files: what they may say, and how they are told what is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

import mautod.core.chains.steps as steps_package
from mautod.core.chains.definition import MOST_STEPS, Goal, parse_chain
from mautod.core.chains.entry import ALWAYS, ONCE, Every, Keyed
from mautod.core.chains.limits import NO_LIMITS, Limits
from mautod.core.chains.steps import kinds
from mautod.core.sending.caps import Cap
from mautod.core.sending.holdout import Share
from mautod.core.times.windows import parse_window
from mautod.duration import DAY, HOUR
from mautod.errors import DefinitionError

HEAD = 'name = "Cart"\ntopic = "offers"\nenter = { event = "Product Added" }\n'
STEP = '[[step]]\nsend = "cart-1"\n'


def chain(text=STEP, head=HEAD):
    return parse_chain(head + text, "chains/cart.toml", "cart")


def failure(text=STEP, head=HEAD) -> DefinitionError:
    with pytest.raises(DefinitionError) as caught:
        chain(text, head)
    return caught.value


def test_a_whole_chain_is_read():
    found = parse_chain(
        """
name = "Cart"
topic = "offers"
channel = "sms"
enter = { event = "Product Added", where = "price > 5", when = "email is known", again = "per 7d" }
leave = 'did "Order Completed" since entry'
goal = { event = "Order Completed", value = "total", within = "3d", from = "clicked", where = "total > 0", attribution = "linear", refund = "Money Back" }
window = "mon-sun 10:00-20:00"
cap = "2 per 1d"
holdout = "12.5%"
expires = "12h"
when_unknown = "resend"
[[step]]
id = "one"
send = "cart-1"
""",
        "x",
        "cart",
    )
    assert (found.key, found.name, found.topic, found.channel) == ("cart", "Cart", "offers", "sms")
    assert found.enter.again == Every(7 * DAY)
    assert found.goal is not None
    assert (found.goal.value, found.goal.within_ms, found.goal.from_) == (
        "total",
        3 * DAY,
        "clicked",
    )
    assert (found.goal.attribution, found.goal.refund) == ("linear", "Money Back")
    assert found.window == parse_window("mon-sun 10:00-20:00")
    assert (found.caps, found.holdout) == ((Cap(2, DAY),), Share(1250))
    assert (found.expires_ms, found.when_unknown) == (12 * HOUR, "resend")
    assert [step.id for step in found.steps] == ["one"]


def test_what_is_left_out_has_its_default():
    found = chain()
    assert (found.channel, found.leave, found.goal, found.window, found.caps) == (
        "email",
        None,
        None,
        None,
        (),
    )
    assert (found.expires_ms, found.when_unknown, found.enter.again) == (None, "leave", ONCE)
    assert (found.outside, found.over_cap, found.priority) == ("wait", "skip", 0)
    assert found.steps[0].id == "1"


def test_a_goal_has_its_defaults_and_exact_money():
    assert chain('goal = { event = "Lead", value = 0.1 }\n' + STEP).goal == Goal(
        "Lead", Decimal("0.1"), 7 * DAY
    )
    assert chain('goal = { event = "Lead" }\n' + STEP).goal == Goal("Lead", None, 7 * DAY)


@pytest.mark.parametrize(
    ("text", "again"),
    [
        ("once", ONCE),
        ("always", ALWAYS),
        ("per 2w", Every(14 * DAY)),
        ("per  property  order id", Keyed("order id")),
    ],
)
def test_the_policies_of_coming_again(text, again):
    head = f'name = "X"\ntopic = "t"\nenter = {{ event = "E", again = "{text}" }}\n'
    assert chain(head=head).enter.again == again


def test_a_transactional_chain_has_no_topic():
    assert chain(head=HEAD.replace('topic = "offers"', "transactional = true")).topic == ""


def test_a_chain_without_a_topic_is_refused_lest_it_writes_past_peoples_will():
    error = failure(head='name = "X"\nenter = { event = "E" }\n')
    assert (error.key, error.message) == ("topic", "is missing.")
    assert "transactional = true" in error.hint


def test_what_the_chain_names_is_listed_with_its_place():
    found = chain(
        'leave = \'in segment "vip"\'\n' + STEP + "[[step]]\nbranch = 'in segment \"new\"'\nelse = \"1\"\n[[step]]\nwait = \"1d\"\n"
        .replace('else = "1"', 'else = "3"')
    )  # fmt: skip
    assert [(ref.kind, ref.name, ref.line, ref.key) for ref in found.refs] == [
        ("channel", "email", 1, "channel"), ("topic", "offers", 2, "topic"), ("segment", "vip", 4, "leave"),
        ("template", "cart-1", 6, "step[1].send"), ("segment", "new", 8, "step[2].branch"),
    ]  # fmt: skip
    assert str(found.refs[3].error("there is no template 'cart-1'.", "Write it.")) == (
        "chains/cart.toml:6: step[1].send: there is no template 'cart-1'. Write it."
    )


def test_each_kind_of_step_is_one_file():
    files = {path.stem for path in Path(steps_package.__file__).parent.glob("*.py")} - {"__init__"}
    assert {name.rstrip("_") for name in files} == set(kinds())
    assert set(kinds()) >= {"wait", "send", "await", "branch", "set", "exit"}


CASES = [
    # text after the head, line, key, part of the message, part of the hint
    ("", 1, "step", "1 to 100 steps, found 0", "[[step]]"),
    ("widow = 1\n" + STEP, 4, "widow", "no such key", "Did you mean window?"),
    ("step = 3\n", 4, "step", "expected tables", ""),
    ("window = 'noon'\n" + STEP, 4, "window", "is not a window", "10:00-20:00"),
    (
        "window = 3\n" + STEP,
        4,
        "window",
        'expected a window like "mon-sun 10:00-20:00", found 3',
        "",
    ),
    ("cap = '2'\n" + STEP, 4, "cap", "is not a cap", "2 per 1d"),
    ("cap = 2\n" + STEP, 4, "cap", "expected a cap", ""),
    ("expires = '10ms'\n" + STEP, 4, "expires", "at least one second", ""),
    (
        "when_unknown = 'x'\n" + STEP,
        4,
        "when_unknown",
        'expected "leave" or "resend", found \'x\'',
        "",
    ),
    ("transactional = true\n" + STEP, 2, "topic", "has no topic", "Remove"),
    ("channel = 'E mail'\n" + STEP, 4, "channel", "expected a key", "a-z"),
    ("leave = 'did'\n" + STEP, 4, "leave", "", "did\n"),
    ("leave = '''\nemail is known\nor did 3'''\n" + STEP, 6, "leave", "", "^"),
    ("goal = { value = 1 }\n" + STEP, 4, "goal.event", "is missing", "Write event"),
    (
        "goal = { event = 'E', within = '31d' }\n" + STEP,
        4,
        "goal.within",
        "out of bounds",
        "1m to 30d",
    ),
    (
        "goal = { event = 'E', attribution = 'middle' }\n" + STEP,
        4,
        "goal.attribution",
        '"last" or "first" or "linear"',
        "",
    ),
    (
        "goal = { event = 'E', within = '30s' }\n" + STEP,
        4,
        "goal.within",
        "out of bounds",
        "1m to 30d",
    ),
    ("goal = { event = 'E', value = -1 }\n" + STEP, 4, "goal.value", "name of a property", ""),
    ("goal = { event = 'E', value = true }\n" + STEP, 4, "goal.value", "name of a property", ""),
    (
        "goal = { event = 'E', from = 'x' }\n" + STEP,
        4,
        "goal.from",
        '"sent" or "opened" or "clicked"',
        "",
    ),
    ("goal = 'Lead'\n" + STEP, 4, "goal", "expected a table", ""),
    ("[[step]]\n", 4, "step[1]", "does one thing, found 0", "await, branch, code, exit"),
    ("[[step]]\nid = 'x'\nsned = 'a'", 6, "step[1].sned", "no such kind", "Did you mean send?"),
    ("[[step]]\nsend = 'a'\nwait = '1h'", 4, "step[1]", "does one thing, found 2", ""),
    (
        "[[step]]\nsend = 'a'\ntopic = 'x'",
        6,
        "step[1].topic",
        "no such key",
        "Known are: channels, expires, id, next_after, outside, over_cap, send, window.",
    ),
    ("[[step]]\nsend = 'A b'", 5, "step[1].send", "expected a key", ""),
    ("[[step]]\nid = 'A'\nsend = 'a'", 5, "step[1].id", "expected a key", ""),
    (STEP + STEP + "id = '1'", 8, "step[2].id", "called '1' too", "another id"),
    ("[[step]]\nwait = 'soon'", 5, "step[1].wait", "is not a duration", "30s"),
    ("[[step]]\nwait = 60", 5, "step[1].wait", "expected a duration", ""),
    ("[[step]]\nwait = '0s'", 5, "step[1].wait", "at least one second", ""),
    ("[[step]]\nawait = 'Order'", 5, "step[1].await", "expected a table", ""),
    ("[[step]]\nawait = { event = 'E' }", 5, "step[1].await.for", "is missing", ""),
    ("[[step]]\nawait = { for = '1d' }", 5, "step[1].await.event", "is missing", ""),
    (
        "[[step]]\nawait = { event = 'E', for = '1d', els = 'x' }",
        5,
        "step[1].await.els",
        "no such key",
        "else",
    ),
    (
        "[[step]]\nawait = { event = 'E', for = '1d', else = 'sceond' }\n[[step]]\nid = 'second'\nexit = 'x'",
        5,
        "step[1].await.else",
        "there is no step 'sceond'",
        "Did you mean second?",
    ),
    (
        "[[step]]\nbranch = 'email is known'\nthen = 'nowhere'",
        6,
        "step[1].then",
        "there is no step",
        "",
    ),
    ("[[step]]\nbranch = 'email is known'", 5, "step[1].branch", "both ways lead", "else"),
    ("[[step]]\nset = {}", 5, "step[1].set", "sets nothing", ""),
    ("[[step]]\nset = { a = { b = 1 } }", 5, "step[1].set.a", "expected text, a number", ""),
    ("[[step]]\nset = { a = 2024-01-01 }", 5, "step[1].set.a", "expected text, a number", ""),
    ("[[step]]\nexit = 'goal'", 5, "step[1].exit", "runs have by themselves", ""),
    (
        "[[step]]\nid = 'a'\nset = { x = 1 }\n[[step]]\nbranch = 'x = 1'\nelse = 'a'",
        4,
        "step[1]",
        "in a circle",
        "wait",
    ),
]


@pytest.mark.parametrize(("text", "line", "key", "message", "hint"), CASES)
def test_a_mistake_is_named_with_file_line_key_and_what_was_expected(
    text, line, key, message, hint
):
    error = failure(text)
    assert error.file == "chains/cart.toml"
    assert (error.line, error.key) == (line, key)
    assert message in error.message
    assert hint in error.hint


@pytest.mark.parametrize(
    ("enter", "key", "message"),
    [
        ("{}", "enter", "needs one of event, segment"),
        ("{ event = 'E', segment = 's' }", "enter", "found 2"),
        ("{ event = 'E', wher = 'a = 1' }", "enter.wher", "no such key"),
        ("{ evnet = 'E' }", "enter.evnet", "no such key"),
        ("{ event = 'E', again = 'often' }", "enter.again", '"once", "always"'),
        ("{ event = 'E', again = 'per fortnight' }", "enter.again", "is not a duration"),
        (
            "{ event = 'E', when = 'did \"X\" since entry' }",
            "enter.when",
            "only a chain has an entry",
        ),
        ("{ event = 'E', where = 'did \"X\"' }", "enter.where", ""),
        ("'Product Added'", "enter", "expected a table"),
    ],
)
def test_a_mistake_in_the_entry_is_named(enter, key, message):
    error = failure(head=f"name = 'X'\ntopic = 't'\n\nenter = {enter}\n")
    assert (error.line, error.key) == (4, key)
    assert message in error.message


def test_a_circle_with_a_wait_in_it_is_fine():
    found = chain("[[step]]\nid = 'a'\nwait = '1d'\n[[step]]\nbranch = 'x = 1'\nelse = 'a'")
    assert len(found.steps) == 2


def test_a_chain_has_no_more_steps_than_one_can_read():
    assert len(chain(STEP * MOST_STEPS).steps) == MOST_STEPS
    assert "found 101" in failure(STEP * (MOST_STEPS + 1)).message


def test_the_chains_of_the_shop_are_read():
    folder = Path(__file__).parents[3] / "templates" / "shop" / "workspace" / "chains"
    for path in folder.glob("*.toml"):
        assert parse_chain(path.read_text(), path.name, path.stem).steps


def test_a_chain_has_several_caps_and_says_what_happens_over_them():
    found = chain(
        'cap = ["1 per 1d", "3 per week of all"]\nover_cap = "wait"\noutside = "skip"\n'
        "priority = 10\n" + STEP
    )
    assert found.caps == (Cap(1, DAY), Cap(3, 7 * DAY, of_all=True))
    assert (found.over_cap, found.outside, found.priority) == ("wait", "skip", 10)


def test_a_step_has_limits_of_its_own():
    found = chain(
        STEP + 'window = "best mon-fri 9:00-18:00"\nexpires = "2h"\noutside = "skip"\n'
        'over_cap = "wait"\n' + STEP
    )
    assert found.steps[0].limits == Limits(
        parse_window("best mon-fri 9:00-18:00"), "skip", "wait", 2 * HOUR
    )
    assert found.steps[1].limits == NO_LIMITS


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("cap = []\n", "cap", "expected 1 to 10 caps"),
        ('cap = ["1 per 1d", 2]\n', "cap", "expected a cap"),
        ('cap = "1 per 1d of some"\n', "cap", "is not a cap"),
        ("priority = 1.5\n", "priority", "expected a whole number"),
        ("priority = 5000\n", "priority", "expected a whole number"),
        ('outside = "sms"\n', "outside", 'expected "wait" or "skip" or "other"'),
        ('outside = "other"\n', "outside", "is for a step with several channels"),
        ("holdout = 10\n", "holdout", "expected a share"),
        ('window = "best best"\n', "window", "is not a window"),
    ],
)
def test_a_limit_that_is_none_is_refused(text, key, message):
    error = failure(text + STEP)
    assert error.key == key
    assert message in error.message


@pytest.mark.parametrize(
    ("text", "key", "message"),
    [
        ("test = []\n", "test", "expected 1 to 100 people"),
        ("test = 5\n", "test", "expected 1 to 100 people"),
        ("test = 'did'\n", "test", "expected"),
        ("concurrent = 2\n", "concurrent", "once at a time anyway"),
    ],
)
def test_a_trial_or_a_limit_of_runs_that_is_none_is_refused(text, key, message):
    error = failure(text + STEP)
    assert error.key == key
    assert message in error.message


def test_the_segment_of_a_test_list_is_among_what_the_chain_names():
    found = chain("test = 'in segment \"staff\"'\n" + STEP)
    assert ("segment", "staff", "test") in [(ref.kind, ref.name, ref.key) for ref in found.refs]


def test_only_keyed_runs_are_limited_in_number():
    head = HEAD.replace('"Product Added"', '"Order Placed", again = "per property order_id"')
    assert chain("concurrent = 3\n" + STEP, head).concurrent == 3
    assert failure("concurrent = 0\n" + STEP, head).key == "concurrent"
