from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from office_kit import Office

from mautod.errors import BadInput
from mautod.store.db import Database
from mautod.store.people import duplicates


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    yield made
    made.close()


def put(office, *people):
    """People as they are stored: two may come to share what nobody proved."""
    with office.db.write() as tx:
        tx.executemany(
            "INSERT INTO person (id, created_at, email, phone, name, merged_into, erased_at)"
            " VALUES (:id, 1, :email, :phone, :name, :merged_into, :erased_at)",
            [dict.fromkeys(("email", "phone", "name", "merged_into", "erased_at")) | p for p in people],
        )  # fmt: skip


def groups(page):
    return [(each.value, each.size, [p.id for p in each.people]) for each in page.items]


def test_two_writings_of_one_email_phone_or_name_are_the_same(office):
    put(
        office,
        {"id": 1, "email": "A@example.com", "phone": "+7 (912) 345-67-89", "name": "Анна "},
        {"id": 2, "email": "a@Example.com", "phone": "79123456789", "name": "анна"},
        {"id": 3, "email": "b@example.com", "phone": "79123456780", "name": "Anna"},
    )
    assert groups(office.desk.duplicates()) == [("a@example.com", 2, [1, 2])]
    assert groups(office.desk.duplicates("phone")) == [("79123456789", 2, [1, 2])]
    assert groups(office.desk.duplicates("name")) == [("анна", 2, [1, 2])]


def test_the_absorbed_the_erased_and_the_nameless_are_nobodys_duplicates(office):
    put(
        office,
        {"id": 1, "email": "a@example.com", "name": "", "phone": "+"},
        {"id": 2, "email": "a@example.com", "name": "", "phone": "-", "merged_into": 1},
        {"id": 3, "email": "a@example.com", "name": " ", "erased_at": 1},
        {"id": 4},
        {"id": 5},
    )
    assert [office.desk.duplicates(by).items for by in ("email", "phone", "name")] == [[], [], []]


def test_a_large_group_is_counted_whole_and_shown_in_part(office):
    put(office, *({"id": n, "name": "Test"} for n in range(1, 31)))
    (group,) = office.desk.duplicates("name").items
    assert (group.size, [p.id for p in group.people]) == (30, list(range(1, 11)))


def test_pages_join_up_without_gap_or_repeat(office):
    put(office, *({"id": n, "email": f"p{n // 2}@example.com"} for n in range(2, 22)))
    seen, after = [], ""
    while after is not None:
        page = office.desk.duplicates(after=after, limit=3)
        seen += [each.value for each in page.items]
        after = page.next
    assert seen == sorted(f"p{n}@example.com" for n in range(1, 11))


def test_other_things_are_not_compared(office):
    with pytest.raises(BadInput, match="user_id"):
        office.desk.duplicates("user_id")


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    made = Database(tmp_path_factory.mktemp("duplicates") / "mautod.db").open()
    yield made
    made.close()


NAMES = st.none() | st.sampled_from(["Anna", "anna", "ANNA ", "Ёж", "ёж", "", "Bo"])


@settings(max_examples=60, deadline=None)
@given(st.lists(NAMES, max_size=25))
def test_the_report_says_what_a_plain_count_says(db, names):
    with db.write() as tx:
        tx.execute("DELETE FROM person")
        tx.executemany(
            "INSERT INTO person (id, created_at, name) VALUES (?, 1, ?)", enumerate(names, 1)
        )
    wanted = defaultdict(list)
    for number, name in enumerate(names, 1):
        if name:
            wanted[name.lower().strip()].append(number)
    found = duplicates.shared(db.read(), "name", "", 100, 1)
    assert [(d.value, d.size, [p.id for p in d.people]) for d in found] == [
        (name, len(ids), ids[:10]) for name, ids in sorted(wanted.items()) if len(ids) > 1
    ]


def test_emails_are_read_in_the_order_of_their_index(db):
    sql = duplicates._SHARED.format(key=duplicates.KEYS["email"], by="email")
    asked = {"after": "", "limit": 9, "shown": 9}
    plan = db.read().execute(f"EXPLAIN QUERY PLAN {sql}", asked).fetchall()
    assert any("USING INDEX person_email" in row[3] for row in plan), plan
