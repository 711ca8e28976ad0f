from __future__ import annotations

from datetime import datetime

import pytest
from broadcast_kit import Hall
from mail_kit import LETTER

from mautod import wire
from mautod.core.sending.message import Failed
from mautod.core.sending.returns import CLICKED
from mautod.duration import HOUR, MINUTE
from mautod.errors import BadInput, Conflict, NotFound, RuleError
from mautod.services.broadcasts import pump
from mautod.services.chains.advance import BATCH
from mautod.store import catalog
from mautod.store.db import to_json


@pytest.fixture
def hall(tmp_path):
    hall = Hall.new(tmp_path / "hall")
    yield hall
    hall.close()


def at(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


# --- asking -------------------------------------------------------------------------------------


def test_nothing_is_sent_before_it_is_started(hall):
    hall.people(3)
    key = hall.ask()
    hall.work()
    assert not hall.channel.letters
    assert hall.status(key).state == "draft"


def test_who_is_counted_is_who_is_written_to(hall):
    hall.people(2)
    key = hall.ask()
    hall.people(5)
    hall.desk.start_broadcast(key)
    hall.work()
    assert len(hall.channel.letters) == 2


def test_a_draft_that_nobody_confirms_is_gone_after_a_day(hall):
    hall.people(1)
    hall.ask(key="old")
    hall.later("25h")
    hall.ask(key="new")
    with pytest.raises(NotFound):
        hall.desk.start_broadcast("old")
    assert hall.desk.start_broadcast("new").recipients == 1


def test_a_draft_starts_once(hall):
    hall.people(1)
    key = hall.send()
    with pytest.raises(Conflict):
        hall.desk.start_broadcast(key)
    with pytest.raises(Conflict):
        hall.desk.drop_broadcast(key)


def test_a_draft_whose_letter_was_taken_away_does_not_start(hall):
    hall.people(1)
    key = hall.ask()
    with hall.db.write() as tx:
        catalog.retire(tx, "template", "spring")
    with pytest.raises(BadInput, match="no template 'spring'"):
        hall.desk.start_broadcast(key)
    assert hall.status(key).state == "draft"


def test_a_key_is_taken_once_by_broadcasts_and_chains_together(hall):
    hall.people(1)
    hall.office.chain(key="abandoned-cart")
    hall.send(key="sale")
    for key in ("sale", "abandoned-cart"):
        with pytest.raises(Conflict):
            hall.ask(key=key)


def test_without_a_key_it_is_called_after_its_letter_and_the_day_in_the_workspace(hall):
    hall.people(1)
    keys = [hall.send(key=""), hall.send(key="")]
    assert keys == ["spring-2026-11-02", "spring-2026-11-02-2"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"to": "email is unknown"}, "to"),
        ({"to": "", "segment": ""}, "to"),
        ({"to": "email is known", "segment": "vip"}, "to"),
        ({"topic": "nonsense"}, "topic"),
        ({"channel": "pigeon"}, "channel"),
        ({"at": "tomorrow"}, "at"),
        ({"local": True}, "at"),
        ({"ramp": "fast"}, "ramp"),
        ({"window": "sometimes"}, "window"),
        ({"cap": "many"}, "cap"),
        ({"goal": "Order Completed", "within": "90d"}, "within"),
        ({"value": "total"}, "goal"),
        ({"key": "No Key"}, "key"),
        ({"test": "20%"}, "templates"),
        ({"name": "two\nlines"}, "name"),
        ({"leave": "did ("}, "leave"),
    ],
)
def test_what_makes_no_sense_is_refused_and_names_its_field(hall, asked, field):
    hall.people(1)
    with pytest.raises(BadInput) as refused:
        hall.ask(**asked)
    assert refused.value.field == field
    assert hall.rows("SELECT count(*) FROM broadcast") == [(0,)]


def test_letters_that_are_not_there_or_are_the_same_are_refused(hall):
    hall.people(1)
    for letters in (["nothing"], ["spring", "spring"], [f"l{n}" for n in range(11)]):
        with pytest.raises(BadInput):
            hall.ask(*letters)
    with pytest.raises(BadInput, match="what decides"):
        hall.ask("short", "long", test="20%")


