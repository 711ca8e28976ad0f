"""Chains end to end: events in, runs and messages out."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from chain_kit import World

from mautod.services.chains.enter import Chains
from mautod.store import catalog
from mautod.store.chains import campaigns

CART = """
enter = { event = "Product Added", when = 'email is known', again = "per 7d" }
leave = 'did "Order Completed" since entry'
goal  = { event = "Order Paid", value = "total", within = "3d" }
expires = "5d"

[[step]]
wait = "1h"
[[step]]
id = "first"
send = "cart-1"
[[step]]
await = { event = "Message Clicked", for = "1d", else = "second" }
[[step]]
exit = "clicked"
[[step]]
id = "second"
send = "cart-2"
"""


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


def test_a_cart_left_alone_gets_both_letters(world):
    world.chain(CART)
    person = world.person()
    assert world.did(person, "Product Added") == [(person, "Chain Entered", {"chain": "cart"})]
    assert world.advance() == 1
    assert world.templates() == []
    world.later("1h").advance()
    assert world.templates() == ["cart-1"]
    world.sent("cart-1")
    world.later("1d").advance()
    assert world.templates() == ["cart-1", "cart-2"]
    assert world.runs() == [("done", "second", "finished")]
    assert world.said() == [("Chain Ended", {"chain": "cart", "outcome": "finished"})]


def test_a_message_is_queued_with_all_that_the_gate_needs(world):
    chain = world.chain(CART)
    person = world.person()
    world.did(person, "Product Added")
    world.later("1h").advance()
    world.later("1h").advance()
    (row,) = world.rows(
        "SELECT m.run_id, m.chain_id, m.definition_id, m.step, m.key, m.person_id, m.channel, m.topic,"
        " m.state, m.due_at - m.queued_at, m.expires_at - m.queued_at FROM message m"
    )
    assert row == (1, chain, 1, "first", "", person, "email", "offers", "queued", 0, 5 * 86_400_000)


def test_what_was_asked_for_is_urgent_and_what_is_offered_is_not(world):
    with world.db.write() as tx:
        for key, head in (("receipt", "transactional: true"), ("cart-1", "topic: offers")):
            body = f"---\nsubject: Hello\n{head}\n---\n<p>x</p>{{{{ unsubscribe_url }}}}\n"
            catalog.put(tx, "template", key, f"templates/{key}.liquid", body, 0)
    world.chain(
        'enter = { event = "Order Completed" }\n'
        '[[step]]\nid = "a"\nsend = "receipt"\n[[step]]\nid = "b"\nsend = "cart-1"\n'
    )
    world.did(world.person(), "Order Completed")
    world.advance()
    assert world.rows("SELECT template, urgent FROM message ORDER BY id") == [
        ("receipt", 1),
        ("cart-1", 0),
    ]


def test_a_click_ends_the_wait_and_the_chain(world):
    world.chain(CART)
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    world.later("1h").advance()
    world.later("1h").did(person, "Message Clicked", run=1)
    world.advance()
    assert world.runs() == [("done", "4", "clicked")]
    assert world.templates() == ["cart-1"]


def test_a_click_in_a_message_of_another_run_does_not_count(world):
    world.chain(CART)
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    world.later("1h").advance()
    world.did(person, "Message Clicked", run=2)
    world.did(person, "Message Clicked")
    world.advance()
    assert world.runs() == [("active", "3", None)]


def test_with_any_a_click_in_whatever_message_counts(world):
    world.chain(CART.replace('else = "second"', 'else = "second", any = true'))
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    world.later("1h").advance()
    world.did(person, "Message Clicked", run=2)
    world.advance()
    assert world.runs() == [("done", "4", "clicked")]


def test_a_purchase_ends_the_run_at_once(world):
    world.chain(CART)
    person = world.person()
    world.did(person, "Product Added")
    world.advance()
    world.later("5m")
    assert world.did(person, "Order Completed") == [
        (person, "Chain Ended", {"chain": "cart", "outcome": "left"})
    ]
    assert world.runs("state, outcome, wake_at, ended_at") == [("done", "left", None, world.now)]
    world.later("2h").advance()
    assert world.templates() == []


def test_a_purchase_in_the_same_batch_as_the_entry_ends_it(world):
    world.chain(CART)
    person = world.person()
    world.happen((person, "Product Added", {}), (person, "Order Completed", {}))
    assert world.runs() == [("done", "", "left")]


def test_a_purchase_before_the_entry_does_not(world):
    world.chain(CART)
    person = world.person()
    world.happen((person, "Order Completed", {}), (person, "Product Added", {}))
    world.did(person, "Order Completed", ago="3m")
    assert world.runs() == [("active", "", None)]


def test_the_goal_comes_before_the_leave_rule_and_is_dated(world):
    world.chain(CART)
    person = world.person()
    world.did(person, "Product Added")
    world.later("1h")
    notes = world.happen((person, "Order Completed", {}), (person, "Order Paid", {}), ago="1m")
    assert notes == [(person, "Chain Ended", {"chain": "cart", "outcome": "goal"})]
    assert world.runs("outcome, goal_at") == [("goal", world.now - 60_000)]


def test_a_leave_rule_on_a_property_is_asked_when_it_changes(world):
    world.chain(CART.replace('did "Order Completed" since entry', 'stage = "buyer"'))
    person = world.person()
    world.did(person, "Product Added")
    with world.db.write() as tx:
        tx.execute("UPDATE person SET props = ? WHERE id = ?", ('{"stage":"buyer"}', person))
    assert world.touch(person, "other") == []
    assert world.touch(person, "stage") == [
        (person, "Chain Ended", {"chain": "cart", "outcome": "left"})
    ]


def test_a_leave_rule_that_time_alone_turned_is_asked_before_each_step(world):
    world.chain(CART.replace('did "Order Completed" since entry', 'not did "Product Added" in 30m'))
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("1h").advance()
    assert world.runs() == [("done", "1", "left")]
    assert world.templates() == []


def test_who_does_not_fit_does_not_enter(world):
    world.chain(CART)
    world.did(world.person(email=None), "Product Added")
    assert world.runs() == []


def test_the_where_of_a_trigger_looks_at_the_event(world):
    world.chain(CART.replace("when =", "where = 'price > 100', when ="))
    person = world.person()
    world.did(person, "Product Added", price=99)
    assert world.runs() == []
    world.did(person, "Product Added", price=101)
    assert len(world.runs()) == 1


def test_history_that_is_imported_starts_nothing(world):
    world.chain(CART)
    person = world.person()
    world.did(person, "Product Added", ago="2d", late=True)
    assert world.runs() == []
    world.did(person, "Product Added", ago="23h", late=True)
    assert len(world.runs()) == 1


def test_events_that_waited_in_the_journal_while_the_worker_was_down_do_start(world):
    world.chain(CART)
    world.did(world.person(), "Product Added", ago="2d")
    assert len(world.runs()) == 1


def test_a_segment_lets_in_who_is_still_in_it(world):
    world.chain('enter = { segment = "vip" }\n[[step]]\nsend = "hello"')
    here, gone = world.person(), world.person("b@example.com")
    with world.db.write() as tx:
        tx.execute("INSERT INTO segment (key, name, rule) VALUES ('vip', 'V', 'x = 1')")
        tx.execute("INSERT INTO member VALUES (1, ?, 0)", (here,))
    world.did(gone, "Segment Entered", segment="vip")
    world.did(here, "Segment Entered", segment="other")
    assert world.runs() == []
    world.did(here, "Segment Entered", segment="vip")
    world.advance()
    assert world.templates() == ["hello"]


BRANCHES = """
enter = { event = "Signed Up" }
[[step]]
branch = 'plan = "pro"'
else = "free"
[[step]]
send = "pro"
[[step]]
branch = 'did "Paid" since entry'
then = "end"
[[step]]
id = "free"
set = { stage = "warm", score = 1.5, tags = ["a"] }
[[step]]
id = "end"
exit = "over"
"""


def test_branches_and_properties(world):
    world.chain(BRANCHES)
    pro, free = world.person(plan="pro"), world.person("b@example.com")
    world.happen((pro, "Signed Up", {}), (free, "Signed Up", {}), (pro, "Paid", {}))
    world.advance()
    assert world.templates() == ["pro"]
    assert world.runs() == [("done", "end", "over")] * 2
    bodies = [json.loads(body) for (body,) in world.rows("SELECT body FROM inbox ORDER BY id")]
    changes = [body for body in bodies if "traits" in body]
    assert [(c["personId"], c["traits"]) for c in changes] == [
        (free, {"stage": "warm", "score": 1.5, "tags": ["a"]})
    ]


def test_runs_with_a_key_go_on_side_by_side(world):
    world.chain(
        """
        enter = { event = "Order Started", again = "per property order_id" }
        goal = { event = "Order Paid" }
        [[step]]
        await = { event = "Order Delivered", for = "2d", then = "thanks" }
        [[step]]
        exit = "too-late"
        [[step]]
        id = "thanks"
        send = "thanks"
        """
    )
    person = world.person()
    for order in ("7", 7, 8, None, {"a": 1}, True, ""):
        world.did(person, "Order Started", order_id=order)
    world.did(person, "Order Started")
    assert world.runs("key, state") == [("7", "active"), ("8", "active")]
    world.advance()
    world.did(person, "Order Delivered", order_id=8)
    world.did(person, "Order Paid", order_id=7)
    world.advance()
    assert world.runs("key, outcome") == [("7", "goal"), ("8", "finished")]
    world.did(person, "Order Started", order_id=8)
    assert len(world.runs()) == 2


def test_an_event_that_names_no_order_counts_for_all_of_them(world):
    world.chain(
        'enter = { event = "Order Started", again = "per property order.id" }\n'
        'goal = { event = "Order Paid" }\n[[step]]\nwait = "1d"'
    )
    person = world.person()
    world.did(person, "Order Started", order={"id": 1})
    world.did(person, "Order Started", order={"id": 2})
    world.did(person, "Order Paid")
    assert world.runs("key, outcome") == [("1", "goal"), ("2", "goal")]


PAYMENT = """
enter = { event = "Order Started" }
[[step]]
%s
[[step]]
await = { event = "Order Paid", where = "ok = true", for = "1d", then = "thanks" }
[[step]]
exit = "unpaid"
[[step]]
id = "thanks"
send = "thanks"
"""


def test_what_comes_in_the_same_batch_as_the_entry_is_heard(world):
    world.chain(PAYMENT % "set = { x = 1 }")
    person, other, early = (
        world.person(),
        world.person("b@example.com"),
        world.person("c@example.com"),
    )
    world.happen(
        (early, "Order Paid", {"ok": True}),
        *[(p, "Order Started", {}) for p in (person, other, early)],
    )
    world.happen((person, "Order Paid", {"ok": True}), (other, "Order Paid", {"ok": False}))
    world.advance()
    assert world.runs() == [
        ("done", "thanks", "finished"),
        ("active", "2", None),
        ("active", "2", None),
    ]


def test_what_comes_while_the_pump_is_late_is_heard(world):
    world.chain(PAYMENT % 'wait = "1h"')
    person, early = world.person(), world.person("b@example.com")
    world.happen((person, "Order Started", {}), (early, "Order Started", {}))
    world.advance()
    world.later("59m").did(early, "Order Paid", ok=True)
    world.later("2m").did(person, "Order Paid", ok=True)
    world.later("1m").advance()
    assert world.runs() == [("done", "thanks", "finished"), ("active", "2", None)]


# --- time ---------------------------------------------------------------------------------------


def test_the_wait_counts_from_when_the_message_left(world):
    world.chain(CART)
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("1h").advance()
    world.sent("cart-1", after="12h")  # the window opened in the morning
    world.later("1d").advance()
    assert world.templates() == ["cart-1"]
    world.later("12h").advance()
    assert world.templates() == ["cart-1", "cart-2"]


def test_while_a_message_waits_in_the_queue_its_chain_does_not_go_on(world):
    world.chain(CART)
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("1h").advance()
    for _ in range(5):
        world.later("1d").advance()
    assert world.templates() == ["cart-1"]
    world.sent("cart-1")
    world.later("1d").advance()
    assert world.templates() == ["cart-1", "cart-2"]


def test_a_refused_message_does_not_hold_the_chain(world):
    world.chain(CART)
    world.did(world.person(), "Product Added")
    world.advance()
    world.later("1h").advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'refused'")
    world.later("1d").advance()
    assert world.templates() == ["cart-1", "cart-2"]


def test_a_paused_chain_waits_and_goes_on_where_it_was(world):
    chain = world.chain(CART)
    world.did(world.person(), "Product Added")
    world.advance()
    with world.db.write() as tx:
        campaigns.set_state(tx, chain, "paused", world.now)
    assert world.later("2h").advance() == 0
    world.did(world.person("b@example.com"), "Product Added")
    assert world.advance() == 0
    with world.db.write() as tx:
        campaigns.set_state(tx, chain, "running", world.now)
    assert world.advance() == 2
    assert world.templates() == ["cart-1"]
    assert world.runs() == [("active", "3", None), ("active", "1", None)]


def test_a_stopped_chain_lets_nobody_in(world):
    chain = world.chain(CART)
    with world.db.write() as tx:
        campaigns.set_state(tx, chain, "stopped", world.now)
    world.did(world.person(), "Product Added")
    assert world.runs() == []


def test_runs_under_way_stay_with_their_version(world):
    world.chain(CART)
    world.did(world.person(), "Product Added")
    world.chain(CART.replace("cart-1", "other-1"))
    world.did(world.person("b@example.com"), "Product Added")
    world.advance()
    world.later("1h").advance()
    assert world.templates() == ["cart-1", "other-1"]


def test_a_clock_that_steps_back_does_no_harm(world):
    world.chain(CART)
    world.did(world.person(), "Product Added")
    world.advance()
    world.now -= 3_600_000
    assert world.advance() == 0
    world.later("2h").advance()
    assert world.templates() == ["cart-1"]


# --- faults -------------------------------------------------------------------------------------


def test_a_run_that_fails_alone_is_set_aside_and_the_others_go_on(world):
    world.chain(CART)
    for name in "abc":
        world.did(world.person(f"{name}@example.com"), "Product Added")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE run SET step = 'nowhere' WHERE id = 2")
    world.later("1h").advance()
    assert world.runs("state, outcome") == [("active", None), ("done", "error"), ("active", None)]
    assert world.one("SELECT error FROM run WHERE id = 2") == "KeyError: 'nowhere'"
    assert world.rows("SELECT kind, reason, field, source, body FROM rejected") == [
        ("run", "KeyError: 'nowhere'", "nowhere", "cart", "2")
    ]
    assert ("Chain Ended", {"chain": "cart", "outcome": "error"}) in world.said()
    assert world.templates() == ["cart-1"] * 2


def test_a_run_whose_version_cannot_be_read_is_set_aside(world):
    world.chain(CART)
    world.did(world.person(), "Product Added")
    with world.db.write() as tx:
        tx.execute("UPDATE definition SET body = 'name = 1'")
    fresh = World(world.db, world.now)
    fresh.did(fresh.person("b@example.com"), "Product Added")
    fresh.did(fresh.person("c@example.com"), "Product Added")
    assert fresh.one("SELECT count(*) FROM rejected WHERE kind = 'rule'") == 1
    fresh.advance()
    assert fresh.runs() == [("done", "", "error")]


def test_a_person_whose_data_break_a_rule_is_set_aside_alone(world):
    world.chain(CART.replace("email is known", 'city = "Berlin"'))
    people = [world.person(f"{n}@example.com", city="Berlin") for n in range(5)]
    with world.db.write() as tx:
        tx.execute("UPDATE person SET props = '{broken' WHERE id = ?", (people[2],))
    world.happen(*[(person, "Product Added", {}) for person in people])
    assert world.runs("person_id") == [(p,) for p in people if p != people[2]]
    assert world.rows("SELECT kind, source, body FROM rejected") == [
        ("rule", "cart", str(people[2]))
    ]


def test_a_branch_that_cannot_be_answered_sets_only_its_run_aside(world):
    world.chain(
        'enter = { event = "X" }\n[[step]]\nbranch = \'city = "B"\'\nelse = "e"\n[[step]]\nsend = "m"\n[[step]]\nid="e"\nexit="e"'
    )
    good, bad = world.person(city="B"), world.person("b@example.com")
    world.happen((good, "X", {}), (bad, "X", {}))
    with world.db.write() as tx:
        tx.execute("UPDATE person SET props = '{broken' WHERE id = ?", (bad,))
    world.advance()
    assert world.runs("state, outcome") == [("done", "e"), ("done", "error")]
    assert world.templates() == ["m"]


def test_the_goals_of_the_chains_in_force_are_told(world):
    chain = world.chain(CART)
    world.chain(PAYMENT % "set = { x = 1 }", "payment")
    with world.db.write() as tx:
        (goal,) = world.chains.goals(tx, world.now)
    assert (goal.chain_id, goal.event, goal.value, goal.within_ms) == (
        chain,
        "Order Paid",
        "total",
        3 * 86_400_000,
    )


def test_any_of_several_events_begins_a_run_and_two_of_them_only_one(world):
    world.chain('enter = { event = ["A", "B"], again = "always" }\n[[step]]\nwait = "1d"')
    person = world.person()
    world.happen((person, "B", {}), (person, "A", {}))
    assert len(world.runs()) == 1


def test_leaving_a_segment_begins_a_run_unless_the_person_is_back(world):
    with world.db.write() as tx:
        tx.execute("INSERT INTO segment (id, key, name, rule) VALUES (1, 'vip', 'VIP', 'x = 1')")
    world.chain('enter = { segment = "vip", on = "leave" }\n[[step]]\nwait = "1d"')
    gone, back = world.person(), world.person("b@example.com")
    with world.db.write() as tx:
        tx.execute("INSERT INTO member (segment_id, person_id, since) VALUES (1, ?, 0)", (back,))
    world.happen(
        (gone, "Segment Left", {"segment": "vip"}), (back, "Segment Left", {"segment": "vip"})
    )
    assert world.runs("person_id") == [(gone,)]


def test_a_chain_that_ends_begins_another(world):
    world.chain('enter = { event = "Go" }\n[[step]]\nexit = "done"', "first")
    world.chain('enter = { chain = "first", outcome = "done" }\n[[step]]\nwait = "1d"', "second")
    person = world.person()
    world.did(person, "Go")
    world.advance()
    ((name, props),) = world.said()
    world.did(person, name, **props)
    assert world.runs("chain_id, state") == [(1, "done"), (2, "active")]


def test_what_is_started_by_hand_is_started_by_nothing_else(world):
    world.chain('enter = { manual = true }\n[[step]]\nwait = "1d"')
    person = world.person()
    world.did(person, "Go")
    assert world.runs() == []
    world.did(person, "Chain Started", chain="cart")
    assert len(world.runs()) == 1


def test_a_rule_that_becomes_true_wakes_who_waits_for_it(world):
    world.chain(
        'enter = { event = "Go" }\n[[step]]\nawait = { rule = "score > 5", for = "9d", then = "a" }\n'
        '[[step]]\nexit = "late"\n[[step]]\nid = "a"\nexit = "came"'
    )
    person = world.person(score=1)
    world.did(person, "Go")
    world.advance()
    world.touch(person, "other")
    world.touch(person, "score")
    world.advance()
    assert world.runs("step, outcome") == [("1", None)]
    with world.db.write() as tx:
        tx.execute("UPDATE person SET props = ? WHERE id = ?", ('{"score":9}', person))
    world.touch(person, "other")
    assert world.advance() == 0
    world.touch(person, "score")
    assert world.advance() == 1
    assert world.runs("outcome") == [("came",)]


def test_a_date_that_changes_moves_who_waits_for_it(world):
    world.chain('enter = { event = "Go" }\n[[step]]\nwait = { date = "d" }')
    person = world.person(d=world.now + 86_400_000)
    world.did(person, "Go")
    world.advance()
    assert world.one("SELECT wake_at FROM run") == world.now + 86_400_000
    with world.db.write() as tx:
        tx.execute("UPDATE person SET props = json_set(props, '$.d', ?)", (world.now + 60_000,))
    world.touch(person, "d")
    world.advance()
    assert world.one("SELECT wake_at FROM run") == world.now + 60_000
    world.later("1m").advance()
    assert world.runs("outcome") == [("finished",)]


def test_a_wait_is_by_the_clock_of_the_person(world):
    world.chain('enter = { event = "Go" }\n[[step]]\nwait = { until = "10:00" }')
    for zone in ("Asia/Tokyo", "Mars/Base"):
        person = world.person()
        with world.db.write() as tx:
            tx.execute("UPDATE person SET timezone = ? WHERE id = ?", (zone, person))
        world.did(person, "Go")
    world.advance()
    hours = [f"{datetime.fromtimestamp(at / 1000, UTC):%H}" for (at,) in world.runs("wake_at")]
    assert hours == ["01", "10"]


def test_what_an_awaited_event_is_about_is_remembered_from_the_entry(world):
    world.chain(
        'enter = { event = "Ordered" }\n[[step]]\n'
        'await = { event = "Paid", on = "order_id", for = "9d", then = "a" }\n'
        '[[step]]\nexit = "late"\n[[step]]\nid = "a"\nexit = "came"'
    )
    person = world.person()
    world.did(person, "Ordered", order_id=7)
    world.advance()
    world.did(person, "Paid", order_id=8)
    assert world.advance() == 0
    world.did(person, "Paid", order_id=7)
    world.advance()
    assert world.runs("outcome") == [("came",)]


OTHERS = {
    "first": 'enter = { event = "Go" }\n[[step]]\nstart = "second"\n[[step]]\nstop = "third"',
    "second": 'enter = { manual = true }\n[[step]]\nwait = "1d"',
    "third": 'enter = { event = "Go" }\n[[step]]\nsend = "t"\n[[step]]\nwait = "9d"',
}


def test_a_chain_starts_and_stops_others(world):
    for key, text in OTHERS.items():
        world.chain(text, key)
    person = world.person()
    world.did(person, "Go")
    world.advance()
    assert ("Chain Started", {"chain": "second", "by": "first"}) in world.said()
    assert ("Chain Ended", {"chain": "third", "outcome": "stopped"}) in world.said()
    world.digest()
    assert world.runs("chain_id, state, outcome") == [
        (1, "done", "finished"), (3, "done", "stopped"), (2, "active", None),
    ]  # fmt: skip


def test_a_chain_with_a_run_for_each_order_hands_the_order_on(world):
    keyed = 'enter = { event = "Go", again = "per property order" }\n'
    world.chain(f'{keyed}[[step]]\nstart = "second"', "first")
    world.chain(f'{keyed.replace("Go", "Other")}[[step]]\nwait = "1d"', "second")
    person = world.person()
    world.did(person, "Go", order="A1")
    world.did(person, "Go", order="A2")
    world.advance()
    world.digest()
    keys = world.rows("SELECT key FROM run WHERE chain_id = 2 ORDER BY key")
    assert keys == [("A1",), ("A2",)]


CASCADE = """
enter = { event = "Go" }
[[step]]
id = "s"
send = "x"
channels = ["push", "sms", "email"]
next_after = "1h"
"""


def test_a_cascade_passes_over_channels_that_are_not_there_or_do_not_reach(world):
    world.chains = Chains("UTC", installed=("email", "sms"))
    world.chain(CASCADE)
    both, mail_only, silent, nobody = (
        world.person(email) for email in ("a@example.com", "b@example.com", "c@example.com", None)
    )
    with world.db.write() as tx:
        tx.execute("UPDATE person SET phone = '+47' || id WHERE id IN (?, ?)", (both, silent))
        tx.execute(
            "INSERT INTO consent (person_id, channel, topic, state, at, source)"
            " VALUES (?, 'sms', 'offers', 'unsubscribed', 0, 'link')",
            (silent,),
        )
    for person in (both, mail_only, silent, nobody):
        world.did(person, "Go")
    world.advance()
    queued = world.rows("SELECT person_id, channel, key FROM message ORDER BY id")
    assert queued == [
        (both, "sms", ""), (mail_only, "email", ""), (silent, "email", ""), (nobody, "email", ""),
    ]  # fmt: skip
    assert world.runs("state") == [("active",), ("done",), ("done",), ("done",)]
    world.sent("x")
    world.later("1h").advance()
    assert world.rows("SELECT channel, key FROM message WHERE person_id = ? ORDER BY id", both) == [
        ("sms", ""), ("email", "email"),
    ]  # fmt: skip


def test_who_reads_the_first_message_of_a_cascade_gets_no_other(world):
    world.chains = Chains("UTC", installed=("email", "sms"))
    world.chain(CASCADE)
    person = world.person()
    with world.db.write() as tx:
        tx.execute("UPDATE person SET phone = '+471'")
    world.did(person, "Go")
    world.advance()
    world.sent("x")
    with world.db.write() as tx:
        tx.execute("UPDATE message SET opened_at = ?, marks = 1", (world.now,))
    world.did(person, "Message Opened", run=1, step="s")
    world.advance()
    assert world.runs("outcome") == [("finished",)]
    assert world.templates() == ["x"]


def test_a_refused_message_of_a_cascade_is_followed_at_once(world):
    world.chains = Chains("UTC", installed=("email", "sms"))
    world.chain(CASCADE)
    person = world.person()
    with world.db.write() as tx:
        tx.execute("UPDATE person SET phone = '+471'")
    world.did(person, "Go")
    world.advance()
    with world.db.write() as tx:
        tx.execute("UPDATE message SET state = 'refused', reason = 'cap'")
    world.did(person, "Message Refused", run=1, step="s")
    world.advance()
    assert world.rows("SELECT channel FROM message ORDER BY id") == [("sms",), ("email",)]
