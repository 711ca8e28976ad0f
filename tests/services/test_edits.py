"""A chain is edited while people walk it: they stay, move or begin anew, and nobody gets a step twice."""

from __future__ import annotations

import pytest
from chain_kit import World
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

HEAD = 'enter = { event = "Product Added", again = "always" }\n'
FIRST = """
[[step]]
id   = "one"
send = "letter-1"
[[step]]
id   = "pause"
wait = "1d"
[[step]]
id   = "two"
send = "letter-2"
"""


@pytest.fixture
def world(tmp_path):
    made = World.new(tmp_path)
    made.chain(HEAD + FIRST)
    yield made
    made.db.close()


@pytest.fixture
def waiting(world):
    """Somebody who got the first letter and waits for the second."""
    world.did(world.person(), "Product Added")
    world.advance()
    world.sent("letter-1")
    return world


def edited(policy, text=FIRST, old="", new=""):
    assert old in text
    return f'on_edit = "{policy}"\n{HEAD}{text.replace(old, new)}'


def test_by_default_they_finish_the_version_that_they_began(waiting):
    told = waiting.edit(HEAD + FIRST.replace("letter-2", "letter-9"))
    assert told == [
        '1 person is waiting in step "pause" (v1); policy: stay, they finish that version'
    ]
    waiting.later("1d").advance()
    assert waiting.templates() == ["letter-1", "letter-2"]


def test_moved_they_follow_the_new_version_from_where_they_stand(waiting):
    (told,) = waiting.edit(edited("move", old="letter-2", new="letter-9"))
    assert "policy: move, they stay in it and follow the new version" in told
    waiting.later("23h").advance()
    assert waiting.templates() == ["letter-1"]
    waiting.later("1h").advance()
    assert waiting.templates() == ["letter-1", "letter-9"]


@pytest.mark.parametrize(("length", "after"), [("3d", "3d"), ("1h", "1h"), ("30m", "0s")])
def test_moved_they_wait_as_long_as_the_new_version_says(world, length, after):
    world.did(world.person(), "Product Added")
    world.advance()
    world.sent("letter-1")
    world.later("40m")
    world.edit(edited("move", old="1d", new=length))
    world.advance()
    assert world.templates() == (["letter-1", "letter-2"] if after == "0s" else ["letter-1"])
    world.now -= 40 * 60_000
    world.later(after).later("40m" if after == "0s" else "0s").advance()
    assert world.templates() == ["letter-1", "letter-2"]


def test_moved_from_a_step_that_is_gone_they_go_on_behind_the_one_above(waiting):
    text = edited("move", old='id   = "pause"\nwait = "1d"', new='id   = "rest"\nwait = "2d"')
    (told,) = waiting.edit(text)
    assert 'the step is gone: they go on at "rest"' in told
    waiting.advance()
    assert waiting.runs() == [("active", "rest", None)]
    waiting.later("47h").advance()
    assert waiting.templates() == ["letter-1"]
    waiting.later("1h").advance()
    assert waiting.templates() == ["letter-1", "letter-2"]


def test_moved_to_where_nothing_follows_they_finish(waiting):
    (told,) = waiting.edit(edited("move", text='[[step]]\nid = "one"\nsend = "letter-1"\n'))
    assert "nothing follows: they finish" in told
    assert waiting.runs() == [("done", "pause", "finished")]
    assert ("Chain Ended", {"chain": "cart", "outcome": "finished"}) in waiting.said()


def test_who_awaits_an_event_hears_it_in_the_new_version_too(world):
    awaits = '[[step]]\nid = "ear"\nawait = { event = "Paid", for = "1d", then = "yes" }\n'
    ends = '[[step]]\nexit = "late"\n[[step]]\nid = "yes"\nexit = "%s"\n'
    world.chain(HEAD + awaits + ends % "old")
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    world.edit(edited("move", text=awaits + ends % "new"))
    world.later("1h").did(person, "Paid")
    world.advance()
    assert world.runs() == [("done", "yes", "new")]


def test_begun_anew_nobody_gets_a_letter_again_that_was_sent(waiting):
    (told,) = waiting.edit(edited("restart", old="letter-2", new="letter-9"))
    assert "policy: restart, they begin the new version" in told
    waiting.advance()
    assert waiting.runs() == [("active", "pause", None)]
    waiting.later("1d").advance()
    assert waiting.templates() == ["letter-1", "letter-9"]


def test_begun_anew_a_letter_that_waits_is_called_back_and_written_anew(world):
    world.did(world.person(), "Product Added")
    world.advance()
    world.edit(edited("restart", old="letter-1", new="letter-7"))
    world.advance()
    assert world.rows("SELECT template, state, detail FROM message ORDER BY id") == [
        ("letter-1", "refused", "the run began anew"),
        ("letter-7", "queued", None),
    ]
    assert world.rows("SELECT verdict, reason FROM decision") == [("refuse", "left")]
    assert [name for name, _ in world.said()] == ["Message Refused"]


