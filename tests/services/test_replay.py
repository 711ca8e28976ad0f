"""History through a chain: who would have got what and when, without a word to anybody."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from simulate_kit import CART, Files

from mautod.cli import cli
from mautod.clock import now_ms
from mautod.duration import DAY, HOUR, MINUTE
from mautod.errors import DefinitionErrors, NotFound
from mautod.services.definitions.apply import apply
from mautod.services.delivery.consent import FromPerson, unsubscribe
from mautod.services.simulate.replay import Asked, replay
from mautod.store.db import Database
from mautod.store.events import Fresh, Names, append
from mautod.store.reports.replay import Span

END = 1_767_955_200_000  # Fri 9 Jan 2026 10:40 UTC
START = END - 7 * DAY
NOON = START + 80 * MINUTE  # Fri 2 Jan 2026 12:00 UTC


@pytest.fixture
def files(tmp_path):
    return Files.new(tmp_path / "shop")


@pytest.fixture
def db(files):
    database = Database(files.folder / "data" / "mautod.db").open()
    apply(database, files.settings.workspace, START - DAY)
    yield database
    database.close()


def person(db, email="a@x.test", created=START - 30 * DAY, **columns):
    values = {"created_at": created, "email": email, **columns}
    with db.write() as tx:
        names = ", ".join(values)
        marks = ", ".join("?" * len(values))
        sql = f"INSERT INTO person ({names}) VALUES ({marks}) RETURNING id"
        return tx.execute(sql, tuple(values.values())).fetchone()[0]


def did(db, who, name, at, **props):
    with db.write() as tx:
        append(tx, [Fresh(who, name, at, at, None, props)], Names().ids(tx, [name]))


def walk(files, db, chain="cart", against=None):
    return replay(files.settings, db, Asked(chain, Span(START, END), against))


def sent(found):
    return [(one.person, one.template, one.at) for one in found.sample if one.state == "sent"]


def test_who_left_a_cart_would_have_got_both_letters(files, db):
    did(db, person(db), "Product Added", NOON)
    found = walk(files, db)
    assert (found.events, found.outcome.entered, found.outcome.ends) == (1, 1, {"finished": 1})
    (first, second) = sent(found.outcome)
    assert first[:2] == ("a@x.test", "cart-1")
    assert 0 <= first[2] - (NOON + HOUR) <= 2 * found.stride_ms
    assert 0 <= second[2] - (NOON + 25 * HOUR) <= 4 * found.stride_ms


def test_nothing_is_written_but_in_a_house_for_a_while(files, db):
    did(db, person(db), "Product Added", NOON)
    before = sorted((path, path.stat().st_size) for path in files.folder.rglob("*"))
    count = db.read().execute("SELECT count(*) FROM run").fetchone()
    walk(files, db)
    assert sorted((path, path.stat().st_size) for path in files.folder.rglob("*")) == before
    assert db.read().execute("SELECT count(*) FROM run").fetchone() == count


def test_an_order_reaches_the_goal_and_calls_the_second_letter_back(files, db):
    who = person(db)
    did(db, who, "Product Added", NOON)
    did(db, who, "Order Completed", NOON + 3 * HOUR, total=10)
    outcome = walk(files, db).outcome
    assert outcome.ends == {"goal": 1}
    assert [template for _, template, _ in sent(outcome)] == ["cart-1"]


def test_a_no_counts_from_when_it_was_said(files, db):
    early, late = person(db, "early@x.test"), person(db, "late@x.test")
    for who, at in ((early, NOON - HOUR), (late, NOON + 5 * HOUR)):
        did(db, who, "Product Added", NOON)
        unsubscribe(db, FromPerson(who), at, topic="offers", source="link")
    outcome = walk(files, db).outcome
    assert [(who, template) for who, template, _ in sent(outcome)] == [("late@x.test", "cart-1")]
    assert {(one.step, one.verdict, one.reason, one.count) for one in outcome.verdicts} == {
        ("first", "refuse", "unsubscribed", 1),
        ("first", "pass", "", 1),
        ("second", "refuse", "unsubscribed", 2),
    }


def test_the_window_of_each_persons_zone_holds(files, db):
    did(db, person(db, timezone="Asia/Tokyo"), "Product Added", NOON)
    found = walk(files, db)
    assert 0 <= sent(found.outcome)[0][2] - (NOON + 13 * HOUR) <= found.stride_ms


def test_what_lies_before_is_known_and_starts_nothing(files, db):
    files.write(
        "workspace/chains/cart.toml",
        CART.replace("email is known", 'did "Order Completed" >= 2 times'),
    )
    old, new = person(db, "old@x.test"), person(db, "new@x.test")
    for days in (20, 10):
        did(db, old, "Order Completed", START - days * DAY)
        did(db, old, "Product Added", START - days * DAY)
    did(db, old, "Product Added", NOON)
    did(db, new, "Product Added", NOON)
    outcome = walk(files, db).outcome
    assert outcome.entered == 1
    assert {who for who, _, _ in sent(outcome)} == {"old@x.test"}


def test_people_come_into_being_when_they_did(files, db):
    files.write(
        "workspace/segments.toml", "[new]\nrule = 'email is known and first_seen in last 3d'\n"
    )
    files.write(
        "workspace/chains/welcome.toml",
        'name = "W"\ntopic = "news"\nenter = { segment = "new" }\n[[step]]\nsend = "cart-1"\n',
    )
    person(db, "old@x.test", first_seen=START - 30 * DAY)
    person(db, "new@x.test", created=NOON, first_seen=NOON)
    (only,) = sent(walk(files, db, "welcome").outcome)
    assert only[0] == "new@x.test"
    assert 0 <= only[2] - NOON <= MINUTE * 4


def test_who_was_erased_or_absorbed_is_not_there(files, db):
    gone = person(db, "gone@x.test", erased_at=START)
    did(db, gone, "Product Added", NOON)
    assert sent(walk(files, db).outcome) == []


def test_two_versions_are_compared_message_by_message(files, db):
    files.edit("chains/cart.toml", 'wait = "1h"', 'wait = "5h"')
    files.edit(
        "chains/cart.toml", 'id   = "second"\nsend = "cart-2"', 'id   = "second"\nexit = "enough"'
    )
    who, quick = person(db), person(db, "quick@x.test")
    did(db, who, "Product Added", NOON)
    did(db, quick, "Product Added", NOON)
    did(db, quick, "Order Completed", NOON + 2 * HOUR)
    found = walk(files, db, against=1)
    assert (found.outcome.version, found.against.version) == ("as in the files", "v1")
    compared = found.comparison
    assert (compared.same, compared.later, compared.only_now, compared.only_then) == (0, 1, 0, 2)
    apart = {
        (one.person_id, one.template): (one.now is None, one.then is None)
        for one in compared.sample
    }
    assert apart == {
        (who, "cart-1"): (False, False),
        (who, "cart-2"): (True, False),
        (quick, "cart-1"): (True, False),
    }


def test_the_same_version_differs_in_nothing(files, db):
    for number in range(20):
        did(db, person(db, f"{number}@x.test"), "Product Added", NOON + number * HOUR)
    found = walk(files, db, against=1)
    assert (found.comparison.same, found.comparison.sample) == (40, [])
    assert found.outcome.steps == found.against.steps


def test_only_what_the_chain_listens_to_is_read(files, db):
    who = person(db)
    for minute in range(50):
        did(db, who, "Page Viewed", NOON + minute * MINUTE)
    assert walk(files, db).events == 0


@pytest.mark.parametrize(
    ("chain", "against", "said"), [("card", None, "no chain"), ("cart", 9, "no version 9")]
)
def test_what_is_not_there_is_said(files, db, chain, against, said):
    with pytest.raises(NotFound, match=said):
        walk(files, db, chain, against)


def test_wrong_files_are_refused(files, db):
    files.edit("chains/cart.toml", "cart-2", "cart-9")
    with pytest.raises(DefinitionErrors):
        walk(files, db)


def test_the_command_tells_it_by_step_with_a_sample(files, db):
    who = person(db, created=now_ms() - 9 * DAY)
    did(db, who, "Product Added", now_ms() - 5 * DAY)

    def run(*args):
        words = ["-C", str(files.folder), "replay", "cart", "--since", "7d", *args]
        return CliRunner().invoke(cli, words, catch_exceptions=False).stdout

    told = run()
    assert "1 entered; finished 1" in told
    assert "a@x.test" in told
    assert "3 messages are the same" not in told
    assert "2 messages are the same" in run("--against", "1")
    assert json.loads(run("--json"))["outcome"]["entered"] == 1


def test_a_replay_of_one_visit_is_what_a_simulation_says(files, db):
    """The two play the same story, the one from its script, the other from the events."""
    story = """
start = "2026-01-02 12:00"
[person]
email = "a@x.test"
[[event]]
name = "Product Added"
"""
    said = files.simulate(story)
    did(db, person(db), "Product Added", NOON)
    found = walk(files, db)
    assert [letter.template for letter in said.letters] == [one[1] for one in sent(found.outcome)]
    for letter, one in zip(said.letters, sent(found.outcome), strict=True):
        assert 0 <= one[2] - letter.at <= 4 * found.stride_ms
