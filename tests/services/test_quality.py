"""What is wrong with the data, in numbers and person by person."""

from __future__ import annotations

from dataclasses import replace

import pytest
from office_kit import Office

from mautod import wire
from mautod.duration import HOUR
from mautod.errors import BadInput, NotFound
from mautod.services.people import quality_held
from mautod.services.people.quality import Inspector
from mautod.store import state


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def counts(office, **more):
    return {g.key: g.count for g in office.desk.quality(**more).groups if g.count}


def people(office, group, **more):
    return [p.id for p in office.desk.quality_people(group, **more).items]


def put(office, person, **columns):
    """As an older version, or somebody's script, may have left it."""
    with office.db.write() as tx:
        for name, value in columns.items():
            tx.execute(f"UPDATE person SET {name} = ? WHERE id = ?", (value, person))


def test_nobody_is_no_trouble(office):
    report = office.desk.quality()
    assert report.people == 0
    assert {(g.count, g.share) for g in report.groups} == {(0, 0.0)}


def test_whom_no_letter_reaches_is_told_with_the_first_reason(office):
    ids = [office.know(f"u{n}", email=f"p{n}@example.com", phone="+4790000001") for n in range(4)]
    blank = office.know("u9")
    office.desk.suppress(wire.SuppressAsk("P1@example.com"))
    for person in ("u1", "u2"):
        office.desk.unsubscribe(wire.UnsubscribeAsk(person))
    office.desk.unsubscribe(wire.UnsubscribeAsk("u3", topic="news"))
    assert people(office, "no-email") == people(office, "no-phone") == [blank]
    assert people(office, "suppressed") == [ids[1]]
    assert people(office, "unsubscribed") == [ids[2]]
    office.desk.erase("u0", wire.EraseAsk())
    back = office.know("u10", email="p0@example.com")
    assert people(office, "suppressed") == [back, ids[1]]


@pytest.mark.parametrize(
    ("column", "good", "bad"),
    [
        ("email", ["a@b.no", "x.y+z@sub.b.com"], ["a@b", "@b.no", "a b@c.no", "a@b@c.no", "a"]),
        ("phone", ["+47 900 00 001", "8 (900) 123-45-67"], ["12345", "1" * 16, "call me 9000001"]),
        ("timezone", ["Europe/Oslo", "UTC"], ["Mars/Base", "oslo"]),
    ],
)
def test_what_is_no_address_number_or_zone_is_found(office, column, good, bad):
    for number, value in enumerate([*good, *bad]):
        put(office, office.know(f"u{number}"), **{column: value})
    wrong = [office.desk.person(f"u{n}").person.id for n in range(len(good), len(good) + len(bad))]
    assert people(office, f"invalid-{column}") == wrong[::-1]
    assert counts(office)[f"invalid-{column}"] == len(bad)


def test_who_shares_something_is_counted_person_by_person(office):
    for number in range(3):
        office.know(
            f"u{number}", email="a@example.com" if number else "b@example.com", name=f"N{number}"
        )
    assert len(people(office, "duplicate-email")) == counts(office)["duplicate-email"] == 2
    assert "duplicate-name" not in counts(office)


def test_who_was_not_seen_for_long_and_who_never_was_are_two_groups(office):
    office.visit("old")
    office.later("30d").visit("new")
    never = office.know("u1")
    old = office.desk.person("old").person.id
    assert people(office, "stale", stale="20d") == [old]
    assert people(office, "stale", stale="40d") == []
    assert people(office, "never-seen") == [never]
    with pytest.raises(BadInput):
        office.desk.quality("long")


def test_a_value_that_a_rule_takes_for_a_date_and_is_none_is_found(office):
    office.segment("soon", "renewal in last 7d")
    good, bad = office.know("u1", renewal="2026-11-01"), office.know("u2", renewal="soon")
    office.know("u3")
    assert people(office, "bad-date-renewal") == [bad]
    assert good not in people(office, "bad-date-renewal")


def test_somebody_to_whom_no_identity_leads_is_found_and_pages_join_up(office):
    with office.db.write() as tx:
        tx.executemany("INSERT INTO person (created_at) VALUES (?)", [(office.now,)] * 5)
    office.know("u1")
    first = office.desk.quality_people("no-identity", limit=3)
    second = office.desk.quality_people("no-identity", after=first.next, limit=3)
    assert [p.id for p in [*first.items, *second.items]] == [5, 4, 3, 2, 1]
    assert second.next is None


def test_absorbed_people_are_not_counted(office):
    for name in ("a", "b"):
        office.visit(name)
    office.desk.merge("a", wire.MergeAsk("b"))
    assert office.desk.quality().people == 1
    with pytest.raises(NotFound, match="gossip"):
        office.desk.quality_people("gossip")


def test_a_report_that_took_long_is_held_and_says_when_it_was_counted(office):
    office.know("u1")
    seconds = iter(range(0, 99, 9))
    asked = Inspector(office.db.read(), "UTC", "180d", office.now)
    first = quality_held.report(office.db, asked, HOUR, lambda: next(seconds))
    office.know("u2")
    later = replace(asked, now=office.now + HOUR - 1)
    assert quality_held.report(office.db, later, HOUR) == first
    assert (first.people, first.at) == (1, asked.now)
    other = replace(later, stale="90d")
    assert quality_held.report(office.db, other, HOUR).people == 2
    assert quality_held.report(office.db, later, 0).people == 2
    assert quality_held.report(office.db, replace(asked, now=office.now - 1), HOUR).people == 2


def test_a_report_that_is_cheap_is_never_held(office):
    asked = Inspector(office.db.read(), "UTC", "180d", office.now)
    assert quality_held.report(office.db, asked, HOUR).people == 0
    office.know("u1")
    assert quality_held.report(office.db, asked, HOUR).people == 1


def test_a_worker_counts_anew_what_was_dear(office, monkeypatch):
    quality_held.keep(office.db, "UTC", office.now)
    assert not state.get(office.db.read(), quality_held.HELD)
    monkeypatch.setattr(quality_held, "MANY", 0)
    monkeypatch.setattr(quality_held, "CHEAP_S", -1.0)
    quality_held.keep(office.db, "UTC", office.now)
    office.know("u1")
    asked = Inspector(office.db.read(), "UTC", "180d", office.now)
    assert quality_held.report(office.db, asked, HOUR).people == 0
    quality_held.keep(office.db, "UTC", office.now + 1)
    assert quality_held.report(office.db, replace(asked, now=office.now + 2), HOUR).people == 1
