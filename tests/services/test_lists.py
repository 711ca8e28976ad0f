"""Static segments: lists that people are put on by hand, from the desk or in the file."""

from __future__ import annotations

import pytest
from office_kit import START, Office
from scores_oracle import define

from mautod import wire
from mautod.core.rules.tree import InSegment
from mautod.core.scoring import Score, While
from mautod.duration import HOUR
from mautod.errors import BadInput, Conflict, DefinitionErrors, NotFound
from mautod.services.definitions.apply import apply, drift
from mautod.store.segments import membership as segments
from mautod.store.segments import scores

FILE = """\
[staff]
name = "Staff"
static = true
people = ["Boss@shop.example", "u7"]

[keen]
rule = 'did "Cart Viewed"'
exclude = ["staff", "friends"]
"""


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    made.desk.create_segment(wire.CreateAsk("friends", "Friends"))
    yield made
    made.close()


def members(office, key):
    return [each.person.id for each in office.desk.segment(key).items]


def put(office, *people, key="friends", by=""):
    done = office.desk.list_people(key, wire.ListAsk(add=list(people), by=by))
    office.digest()
    return done


def files(office, text):
    folder = office.settings.workspace
    folder.mkdir(exist_ok=True)
    (folder / "segments.toml").write_text(text, encoding="utf-8")
    return folder


def put_in_force(office, text):
    return apply(office.db, files(office, text), office.now, "Europe/Moscow")


def test_people_are_put_on_a_list_by_any_of_their_names_and_taken_off(office):
    one, two = office.know("u1", email="anna@example.com"), office.know("u2")
    three = office.know("u3", email="Eve@example.com")
    done = put(office, "ANNA@example.com", "u2", str(three), "u2")
    assert (done.added, done.unchanged, done.unknown) == (3, 1, [])
    assert members(office, "friends") == [one, two, three]
    assert office.desk.segment("friends").segment.size == 3
    done = office.desk.list_people("friends", wire.ListAsk(remove=["u1", "u3", "u3"]))
    assert (done.removed, done.unchanged) == (2, 1)
    office.digest()
    assert members(office, "friends") == [two]


def test_entering_and_leaving_a_list_are_events_with_their_times(office):
    office.know("u1")
    put(office, "u1")
    office.later("1h").desk.list_people("friends", wire.ListAsk(remove=["u1"]))
    office.digest()
    told = [(move.entered, move.at) for move in office.desk.moves("friends").items]
    assert told == [(False, START + HOUR), (True, START)]
    names = [event.name for event in office.desk.events(person=1).items]
    assert [name for name in names if name.startswith("Segment")] == [
        "Segment Left", "Segment Entered",
    ]  # fmt: skip


def test_a_chain_begins_for_whoever_is_put_on_its_list(office):
    office.chain(
        'name = "Hello"\ntransactional = true\nenter = { segment = "friends" }\n'
        '[[step]]\nwait = "1h"\n',
        "hello",
    )
    office.know("u1")
    put(office, "u1")
    assert [run.chain for run in office.desk.runs().items] == ["hello"]


def test_who_is_not_known_or_not_told_apart_is_reported_and_the_others_are_taken(office):
    for user in ("u1", "u2"):
        office.visit(user).visit(user)
    office.know("u3", email="one@example.com")
    done = put(office, "nobody", "u3", "77", "two@example.com")
    assert done.added == 1
    assert [(each.index, each.person) for each in done.unknown] == [
        (0, "nobody"), (2, "77"), (3, "two@example.com"),
    ]  # fmt: skip
    assert done.unknown[0].reason == "nobody is known as 'nobody'"


def test_a_name_may_be_of_one_kind_only(office):
    first = office.know("u1", email="anna@example.com")
    office.know(str(first))
    put(office, str(first), by="user_id")
    assert members(office, "friends") == [first + 1]
    assert [each.person for each in put(office, "u1", by="id").unknown] == ["u1"]
    assert put(office, "u1", by="email").added == 0
    assert put(office, "anna@example.com", by="email").added == 1
    assert put(office, str(first), by="id").unchanged == 1
    with pytest.raises(BadInput, match="by 'shoe size'"):
        put(office, "u1", by="shoe size")


def test_lists_are_for_static_segments_and_keys_are_taken_once(office):
    office.segment("known", "email is known").know("u1")
    with pytest.raises(Conflict, match="has a rule"):
        put(office, "u1", key="known")
    with pytest.raises(NotFound):
        put(office, "u1", key="none")
    with pytest.raises(Conflict, match="already"):
        office.desk.create_segment(wire.CreateAsk("known"))
    with pytest.raises(BadInput, match="no fit key"):
        office.desk.create_segment(wire.CreateAsk("No Key"))
    with pytest.raises(BadInput, match="at most 1000"):
        put(office, *map(str, range(1001)))