def test_a_letter_without_a_topic_needs_one_unless_it_is_no_marketing(hall):
    hall.people(1)
    with hall.db.write() as tx:
        for key, more in (("plain", ""), ("receipt", "transactional: true\n")):
            body = LETTER.replace("topic: offers\n", more)
            catalog.put(tx, "template", key, f"templates/{key}.liquid", body, hall.now)
    with pytest.raises(BadInput, match="names no topic"):
        hall.ask("plain")
    assert hall.status(hall.ask("plain", topic="offers", key="a")).topic == "offers"
    assert hall.status(hall.ask("receipt", key="b")).topic == ""


def test_rules_may_name_others_and_keep_what_these_meant(hall):
    hall.people(3)
    with hall.db.write() as tx:
        for key, rule in (("first", 'email = "p1@x.example"'), ("gone", 'email = "p2@x.example"')):
            catalog.put(tx, "rule", key, "rules.toml", to_json({"rule": rule}), hall.now)
    hall.send(to='rule "first" or email = "p2@x.example"', leave='rule "gone"')
    hall.work()
    assert hall.status().states == {"sent": 1, "left": 1}


def test_a_rule_that_does_not_parse_is_shown(hall):
    with pytest.raises(RuleError):
        hall.ask(to="email is")


def test_a_segment_is_an_audience(hall):
    hall.people(4)
    hall.office.segment("some", 'email in ("p1@x.example", "p3@x.example")')
    hall.send(segment="some")
    hall.work()
    assert sorted(hall.letters()) == ["p1@x.example", "p3@x.example"]
    assert hall.status().query == 'in segment "some"'
    with pytest.raises(NotFound):
        hall.ask(segment="none", key="other")


# --- what the gate says before ------------------------------------------------------------------


def test_the_gate_says_beforehand_whom_it_would_refuse_and_why(hall):
    people = hall.people(5)
    hall.desk.suppress(wire.SuppressAsk("p1@x.example"))
    hall.desk.unsubscribe(wire.UnsubscribeAsk(str(people[1])))
    with hall.db.write() as tx:
        tx.execute("UPDATE person SET email = NULL, phone = '1' WHERE id = ?", (people[2],))
    key = hall.ask(to="email is known or phone is known", window="mon-sun 04:00-05:00")
    said = hall.desk.check_broadcast(key)
    assert (said.looked, said.fit, said.next) == (5, 0, 1)
    assert said.refused == {"suppressed": 1, "unsubscribed": 1, "no address": 1}
    assert said.postponed == {"window": 2}
    assert hall.desk.check_broadcast(key, 1).next is None
    assert hall.rows("SELECT count(*) FROM message") == [(0,)]


def test_the_gate_says_beforehand_who_is_held_out(hall):
    hall.people(2000)
    key = hall.ask(holdout="10%")
    said = [hall.desk.check_broadcast(key, piece).refused["holdout"] for piece in (0, 1)]
    assert 140 < sum(said) < 260
    hall.desk.start_broadcast(key)
    hall.work()
    assert hall.status().reasons == {"refused": {"holdout": sum(said)}}


# --- sending ------------------------------------------------------------------------------------


def test_everybody_who_is_found_gets_one_letter_and_the_proof_is_a_count(hall):
    hall.people(2500)
    hall.send()
    hall.work()
    status = hall.status()
    assert status.state == "finished"
    assert status.states == {"sent": 2500}
    assert (status.recipients, status.open, status.ends_at) == (2500, 0, None)
    assert len(hall.letters()) == 2500
    assert set(hall.letters().values()) == {1}


def test_states_add_up_to_the_audience_at_every_moment(hall):
    hall.people(2500)
    hall.channel.answer = lambda letter: Failed("no such box", dead=True)
    hall.send(ramp="10000 per hour")
    seen = [hall.status()]
    for span in ("0s", "1m", "1m", "1m"):
        hall.later(span).pump(2)
        hall.office.advance()
        seen.append(hall.status())
        hall.deliver()
        seen.append(hall.status())
    seen.append(hall.play("20m").status())
    assert all(sum(each.states.values()) == each.recipients == 2500 for each in seen)
    assert seen[-1].states == {"failed": 2500}
    assert seen[-1].reasons == {"failed": {"bounced": 2500}}
    assert [each.state for each in (seen[0], seen[-1])] == ["starting", "finished"]


