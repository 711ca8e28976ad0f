"""People found by words: who, in which order, and whatever became of them."""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_kit import Office

from mautod import wire
from mautod.core.people.person import Card
from mautod.core.people.words import terms
from mautod.core.people.words import words as words_of
from mautod.store.db import Database
from mautod.store.people import identities as people
from mautod.store.people import words


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def sought(office: Office, query: str, **more) -> list[int]:
    return [person.id for person in office.desk.people(query, **more).items]


def stored(db: Database) -> list[tuple[str, int]]:
    return db.read().execute("SELECT word, person_id FROM word ORDER BY 1, 2").fetchall()


def made_anew(db: Database) -> list[tuple[str, int]]:
    """The words that a migration would write now."""
    rows = db.read().execute(
        "SELECT id, name, email, phone, user_id FROM person"
        " WHERE merged_into IS NULL AND erased_at IS NULL"
    )
    return sorted((word, row[0]) for row in rows for word in words_of(*row[1:]))


def test_every_typed_word_must_begin_one_of_theirs(office):
    anna = office.know("u1", email="Anna@Example.com", name="Анна Петрова", phone="+7 912 1112233")
    other = office.know("u2", email="petrov@example.com", name="Анна Ли")
    for query in ("анна петр", "петр Анн", "8 912 111", "anna@ex", "example.com петрова"):
        assert sought(office, query) == [anna], query
    assert sought(office, "анна example") == [other, anna]
    assert sought(office, "етрова") == sought(office, "анна зоя") == sought(office, "- '") == []


def test_whose_id_or_address_it_is_stands_first_and_once(office):
    first = office.know("u1", email="one@example.com")
    for number in range(6):
        office.know(f"u1{number}", email=f"more{number}@example.com")
    assert sought(office, "u1")[0] == first
    assert len(sought(office, "u1")) == 7
    assert sought(office, str(first))[0] == first
    pages = [office.desk.people("u1", limit=1)]
    while pages[-1].next is not None:
        pages.append(office.desk.people("u1", after=pages[-1].next, limit=1))
    assert [page.items[0].id for page in pages] == sought(office, "u1")


def test_a_visitor_is_found_by_the_whole_anonymous_id_alone(office):
    office.visit("browser-77")
    (visitor,) = sought(office, "browser-77")
    assert sought(office, "browser") == []
    assert sought(office, str(visitor)) == [visitor]


def test_who_changes_the_name_is_found_by_the_new_one_alone(office):
    anna = office.know("u1", name="Anna Petrova")
    office.know("u1", name="Anna Ivanova")
    assert (sought(office, "petrova"), sought(office, "ivanova")) == ([], [anna])
    office.desk.change("u1", wire.ChangeAsk(set={"name": None}))
    office.digest()
    assert sought(office, "anna") == []
    assert stored(office.db) == made_anew(office.db)


def test_the_absorbed_and_the_erased_are_not_found_and_who_parts_is_found_again(office):
    anna = office.know("u1", name="Anna", email="anna@example.com")
    boris = office.know("u2", name="Boris", phone="+4790000001")
    office.desk.merge("u1", wire.MergeAsk("u2"))
    office.digest()
    assert sought(office, "boris") == []
    assert sought(office, "900") == [anna]
    assert stored(office.db) == made_anew(office.db)
    office.desk.unmerge("u1", wire.UnmergeAsk())
    office.digest()
    assert sought(office, "boris") == sought(office, "900") == [boris]
    assert stored(office.db) == made_anew(office.db)
    office.desk.erase("u2", wire.EraseAsk())
    assert sought(office, "boris") == sought(office, "u2") == []
    assert {person for _, person in stored(office.db)} == {anna}


def test_a_bulk_act_is_about_those_whom_the_search_lists(office):
    anna = office.know("u1", name="Anna Petrova")
    office.know("u2", name="Hanna")
    asked = office.desk.bulk(wire.BulkAsk("tag", "+a", "anna"))
    assert (asked.total, sought(office, "anna")) == (1, [anna])


