"""Two people are one, and after all they are two: as if nothing had happened."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_kit import CART, Office

from mautod import wire
from mautod.core.envelope import Request
from mautod.errors import Conflict, NotFound
from mautod.services.segments.refresh import Segments
from mautod.store.db import to_json
from mautod.store.segments import membership as segments

ALONE = {"merge", "merge_row", "merge_event", "sqlite_sequence", "inbox", "migratehistory"}
ALWAYS = CART.replace('again = "per 7d"', 'again = "always"').replace(
    "when = 'email is known', ", ""
)
RULES = {
    "buyers": 'did "Order Completed"',
    "known": "email is known",
    "oslo": 'city = "Oslo"',
    "busy": 'did "Page Viewed" >= 3 times',
    "both": 'in segment "known" and not in segment "buyers"',
}


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def tables(office: Office, *but: str) -> dict[str, list]:
    tx = office.db.read()
    names = [row[0] for row in tx.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return {
        name: sorted(tx.execute(f"SELECT * FROM {name}").fetchall(), key=repr)
        for name in names
        if name not in ALONE and name not in but
    }


def equip(office: Office) -> None:
    for key, rule in RULES.items():
        office.segment(key, rule)
    office.desk.create_segment(wire.CreateAsk("friends", "Friends"))
    office.chain(ALWAYS)


def living(office: Office, name: str) -> int:
    return office.desk.person(name).person.id


def check_segments(office: Office) -> None:
    """Everybody asked anew is where they are."""
    now = {key: segments.members(office.db.read(), key, 0, 99) for key in RULES}
    sizes = {key: len(found) for key, found in now.items()}
    shown = {s.key: s.size for s in office.desk.segments().items if s.key in RULES}
    assert shown == sizes
    friends = office.db.read().execute(
        "SELECT person_id FROM member WHERE segment_id = (SELECT id FROM segment WHERE key = 'friends')"
        " EXCEPT SELECT person_id FROM listed"
    )
    assert friends.fetchall() == []
    people = {key: [person for person, _ in found] for key, found in now.items()}
    for key in ("buyers", "known", "oslo", "busy", "both"):
        with office.db.write() as tx:
            Segments("Europe/Moscow").rebuild(tx, key, office.now)
        assert [p for p, _ in segments.members(office.db.read(), key, 0, 99)] == people[key], key


def act(office: Office, story: list) -> None:
    for who, deed in story:
        office.later("7m")
        match deed:
            case "view":
                office.visit(who)
            case "cart":
                office.visit(who, "Product Added", name="Sofa", price=10)
            case "order":
                office.visit(who, "Order Completed", order_id=f"o{office.now}", total=30)
            case "list":
                office.desk.list_people("friends", wire.ListAsk(add=[who]))
                office.digest()
            case "no":
                office.desk.unsubscribe(wire.UnsubscribeAsk(who, topic="offers"))
                office.digest()
            case city:
                office.desk.change(who, wire.ChangeAsk(set={"city": city}))
                office.digest()
        office.advance()


stories = st.lists(
    st.tuples(
        st.sampled_from(["a", "b"]),
        st.sampled_from(["view", "cart", "order", "no", "list", "Oslo", "Bergen"]),
    ),
    max_size=7,
)
FEW = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def opened(folder: Path, story: list) -> Office:
    office = Office.new(folder / "shop")
    equip(office)
    for who in ("a", "b"):
        office.visit(who)
    office.know("ub", email="b@example.com", tier=2)
    act(office, story)
    return office


@FEW
@given(stories)
def test_a_merge_and_its_undoing_leave_every_table_as_it_was(story):
    with tempfile.TemporaryDirectory() as folder:
        office = opened(Path(folder), story)
        before = tables(office)
        office.desk.merge("a", wire.MergeAsk("b"))
        office.desk.unmerge("a", wire.UnmergeAsk())
        assert tables(office) == before
        quiet = tables(office.digest(), *TOLD)  # of two runs one had ended for a moment
        assert {name: before[name] for name in quiet} == quiet
        check_segments(office)
        office.close()


@FEW
@given(stories, st.lists(st.sampled_from(["view", "order", "Oslo", "no", "list"]), max_size=4))
def test_what_came_between_stays_with_the_winner_and_segments_are_right(story, between):
    with tempfile.TemporaryDirectory() as folder:
        office = opened(Path(folder), story)
        a, b = living(office, "a"), living(office, "b")
        history = {p: own(office, p) for p in (a, b)}
        loser = card(office, b)
        office.desk.merge("a", wire.MergeAsk("b"))
        office.digest()
        check_segments(office)
        last = office.db.read().execute("SELECT max(id) FROM event").fetchone()[0]
        act(office, [("b", deed) for deed in between])
        check_segments(office)
        office.desk.unmerge(str(b), wire.UnmergeAsk())
        office.digest()
        check_segments(office)
        assert card(office, b) == loser
        assert [e for e in own(office, b) if e[0] <= last and e[1] not in OURS] == theirs(
            history[b]
        )
        assert set(theirs(history[a])) <= set(own(office, a))
        since = (
            office.db.read()
            .execute(
                "SELECT DISTINCT person_id FROM event WHERE id > ? AND source_id ="
                " (SELECT id FROM source WHERE name = 'site')",
                (last,),
            )
            .fetchall()
        )
        assert set(since) <= {(a,)}
        said_no = {(c.topic, c.state) for c in office.desk.person(str(b)).consent}
        new = "no" in between and ("a", "no") not in story
        assert not new or ("offers", "unsubscribed") in said_no
        office.close()


TOLD = ("event", "event_minute", "event_name", "event_stat", "counter")
OURS = {"Segment Entered", "Segment Left", "Chain Ended", "Unsubscribed"}


def own(office: Office, person: int) -> list[tuple]:
    return (
        office.db.read()
        .execute(
            "SELECT e.id, n.name, e.ts FROM event e JOIN event_name n ON n.id = e.name_id"
            " WHERE person_id = ? ORDER BY e.id",
            (person,),
        )
        .fetchall()
    )


def theirs(history: list[tuple]) -> list[tuple]:
    return [event for event in history if event[1] not in OURS]


def card(office: Office, person: int) -> tuple:
    return office.db.read().execute("SELECT * FROM person WHERE id = ?", (person,)).fetchone()


def test_merges_are_undone_in_reverse_order_or_refused_with_what_to_do(office):
    for who in ("a", "b", "c", "d"):
        office.visit(who)
    before = tables(office)
    for pair in (("a", "b"), ("a", "c"), ("d", "a")):
        office.desk.merge(pair[0], wire.MergeAsk(pair[1]))
    card = office.desk.person("d")
    assert [(m.id, bool(m.undo)) for m in card.merges] == [(3, True)]
    with pytest.raises(Conflict, match="later ones stand on it: 3, 2") as caught:
        office.desk.unmerge("d", wire.UnmergeAsk(1))
    assert "--merge 3" in caught.value.hint
    for number in (3, 2, 1):
        office.desk.unmerge("d" if number == 3 else "a", wire.UnmergeAsk(number))
    assert tables(office) == before
    with pytest.raises(Conflict, match="undone already"):
        office.desk.unmerge("a", wire.UnmergeAsk(1))
    with pytest.raises(NotFound, match="nobody was merged"):
        office.desk.unmerge("a", wire.UnmergeAsk())


def test_a_visitor_whom_an_operator_told_apart_does_not_merge_at_the_next_page(office):
    office.visit("browser", path="/")
    visitor = living(office, "browser")
    office.know("u1", email="anna@example.com")
    login(office)
    user = living(office, "u1")
    assert living(office, "browser") == user
    office.desk.unmerge("u1", wire.UnmergeAsk())
    login(office)
    assert office.desk.person(str(visitor)).person.id == visitor
    assert living(office, "u1") == user
    assert office.desk.person("u1").events > 0


def test_what_a_visitor_did_in_the_very_batch_of_the_login_goes_back_too(office):
    office.know("u1", email="anna@example.com")
    view = {"type": "track", "event": "Page Viewed", "anonymousId": "new", "messageId": "1"}
    said = {"type": "identify", "userId": "u1", "anonymousId": "new", "messageId": "2"}
    body = to_json({"batch": [view, said]}).encode()
    office.journal.append_sync([Request(office.now, "site", "batch", "", body)])
    office.digest()
    found = office.desk.person("u1")
    assert "Page Viewed" in {e.name for e in found.timeline}
    office.desk.unmerge("u1", wire.UnmergeAsk())
    visitor = office.desk.person(str(found.merged_from[0]))
    assert {e.name for e in visitor.timeline} == {"Page Viewed", "Session Started"}
    assert "Page Viewed" not in {e.name for e in office.desk.person("u1").timeline}


def test_only_two_living_people_are_merged(office):
    office.know("u1")
    with pytest.raises(Conflict, match="already"):
        office.desk.merge("u1", wire.MergeAsk("u1"))
    with pytest.raises(NotFound):
        office.desk.merge("u1", wire.MergeAsk("u2"))


def test_a_run_that_gave_way_goes_on_where_it_stood(office):
    office.chain(ALWAYS)
    for who in ("a", "b"):
        office.later("1m").visit(who, "Product Added", name="Sofa", price=1)
        office.advance()
    runs = "SELECT person_id, key, state, step, wake_at, outcome FROM run ORDER BY id"
    before = office.db.read().execute(runs).fetchall()
    office.desk.merge("a", wire.MergeAsk("b"))
    assert "merged" in {row[-1] for row in office.db.read().execute(runs)}
    office.desk.unmerge("a", wire.UnmergeAsk())
    assert office.db.read().execute(runs).fetchall() == before


def test_a_sum_that_grew_since_keeps_the_growth_alone(office):
    office.visit("a")
    office.visit("b", "Order Completed", order_id="1", total=100)
    office.desk.merge("a", wire.MergeAsk("b"))
    office.visit("a", "Order Completed", order_id="2", total=7)
    office.desk.unmerge("a", wire.UnmergeAsk())
    assert office.desk.person("a").shop["revenue"] == 7
    assert office.desk.person(str(living(office, "b"))).shop["revenue"] == 100


def login(office: Office) -> None:
    said = {
        "type": "identify",
        "userId": "u1",
        "anonymousId": "browser",
        "messageId": str(next(office.ids)),
    }
    office.journal.append_sync(
        [Request(office.now, "site", "identify", "", to_json(said).encode())]
    )
    office.digest()