def test_a_late_unsubscribe_wins(hall):
    people = hall.people(3)
    hall.send()
    hall.pump()
    hall.office.advance()
    hall.desk.unsubscribe(wire.UnsubscribeAsk(str(people[0])))
    hall.work()
    assert sorted(hall.letters()) == ["p2@x.example", "p3@x.example"]
    assert hall.status().reasons == {"refused": {"unsubscribed": 1}}
    assert hall.status().state == "finished"


def test_who_bought_before_their_letter_left_gets_none(hall):
    hall.office.know("anna", email="anna@x.example")
    hall.office.know("olga", email="olga@x.example")
    hall.send(goal="Order Completed", value="total", ramp="1 per hour")
    hall.work()
    hall.later("1m")
    hall.office.did("olga", "Order Completed", total=10)
    hall.later("2h").work()
    assert list(hall.letters()) == ["anna@x.example"]
    assert hall.status().states == {"sent": 1, "goal": 1}


def test_goals_are_credited_after_the_broadcast_has_ended(hall):
    hall.office.know("anna", email="anna@x.example")
    hall.send(goal="Order Completed", value="total", within="7d")
    hall.work()
    assert hall.status().state == "finished"
    hall.later("1d").office.did("anna", "Order Completed", total=12.5)
    status = hall.status()
    assert (status.goals, [str(each.amount) for each in status.money]) == (1, ["12.50"])
    report = hall.desk.goals("sale")
    assert [(row.step, row.sent, row.goals) for row in report.rows] == [("letter", 1, 1)]


def test_a_leave_rule_is_asked_when_the_letter_is_due(hall):
    hall.office.know("anna", email="anna@x.example")
    hall.office.know("olga", email="olga@x.example")
    hall.send(leave='did "Complaint" since entry', ramp="1 per hour")
    hall.work()
    hall.later("1m").office.did("olga", "Complaint")
    hall.later("2h").work()
    assert hall.status().states == {"sent": 1, "left": 1}


def test_why_answers_for_a_broadcast(hall):
    hall.office.know("anna", email="anna@x.example")
    hall.send(ramp="1 per day")
    hall.pump()
    hall.office.later("1m")
    assert "sale" in hall.desk.why("anna", "spring").text
    hall.work()
    assert hall.desk.why("anna", "spring").text.startswith("Sent to anna@x.example")
    assert [m.chain for m in hall.desk.messages(chain="sale").items] == ["sale"]


# --- pace and time ------------------------------------------------------------------------------


def test_a_rate_is_kept(hall):
    hall.people(30)
    hall.send(ramp="10 per hour")
    by_hour = [len(hall.play("59m").later("1m").channel.letters) for _ in range(3)]
    assert by_hour == [10, 20, 30]
    hall.work()
    assert hall.status().state == "finished"


@pytest.mark.parametrize("trouble", ["paused", "down"])
def test_what_waited_does_not_leave_faster_than_the_rate(hall, trouble):
    hall.people(30)
    hall.send(ramp="10 per hour")
    before = len(hall.play("30m").channel.letters)
    if trouble == "paused":
        hall.desk.pause_broadcast("sale")
        hall.later("10h").work()
        assert len(hall.channel.letters) == before
        hall.desk.resume_broadcast("sale")
    else:
        hall.later("10h")
    hall.work()
    assert len(hall.channel.letters) <= before + 1
    assert len(hall.play("59m").channel.letters) == before + 10
    hall.play("2h")
    assert set(hall.letters().values()) == {1}
    assert (hall.status().state, len(hall.letters())) == ("finished", 30)


def test_a_rate_is_kept_inside_a_window_too(hall):
    """What would have left at night is spread over the day, and does not leave when it opens."""
    hall.people(130, timezone="Europe/Moscow")
    hall.send(window="mon-sun 10:00-20:00", ramp="10 per hour")
    hall.play("48h")
    left = [at for (at,) in hall.rows("SELECT sending_at FROM message ORDER BY sending_at")]
    assert len(left) == 130
    day = 86_400_000
    assert all(10 * HOUR <= (at + 3 * HOUR) % day <= 20 * HOUR + MINUTE for at in left)
    assert max(sum(at <= other < at + HOUR for other in left) for at in left) <= 11
    assert hall.rows("SELECT count(*) FROM decision WHERE verdict = 'postpone'") == [(0,)]
    assert hall.status().state == "finished"


