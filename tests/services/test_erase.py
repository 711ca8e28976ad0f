"""Nobody who was erased is found in any file, and the books of the campaigns stay right."""

from __future__ import annotations

import json

import pytest
from full_house import fill, post
from office_kit import Office

from mautod import wire
from mautod.config import load
from mautod.errors import NotFound
from mautod.services.doctor import examine
from mautod.services.lease import DIGEST
from mautod.services.people.erase import Eraser, forget_letters
from mautod.store import state
from mautod.store.db import Database
from mautod.store.journal import Journal
from mautod.store.mail.vault import Vault
from mautod.store.people import erasures
from mautod.store.people.belongings import BLANKED, COUNTED, FOLLOWING, KEYED, LISTED

SECRETS = (
    "anna@example.com",
    "Anna-Lisa",
    "user-anna",
    "browser-anna",
    "+4790000001",
    "Grünerløkka",
)


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    config = made.folder / "config.toml"
    config.write_text(config.read_text() + '[channels.email]\nurl = "maildir:outbox"\n')
    made.close()
    made = reopened(made)
    yield made
    made.close()


def reopened(office: Office) -> Office:
    settings = load(office.folder)
    data = settings.data
    return Office(
        settings, Database(data / "mautod.db").open(), Journal(data / "journal.db").open()
    )


def found_in(office: Office, texts=SECRETS) -> list[tuple[str, str]]:
    files = [
        path
        for place in ("data", "outbox")
        for path in (office.folder / place).rglob("*")
        if path.is_file()
    ]
    return [
        (path.name, text)
        for path in files
        for text in texts
        if {text.encode(), text.lower().encode(), json.dumps(text)[1:-1].encode()}
        & {
            form
            for form in (text.encode(), text.lower().encode(), json.dumps(text)[1:-1].encode())
            if form in path.read_bytes()
        }
    ]


def test_nothing_of_the_person_is_left_in_any_file(office):
    fill(office)
    assert {text for _, text in found_in(office)} == set(SECRETS)
    done = office.desk.erase("user-anna", wire.EraseAsk())
    assert (done.stage, done.messages, done.letters) == ("done", 2, 2)
    assert done.requests > 0
    assert found_in(office) == []
    with pytest.raises(NotFound):
        office.desk.person("user-anna")


def test_every_table_forgets_them_but_for_the_numbers_of_campaigns(office):
    anna = fill(office)
    office.desk.erase("user-anna", wire.EraseAsk())
    tx = office.db.read()
    for table in {each.table for each in (*LISTED, *KEYED)} | COUNTED | FOLLOWING:
        count = tx.execute(f"SELECT count(*) FROM {table} WHERE person_id = ?", (anna,)).fetchone()[
            0
        ]
        assert bool(count) == (table in BLANKED), table
    assert tx.execute("SELECT count(*) FROM merge").fetchone() == (0,)


def test_money_and_sizes_and_other_people_stay_right(office):
    fill(office)
    goals, boris = office.desk.goals(), office.desk.person("user-boris")
    office.desk.erase("user-anna", wire.EraseAsk())
    office.digest()
    after = office.desk.goals()
    assert (after.money, after.goals, after.rows) == (goals.money, goals.goals, goals.rows)
    assert office.desk.person("user-boris") == boris
    sizes = {s.key: s.size for s in office.desk.segments().items}
    assert sizes == {"known": 1, "west": 0, "friends": 1}
    assert office.desk.status().people == 1
    names = {n.name: n.count for n in office.desk.event_names().items}
    stored = office.db.read().execute(
        "SELECT n.name, count(*) FROM event e JOIN event_name n ON n.id = e.name_id GROUP BY 1"
    )
    assert names == dict(stored.fetchall())


def test_what_was_not_digested_yet_goes_too_and_others_in_the_batch_come_in(office):
    fill(office)
    post(
        office,
        {"type": "track", "event": "Late", "anonymousId": "browser-anna"},
        {"type": "track", "event": "Late", "userId": "user-boris"},
    )
    office.desk.erase("user-anna", wire.EraseAsk())
    office.digest()
    assert found_in(office) == []
    assert office.desk.count("Late").count == 1
    assert office.desk.status().rejected == 0


def test_an_address_that_comes_back_is_suppressed(office):
    fill(office)
    office.desk.erase("user-anna", wire.EraseAsk())
    back = office.know("user-new", email="anna@example.com")
    assert office.desk.person(str(back)).suppressed == {"email": "complaint"}
    assert {s.address for s in office.desk.suppressions().items} == {""}
    phones = office.db.read().execute("SELECT count(*) FROM suppression WHERE reason = 'erased'")
    assert phones.fetchone()[0] >= 1


def test_a_dry_run_says_what_would_go_and_does_nothing(office):
    fill(office)
    twin = office.know("user-twin", email="anna@example.com")
    before = office.desk.person("user-anna")
    found = office.desk.erase("user-anna", wire.EraseAsk(dry=True))
    assert (found.stage, found.events, found.messages, found.same_address) == (
        "preview",
        before.events,
        2,
        [twin],
    )
    assert office.desk.person("user-anna") == before
    assert office.desk.erasures().items == []


@pytest.mark.parametrize("lives", range(1, 7))
def test_an_erasure_that_was_killed_goes_on_where_it_was(office, lives):
    anna = fill(office)
    with office.db.write() as tx:
        erasures.ask(tx, anna, erasures.weigh(tx, [anna]), office.now)
    for _ in range(lives):
        eraser(office).step(office.now)
    checks = {f.check: f.level for f in examine(office.folder, office.now + 120_000).findings}
    done = office.desk.erasures().items[0].done_at is not None
    assert checks["erasures"] == ("ok" if done else "wrong")
    while eraser(office).step(office.now):
        pass
    assert found_in(office) == []
    assert office.desk.erasures().items[0].stage == "done"


def test_a_letter_in_a_connection_is_waited_for(office):
    anna = fill(office)
    office.settle(1, "sending", lease_until=office.now + 1000)
    with office.db.write() as tx:
        erasures.ask(tx, anna, (0, 0), office.now)
    assert eraser(office).step(office.now) == 0
    assert eraser(office).step(office.now + 2000) == 1


def test_the_desk_leaves_the_work_to_a_worker_that_runs(office):
    fill(office)
    with office.db.write() as tx:
        state.take_lease(tx, DIGEST, "elsewhere/1/x", office.now, 10_000)
    assert office.desk.erase("user-anna", wire.EraseAsk()).stage == "asked"
    with pytest.raises(NotFound, match="was erased"):
        office.desk.person("user-anna")
    office.did("user-anna", "Late")
    assert office.desk.count("Late").count == 0


def eraser(office: Office) -> Eraser:
    vault = Vault(office.settings.attachments)
    return Eraser(office.db, office.journal, forget_letters(office.settings), files=vault)
