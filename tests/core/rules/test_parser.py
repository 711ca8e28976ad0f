"""Text to tree and back."""

from __future__ import annotations

import time
from random import Random

import pytest
from hypothesis import given, settings
from rules_strategies import lone_wheres, rules

from mautod.core.rules.parser import parse, parse_where
from mautod.core.rules.printer import show
from mautod.core.rules.tree import (
    Ago,
    All,
    Count,
    Did,
    InSegment,
    Last,
    Not,
    On,
    Since,
    SinceEntry,
    Some,
)
from mautod.core.rules.tree import (
    Test as Compared,
)
from mautod.duration import DAY
from mautod.errors import RuleError

EXAMPLES = [
    'did "Cart Viewed" in 1d and not did "Order Completed" in 1d',
    'did "Product Viewed" where category = "bmw-3" >= 3 times in 30d and source = "cpc"',
    "last_seen before 30d ago or first_seen after 2026-01-01",
    'email is known and country in ("RU", "KZ") and in segment "vip" and score >= 26',
    'did "Order Completed" since entry',
    'was in segment "vip" in 30d and not was in segment "vip" between 2026-01-01 and 3d ago or was = 1',
    'was in ("a", "b") and chain = 1 and in chain "x" or was in segment "y" since entry',
    'in list "staff" or list = 1 and not in list "vip"',
    'did "Segment Entered" where segment = "vip"',
    'email ends with "@shop.example" and name starts with "a" and page matches "*/cart?id=*"',
    "last_seen between 30d ago and 1d ago and score between -1 and 2.5 or trial_ends in next 3d",
    'did "A" where (x between 2026-01-01 and 2026-01-31 and y = 1) in 7d or between between 1 and 2',
    'tags has "vip" and sizes has any (1, 2.5) and flags has all (true, "x") or tags is empty',
    'did "A" or "B" where x = 1 >= 2 times in 2d or did "C" or "D" and not did "E" or "F" in 1d',
    'did "A" or "B" where x between 1 and 2 between 2 and 5 times in 2d and y between 1 and 3',
    "birthday anniversary in next 3d and anniversary anniversary in next 1d",
    '"Last Name" contains "ov" and utm.source = "cpc"',
    'did "A" or "B" between 30d ago and 2026-01-01 or ("Birth Day" between 2026-01-01 and 2026-02-01)',
    'sum "A".total where (x = 1 and y = 2) > 100.5 in 30d and avg "B".o.x between 1 and 2',
    'min "A".n < 2 or max "A".n > 2 since 2026-01-01 or distinct "A"."the sku" >= 3 and sum = 5',
    'first "A" before 30d ago and last "A" where x = "a" in last 3d or first = 1 and last.x = 2',
    'first "A" where x = 1 between 2026-01-01 and 1d ago and last "B" in next 1d',
    'did "A" where (email = person.email and person.country = "RU" or total > person.limits.top) in 3d',
    'did "A" where x = 1 then "B" or "C" where y = 2 within 2h then "D" on order.id in 30d and z = 3',
    'did "A" or "B" then not "C" or "D" where x = 1 within 2h since entry',
    '(did "A" then "B" where x = 1) and then = 5 and on is known and within.x = 1',
    'got "cart-1" and not opened "cart-1" in 1d and not clicked "cart-2" since entry and got = 1',
    'replied "hello" between 2026-01-01 and 1d ago or subscribed to "offers" and to = "x" and by = 1',
    'score "lead" >= 26 and score "churn" between -5 and 2.5 or score = 26',
    'stage "buyer" or not stage "product" and stage = 3 or rule "engaged" and rule = 1',
    'not subscribed to "offers" by email and reachable by email and reachable = 1 and tag = "x"',
]  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(rules(entry=True, segments=("vip", 'a "b" \\'), stages=("buyer",)))
def test_what_is_printed_reads_back_as_the_same_tree(rule):
    assert repr(parse(show(rule))) == repr(rule)


@settings(max_examples=100, deadline=None)
@given(lone_wheres)
def test_a_lone_where_reads_back_as_the_same_tree(where):
    assert repr(parse_where(show(where))) == repr(where)