@pytest.mark.parametrize("state", ["refused", "expired", "failed"])
def test_begun_anew_what_was_not_sent_may_be_sent_now(world, state):
    world.did(world.person(), "Product Added")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = ?", (state,))
    world.edit(edited("restart"))
    world.advance()
    assert world.rows("SELECT template, state FROM message ORDER BY id") == [
        ("letter-1", state),
        ("letter-1", "queued"),
    ]


@pytest.mark.parametrize("state", ["sending", "sent", "delivered", "unknown"])
def test_begun_anew_what_may_have_arrived_is_not_sent_again(world, state):
    world.did(world.person(), "Product Added")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = ?", (state,))
    world.edit(edited("restart"))
    world.advance()
    assert world.rows("SELECT template, state FROM message") == [("letter-1", state)]


def test_begun_anew_a_run_knows_still_what_its_steps_must_know(world):
    keyed = (
        'enter = { event = "Order Placed", again = "per property order_id" }\n[[step]]\nid = "ear"\n'
        'await = { event = "Parcel Sent", for = "9d", on = "parcel", then = "end" }\n'
        '[[step]]\nid = "end"\nexit = "sent"\n'
    )
    world.chain(keyed)
    person = world.person()
    world.did(person, "Order Placed", order_id="1", parcel="p1")
    world.advance()
    world.edit(f'on_edit = "restart"\n{keyed}')
    world.later("1h").advance()
    world.did(person, "Parcel Sent", parcel="p2")
    world.advance()
    assert world.runs("state") == [("active",)]
    world.did(person, "Parcel Sent", parcel="p1")
    world.advance()
    assert world.runs("outcome") == [("sent",)]


def test_people_in_several_versions_each_go_their_way(waiting):
    waiting.edit(HEAD + FIRST.replace('"pause"', '"rest"'))
    waiting.did(waiting.person("b@example.com"), "Product Added")
    waiting.advance()
    told = waiting.edit(edited("move"))
    assert [line.split(";")[0] for line in told] == [
        '1 person is waiting in step "pause" (v1)',
        '1 person is waiting in step "rest" (v2)',
    ]
    waiting.advance()
    assert waiting.runs("step") == [("pause",), ("pause",)]


def test_a_version_that_cannot_be_read_any_more_keeps_its_people(waiting):
    with waiting.db.write() as tx:
        tx.execute("UPDATE definition SET body = 'x'")
    (told,) = waiting.edit(edited("move"))
    assert "they finish that version" in told


def leave(world):
    """All that is queued is sent."""
    with world.db.write() as tx:
        tx.execute(
            "UPDATE message SET state = 'sent', sending_at = ? WHERE state = 'queued'", (world.now,)
        )


names = st.sampled_from("abc")
step = st.builds(
    lambda id_, body: f'[[step]]\nid = "{id_}"\n{body}\n',
    names,
    st.sampled_from(
        ['wait = "1h"', 'wait = "2d"', 'await = { event = "Paid", for = "3h" }']
        + [f'send = "letter-{number}"' for number in range(2)]
    ),
)
chains = st.lists(step, min_size=1, max_size=3, unique_by=lambda text: text.split('"')[1])
edits = st.lists(
    st.tuples(
        st.sampled_from(["stay", "move", "restart"]),
        chains,
        st.sampled_from(["0s", "1h", "2d"]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(edits)
def test_whatever_is_edited_everybody_has_one_way_to_wake_and_no_step_comes_twice(
    tmp_path_factory, story
):
    world = World.new(tmp_path_factory.mktemp("edits"))
    world.chain(HEAD + FIRST)
    person = world.person()
    for policy, steps, pause, paid in story:
        world.did(person, "Product Added")
        world.advance()
        leave(world)
        world.edit(f'on_edit = "{policy}"\n{HEAD}{"".join(steps)}')
        if paid:
            world.did(person, "Paid")
        world.later(pause).advance()
    assert (
        world.one("SELECT count(*) FROM run WHERE (state = 'active') <> (wake_at IS NOT NULL)") == 0
    )
    sent = world.rows("SELECT run_id, step FROM message WHERE state IN ('sent', 'queued')")
    assert len(sent) == len(set(sent))
    while (due := world.one("SELECT min(wake_at) FROM run WHERE state = 'active'")) is not None:
        world.now = max(due, world.now)
        world.advance()
        leave(world)
    assert set(world.runs("state")) == {("done",)}
    assert not world.rows("SELECT * FROM run WHERE outcome = 'error'")
    world.db.close()