def test_an_absorbed_person_hands_the_place_on_the_list_over(office):
    office.visit("a1")
    put(office, "1")
    winner = office.know("u1")
    office.desk.merge("u1", wire.MergeAsk("1"))
    office.digest()
    assert members(office, "friends") == [winner]


def test_a_list_that_something_asks_is_not_taken_away(office):
    office.segment("others", 'not in segment "friends"')
    with pytest.raises(Conflict, match="asked by segment others"):
        office.desk.delete_segment("friends")
    office.segment("others", "email is known")
    row = While(InSegment("friends"), 1)
    with office.db.write() as tx:
        define(tx, Score("lead", "Lead", (row,)))
    with pytest.raises(Conflict, match="asked by score lead"):
        office.desk.delete_segment("friends")
    with office.db.write() as tx:
        scores.deactivate(tx, "lead")
    office.know("u1")
    put(office, "u1")
    assert office.desk.delete_segment("friends").changed == 1
    with pytest.raises(NotFound):
        office.desk.segment("friends")
    office.desk.create_segment(wire.CreateAsk("friends"))
    office.digest()
    assert members(office, "friends") == []


def test_people_named_in_the_file_are_in_before_and_after_they_are_known(office):
    boss = office.know("u1", email="boss@shop.example")
    put_in_force(office, FILE)
    assert members(office, "staff") == [boss]
    later = office.know("u7")
    other = office.know("u8")
    put(office, "u8", key="staff")
    assert members(office, "staff") == [boss, later, other]
    with pytest.raises(Conflict, match=r"segments\.toml"):
        office.desk.delete_segment("staff")


def test_nobody_of_an_excluded_segment_is_in(office):
    put_in_force(office, FILE)
    for user in ("u7", "u8", "u9"):
        office.know(user)
        office.did(user, "Cart Viewed")
    keen = [office.desk.person(user).person.id for user in ("u8", "u9")]
    assert members(office, "keen") == keen
    put(office, "u9")
    assert members(office, "keen") == keen[:1]
    (said,) = [each for each in office.desk.segments().items if each.key == "keen"]
    assert (said.kind, said.exclude, said.made) == ("living", ["staff", "friends"], False)
    reason = office.desk.explain("keen", "u9").rule
    assert reason.why == "2 of 3 hold"
    assert [part.rule for part in reason.parts][1:] == [
        'not in segment "staff"', 'not in segment "friends"',
    ]  # fmt: skip


def test_a_static_segment_is_explained_by_its_list(office):
    office.know("u1")
    leaf = office.desk.explain("friends", "u1").rule
    assert (leaf.rule, leaf.holds, leaf.why) == ('in list "friends"', False, "is not on it")
    put(office, "u1")
    leaf = office.desk.explain("friends", "u1").rule
    assert (leaf.holds, leaf.why, leaf.first_at) == (True, "is on it", START)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[a]\nstatic = true\nrule = "n = 1"\n', "a static segment has no rule"),
        ('[a]\nrule = "n = 1"\npeople = ["u1"]\n', "people: stands in a static segment only"),
        ('[a]\nrule = "n = 1"\nexclude = ["fiends"]\n', "Did you mean friends?"),
        ('[a]\nrule = "n = 1"\nexclude = ["a"]\n', "in a circle"),
        ('[friends]\nrule = "n = 1"\n', "a static segment 'friends' was made at the desk"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_line(office, text, said):
    with pytest.raises(Exception, match=said.replace("?", r"\?")) as caught:
        put_in_force(office, text)
    assert "segments.toml" in str(caught.value)


def test_a_list_made_at_the_desk_may_move_into_the_file_with_its_people(office):
    office.know("u1")
    put(office, "u1")
    put_in_force(office, '[friends]\nname = "Friends"\nstatic = true\n')
    assert len(members(office, "friends")) == 1
    assert segments.made(office.db.read()) == []
    assert not drift(office.db, office.settings.workspace)
    put_in_force(office, "")
    with pytest.raises(NotFound):
        office.desk.segment("friends")


def test_a_plain_segment_is_stored_as_it_always_was(office):
    put_in_force(office, '[a]\nname = "A"\nrule = "n = 1"\n')
    body = office.db.read().execute("SELECT body FROM definition WHERE kind = 'segment'").fetchone()
    assert body == ('{"name":"A","rule":"n = 1"}',)


def test_a_name_that_nobody_has_made_is_missing_in_the_file(office):
    with pytest.raises(DefinitionErrors, match="there is no segment 'gone'"):
        apply(office.db, files(office, "[a]\nrule = 'in segment \"gone\"'\n"), office.now)


def test_the_history_of_a_list_has_its_sizes(office):
    office.know("u1")
    put(office, "u1")
    assert office.desk.segment("friends").segment.days[-1] == 1