@pytest.mark.parametrize("text", EXAMPLES)
def test_examples_are_in_their_printed_form(text):
    assert show(parse(text)).replace("1w", "7d") == text


def test_and_binds_tighter_than_or_and_not_tighter_than_both():
    one, two, three = (Compared((name,), "is known") for name in "abc")
    assert parse("a known or not b known and c known") == Some((one, All((Not(two), three))))


def test_a_where_takes_every_property_test_that_follows():
    found = parse('did "A" where x = 1 and not (y = 2 or z = 3) in 7d and country = "RU"')
    where = All((
        Compared(("x",), "=", 1),
        Not(Some((Compared(("y",), "=", 2), Compared(("z",), "=", 3)))),
    ))  # fmt: skip
    did = Did(("A",), where, window=Last(7 * DAY))
    assert found == All((did, Compared(("country",), "=", "RU")))


def test_a_where_ends_before_a_question_about_the_person():
    one = Did(("A",), Compared(("x",), "=", 1))
    two = Did(("B",))
    assert parse('did "A" where x = 1 and did "B"') == All((one, two))
    assert parse('did "A" where x = 1 and not in segment "v"') == All((one, Not(InSegment("v"))))
    assert parse('did "A" where x = 1 and (y = 2 or did "B")') == All((
        one,
        Some((Compared(("y",), "=", 2), two)),
    ))  # fmt: skip
    assert parse('(did "A" where x = 1) and y = 2') == All((one, Compared(("y",), "=", 2)))


def test_a_quoted_name_after_did_or_is_an_event_unless_it_is_compared():
    assert parse('did "A" or "B" or "C" in 7d') == Did(("A", "B", "C"), window=Last(7 * DAY))
    assert parse('(did "A" or "B") and x = 1') == All((
        Did(("A", "B")),
        Compared(("x",), "=", 1),
    ))  # fmt: skip
    assert parse('did "A" or "B" >= 3 times') == Did(("A", "B"), count=Count(">=", 3))
    assert parse('did "A" or "B" >= 3') == Some((Did(("A",)), Compared(("B",), ">=", 3)))
    assert parse('did "A" or "B" known') == Some((Did(("A",)), Compared(("B",), "is known")))
    assert parse('did "A" where x = 1 or did "B" or "C"') == Some((
        Did(("A",), Compared(("x",), "=", 1)),
        Did(("B", "C")),
    ))  # fmt: skip


