"""What was set aside can be taken in again, once, or forgotten."""

from __future__ import annotations

import msgspec
import pytest
from office_kit import SOURCE, Office

from mautod.errors import Conflict, NotFound
from mautod.store import state
from mautod.store.state import Aside


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def aside(office, **changes):
    given = {"kind": "event", "reason": "boom", "source": SOURCE, "body": EVENT} | changes
    with office.db.write() as tx:
        state.set_aside(tx, office.now, [Aside(**given)])
    return office.desk.problems(limit=1).items[0].id


EVENT = msgspec.json.encode({"event": "Signed Up", "userId": "u1", "type": "track"}).decode()


def test_an_event_taken_in_again_is_digested_and_is_no_problem_any_more(office):
    done = office.desk.retry_problem(aside(office))
    assert done.changed == 1
    assert office.desk.problems().items == []
    assert office.digest().desk.count("Signed Up").count == 1


def test_an_event_taken_in_again_after_a_kill_in_between_counts_once(office):
    """The request was on disk, and the problem was not forgotten yet."""
    number = aside(office)
    office.desk.retry_problem(number)
    with office.db.write() as tx:
        tx.execute(
            "INSERT INTO rejected (id, at, kind, reason, source, body) VALUES (?, ?, ?, ?, ?, ?)",
            (number, office.now, "event", "boom", SOURCE, EVENT),
        )
    office.digest().later("2d").desk.retry_problem(number)
    assert office.digest().desk.count("Signed Up").count == 1


def test_an_event_that_still_makes_no_sense_is_set_aside_again(office):
    number = aside(office, body='{"userId": "u1", "event": ""}')
    office.desk.retry_problem(number)
    office.digest()
    (again,) = office.desk.problems().items
    assert again.reason != "boom"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "run"}, "a run is not taken in again"),
        ({"body": '{"event": "Sig…'}, "only its beginning is kept"),
        ({"body": "[]"}, "no JSON"),
    ],
)
def test_what_cannot_be_taken_in_again_says_why_and_stays(office, changes, words):
    number = aside(office, **changes)
    with pytest.raises(Conflict, match=words):
        office.desk.retry_problem(number)
    assert [one.id for one in office.desk.problems().items] == [number]


def test_what_is_dropped_is_gone_and_a_second_time_is_told(office):
    number = aside(office)
    assert office.desk.drop_problem(number).changed == 1
    assert office.desk.problems().total == 0
    with pytest.raises(NotFound, match=f"as {number}"):
        office.desk.drop_problem(number)
