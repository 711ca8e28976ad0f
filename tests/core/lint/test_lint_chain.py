"""What lint finds in a chain, and what it leaves in peace."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mautod.core.chains.definition import parse_chain
from mautod.core.files.definition import read_toml
from mautod.core.lint.chain import Around, lint_chain
from mautod.core.lint.walk import hasty, most_in_a_week, reached
from mautod.core.sending.caps import parse_cap
from mautod.core.templates.template import Template
from mautod.core.times.windows import parse_window
from mautod.duration import DAY, MINUTE, SECOND
from mautod.errors import DefinitionError

HEAD = 'name = "C"\ntopic = "offers"\nenter = { event = "Start" }\n'
LETTER = '[[step]]\nsend = "one"\n'


def chain(text, head=HEAD):
    return parse_chain(head + text, "c.toml", "c")


def found(text, head=HEAD, **around):
    parsed = chain(text, head)
    looked = lint_chain(parsed, read_toml(head + text, "c.toml"), Around(**around))
    return [(one.line, one.what) for one in looked]


def only(text, head=HEAD, **around):
    (one,) = found(text, head, **around)
    return one


def test_a_plain_chain_is_in_order():
    assert not found(f'{LETTER}[[step]]\nwait = "1d"\n[[step]]\nsend = "two"')


def test_a_step_that_nobody_reaches_is_found():
    text = f'{LETTER}[[step]]\nexit = "done"\n[[step]]\nid = "lost"\nsend = "two"\n'
    assert only(text) == (8, 'nobody ever comes to step "lost".')


@pytest.mark.parametrize(("wait", "hasty_"), [("59s", True), ("1m", False)])
def test_a_circle_in_a_hurry_is_found(wait, hasty_):
    text = f'[[step]]\nid = "again"\nwait = "{wait}"\n[[step]]\nbranch = "email is known"\nthen = "again"\n'
    assert [line for line, what in found(text) if "less than a minute" in what] == [4] * hasty_


def test_a_circle_that_an_event_drives_is_left_in_peace():
    text = (
        '[[step]]\nid = "ear"\nawait = { event = "Paid", for = "1d", then = "tell", else = "end" }\n'
        '[[step]]\nid = "tell"\nset = { x = 1 }\n[[step]]\njump = "ear"\n[[step]]\nid = "end"\nexit = "end"\n'
    )
    assert not found(text)


def test_rules_that_nobody_matches_are_found_where_they_stand():
    never = "x = 1 and x = 2"
    assert only(LETTER, f"{HEAD}leave = '{never} since'\n".replace(" since", ""))[0] == 4
    head = HEAD.replace('"Start" }', f"\"Start\", when = '{never}' }}")
    assert only(LETTER, head)[1].startswith("nobody ever enters")
    head = HEAD.replace('"Start" }', f"\"Start\", where = '{never}' }}")
    assert only(LETTER, head)[1].startswith("no event ever starts it")
    text = f'{LETTER}[[step]]\nbranch = \'{never}\'\nelse = "end"\n[[step]]\nid = "end"\nexit = "end"\n'
    assert only(text)[1].startswith("the answer is always no")


@pytest.mark.parametrize(
    ("rule", "leaves"),
    [
        ('did "Start"', True),
        ('did "Start" since entry', False),
        ('did "Start" or did "Paid"', True),
        ('did "Paid"', False),
        ("email is known", True),
        ("not email is unknown", True),
        ("phone is known", False),
    ],
)
def test_a_leave_rule_that_holds_for_all_who_enter_is_found(rule, leaves):
    head = HEAD.replace('"Start" }', "\"Start\", when = 'email is known' }") + f"leave = '{rule}'\n"
    assert [line for line, what in found(LETTER, head) if "leaves as they enter" in what] == [
        4
    ] * leaves


def test_who_comes_by_a_segment_must_not_leave_by_it():
    head = HEAD.replace('event = "Start"', 'segment = "vip"') + "leave = 'in segment \"vip\"'\n"
    assert "leaves as they enter" in only(LETTER, head)[1]


def test_a_goal_that_no_message_can_be_credited_with_is_found():
    head = f'{HEAD}goal = {{ event = "Paid" }}\n'
    assert only("[[step]]\nset = { x = 1 }\n", head)[1].startswith("no message is ever sent")


def test_windows_that_never_meet_are_found():
    gate = (parse_window("mon-fri 09:00-18:00"),)
    head = f'{HEAD}window = "sat-sun"\n'.replace('"sat-sun"', '"sat-sun 10:00-12:00"')
    assert only(LETTER, head, windows=gate)[0] == 4
    assert not found(LETTER, head.replace("sat-sun 10", "fri 10"), windows=gate)
    own = '[[step]]\nsend = "one"\nwindow = "mon 20:00-22:00"\n'
    assert only(own, windows=gate)[0] == 6


def test_a_transactional_letter_of_a_marketing_chain_is_found():
    letter = Template("one", "", "one.liquid", "Hi", "<p>", transactional=True)
    assert "in spite of an unsubscribe" in only(LETTER, templates=(letter,))[1]
    head = HEAD.replace('topic = "offers"', "transactional = true")
    assert not found(LETTER, head, templates=(letter,))


def test_a_step_without_an_id_is_found_where_an_edit_moves_people():
    text = f'[[step]]\nwait = "1d"\n{LETTER}'
    assert "has no id" in only(text, f'{HEAD}on_edit = "move"\n')[1]
    assert not found(text)


def daily(days):
    return (LETTER + '[[step]]\nwait = "1d"\n') * days


@pytest.mark.parametrize(("days", "too_many"), [(7, False), (8, False), (30, False)])
def test_a_letter_a_day_is_seven_a_week(days, too_many):
    assert bool(found(daily(days))) is too_many


def test_more_than_so_many_a_week_are_found_and_a_cap_holds_them_down():
    hourly = (LETTER + '[[step]]\nwait = "1h"\n') * 10
    assert only(hourly) == (1, "more than 7 messages a week to one person are possible.")
    assert only(daily(8), most_a_week=6)[0] == 1
    assert not found(hourly, f'{HEAD}cap = "7 per 7d"\n')
    assert not found(hourly, caps=(parse_cap("1 per 1d"),))
    assert found(hourly, caps=(parse_cap("1 per 1h"),))
    assert not found(hourly, HEAD.replace('topic = "offers"', "transactional = true"))


def test_whoever_may_come_again_at_once_may_get_any_number():
    always = HEAD.replace('"Start" }', '"Start", again = "always" }')
    assert found(LETTER, always)
    assert not found(LETTER, always.replace("always", "per 1d"))
    assert found(LETTER, always.replace("always", "per 12h"))


names = st.sampled_from("abcd")
steps = st.one_of(
    st.sampled_from(
        ['send = "x"', 'wait = "10s"', 'wait = "1m"', 'wait = "2d"', "set = { x = 1 }"]
    ),
    st.builds(lambda to: f'jump = "{to}"', names),
    st.builds(lambda to: f'branch = "email is known"\nthen = "{to}"', names),
)
chains = st.lists(st.tuples(names, steps), min_size=1, max_size=4, unique_by=lambda pair: pair[0])


@settings(max_examples=300, deadline=None)
@given(chains, st.lists(st.booleans(), min_size=80, max_size=80))
def test_a_walk_never_leaves_what_is_reached_nor_outruns_what_is_reckoned(parts, turns):
    text = "".join(f'[[step]]\nid = "{name}"\n{body}\n' for name, body in parts)
    try:
        parsed = chain(text)
    except DefinitionError:
        return
    at, now, letters, seen = parsed.steps[0].id, 0, [], []
    for turn in turns:
        step = parsed.step(at)
        seen.append((at, now))
        if step.template:
            letters.append(now)
        ways = [to or parsed.after(at) for to in step.ways().values()]
        now += step.least_ms("")
        at = ways[turn % len(ways)] if ways else None
        if at is None:
            break
    assert {step for step, _ in seen} <= reached(parsed)
    most = most_in_a_week(parsed, (), 50)
    assert most == 51 or all(
        sum(start <= other < start + 7 * DAY for other in letters) <= most for start in letters
    )
    rounds = [
        later - earlier
        for number, (step, earlier) in enumerate(seen)
        for other, later in seen[number + 1 : number + 5]
        if step == other
    ]
    if rounds and min(rounds) < MINUTE:
        assert hasty(parsed)
    assert all(length >= SECOND for length in rounds)


GOAL = 'goal = { event = "Paid" }\n'
EAR = (
    '[[step]]\nid = "ear"\nawait = { event = "Paid", for = "1d", then = "thanks", else = "out" }\n'
)
REST = '[[step]]\nid = "out"\nexit = "out"\n[[step]]\nid = "thanks"\nsend = "one"\n'


def test_nobody_goes_on_by_the_event_that_is_the_goal():
    whats = [what for _, what in found(GOAL + EAR + REST)]
    assert 'nobody ever comes to step "thanks".' in whats
    assert any('from step "ear" by its event: who does it has reached the goal' in w for w in whats)
    assert any("no message is ever sent that the goal could be credited to" in w for w in whats)


def test_nobody_goes_on_by_an_event_after_which_everybody_leaves():
    head = HEAD + "leave = 'did \"Paid\" since entry or phone is unknown'\n"
    whats = [what for _, what in found(LETTER + EAR + REST, head)]
    assert any("who does it leaves by the leave rule" in what for what in whats)


def test_an_event_is_awaited_in_peace_that_is_a_part_of_the_goal_or_of_leaving():
    big = 'goal = { event = "Paid", where = "total > 100" }\n'
    assert not found(big + LETTER + EAR + REST)
    leave = HEAD + "leave = 'did \"Paid\" >= 2 times since entry'\n"
    assert not found(LETTER + EAR + REST, leave)
    machines = EAR.replace('"Paid",', '"Message Clicked", where = "machine is known",')
    clicks = 'goal = { event = "Message Clicked" }\n'
    assert not found(clicks + LETTER + machines + REST)


def test_a_goal_that_is_over_before_the_first_letter_cannot_be_held_against_the_holdout():
    late = 'goal = { event = "Paid", within = "1d" }\n[[step]]\nwait = "2d"\n' + LETTER
    head = HEAD + 'holdout = "10%"\n'
    line, what = only(late, head)
    assert (line, "no message leaves sooner than 2d after it" in what) == (5, True)
    assert not found(late)
    assert not found(late.replace('"1d"', '"3d"'), head)
