"""People from files: who they are, what they become, and that nothing else happens."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office_kit import Office
from scores_oracle import set_up

from mautod import wire
from mautod.core.rules.parser import parse
from mautod.core.scoring import Level, Score, While
from mautod.duration import HOUR
from mautod.errors import BadInput, Conflict, NotFound, Unavailable
from mautod.services.people import imports, words
from mautod.services.segments.refresh import Segments
from mautod.store import catalog

HEADS = ["email", "name", "user_id", "phone", "city"]
SIZE = 1_000_000
ONE = "if they are one: mautod people merge 1 2"
WELCOME = """
name  = "Welcome"
topic = "offers"
enter = {enter}
leave = 'city = "Bergen"'

[[step]]
wait = "1h"
[[step]]
send = "hello"
"""


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    with made.db.write() as tx:
        catalog.put(tx, "topic", "offers", "topics.toml", '{"name": "Offers"}', made.now)
    yield made
    made.close()


def ask(**more) -> wire.ImportAsk:
    values = {"file": "crm.csv", "digest": "d", "size": SIZE, "heads": HEADS, "map": ["city=city"]}
    return wire.ImportAsk(**{**values, **more})


def take(office: Office, *rows, **more) -> wire.Import:
    """One file with these rows, whole; short rows end in empty cells."""
    begun = office.desk.begin_import(ask(**more))
    whole = [(line, [*row, *[""] * (len(HEADS) - len(row))]) for line, row in enumerate(rows, 2)]
    return office.desk.import_rows(begun.id, wire.ImportRows(begun.place, SIZE, whole))


def counts(told: wire.Import) -> dict[str, int]:
    return {
        name: number
        for name in wire.ImportCounts.__struct_fields__
        if (number := getattr(told.counts, name))
    }


def reasons(told: wire.Import) -> list[tuple[int, str, str]]:
    return [(each.line, each.field, each.reason) for each in told.last]


def rows(office: Office, sql: str, *values) -> list:
    return office.db.read().execute(sql, values).fetchall()


def members(office: Office, key: str) -> list[int]:
    return [member.person.id for member in office.desk.segment(key).items]


def test_people_are_there_with_identities_words_and_a_line_in_their_history(office):
    told = take(office, ["Anna@Example.com", "Anna Li", "u1", "+7 912 3456789", "Oslo"], ["b@b.c"])
    assert (counts(told), told.state) == ({"new": 2}, "done")
    card = office.desk.person("anna@example.com")
    assert (card.person.email, card.person.name, card.props) == (
        "Anna@Example.com", "Anna Li", {"city": "Oslo"},
    )  # fmt: skip
    assert {(each.kind, each.value) for each in card.identities} == {
        ("email", "anna@example.com"), ("user", "u1"),
    }  # fmt: skip
    (moment,) = office.desk.timeline("u1").items
    assert (moment.kind, moment.name, moment.source) == ("change", "Person Imported", "import")
    assert moment.props["file"] == "crm.csv"
    assert [p.id for p in office.desk.people("912").items] == [card.person.id]
    assert office.desk.status().people == 2


def test_they_are_in_their_segments_at_once_and_nobody_is_said_to_have_entered(office):
    office.segment("oslo", 'city = "Oslo"').segment("both", 'in segment "oslo" and email is known')
    office.segment("imported", 'did "Person Imported" where file = "crm.csv"')
    take(office, ["a@b.c", "", "", "", "Oslo"], ["b@b.c", "", "", "", "Rome"])
    assert [members(office, key) for key in ("oslo", "both", "imported")] == [[1], [1], [1, 2]]
    assert [each.size for each in office.desk.segments().items] == [1, 2, 1]
    office.digest()
    assert [name.name for name in office.desk.event_names().items] == ["Person Imported"]


def test_what_a_file_says_of_dates_and_points_counts_as_what_events_say(office):
    office.segment("soon", "birthday anniversary in next 3d")
    heads = ["email", "born"]
    begun = office.desk.begin_import(ask(heads=heads, map=["born=birthday:date"]))
    told = [(2, ["a@b.c", "12.11.1990"]), (3, ["b@b.c", "04.11.1991"])]
    office.desk.import_rows(begun.id, wire.ImportRows(0, SIZE, told))
    assert members(office, "soon") == [2]
    office.later("8d")
    with office.db.write() as tx:
        moves = Segments("Europe/Moscow").sweep(tx, office.now)
    assert sorted(moves) == [
        (1, "Segment Entered", {"segment": "soon"}),
        (2, "Segment Left", {"segment": "soon"}),
    ]


def test_points_are_counted_at_once_and_no_level_is_said_to_be_reached(office):
    with office.db.write() as tx:
        row = While(parse('city = "Oslo"'), 30)
        set_up(tx, {}, [Score("heat", "Heat", (row,), (Level("hot", 26),))])
    take(office, ["a@b.c", "", "", "", "Oslo"], ["b@b.c", "", "", "", "Rome"])
    assert rows(office, "SELECT person_id, points FROM person_score") == [(1, 30)]
    office.digest()
    assert [name.name for name in office.desk.event_names().items] == ["Person Imported"]


@pytest.mark.parametrize(
    "enter",
    [
        '{ segment = "oslo" }',
        '{ event = "Person Imported" }',
        '{ event = "Email Changed" }',
        '{ event = "Segment Entered" }',
    ],
)
def test_no_chain_starts_by_an_import(office, enter):
    office.segment("oslo", 'city = "Oslo"').chain(WELCOME.format(enter=enter), "welcome")
    office.know("u9", email="old@b.c")
    office.advance()
    before = len(office.desk.runs().items)
    take(office, ["a@b.c", "", "", "", "Oslo"], ["new@b.c", "", "u9", "", "Oslo"], key="user_id")
    take(
        office, ["a@b.c", "", "u1", "", "Oslo"], ["newer@b.c", "", "u9", "", "Oslo"], key="user_id"
    )
    office.digest().advance()
    assert len(office.desk.runs().items) == before
    assert members(office, "oslo")


def test_who_is_on_a_chain_leaves_it_if_what_the_file_says_ends_it(office):
    office.chain(WELCOME.format(enter='{ event = "Signed Up" }'), "welcome")
    office.know("u1", email="a@b.c")
    office.did("u1", "Signed Up")
    assert [run.state for run in office.desk.runs().items] == ["active"]
    take(office, ["a@b.c", "", "u1", "", "Bergen"], key="user_id")
    office.digest()
    assert [run.state for run in office.desk.runs().items] == ["done"]


def test_who_is_known_is_updated_and_changed_contacts_are_in_the_history(office):
    office.know("u1", email="old@b.c", name="Anna", city="Rome", tags=["a"])
    told = take(office, ["new@b.c", "", "u1", "", "Oslo"], key="user_id", tags=["b"])
    assert counts(told) == {"updated": 1}
    card = office.desk.person("u1")
    assert (card.person.email, card.person.name) == ("new@b.c", "Anna")
    assert card.props == {"city": "Oslo", "tags": ["a", "b"]}
    newest, imported, *_ = office.desk.timeline("u1", "change").items
    assert (newest.name, newest.props) == ("Email Changed", {"old": "old@b.c", "new": "new@b.c"})
    assert imported.name == "Person Imported"
    again = take(office, ["NEW@b.c", "", "u1", "", "Oslo"], key="user_id", tags=["b"])
    assert counts(again) == {"same": 1}
    assert office.desk.person("u1").person.email == "new@b.c"


def test_with_skip_who_is_known_stays_as_they_are(office):
    office.desk.create_segment(wire.CreateAsk("staff"))
    anna = office.know("u1", email="a@b.c", city="Rome")
    told = take(office, ["a@b.c", "", "", "", "Oslo"], ["b@b.c"], known="skip", segment="staff")
    assert counts(told) == {"new": 1, "skipped": 1}
    assert office.desk.person(str(anna)).props == {"city": "Rome"}
    assert members(office, "staff") == [2]


def test_who_comes_twice_in_a_file_is_one_person(office):
    told = take(office, ["a@b.c", "Anna"], ["A@b.c", "Anna Li"], ["a@B.c", "", "u1"])
    assert counts(told) == {"new": 1, "updated": 2}
    card = office.desk.person("u1")
    assert card.person.name == "Anna Li"
    assert rows(office, "SELECT count(*) FROM person") == [(1,)]


def test_what_belongs_to_somebody_else_is_refused_and_the_others_are_taken(office):
    office.know("u1", email="one@b.c")
    office.know("u2", email="two@b.c")
    told = take(
        office,
        ["one@b.c", "Anna", "u2"],
        ["one@b.c", "Anna", "u3"],
        ["three@b.c", "Zoe", "u4"],
        ["nobody"],
    )
    assert counts(told) == {"new": 1, "refused": 3}
    assert reasons(told) == [
        (2, "user_id", f"belongs to person 2, and the email to person 1; {ONE}"),
        (3, "user_id", "is another than that of person 1"),
        (5, "email", "is not an email address"),
    ]  # fmt: skip
    assert office.desk.person("u1").person.name == ""


def test_a_user_id_comes_to_whom_the_email_tells(office):
    first = take(office, ["a@b.c", "Anna"])
    take(office, ["a@b.c", "", "u7"], key="user_id")
    assert counts(first) == {"new": 1}
    assert office.desk.person("u7").person.id == 1


def test_an_address_that_was_only_typed_tells_nobody_unless_it_is_asked_for(office):
    office.journal.append_sync([_typed(office, "browser-1", "a@b.c", "+4790000001")])
    office.digest()
    assert counts(take(office, ["a@b.c", "Anna"])) == {"new": 1}
    office.journal.append_sync([_typed(office, "browser-2", "z@b.c", "+47 9000 0002")])
    office.digest()
    assert counts(take(office, ["z@b.c", "Zoe"], typed=True)) == {"updated": 1}
    assert counts(take(office, ["", "Zoé", "", "+4790000002"], key="phone", typed=True)) == {
        "updated": 1
    }
    office.journal.append_sync([_typed(office, "browser-3", "q@b.c", "1234567")])
    office.journal.append_sync([_typed(office, "browser-4", "q@b.c", "1234567")])
    office.digest()
    told = take(office, ["q@b.c", "Q"], typed=True)
    assert "several people" in told.last[0].reason


def _typed(office, visitor, email, phone):
    import msgspec  # noqa: PLC0415

    from mautod.core.envelope import Request  # noqa: PLC0415

    item = {
        "type": "identify",
        "anonymousId": visitor,
        "messageId": visitor,
        "traits": {"email": email, "phone": phone},
    }
    return Request(office.now, "site", "identify", "", msgspec.json.encode(item))


def test_a_no_always_wins_over_a_consent_in_a_file(office):
    for number in range(5):
        office.know(f"u{number}", email=f"{number}@b.c")
    office.desk.unsubscribe(wire.UnsubscribeAsk("u0", topic="offers"))
    office.desk.unsubscribe(wire.UnsubscribeAsk("u1"))
    office.desk.unsubscribe(wire.UnsubscribeAsk("gone@b.c", topic="offers"))
    office.desk.unsubscribe(wire.UnsubscribeAsk("u2", topic="news"))
    office.desk.suppress(wire.SuppressAsk("3@b.c", reason="bounce"))
    file = [[f"{number}@b.c", "x"] for number in range(5)] + [["gone@b.c"], ["new@b.c"]]
    told = take(office, *file, topic="offers", consent="form 2024")
    assert counts(told) == {"new": 2, "updated": 5, "subscribed": 3, "declined": 4}
    yes = rows(office, "SELECT person_id, topic, source FROM consent WHERE state = 'subscribed'")
    assert yes == [
        (3, "offers", "form 2024"),
        (5, "offers", "form 2024"),
        (7, "offers", "form 2024"),
    ]
    assert rows(office, "SELECT count(*) FROM consent WHERE state = 'unsubscribed'") == [(3,)]
    again = take(office, *file, topic="offers", consent="another form", digest="e")
    assert counts(again) == {"same": 7, "declined": 4}


def test_an_erased_address_does_not_come_back_by_a_file(office):
    office.know("u1", email="anna@b.c", phone="+4790000001")
    office.desk.erase("u1", wire.EraseAsk())
    told = take(office, ["Anna@b.c", "Anna"], ["b@b.c", "", "", "+4790000001"], ["c@b.c"])
    assert counts(told) == {"new": 1, "refused": 2}
    assert "erased" in told.last[0].reason


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"topic": "ofers", "consent": "x"}, "Did you mean offers"),
        ({"topic": "offers"}, "where people said yes"),
        ({"consent": "x"}, "--topic"),
        ({"segment": "nope"}, "no segment"),
        ({"known": "replace"}, "neither"),
        ({"tags": [" x"]}, "no tag"),
        ({"heads": ["a"]}, "no column"),
        ({"map": ["x=y"]}, "no column 'x'"),
    ],
)
def test_what_makes_no_sense_is_told_before_anybody_is_taken(office, more, words):
    with pytest.raises((BadInput, NotFound), match=words):
        office.desk.begin_import(ask(**more))
    assert office.desk.imports().items == []


def test_a_dry_run_counts_and_does_nothing(office):
    office.segment("oslo", 'city = "Oslo"')
    office.know("u1", email="a@b.c")
    before = rows(office, "SELECT * FROM person"), rows(office, "SELECT * FROM event")
    told = take(office, ["a@b.c", "Anna"], ["b@b.c", "", "", "", "Oslo"], ["x"], dry=True)
    assert (counts(told), told.state) == ({"new": 1, "updated": 1, "refused": 1}, "dry")
    assert [(each.line, each.what, each.mark > 0) for each in told.lines] == [
        (2, "updated", False),
        (3, "new", True),
    ]
    assert (rows(office, "SELECT * FROM person"), rows(office, "SELECT * FROM event")) == before
    assert office.desk.imports().items == []


def test_lines_that_do_not_follow_are_not_taken(office):
    begun = office.desk.begin_import(ask())
    one = wire.ImportRows(0, 500, [(2, ["a@b.c", "", "", "", ""])])
    office.desk.import_rows(begun.id, one)
    with pytest.raises(Conflict, match="elsewhere"):
        office.desk.import_rows(begun.id, one)
    for wrong in (wire.ImportRows(500, 400, []), wire.ImportRows(500, SIZE + 1, [])):
        with pytest.raises(BadInput):
            office.desk.import_rows(begun.id, wrong)
    with pytest.raises(NotFound):
        office.desk.import_rows(99, one)
    assert rows(office, "SELECT count(*) FROM person") == [(1,)]


def test_a_file_that_is_not_done_goes_on_and_one_that_is_done_begins_anew(office):
    begun = office.desk.begin_import(ask())
    office.desk.import_rows(begun.id, wire.ImportRows(0, 500, [(2, ["x", "", "", "", ""])]))
    again = office.desk.begin_import(ask())
    assert (again.id, again.place, again.counts.refused, again.last[0].line) == (
        begun.id,
        500,
        1,
        2,
    )
    assert again.columns == begun.columns
    assert office.desk.begin_import(ask(tags=["x"])).id != begun.id
    office.desk.import_rows(begun.id, wire.ImportRows(500, SIZE, []))
    assert office.desk.begin_import(ask()).id != begun.id


PEOPLE = ("a@b.c", "b@b.c", "c@b.c", "nonsense")
LINES = st.lists(
    st.tuples(st.sampled_from(PEOPLE), st.sampled_from(("Anna", "Bo", ""))).map(list), max_size=12
)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(LINES, st.lists(st.integers(0, 12), max_size=3), st.booleans())
def test_wherever_a_file_is_cut_it_comes_to_the_same(tmp_path_factory, lines, cuts, update):
    whole, parts = (Office.new(tmp_path_factory.mktemp("shop") / "x") for _ in range(2))
    known = "update" if update else "skip"
    cells = [(at, [*row, "", "", ""]) for at, row in enumerate(lines, 2)]
    ends = sorted({min(cut, len(cells)) for cut in cuts} | {0, len(cells)})
    one = ask(size=len(cells) + 1, known=known)
    begun = whole.desk.begin_import(one)
    whole.desk.import_rows(begun.id, wire.ImportRows(0, len(cells) + 1, cells))
    for first, last in zip(ends, [*ends[1:], len(cells) + 1], strict=True):
        begun = parts.desk.begin_import(one)
        assert begun.place == first
        parts.desk.import_rows(begun.id, wire.ImportRows(first, last, cells[first:last]))
    assert _all(parts) == _all(whole)
    whole.close()
    parts.close()


def _all(office: Office):
    tables = ("person", "identity", "word", "consent", "counter")
    found = {table: rows(office, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}
    found["history"] = rows(
        office,
        "SELECT e.person_id, n.name, e.props FROM event e JOIN event_name n ON n.id = e.name_id"
        " ORDER BY 1, 2, 3",
    )
    return found, [counts(each) for each in office.desk.imports().items]


def test_a_step_costs_the_same_statements_however_many_lines_it_has(office):
    def statements(count, start):
        begun = office.desk.begin_import(ask(digest=str(count)))
        some = [(n, [f"p{start + n}@b.c", "Anna", "", "", ""]) for n in range(2, count + 2)]
        asked: list[str] = []
        with office.db.write() as tx:
            tx.set_trace_callback(asked.append)
        office.desk.import_rows(begun.id, wire.ImportRows(0, SIZE, some))
        office.db.read().set_trace_callback(None)
        return len([sql for sql in asked if sql.lstrip().startswith("SELECT")])

    statements(1, 5000)  # names of events and rules are read once
    assert statements(300, 0) == statements(3, 1000)


def test_the_limit_of_a_step_is_told(office, monkeypatch):
    monkeypatch.setattr(imports, "MOST", 1)
    begun = office.desk.begin_import(ask())
    two = [(2, ["a@b.c", "", "", "", ""]), (3, ["b@b.c", "", "", "", ""])]
    with pytest.raises(BadInput, match="at most 1"):
        office.desk.import_rows(begun.id, wire.ImportRows(0, SIZE, two))


def many(office: Office, count: int) -> wire.Import:
    begun = office.desk.begin_import(ask())
    some = [(n, [f"p{n}@b.c", f"Anna {n}", "", "", ""]) for n in range(2, count + 2)]
    return office.desk.import_rows(begun.id, wire.ImportRows(0, SIZE, some))


def test_of_many_people_words_come_soon_after_and_a_search_says_so(office, monkeypatch):
    monkeypatch.setattr(imports, "AT_ONCE", 3)
    monkeypatch.setattr(words, "ALONE", 2)
    many(office, 5)
    page = office.desk.people("anna")
    assert (page.items, page.warnings) == ([], ["5 people of an import are not found by words yet"])
    with pytest.raises(Unavailable, match="5 people"):
        office.desk.bulk(wire.BulkAsk("tag", "+a", "anna"))
    assert office.desk.settle_words().left == 3
    assert [each.id for each in office.desk.people("anna").items] == [2, 1]
    assert [office.desk.settle_words().left for _ in range(3)] == [1, 0, 0]
    page = office.desk.people("anna")
    assert ([each.id for each in page.items], page.warnings) == ([5, 4, 3, 2, 1], [])


def test_words_that_come_later_are_those_that_people_have_then(office, monkeypatch):
    monkeypatch.setattr(imports, "AT_ONCE", 3)
    many(office, 5)
    office.desk.change("1", wire.ChangeAsk(set={"name": "Boris"}))
    office.digest()
    office.desk.merge("2", wire.MergeAsk("3"))
    office.desk.settle_words()
    assert [each.id for each in office.desk.people("anna").items] == [5, 4, 2]
    assert [each.id for each in office.desk.people("boris").items] == [1]


def test_who_is_looked_up_by_a_typed_phone_is_found_though_they_have_just_come(office, monkeypatch):
    monkeypatch.setattr(imports, "AT_ONCE", 0)
    take(office, ["a@b.c", "", "", "+7 912 3456789"])
    take(office, ["", "Anna", "", "+79123456789"], key="phone", typed=True, digest="e")
    assert [each.name for each in office.desk.people("").items] == ["Anna"]


def test_an_import_that_is_given_up_never_goes_on_and_the_file_begins_anew(office):
    begun = office.desk.begin_import(ask())
    office.desk.import_rows(begun.id, wire.ImportRows(0, 500, [(2, ["a@b.c", "", "", "", ""])]))
    office.later("2h")
    dropped = office.desk.drop_import(begun.id)
    assert (dropped.state, dropped.place, office.now - dropped.moved_at) == (
        "dropped",
        500,
        2 * HOUR,
    )
    with pytest.raises(Conflict, match="given up"):
        office.desk.import_rows(begun.id, wire.ImportRows(500, SIZE, []))
    with pytest.raises(Conflict, match="given up before"):
        office.desk.drop_import(begun.id)
    again = office.desk.begin_import(ask())
    assert (again.place, again.id) == (0, begun.id + 1)
    assert office.desk.person("a@b.c").person.email == "a@b.c"


def test_what_is_done_or_was_never_begun_is_not_given_up(office):
    told = take(office, ["a@b.c"])
    with pytest.raises(Conflict, match="is done"):
        office.desk.drop_import(told.id)
    with pytest.raises(NotFound):
        office.desk.drop_import(99)


def test_a_file_that_was_cut_off_before_its_words_were_written_is_not_read_again(
    office, monkeypatch
):
    monkeypatch.setattr(imports, "AT_ONCE", 0)
    told = many(office, 2)
    again = office.desk.begin_import(ask())
    assert (again.id, again.state, again.place) == (told.id, "done", SIZE)
    office.desk.settle_words()
    assert office.desk.begin_import(ask()).id == told.id + 1
