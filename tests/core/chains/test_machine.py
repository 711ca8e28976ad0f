"""The machine: any chain, any signals; bounded, one way to wake, no message twice in a row."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec import structs

from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.chains.machine import advance, hears
from mautod.core.chains.run import DONE, FAILED, FINISHED, WAITING, Called, Run, Send, Try, View
from mautod.core.chains.steps.set_ import Set
from mautod.core.event import Happened
from mautod.duration import DAY, HOUR
from mautod.errors import Conflict, DefinitionError

NOW = 1_700_000_000_000
HEAD = 'name = "C"\ntopic = "t"\nenter = { event = "E" }\nwindow = "mon-fri 10:00-20:00"\n'


def chain(text) -> Chain:
    return parse_chain(HEAD + text, "c.toml", "c")


def new_run(**changes) -> Run:
    return replace(Run(1, 1, "", NOW, 10, "", NOW, NOW), **changes)


LETTERS = chain(
    '[[step]]\nsend = "a"\n[[step]]\nwait = "1h"\n[[step]]\nsend = "b"\n'
    '[[step]]\nawait = { event = "Paid", for = "1d", then = "x", else = "y" }\n'
    '[[step]]\nid = "x"\nexit = "paid"\n[[step]]\nid = "y"\nsend = "c"'
)


def test_a_run_walks_until_it_must_wait():
    answer = advance(LETTERS, new_run(), View(NOW))
    assert answer.commands == (Send("1", "a"),)
    assert (answer.run.step, answer.run.wake_at, answer.run.awaiting) == ("2", NOW + HOUR, None)


def test_a_run_that_wakes_early_goes_on_sleeping():
    run = new_run(step="2", step_at=NOW, wake_at=NOW)
    answer = advance(LETTERS, run, View(NOW + 1))
    assert (answer.commands, answer.run.wake_at) == ((), NOW + HOUR)


def test_awaiting_it_sleeps_until_the_event_or_the_time():
    run = new_run(step="2", step_at=NOW)
    answer = advance(LETTERS, run, View(NOW + HOUR))
    assert answer.commands == (Send("3", "b"),)
    assert (answer.run.awaiting, answer.run.wake_at) == ("Paid", NOW + HOUR + DAY)
    came = advance(LETTERS, replace(answer.run, heard=True), View(NOW + HOUR + 1))
    assert (came.outcome, came.commands) == ("paid", ())
    late = advance(LETTERS, answer.run, View(NOW + HOUR + DAY))
    assert (late.outcome, late.commands) == (FINISHED, (Send("y", "c"),))


def test_a_rule_is_asked_once_and_its_answer_followed():
    asking = chain(
        '[[step]]\nid = "q"\nbranch = "x = 1"\nthen = "m"\nelse = "n"\n[[step]]\nid = "n"\nexit = "no"\n[[step]]\nid = "m"\nexit = "yes"'
    )
    assert advance(asking, new_run(), View(NOW)).asks == "q"
    assert advance(asking, new_run(), View(NOW, {"q": True})).outcome == "yes"
    assert advance(asking, new_run(), View(NOW, {"q": False})).outcome == "no"


class Looped:
    """A chain whose last step leads to its first, as no file can say."""

    key, window = "looped", None
    steps = (Set("a", {"x": 1}),)

    def step(self, _id):
        return self.steps[0]

    def after(self, _id):
        return "a"


def test_a_circle_that_nobody_checked_is_stopped():
    with pytest.raises(Conflict, match="without waiting"):
        advance(Looped(), new_run(), View(NOW))


def test_only_what_it_awaits_wakes_it():
    run = new_run(step="4", awaiting="Paid")
    after = Happened(11, 1, "Paid", NOW, NOW, {})
    assert hears(LETTERS, run, after, "UTC")
    assert not hears(LETTERS, run, structs.replace(after, id=9), "UTC")  # before it entered
    assert not hears(LETTERS, run, structs.replace(after, ts=NOW - 1), "UTC")
    assert not hears(LETTERS, run, structs.replace(after, name="Other"), "UTC")
    assert not hears(LETTERS, new_run(), after, "UTC")


# --- any chain ----------------------------------------------------------------------------------

spans = st.sampled_from(["1s", "1h", "3d"])


def bodies(count):
    """What a step of a chain with `count` steps may say."""
    ids = st.integers(1, count).map(lambda number: f"s{number}")
    return st.one_of(
        spans.map(lambda span: f'wait = "{span}"'),
        st.sampled_from(["a", "b", "c"]).map(lambda name: f'send = "{name}"'),
        st.builds(
            lambda span, a, b: f'await = {{ event = "Paid", for = "{span}", then = "{a}", else = "{b}" }}',
            spans, ids, ids,
        ),
        spans.map(lambda span: f'await = {{ event = "Paid", for = "{span}" }}'),
        st.builds(lambda a, b: f"branch = 'x = 1'\nthen = \"{a}\"\nelse = \"{b}\"", ids, ids),
        ids.map(lambda a: f"branch = 'x = 1'\nelse = \"{a}\""),
        st.builds(
            lambda a, b: f'split = {{ a = 1, b = 2 }}\nto = {{ a = "{a}", b = "{b}" }}', ids, ids
        ),
        st.just("set = { x = 1 }"),
        st.just('tag = "+a -b"'),
        st.just("add = { n = 1 }"),
        st.sampled_from(['start = "other"', 'stop = "other"']),
        ids.map(lambda a: f'jump = "{a}"'),
        st.just('notify = "{{ person.name }}"'),
        st.builds(
            lambda pool, more: f'code = "{pool}"\n{more}',
            st.sampled_from(["p", "q"]), st.one_of(st.just(""), ids.map(lambda a: f'else = "{a}"')),
        ),
        st.sampled_from(["", 'next_after = "1h"']).map(
            lambda more: f'send = "d"\nchannels = ["push", "email", "sms"]\n{more}'
        ),
        st.builds(
            lambda a, b: f'webhook = {{ url = "https://x.example", where = "ok = true", then = "{a}", else = "{b}" }}',
            ids, ids,
        ),
        st.sampled_from(["10:00", "mon", "1 09:30", "window"]).map(
            lambda until: f'wait = {{ until = "{until}" }}'
        ),
        st.builds(
            lambda after, b: f'wait = {{ date = "d", offset = "{after}", else = "{b}" }}',
            st.sampled_from(["-3d", "0d", "+1d"]), ids,
        ),
        st.builds(
            lambda rule, span, a: f"await = {{ rule = '{rule}', for = \"{span}\", then = \"{a}\" }}",
            st.sampled_from(["x = 1", 'did "A" in 1d']), spans, ids,
        ),
        st.just('exit = "over"'),
    )  # fmt: skip


@st.composite
def chains(draw) -> Chain:
    count = draw(st.integers(1, 6))
    parts = [draw(bodies(count)) for _ in range(count)]
    text = "".join(f'[[step]]\nid = "s{n}"\n{body}\n' for n, body in enumerate(parts, 1))
    try:
        return chain(text)
    except DefinitionError as refused:
        assume("circle" not in refused.message)
        raise


signals = st.lists(
    st.tuples(
        st.booleans(), st.booleans(), st.integers(0, 4 * DAY), st.one_of(st.none(), st.integers(0, 2 * DAY)),
        st.one_of(st.none(), st.integers(-9 * DAY, 9 * DAY)), st.sampled_from(["UTC", "Asia/Tokyo"]),
        st.lists(
            st.tuples(
                st.sampled_from(["email", "sms"]), st.sampled_from(["queued", "sent", "refused"]), st.booleans()
            ),
            max_size=2, unique_by=lambda each: each[0],
        ),
        st.sampled_from([None, Called(WAITING), Called(DONE, {"ok": True}), Called(DONE, [1]), Called(FAILED)]),
    ),
    min_size=1, max_size=12,
)  # fmt: skip


@given(chains(), signals)
def test_whatever_happens_a_run_has_one_way_to_wake_or_is_over(found, happens):
    run, now = new_run(), NOW
    for heard, truth, passes, waits, date, zone, tried, called in happens:
        now += passes
        run = replace(run, heard=heard and run.awaiting is not None)
        queued = None if waits is None else now + waits
        dates = {} if date is None else {("d",): NOW + date}
        view = View(
            now,
            {step.id: truth for step in found.steps},
            queued_until=queued,
            zones=("UTC", zone),
            dates=dates,
            reach=frozenset({"email", "sms"}),
            codes={step.id: "A" if truth else "" for step in found.steps},
            tries=tuple(Try(step.id, *each) for step in found.steps for each in tried),
            calls={} if called is None else {step.id: called for step in found.steps},
        )
        answer = advance(found, run, view)
        assert answer == advance(found, run, view)
        assert answer.asks is None
        sent = [c.step for c in answer.commands if isinstance(c, Send)]
        assert len(sent) == len(set(sent))
        if answer.outcome is not None:
            return
        assert answer.run.wake_at > now
        assert (answer.run.awaiting is not None) == (found.step(answer.run.step).awaits is not None)
        assert not answer.run.heard
        assert run.variants.items() <= answer.run.variants.items()
        assert run.answers.keys() <= answer.run.answers.keys()
        assert run.codes.items() <= answer.run.codes.items()
        known = {"variants": run.variants, "answers": run.answers, "codes": run.codes}
        assert replace(
            answer.run, step="", step_at=0, wake_at=0, awaiting=None, **known
        ) == replace(run, step="", step_at=0, wake_at=0, awaiting=None, heard=False)
        run = answer.run


@given(chains(), st.booleans())
def test_a_run_asks_each_thing_at_most_once_before_it_rests(found, truth):
    truths: dict[str, bool] = {}
    codes: dict[str, str] = {}
    for _ in found.steps:
        answer = advance(found, new_run(), View(NOW, truths, codes=codes))
        if answer.asks is None:
            break
        assert answer.asks not in truths.keys() | codes.keys()
        if found.step(answer.asks).pool is None:
            truths[answer.asks] = truth
        else:
            codes[answer.asks] = "A" if truth else ""
    assert advance(found, new_run(), View(NOW, truths, codes=codes)).asks is None