def test_who_waits_for_the_morning_keeps_nobody_back_whose_day_it_is(hall):
    hall.people(4, timezone="America/New_York")
    hall.people(2, timezone="Asia/Tokyo")
    hall.send(window="mon-sun 10:00-20:00", ramp="2 per hour")  # 19:00 there, 09:00 in Tokyo
    hall.pump()
    found = hall.rows(
        "SELECT p.timezone, r.wake_at FROM run r JOIN person p ON p.id = r.person_id ORDER BY 2"
    )
    assert [(zone.partition("/")[2], (when - hall.now) / HOUR) for zone, when in found] == [
        ("New_York", 0), ("New_York", 0.5), ("Tokyo", 1), ("Tokyo", 1.5),
        ("New_York", 15), ("New_York", 15.5),
    ]  # fmt: skip


def test_a_local_time_is_everybodys_own_morning(hall):
    hall.people(1, timezone="Asia/Tokyo")
    hall.people(1, timezone="Europe/Moscow")
    hall.people(1, timezone="America/New_York")
    hall.people(1, timezone="Nowhere/Land")
    hall.send(at="2026-11-03 10:00", local=True)
    hall.work()
    found = hall.rows(
        "SELECT p.timezone, r.wake_at FROM run r JOIN person p ON p.id = r.person_id ORDER BY r.id"
    )
    assert found == [
        ("Asia/Tokyo", at("2026-11-03T10:00+09:00")),
        ("Europe/Moscow", at("2026-11-03T10:00+03:00")),
        ("Nowhere/Land", at("2026-11-03T10:00+03:00")),
        ("America/New_York", at("2026-11-03T10:00-05:00")),
    ]
    assert not hall.channel.letters
    status = hall.status()
    assert (status.state, status.begins_at) == ("scheduled", found[0][1])
    assert status.ends_at == found[-1][1]
    hall.later("30h").work()
    assert (hall.status().state, hall.status().begins_at) == ("sending", None)
    hall.later("1d").work()
    assert hall.status().states == {"sent": 4}


def test_whose_morning_has_passed_is_skipped_if_so_wished_and_counted(hall):
    hall.people(1, timezone="Asia/Tokyo")
    hall.people(1, timezone="America/New_York")
    key = hall.ask(at="2026-11-02 08:00", local=True, late="skip")  # 08:00 in Tokyo was 23:00 UTC
    assert hall.desk.check_broadcast(key).late == 1
    hall.desk.start_broadcast(key)
    hall.work().later("1d").work()
    assert hall.status().states == {"sent": 1, "late": 1}
    assert hall.status().state == "finished"


def test_letters_of_chains_do_not_wait_for_all_of_a_broadcast(hall):
    hall.people(3000)
    hall.office.know("anna", email="anna@x.example")
    body = 'name = "A"\ntopic = "offers"\nenter = { event = "Go" }\n[[step]]\nsend = "short"\n'
    hall.office.chain(body, key="receipts")
    hall.send(to="email ends with 'x.example' and email != 'anna@x.example'")
    hall.pump()
    hall.office.advance()
    assert pump.CROWD <= hall.status().states["queued"] <= pump.CROWD + BATCH
    hall.later("1s").office.did("anna", "Go")
    hall.office.advance()
    hall.work()
    order = [letter.address for letter in hall.channel.letters]
    assert order.index("anna@x.example") <= pump.CROWD + BATCH
    assert len(order) == 3001


def test_what_a_paused_chain_has_in_the_queue_is_no_crowd(hall):
    hall.people(3000)
    hall.send(key="first")
    hall.pump()
    hall.office.advance()
    hall.desk.pause_broadcast("first")
    hall.send(key="second")
    hall.work()
    assert hall.status("second").state == "finished"


# --- pause, resume, cancel ----------------------------------------------------------------------


def test_a_paused_broadcast_sends_nothing_and_goes_on_where_it_was(hall):
    hall.people(2200)
    hall.send()
    hall.pump()
    hall.office.advance()
    hall.desk.pause_broadcast("sale")
    hall.work()
    assert not hall.channel.letters
    assert hall.status().state == "paused"
    hall.desk.resume_broadcast("sale")
    hall.work()
    assert (len(hall.letters()), hall.status().state) == (2200, "finished")