def test_counts_and_windows():
    assert parse('did "A" = 0 times') == Did(("A",), count=Count("=", 0))
    assert parse('did "A" < 1 time in last 12h') == Did(
        ("A",), count=Count("<", 1), window=Last(DAY // 2)
    )
    assert parse('did "A" since 2026-01-01') == Did(("A",), window=Since(On("2026-01-01")))
    assert parse('did "A" since entry') == Did(("A",), window=SinceEntry())
    assert parse("x before 30d ago") == Compared(("x",), "before", Ago(30 * DAY))


def test_true_and_false_in_a_list_are_values():
    assert parse("x in (false, 1)") == Compared(("x",), "in", (False, 1))
    assert parse("all has all (false)") == Compared(("all",), "has all", (False,))


def test_a_tag_is_an_item_of_the_list_of_tags():
    assert parse('tag "wholesale"') == Compared(("tags",), "has", "wholesale")
    assert parse('did "A" where x = 1 and tag "b"') == All((
        Did(("A",), Compared(("x",), "=", 1)),
        Compared(("tags",), "has", "b"),
    ))  # fmt: skip


def test_a_leaf_about_a_message_asks_for_the_events_about_its_template():
    assert parse('Got "cart-1" in 7d') == parse(
        'did "Message Sent" where template = "cart-1" in 7d'
    )


def test_opened_and_clicked_are_about_what_people_did():
    assert parse('Opened "cart-1" in 7d') == parse(
        'did "Message Opened" where template = "cart-1" and machine is unknown in 7d'
    )


def test_keywords_know_no_case_and_may_name_properties():
    assert parse('DID "A" AND Not known IS KNOWN') == All((
        Did(("A",)),
        Not(Compared(("known",), "is known")),
    ))  # fmt: skip
    assert parse("android = true") == Compared(("android",), "=", True)
    assert parse("order.segment = 1") == Compared(("order", "segment"), "=", 1)


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("", 1, 1, "empty"),
        ("country = RU", 1, 11, 'Put text in quotes: "RU"'),
        ('country contians "x"', 1, 9, "Did you mean contains?"),
        ('dod "Order Completed"', 1, 5, "Did you mean did?"),
        ("a == 1", 1, 4, "= once"),
        ("did A", 1, 5, 'Put text in quotes: "A"'),
        ('did "A" 3 times', 1, 9, ">= 3 times"),
        ("x in 7d", 1, 6, "in last 7d"),
        ('country not in ("RU")', 1, 9, "Put not in front"),
        ('a > "x"', 1, 5, "> wants a number"),
        ("a startswith 'x'", 1, 3, "Did you mean starts with?"),
        ("a starts 'x'", 1, 10, "expected with"),
        ("a matches 5", 1, 11, "matches wants text"),
        ("a between 1 and 'x'", 1, 17, "expected"),
        ("a between 1 and 2026-01-01", 1, 17, "two numbers or two dates"),
        ("a between 5 and 1", 1, 17, "lower end first"),
        ("a between 7d ago and 30d ago", 1, 22, "lower end first"),
        ("a between 2026-01-02 and 2026-01-01", 1, 26, "lower end first"),
        ("a between 1 or 2", 1, 13, "expected and"),
        ('did "A" where x between 7d ago and 1d ago', 1, 25, "after the where"),
        ('did "A" where x in next 7d', 1, 20, "after the where"),
        ("a has any 5", 1, 11, "expected ("),
        ("a has x", 1, 7, "Put text in quotes"),
        ('did "A" between 5 and 2 times', 1, 23, "lower end first"),
        ('did "A" between 0.5 and 2 times', 1, 17, "whole number"),
        ("a contains 5", 1, 12, "contains wants text"),
        ("a = 1 && b = 2", 1, 7, "Write and"),
        ("(a = 1", 1, 7, "ends early"),
        ("a = 1)", 1, 6, "did not expect )"),
        ("birthday > 2026-01-01", 1, 12, "before and after"),
        ("birthday after 2026-02-30", 1, 16, "no such date"),
        ('did "A" in 7days', 1, 12, "7d"),
        ('did "A" in 99999d', 1, 12, "ten years"),
        ('did "A" >= 2.5 times', 1, 12, "whole number"),
        ('did "A" where x in last 7d', 1, 20, "after the where"),
        ('did "A" where (x = 1 and did "B")', 1, 26, "close it with a parenthesis"),
        ('a = 1\n  and b = "x', 2, 11, "never closed"),
        ('"a\\"b" = 1', 1, 1, "name of a property"),
        ("a = 1234567890123456789", 1, 5, "18 digits"),
        ("a = 1 \ud800", 1, 7, "broken character"),
        ('sum "Order Completed" > 5', 1, 23, "Name one event and its property"),
        ('sum "A".total in 7d', 1, 15, "Say how much"),
        ('sum "A".total > 5 where x = 1', 1, 19, "right after the event"),
        ('sum "A".total between 5 and 1', 1, 29, "lower end first"),
        ("sum Order.total > 5", 1, 5, 'Put the event in quotes: sum "Order"'),
        ('total "A".x > 5', 1, 7, "Write sum"),
        ('disinct "A".x > 5', 1, 9, "Did you mean distinct?"),
        ('first "A" > 5', 1, 11, "before, after, between"),
        ('first "A" between 1d ago and 2d ago', 1, 30, "lower end first"),
        ('did "A" then B', 1, 14, 'Put text in quotes: "B"'),
        ('did "A" then did "B"', 1, 14, "the event alone"),
        ('did "A" and then "B"', 1, 18, "without and"),
        ('did "A" than "B"', 1, 9, "Did you mean then?"),
        ('did "A" then not "B"', 1, 14, "then not wants within"),
        ('did "A" then not "B" within 2h then "C"', 1, 14, "only stand last"),
        ('did "A" then "B" >= 2 times', 1, 18, "no counts"),
        ('did "A" >= 2 times then "B"', 1, 20, "no counts"),
        ('did "A" within 2h', 1, 9, 'after then "B"'),
        ('did "A" on x', 1, 9, "after the sequence"),
        ('did "A" between 7d ago and 30d ago', 1, 28, "lower end first"),
        ("got cart-1", 1, 5, "Put the name in quotes"),
        ('score "lead" above 26', 1, 14, 'score "lead" >= 26'),
        ('subscribed "offers"', 1, 12, "Write subscribed to"),
        ("reachable via email", 1, 11, "Write reachable by email"),
        ("country = person.country", 1, 11, "inside a where only"),
        ('did "A" where x contains person.y', 1, 26, "by = != < <= > or >="),
        ("not " * 70 + "a = 1", 1, 25, "64 levels"),
        ("(" * 70 + "a = 1" + ")" * 70, 1, 7, "64 levels"),
    ],
)
def test_an_error_names_the_place_and_the_remedy(text, line, column, words):
    with pytest.raises(RuleError) as caught:
        parse(text)
    error = caught.value
    assert (error.line, error.column) == (line, column)
    assert words in str(error)
    assert error.picture().endswith("^")