def test_words_are_written_only_where_they_changed(office):
    office.know("u1", name="Anna", email="anna@example.com")
    (card,) = people.load(office.db.read(), [1]).values()
    with office.db.write() as tx:
        asked: list[str] = []
        tx.set_trace_callback(asked.append)
        card.put("city", "Oslo")
        card.put("last_seen", office.now)
        people.save(tx, [card])
        assert not [sql for sql in asked if "word" in sql]
        card.put("phone", "+4790000001")
        people.save(tx, [card])
        tx.set_trace_callback(None)
    assert len([sql for sql in asked if "INSERT INTO word" in sql]) == 2
    assert not [sql for sql in asked if "DELETE FROM word" in sql]


def test_the_migration_finds_everybody_who_was_there_before(tmp_path):
    db = Database(tmp_path / "mautod.db").open()
    with db.write() as tx:
        people.save(tx, [_card(n, f"Anna {n}", f"a{n}@example.com", None) for n in range(1, 40)])
        tx.execute("UPDATE person SET merged_into = 1 WHERE id = 5")
        tx.execute("UPDATE person SET erased_at = 1 WHERE id = 6")
        tx.execute("DROP TABLE word")
        tx.execute("DELETE FROM schema_migration WHERE name LIKE '0008%'")
    db.open()
    assert stored(db) == made_anew(db)
    assert len({person for _, person in stored(db)}) == 37
    db.close()


NAMES = ("Anna", "Анна", "Ann-Marie", "Boris", "Bo", "O'Neil", "Zoë", "")
CARDS = st.tuples(
    st.lists(st.sampled_from(NAMES), max_size=2).map(" ".join),
    st.sampled_from(("anna@a.example", "ann.b@b.example", "bo@a.example", None)),
    st.sampled_from(("+79121112233", "+4790000001", None)),
)
QUERIES = st.lists(
    st.sampled_from(("a", "an", "анн", "bo", "b", "neil", "a.example", "7912", "zo", "x")),
    min_size=1,
    max_size=3,
).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(CARDS, min_size=1, max_size=30),
    QUERIES,
    st.tuples(st.integers(0, 40), st.integers(0, 40), st.integers(1, 12)),
)
def test_it_is_everybody_who_matches_however_common_a_word_is(told, query, bounds):
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        for name, bound in zip(("FEW", "MANY", "STRETCH"), bounds, strict=True):
            patch.setattr(words, name, bound)
        db = Database(Path(folder) / "mautod.db").open()
        with db.write() as tx:
            people.save(tx, [_card(number, *row) for number, row in enumerate(told, 1)])
        expected = [
            number
            for number, row in reversed(list(enumerate(told, 1)))
            if _matches(query, words_of(row[0], row[1], row[2], None))
        ]
        assert list(_in_pages(db, query)) == expected
        db.close()


def _card(number: int, name: str, email: str | None, phone: str | None) -> Card:
    return Card(number, 1, name=name or None, email=email, phone=phone, fresh=True)


def _matches(query: str, held: list[str]) -> bool:
    return all(
        any(word.startswith(beginning) for word in held for beginning in term)
        for term in terms(query)
    )


def _in_pages(db: Database, query: str):
    before = None
    while True:
        page = words.find(db.read(), terms(query), before, 4)
        yield from page
        if len(page) < 4:
            return
        before = page[-1]


def test_pages_hold_what_they_are_asked_for(office):
    ids = [office.know(f"u{number}", name=f"Anna {number}") for number in range(7)]
    first = office.desk.people("anna", limit=3)
    second = office.desk.people("anna", after=first.next, limit=3)
    third = office.desk.people("anna", after=second.next, limit=3)
    found = [[person.id for person in page.items] for page in (first, second, third)]
    assert found == [list(islice(reversed(ids), at, at + 3)) for at in (0, 3, 6)]
    assert third.next is None