def test_a_cancelled_broadcast_closes_whom_it_has_not_written_to(hall):
    hall.people(2500)
    hall.send(ramp="1000 per hour")
    hall.pump(2)
    hall.work()
    before = len(hall.channel.letters)
    done = hall.desk.cancel_broadcast("sale")
    hall.work().later("1d").work()
    status = hall.status()
    assert status.state == "cancelled"
    assert len(hall.channel.letters) == before
    assert sum(status.states.values()) == 2500
    assert status.states["sent"] == before
    assert done.changed == 2500 - before


def test_messages_in_the_queue_are_closed_too(hall):
    hall.people(3)
    hall.send()
    hall.pump()
    hall.office.advance()
    hall.desk.cancel_broadcast("sale")
    hall.work()
    assert hall.status().reasons == {"refused": {"cancelled": 3}}
    assert not hall.channel.letters


def test_a_broadcast_that_is_over_cannot_be_held_or_cancelled(hall):
    hall.people(1)
    hall.send()
    hall.work()
    for act in ("pause_broadcast", "resume_broadcast", "cancel_broadcast"):
        with pytest.raises(Conflict):
            getattr(hall.desk, act)("sale")
    with pytest.raises(NotFound):
        hall.desk.pause_broadcast("another")


def test_a_broadcast_is_shown_and_held_by_the_name_of_a_chain_as_well(hall):
    hall.people(2)
    hall.send(ramp="1 per hour", at="2026-11-02 09:00")
    hall.pump()
    shown = hall.desk.chain("sale")
    assert (shown.enter, shown.active) == ("at 2026-11-02 09:00, 1 per hour", 2)
    assert [step.template for step in shown.steps] == ["spring"]
    assert hall.desk.pause("sale").text == "sale is paused; 2 of 2 are not written to yet."
    hall.desk.resume("sale")
    hall.play("1d")
    with pytest.raises(Conflict, match="finished"):
        hall.desk.pause("sale")


def test_nobody_enters_a_broadcast_by_an_operators_word(hall):
    hall.people(2)
    hall.send(to='email = "p1@x.example"', ramp="1 per day")
    hall.work()
    with pytest.raises(NotFound):
        hall.desk.bulk(wire.BulkAsk("chain", "sale", "email is known"))


# --- people change meanwhile --------------------------------------------------------------------


def test_two_recipients_who_turn_out_to_be_one_get_one_letter(hall):
    people = hall.people(4)
    hall.send()
    hall.desk.merge(str(people[0]), wire.MergeAsk(str(people[1])))
    hall.pump()
    hall.office.digest().advance()
    hall.desk.merge(str(people[2]), wire.MergeAsk(str(people[3])))
    hall.work()
    assert len(hall.channel.letters) == 2
    status = hall.status()
    assert status.state == "finished"
    assert sum(status.states.values()) == 4
    assert status.states == {"sent": 2, "refused": 1, "merged": 1}


def test_whoever_was_absorbed_by_an_outsider_is_written_to_as_that_one(hall):
    (visitor,) = hall.people(1)
    outsider = hall.office.know("anna", email="anna@x.example")
    hall.send(to='email = "p1@x.example"')
    hall.desk.merge(str(outsider), wire.MergeAsk(str(visitor)))
    hall.work()
    assert list(hall.letters()) == ["anna@x.example"]


def test_an_erased_recipient_is_counted_and_gets_nothing(hall):
    people = hall.people(4)
    hall.send(ramp="1 per hour")
    hall.desk.erase(str(people[0]), wire.EraseAsk())
    hall.work()
    hall.desk.erase(str(people[3]), wire.EraseAsk())
    hall.work().later("5h").work().later("1h").work()
    status = hall.status()
    assert status.state == "finished"
    assert status.states == {"sent": 2, "erased": 2}
    assert sorted(hall.letters()) == ["p2@x.example", "p3@x.example"]


def test_an_address_that_several_people_have_gets_one_letter(hall):
    hall.people(2)
    hall.people(1200)
    with hall.db.write() as tx:
        tx.execute("UPDATE person SET email = ' P2@x.example ' WHERE id = 1200")
        tx.execute("UPDATE person SET email = NULL WHERE id IN (700, 701)")
    key = hall.ask(to="created_at after 2000-01-01")
    assert hall.desk.check_broadcast(key).sharing == 3
    hall.desk.start_broadcast(key)
    hall.work()
    status = hall.status()
    assert status.states == {"sent": 1197, "refused": 2, "duplicate": 3}
    twins = hall.desk.recipients(key, "duplicate").items
    assert [each.person_id for each in twins] == [3, 4, 1200]
    assert max(hall.letters().values()) == 1


