"""What is explained is what holds, and what is foretold comes to the millisecond."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_kit import START, Office
from rules_strategies import NOW, OFFSETS, SPANS, ZONES, columns, happenings, props, rules
from rules_world import World

from mautod import wire
from mautod.core.rules.parser import parse
from mautod.core.rules.printer import show
from mautod.duration import DAY, HOUR
from mautod.errors import NotFound, RuleError
from mautod.services.segments import explain, forecast
from mautod.services.segments import rules as rules_of_people
from mautod.services.segments.explain import TOO_MANY, Explainer
from mautod.services.segments.forecast import Turn
from mautod.store import catalog
from mautod.store.db import Database, to_json
from mautod.store.rules.predicate import compile_rule, select_people
from mautod.store.segments import membership as segments

SETTINGS = settings(
    max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    database = Database(tmp_path_factory.mktemp("explain") / "mautod.db").open()
    yield database
    database.close()


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def says(tx, rule, zone, at):
    return bool(select_people(tx, compile_rule(rule, zone=zone), [1], at))


def leaves(reason):
    if reason.kind == "leaf":
        return [reason]
    return [leaf for part in reason.parts for leaf in leaves(part)]


def joined(reason):
    """The answer that the answers of the parts make."""
    if reason.kind == "leaf":
        return reason.holds
    answers = [joined(part) for part in reason.parts]
    return {"and": all, "or": any, "not": lambda found: not found[0]}[reason.kind](answers)


@SETTINGS
@given(
    st.lists(rules(), min_size=3, max_size=6),
    columns,
    props,
    st.lists(happenings, max_size=8),
    st.sampled_from(ZONES),
)
def test_the_explained_truth_is_the_rules_and_it_turns_when_foretold(
    db, some, known, own, happened, zone
):
    with db.write() as tx:
        world = World(tx, zone)
        person = world.add(known, own)
        for name, offset, event_props in happened:
            world.happen(person, name, NOW - offset, event_props)
        later = sorted({NOW + step + d for step in (*OFFSETS, *SPANS) for d in (0, 1) if step >= 0})
        for rule in some:
            ask = Explainer(tx, zone, NOW, person)
            reason = ask.reason(rule)
            assert reason.rule == show(rule)
            assert reason.holds is joined(reason) is says(tx, rule, zone, NOW)
            for part in (rule, *(parse(leaf.rule) for leaf in leaves(reason))):
                present, at = says(tx, part, zone, NOW), ask.turn(part).at
                before = [*later] if at is None else [i for i in later if i < at]
                if at is not None:
                    assert says(tx, part, zone, at) is not present, show(part)
                    before.append(at - 1)
                assert all(says(tx, part, zone, i) is present for i in before), show(part)


def test_each_leaf_tells_what_it_found(office):
    rule = 'did "Cart Viewed" >= 3 times in 7d and (country = "RU" or not in segment "vip")'
    office.segment("vip", 'country = "DE"').segment("keen", rule)
    office.know("u1", country="KZ", email="anna@example.com")
    office.did("u1", "Cart Viewed").later("1h").did("u1", "Cart Viewed")
    found = office.desk.explain("keen", "u1")
    assert (found.matches, found.since, found.turns_at) == (False, None, None)
    did, country, vip = leaves(found.rule)
    assert (did.holds, did.value, did.why) == (False, 2, "2 of >= 3 needed")
    assert (did.first_at, did.last_at) == (START, START + HOUR)
    assert (country.holds, country.value, country.why) == (False, "KZ", 'country is "KZ"')
    assert (vip.holds, vip.why) == (False, "is not in it")
    assert found.rule.why == "1 of 2 hold"


def test_leaves_about_messages_and_consent_tell_what_was_said(office):
    rule = 'got "cart-1" or subscribed to "offers" by email and reachable by email'
    office.segment("mail", rule)
    office.know("u1", email="anna@example.com")
    got, subscribed, reachable = leaves(office.desk.explain("mail", "u1").rule)
    assert (got.holds, got.rule, got.why) == (False, 'got "cart-1"', "0 of >= 1 needed")
    assert (subscribed.holds, subscribed.why) == (True, "nothing was said against it")
    assert (reachable.holds, reachable.why) == (True, "there is an address")
    assert office.desk.segment("mail").segment.size == 1

    office.later("1h").desk.unsubscribe(wire.UnsubscribeAsk("u1", "offers", "email"))
    office.desk.suppress(wire.SuppressAsk("ANNA@example.com", "email", "complained"))
    office.digest()
    found = office.desk.explain("mail", "u1")
    _, subscribed, reachable = leaves(found.rule)
    assert (found.matches, found.since) == (False, None)
    assert (subscribed.why, subscribed.first_at) == ("unsubscribed (operator)", office.now)
    assert reachable.why == "the address is suppressed (complained)"


def test_a_named_rule_is_shown_with_what_it_says(office):
    with office.db.write() as tx:
        body = to_json({"name": "Buyer", "rule": 'did "Paid"'})
        catalog.put(tx, "rule", "buyer", "rules.toml", body, office.now)
    office.know("u1")
    found = office.desk.people('not rule "buyer"')
    assert ([person.user_id for person in found.items], found.rule) == (["u1"], 'not rule "buyer"')
    with office.db.write() as tx:
        rule = rules_of_people.read(tx, 'rule "buyer" or x = 1')
        reason = Explainer(tx, "UTC", office.now, found.items[0].id).reason(rule)
    assert [(part.kind, part.rule) for part in reason.parts] == [
        ("rule", 'rule "buyer"'), ("leaf", "x = 1")
    ]  # fmt: skip
    assert reason.parts[0].parts[0].why == "0 of >= 1 needed"


def test_each_leaf_about_events_tells_what_they_come_to(office):
    rule = (
        'sum "Paid".total > 20 in 7d or avg "Paid".no between 1 and 2 or first "Paid" in last 2h'
        ' or did "Cart Viewed" then not "Paid" within 1d or last "Gone" before 1d ago'
    )
    office.segment("payers", rule)
    office.know("u1")
    office.did("u1", "Paid", total=10.5).later("1h").did("u1", "Cart Viewed")
    office.did("u1", "Paid", total=4)
    found = office.desk.explain("payers", "u1")
    total, average, first, left, last = leaves(found.rule)
    assert (total.value, total.why) == (14.5, "is 14.5 of 2 events, > 20 needed")
    assert (average.value, average.holds) == (None, False)
    assert average.why == "is unknown of 2 events, between 1 and 2 needed"
    assert (first.holds, first.why, first.first_at) == (True, 'did "Paid" twice', START)
    assert first.turns_at == START + 2 * HOUR
    assert (left.holds, left.why, left.turns_at) == (False, "went on so never", None)
    assert (last.holds, last.why) == (False, 'did "Gone" never')


def test_a_member_is_told_since_when_and_until_when(office):
    office.segment("viewers", 'did "Cart Viewed" in 7d')
    office.know("u1", email="anna@example.com")
    office.did("u1", "Cart Viewed").later("1h")
    found = office.desk.explain("viewers", "u1")
    assert (found.matches, found.since, found.turns_at) == (True, START, START + 7 * DAY)
    assert found.rule.turns_at == START + 7 * DAY


def test_a_segment_of_a_segment_tells_since_when(office):
    office.segment("known", "email is known").segment("both", 'in segment "known"')
    office.know("u1", email="anna@example.com")
    found = office.desk.explain("both", "anna@example.com")
    assert (found.matches, found.rule.why, found.rule.first_at) == (True, "is in it", START)


def test_a_stranger_and_an_unknown_segment_are_said_to_be_so(office):
    office.segment("known", "email is known")
    with pytest.raises(NotFound):
        office.desk.explain("known", "nobody")
    office.know("u1")
    with pytest.raises(NotFound, match="'none'"):
        office.desk.explain("none", "u1")


def test_who_did_too_much_gets_no_forecast_instead_of_a_wrong_one(db, monkeypatch):
    monkeypatch.setattr(forecast, "MOST_INSTANTS", 3)
    rule = parse('did "A" >= 2 times in 1d')
    with db.write() as tx:
        world = World(tx)
        person = world.add({}, {})
        for minute in range(3):
            world.happen(person, "A", NOW - minute, {})
        ask = Explainer(tx, "UTC", NOW, person)
        assert ask.turn(rule) == Turn(NOW - 1 + DAY)
        world.happen(person, "A", NOW - 4, {})
        assert ask.turn(rule) == Turn(unsure=True)
        assert TOO_MANY in ask.reason(rule).why


def test_the_member_is_found_although_the_rule_no_longer_holds(office):
    office.segment("viewers", 'did "Cart Viewed" in 1h')
    office.know("u1")
    office.did("u1", "Cart Viewed").later("1h")
    found = office.desk.explain("viewers", "u1")
    assert (found.matches, found.since) == (False, START)
    with office.db.write() as tx:
        segments.deactivate(tx, "viewers", office.now)
    with pytest.raises(NotFound):
        office.desk.explain("viewers", "u1")


@SETTINGS
@given(rules(), columns, props, st.lists(happenings, max_size=4))
def test_the_sql_that_is_shown_finds_whom_the_rule_finds(db, rule, known, own, happened):
    with db.write() as tx:
        world = World(tx)
        person = world.add(known, own)
        for name, offset, event_props in happened:
            world.happen(person, name, NOW - offset, event_props)
        shown = explain.statement(tx, show(rule), "UTC", NOW)
        found = [row[0] for row in tx.execute(shown.sql, shown.values)]
        assert found == ([person] if says(tx, rule, "UTC", NOW) else [])
        assert shown.plan


def test_the_plan_names_the_indexes_that_are_used(office):
    shown = office.desk.sql(wire.SqlAsk('did   "Cart Viewed" in 3d'))
    assert shown.rule == 'did "Cart Viewed" in 3d'
    assert set(shown.values.values()) == {"Cart Viewed", office.now - 3 * DAY}
    (line,) = [line for line in shown.plan if "event_person_name_ts" in line]
    assert line.startswith("  ")


def test_a_rule_that_does_not_parse_becomes_no_sql(office):
    with pytest.raises(RuleError):
        office.desk.sql(wire.SqlAsk("email is"))
