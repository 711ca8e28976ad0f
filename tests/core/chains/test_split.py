"""Splits: what a file may say of them, and what a run that comes to one does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.chains.machine import advance
from mautod.core.chains.run import Draw, Run, Send, View
from mautod.core.chains.step import Winner
from mautod.duration import DAY
from mautod.errors import DefinitionError

NOW = 1_700_000_000_000
HEAD = 'name = "C"\ntopic = "t"\nenter = { event = "E" }\n'
WAYS = (
    '\n[[step]]\nid = "short"\nsend = "s"\n[[step]]\nexit = "was-short"'
    '\n[[step]]\nid = "long"\nsend = "l"\n'
)


def chain(split: str, head: str = HEAD) -> Chain:
    return parse_chain(f'{head}[[step]]\nid = "ab"\n{split}{WAYS}', "c.toml", "c")


def new_run(person: int) -> Run:
    return Run(1, person, "", NOW, 10, "", NOW, NOW)


HALVES = chain("split = { short = 1, long = 1 }")


def test_a_run_goes_on_at_the_step_of_its_variant_and_its_message_says_which():
    seen = set()
    for person in range(40):
        answer = advance(HALVES, new_run(person), View(NOW))
        drawn, sent = answer.commands
        assert drawn == Draw("ab", sent.variant, by_lot=True)
        assert sent == Send(sent.variant, sent.variant[0], sent.variant)
        assert answer.run.variants == {"ab": sent.variant}
        assert answer == advance(HALVES, new_run(person), View(NOW))
        seen.add(sent.variant)
    assert seen == {"short", "long"}


def test_variants_go_where_to_says():
    found = chain('split = { a = 1, b = 1 }\nto = { a = "long", b = "short" }')
    assert found.step("ab").ways() == {"a": "long", "b": "short"}
    answer = advance(found, new_run(1), View(NOW))
    assert answer.commands[1].step == {"a": "long", "b": "short"}[answer.run.variant]


def test_another_seed_is_another_draw():
    other = chain('split = { short = 1, long = 1 }\nseed = "autumn"')
    drawn = [
        [advance(each, new_run(person), View(NOW)).run.variant for person in range(40)]
        for each in (HALVES, other)
    ]
    assert drawn[0] != drawn[1]


def test_who_comes_after_the_decision_goes_the_way_of_the_winner():
    for person in range(20):
        answer = advance(HALVES, new_run(person), View(NOW, winners={"ab": "long"}))
        assert answer.commands[0] == Draw("ab", "long", by_lot=False)
        assert answer.run.variant == "long"


def test_who_has_drawn_stays_with_it_whatever_wins():
    run = replace(new_run(1), variants={"ab": "short"})
    answer = advance(HALVES, run, View(NOW, winners={"ab": "long"}))
    assert answer.outcome == "was-short"
    assert not any(isinstance(command, Draw) for command in answer.commands)


def test_messages_before_the_split_have_no_variant_and_those_after_two_have_both():
    text = (
        '[[step]]\nsend = "first"\n[[step]]\nid = "ab"\nsplit = { a = 1, b = 1 }\n'
        'to = { a = "cd", b = "cd" }\n[[step]]\nid = "cd"\nsplit = { c = 1, d = 1 }\n'
        'to = { c = "last", d = "last" }\n[[step]]\nid = "last"\nsend = "last"\n'
    )
    answer = advance(parse_chain(HEAD + text, "c.toml", "c"), new_run(1), View(NOW))
    sent = [command.variant for command in answer.commands if isinstance(command, Send)]
    assert sent[0] == ""
    first, second = sent[1].split("/")
    assert first in "ab"
    assert second in "cd"


def test_a_winner_is_read():
    goal = 'goal = { event = "Paid", value = "total" }\n'
    found = chain(
        'split = { short = 1, long = 2 }\nwinner = { by = "money", after = "2d", confidence = "99%", least = 500 }',
        HEAD + goal,
    )
    assert found.step("ab").winner == Winner("money", 2 * DAY, pytest.approx(0.01), 500)
    usual = chain('split = { short = 1, long = 1 }\nwinner = { by = "click", after = "1d" }')
    assert usual.step("ab").winner == Winner("click", DAY, pytest.approx(0.05), 100)
    assert HALVES.step("ab").winner is None


@pytest.mark.parametrize(
    ("split", "key", "message"),
    [
        ("split = { short = 1 }", "step[1].split", "2 to 10 variants"),
        ("split = { short = 0, long = 1 }", "step[1].split.short", "a weight of 1 to"),
        ("split = { short = true, long = 1 }", "step[1].split.short", "a weight of 1 to"),
        ("split = { short = 1, Long = 1 }", "step[1].split.Long", "expected a key"),
        ("split = { short = 1, other = 1 }", "step[1].split.other", "there is no step 'other'"),
        (
            "split = { short = 1, long = 1 }\nto = { short = 'nowhere' }",
            "step[1].to.short",
            "there is no step 'nowhere'",
        ),
        ("split = { short = 1, long = 1 }\nto = { x = 'long' }", "step[1].to.x", "no such key"),
        (
            "split = { short = 1, long = 1 }\nwinner = { by = 'luck', after = '1d' }",
            "step[1].winner.by",
            '"goal" or "money"',
        ),
        (
            "split = { short = 1, long = 1 }\nwinner = { by = 'click' }",
            "step[1].winner.after",
            "is missing",
        ),
        (
            "split = { short = 1, long = 1 }\nwinner = { by = 'click', after = '1m' }",
            "step[1].winner.after",
            "too short",
        ),
        (
            "split = { short = 1, long = 1 }\nwinner = { by = 'click', after = '1d', confidence = '50%' }",
            "step[1].winner.confidence",
            "a confidence from",
        ),
        (
            "split = { short = 1, long = 1 }\nwinner = { by = 'click', after = '1d', least = 20 }",
            "step[1].winner.least",
            "a number of people",
        ),
        (
            "split = { short = 1, long = 1 }\nwinner = { by = 'goal', after = '1d' }",
            "step[1].winner",
            "has no goal",
        ),
    ],
)
def test_a_mistake_in_a_split_is_named(split, key, message):
    with pytest.raises(DefinitionError) as caught:
        chain(split)
    assert caught.value.key == key
    assert message in caught.value.message
    money = "split = { short = 1, long = 1 }\nwinner = { by = 'money', after = '1d' }"
    with pytest.raises(DefinitionError, match="no value"):
        chain(money, HEAD + 'goal = { event = "Paid" }\n')