def test_what_is_no_marketing_comes_to_everybody(hall):
    hall.people(1)
    hall.people(1)
    with hall.db.write() as tx:
        body = LETTER.replace("topic: offers", "transactional: true")
        catalog.put(tx, "template", "terms", "templates/terms.liquid", body, hall.now)
    hall.send("terms")
    hall.work()
    assert hall.status().states == {"sent": 2}


# --- recipients ---------------------------------------------------------------------------------


def test_recipients_are_listed_page_by_page_and_by_state(hall):
    people = hall.people(7)
    hall.send(ramp="4 per hour")
    hall.desk.unsubscribe(wire.UnsubscribeAsk(str(people[0])))
    hall.play("31m")
    every = hall.desk.recipients("sale", limit=4)
    rest = hall.desk.recipients("sale", after=every.next, limit=4)
    found = every.items + rest.items
    assert [each.person_id for each in found] == people
    assert rest.next is None
    by_state = {
        state: [each.person_id for each in hall.desk.recipients("sale", state).items]
        for state in ("refused", "sent", "waiting", "failed")
    }
    assert by_state == {
        "refused": people[:1], "sent": people[1:3], "waiting": people[3:], "failed": [],
    }  # fmt: skip
    assert found[0].reason == "unsubscribed"
    assert found[-1].due_at > hall.now
    with pytest.raises(BadInput):
        hall.desk.recipients("sale", "gone")


# --- several letters ----------------------------------------------------------------------------


def trial(hall: Hall, people: int = 1000, **asked) -> None:
    hall.people(people)
    hall.send("short", "long", test="40%", winner_by="click", after="4h", **asked)
    hall.work()


def click(hall: Hall, template: str, count: int) -> None:
    with hall.db.write() as tx:
        tx.execute(
            "UPDATE message SET clicked_at = ?, marks = ? WHERE id IN"
            " (SELECT id FROM message WHERE template = ? AND clicked_at IS NULL LIMIT ?)",
            (hall.now, CLICKED, template, count),
        )


def test_variants_are_tried_on_their_share_and_the_others_wait(hall):
    trial(hall)
    status = hall.status()
    assert status.state == "testing"
    assert 330 < status.states["sent"] < 470
    assert status.states["waiting"] == 1000 - status.states["sent"]
    by_letter = dict(hall.rows("SELECT template, count(*) FROM message GROUP BY template"))
    assert min(by_letter.values()) > 120


def test_a_variant_that_is_certain_to_be_better_goes_to_the_others_early(hall):
    trial(hall, decide="2d")
    click(hall, "long", 100)
    hall.later("5h").work()
    status = hall.status()
    assert (status.winner, status.state) == ("long", "finished")
    sent = dict(hall.rows("SELECT template, count(*) FROM message GROUP BY template"))
    assert sent["long"] > 700
    assert sum(sent.values()) == 1000
    assert set(hall.letters().values()) == {1}


def test_when_the_time_is_up_the_best_so_far_wins_and_it_is_said(hall):
    trial(hall)
    click(hall, "short", 3)
    hall.later("3h").work()
    assert (hall.status().state, hall.status().clicked) == ("testing", 3)
    hall.later("90m").work()
    status = hall.status()
    assert (status.winner, status.state) == ("short", "finished")
    assert status.trial.evidence["time was up"] is True
    assert len(hall.letters()) == 1000


def test_the_others_keep_the_rate(hall):
    trial(hall, people=100, ramp="20 per hour")
    hall.play("7h")
    before = hall.status()
    hall.play("1h")
    after = hall.status()
    assert before.winner
    assert 19 <= after.states["sent"] - before.states["sent"] <= 21
    hall.play("4h")
    assert (len(hall.letters()), hall.status().state) == (100, "finished")


def test_letters_without_a_winner_are_shared_out_among_all(hall):
    hall.people(400)
    hall.send("short", "long")
    hall.work()
    sent = dict(hall.rows("SELECT template, count(*) FROM message GROUP BY template"))
    assert sum(sent.values()) == 400
    assert min(sent.values()) > 150
    assert hall.status().state == "finished"