def test_since_entry_is_refused_where_there_is_no_entry():
    with pytest.raises(RuleError, match="only a chain has an entry"):
        parse('did "A" since entry', entry=False)


@pytest.mark.parametrize("text", ["x = person.y", "person.x is known", "not (person.x = 1)"])
def test_a_where_that_stands_alone_refuses_to_ask_about_the_person(text):
    with pytest.raises(RuleError, match="sees the event alone"):
        parse_where(text)


def test_monsters_are_refused_at_once():
    began = time.process_time()
    monsters = ["a" * 100_000, "(" * 100_000, "(" * 16_000, "not " * 4000, "a = 1 and " * 1600]
    monsters += ["(" * 1000 + "a = 1" + ")" * 1000, "not " * 1000 + "a = 1"]
    monsters += ['did "A"' + ' then "B" within' * 900, 'did "A"' + ' or "B"' * 2000 + " then"]
    monsters += ['did "A" where ' + "(" * 1000 + "x = 1" + ")" * 1000, 'sum "A"' + ".x" * 8000]
    for text in monsters:
        with pytest.raises(RuleError):
            parse(text)
    assert time.process_time() - began < 2


TOKENS = [
    "and", "or", "not", "did", "where", "in", "segment", "last", "since", "entry", "times", "ago",
    "is", "known", "contains", "starts", "with", "matches", "between", "next", "has",
    "any", "all", "empty", "then", "within", "on", "sum", "min", "distinct", "first", "person", "2h", "before", "after", "true", '"A"', "'b'", '"', "(", ")", ",", ".",
    "=", "!=", ">=", "<", "7d", "3", "-2.5", "2026-01-01", "2026-99-99", "9" * 30, "x", "имя",
    "a-b", "\n", "\x00", "\ud800", "“", "\\", "99999999w", "1e9", "😀", "\u2028", "$", "/*", "0x",
]  # fmt: skip


def outcome(text):
    """Whether it is a rule; if not, the error must be one that can be shown."""
    try:
        return parse(text) is not None
    except RuleError as error:
        shown = error
    assert min(shown.line, shown.column) >= 1
    assert shown.picture()
    return False


def test_ten_thousand_random_strings_give_a_rule_or_an_error():
    random = Random(20260101)
    rules_found = 0
    for _ in range(10_000):
        if random.random() < 0.2:
            text = "".join(chr(random.randrange(0x2100)) for _ in range(random.randrange(30)))
        else:
            text = " ".join(random.choices(TOKENS, k=random.randrange(1, 12)))
        rules_found += outcome(text)
    assert rules_found > 0


def test_random_damage_to_good_rules_gives_a_rule_or_an_error():
    random = Random(7)
    for _ in range(10_000):
        text = random.choice(EXAMPLES)
        if random.random() < 0.3:
            words = text.split()
            random.shuffle(words)
            text = " ".join(words)
        at = random.randrange(len(text))
        text = text[:at] + random.choice(TOKENS) + text[at + random.randrange(3) :]
        outcome(text)
