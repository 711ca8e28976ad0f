"""All definitions come into force, or none."""

from __future__ import annotations

import pytest

from mautod.errors import DefinitionError, DefinitionErrors
from mautod.services.definitions.apply import apply, drift
from mautod.store import catalog
from mautod.store.chains import broadcasts
from mautod.store.db import Database
from mautod.store.segments import membership as segments
from mautod.store.segments import scores

NOW = 1_750_000_000_000
LETTER = '---\nsubject: Hello\n---\n<a href="{{ unsubscribe_url }}">Unsubscribe</a>\n'
CHAIN = """\
name  = "Cart"
topic = "offers"
enter = { event = "Product Added" }
[[step]]
send = "cart-1"
"""
SEGMENTS = """\
[named]
name = "Named"
rule = 'name is known'
[both]
rule = 'in segment "named" and email is known'
"""


@pytest.fixture
def db(tmp_path):
    database = Database(tmp_path / "mautod.db").open()
    yield database
    database.close()


@pytest.fixture
def folder(tmp_path):
    place = tmp_path / "workspace"
    for name, text in {
        "topics.toml": '[offers]\nname = "Offers"\n',
        "segments.toml": SEGMENTS,
        "chains/cart.toml": CHAIN,
        "templates/cart-1.liquid": LETTER,
        "templates/cart-1.ru.liquid": LETTER.replace("Hello", "Привет"),
    }.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    return place


def edit(folder, name, old, new):
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_chain_cannot_take_the_key_of_a_broadcast(db, folder):
    apply(db, folder, NOW)
    with db.write() as tx:
        broadcasts.put(tx, "spring", ("email is known", ""), [1], NOW)
    (folder / "chains/spring.toml").write_text(CHAIN, encoding="utf-8")
    with pytest.raises(DefinitionError, match="broadcast was called 'spring'"):
        apply(db, folder, NOW)


def test_a_letter_is_not_taken_away_while_a_broadcast_sends_it(db, folder):
    apply(db, folder, NOW)
    body = 'name = "S"\ntopic = "offers"\n[broadcast]\n[[step]]\nsend = "cart-1"\n'
    with db.write() as tx:
        catalog.put(tx, "broadcast", "spring", "broadcast spring", body, NOW)
    for path in folder.glob("templates/cart-1*"):
        path.unlink()
    (folder / "chains/cart.toml").unlink()
    with pytest.raises(DefinitionError, match="spring still sends 'cart-1'"):
        apply(db, folder, NOW)
    assert catalog.find(db.read(), "template", "cart-1") is not None
    with db.write() as tx:
        catalog.retire(tx, "broadcast", "spring")
    apply(db, folder, NOW)
    assert catalog.find(db.read(), "template", "cart-1") is None


def test_a_broadcast_is_no_file(db, folder):
    text = CHAIN.replace('enter = { event = "Product Added" }', "").replace(
        "[[step]]", "[broadcast]\n[[step]]"
    )
    (folder / "chains/spring.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionErrors, match="mautod broadcast send"):
        apply(db, folder, NOW)


def shown(changes):
    return [(change.verb, change.kind, change.key, change.version) for change in changes.items]


def add_people(db, *people):
    with db.write() as tx:
        tx.executemany("INSERT INTO person (created_at, name, email) VALUES (1, ?, ?)", people)
        tx.execute("INSERT INTO counter VALUES ('people', ?)", (len(people),))


def snapshot(db):
    tables = (
        "definition", "segment", "member", "score", "person_score", "chain", "state",
    )  # fmt: skip
    return [
        db.read().execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall() for table in tables
    ]


def chains(db):
    return db.read().execute("SELECT key, name, state, version FROM chain ORDER BY key").fetchall()


def test_the_first_apply_puts_everything_in_force(db, folder):
    assert shown(apply(db, folder, NOW)) == [
        ("added", "topic", "offers", 1),
        ("added", "segment", "named", 1),
        ("added", "segment", "both", 1),
        ("added", "template", "cart-1", 1),
        ("added", "template", "cart-1.ru", 1),
        ("added", "chain", "cart", 1),
    ]
    assert chains(db) == [("cart", "Cart", "running", 1)]
    assert [s.key for s in segments.list_segments(db.read())] == ["both", "named"]


def test_applying_again_changes_nothing(db, folder):
    apply(db, folder, NOW)
    before = snapshot(db)
    assert not apply(db, folder, NOW + 1)
    assert snapshot(db) == before


def test_a_changed_file_is_a_new_version_of_that_definition_alone(db, folder):
    apply(db, folder, NOW)
    edit(folder, "chains/cart.toml", '"Cart"', '"Basket"')
    assert shown(apply(db, folder, NOW + 1)) == [("changed", "chain", "cart", 2)]
    assert chains(db) == [("cart", "Basket", "running", 2)]


def test_the_version_of_all_grows_with_each_apply_that_changes_something(db, folder):
    apply(db, folder, NOW)
    before = catalog.version(db.read())
    apply(db, folder, NOW)
    assert catalog.version(db.read()) == before
    edit(folder, "topics.toml", "Offers", "News")
    apply(db, folder, NOW)
    assert catalog.version(db.read()) > before


def test_runs_keep_the_version_they_began_because_it_stays_readable(db, folder):
    apply(db, folder, NOW)
    old = catalog.find(db.read(), "chain", "cart")
    edit(folder, "chains/cart.toml", '"Cart"', '"Basket"')
    apply(db, folder, NOW + 1)
    assert catalog.get(db.read(), old.id).body == CHAIN


def test_what_has_no_file_any_more_is_retired(db, folder):
    apply(db, folder, NOW)
    add_people(db, ("Anna", "a@example.com"))
    (folder / "chains/cart.toml").unlink()
    edit(folder, "segments.toml", SEGMENTS, "")
    removed = {(c.verb, c.kind, c.key) for c in apply(db, folder, NOW + 1).items}
    assert removed == {
        ("removed", "chain", "cart"), ("removed", "segment", "named"), ("removed", "segment", "both"),
    }  # fmt: skip
    assert chains(db) == [("cart", "Cart", "stopped", 1)]
    assert segments.list_segments(db.read()) == []


def test_a_chain_that_comes_back_runs_again_as_a_new_version(db, folder):
    apply(db, folder, NOW)
    (folder / "chains/cart.toml").unlink()
    apply(db, folder, NOW)
    (folder / "chains/cart.toml").write_text(CHAIN)
    assert shown(apply(db, folder, NOW)) == [("added", "chain", "cart", 2)]
    assert chains(db) == [("cart", "Cart", "running", 2)]


def test_editing_a_paused_chain_does_not_set_it_running(db, folder):
    apply(db, folder, NOW)
    with db.write() as tx:
        tx.execute("UPDATE chain SET state = 'paused'")
    edit(folder, "chains/cart.toml", '"Cart"', '"Basket"')
    apply(db, folder, NOW)
    assert chains(db) == [("cart", "Basket", "paused", 2)]


def test_one_error_anywhere_and_nothing_at_all_is_applied(db, folder):
    apply(db, folder, NOW)
    before = snapshot(db)
    edit(folder, "topics.toml", "Offers", "News")
    edit(folder, "chains/cart.toml", '"Cart"', '"Basket"')
    edit(folder, "segments.toml", "name is known", "name is > known")
    with pytest.raises(DefinitionErrors):
        apply(db, folder, NOW)
    assert snapshot(db) == before


def test_a_new_segment_holds_at_once_who_belongs_in_it(db, folder):
    add_people(db, ("Anna", "a@example.com"), ("Boris", None), (None, "c@example.com"))
    apply(db, folder, NOW)
    sizes = {s.key: s.size for s in segments.list_segments(db.read())}
    assert sizes == {"named": 2, "both": 1}


def test_a_changed_segment_is_rebuilt_and_so_are_those_that_ask_it(db, folder):
    add_people(db, ("Anna", "a@example.com"), (None, "c@example.com"))
    apply(db, folder, NOW)
    edit(folder, "segments.toml", "name is known", "name is unknown")
    assert shown(apply(db, folder, NOW)) == [("changed", "segment", "named", 2)]
    assert segments.members(db.read(), "both", 0, 9) == [(2, NOW)]


def test_drift_says_what_apply_would_change_and_writes_nothing(db, folder):
    assert len(drift(db, folder).items) == 6
    apply(db, folder, NOW)
    assert not drift(db, folder)
    edit(folder, "chains/cart.toml", '"Cart"', '"Basket"')
    before = snapshot(db)
    assert [str(change) for change in drift(db, folder).items] == [
        "~ chain cart v2 (workspace/chains/cart.toml)"
    ]
    assert snapshot(db) == before


def test_a_name_that_nobody_has_seen_is_a_doubt_and_no_error(db, folder):
    add_people(db, ("Anna", "a@example.com"))
    edit(folder, "segments.toml", "name is known", "nmae is known")
    changes = apply(db, folder, NOW)
    assert any("segment named" in doubt and "nmae" in doubt for doubt in changes.warnings)


def test_doubts_are_silent_while_there_is_nobody(db, folder):
    edit(folder, "segments.toml", "name is known", "nmae is known")
    assert apply(db, folder, NOW).warnings == ()


def test_templates_are_stored_whole_with_what_they_include(db, folder):
    (folder / "templates/_foot.liquid").write_text("<p>the foot</p>\n")
    edit(folder, "templates/cart-1.liquid", "<a", "{% include '_foot' %}<a")
    apply(db, folder, NOW)
    assert "the foot" in catalog.find(db.read(), "template", "cart-1").body
    edit(folder, "templates/_foot.liquid", "the foot", "another")
    assert shown(apply(db, folder, NOW)) == [("changed", "template", "cart-1", 2)]


def test_a_named_rule_that_changes_changes_whatever_names_it(db, folder):
    (folder / "rules.toml").write_text("[reached]\nrule = 'name is known'\n")
    edit(folder, "segments.toml", "'name is known'", "'rule \"reached\"'")
    edit(folder, "chains/cart.toml", "[[step]]", "leave = 'rule \"reached\"'\n[[step]]")
    add_people(db, ("Anna", None), (None, "b@x.example"))
    apply(db, folder, NOW)
    assert segments.members(db.read(), "named", 0, 9) == [(1, NOW)]

    edit(folder, "rules.toml", "name is known", "email is known")
    changed = apply(db, folder, NOW + 1)
    assert shown(changed) == [
        ("changed", "rule", "reached", 2),
        ("changed", "segment", "named", 2),
        ("changed", "chain", "cart", 2),
    ]
    assert segments.members(db.read(), "named", 0, 9) == [(2, NOW + 1)]
    assert not drift(db, folder)


SCORING = """\
[lead]
[[lead.points]]
when   = 'in segment "both"'
points = 10
[[lead.points]]
event  = "Demo Asked"
points = 20
"""
HOT = SEGMENTS + "[hot]\nrule = 'score \"lead\" >= 10'\n"


def points(db):
    return db.read().execute("SELECT person_id, points FROM person_score").fetchall()


def members_of(db, key):
    return [person for person, _ in segments.members(db.read(), key, 0, 100)]


@pytest.fixture
def scored(db, folder):
    """People, and a score between two segments."""
    (folder / "segments.toml").write_text(HOT)
    (folder / "scoring.toml").write_text(SCORING)
    add_people(db, ("Ann", "ann@x.org"), ("Bob", None))
    return folder


def test_a_score_comes_into_force_between_the_segments_it_asks_and_those_that_ask_it(db, scored):
    assert ("added", "score", "lead", 1) in shown(apply(db, scored, NOW))
    assert points(db) == [(1, 10)]
    assert members_of(db, "hot") == [1]
    assert not drift(db, scored)
    assert apply(db, scored, NOW + 1) == apply(db, scored, NOW + 2)


def test_a_changed_score_is_counted_anew_with_the_segments_that_ask_it(db, scored):
    apply(db, scored, NOW)
    edit(scored, "scoring.toml", "points = 10", "points = 9")
    assert shown(drift(db, scored)) == [("changed", "score", "lead", 2)]
    apply(db, scored, NOW + 1)
    assert points(db) == [(1, 9)]
    assert members_of(db, "hot") == []


def test_a_score_is_counted_anew_when_a_segment_that_it_asks_changes(db, scored):
    apply(db, scored, NOW)
    edit(scored, "segments.toml", 'in segment "named" and email is known', "name is known")
    apply(db, scored, NOW + 1)
    assert points(db) == [(1, 10), (2, 10)]
    assert members_of(db, "hot") == [1, 2]


def test_a_score_without_a_table_in_the_file_is_gone_unless_something_asks_it(db, scored):
    apply(db, scored, NOW)
    (scored / "scoring.toml").unlink()
    with pytest.raises(DefinitionErrors, match="there is no score 'lead'"):
        apply(db, scored, NOW + 1)
    (scored / "segments.toml").write_text(SEGMENTS)
    assert ("removed", "score", "lead", 1) in shown(apply(db, scored, NOW + 2))
    assert (points(db), scores.list_scores(db.read())) == ([], [])


def test_a_new_score_warns_of_events_that_nobody_did(db, scored):
    found = apply(db, scored, NOW)
    assert 'score lead: nobody ever did "Demo Asked"' in found.warnings


def test_a_score_that_cannot_be_asked_is_not_applied(db, scored):
    apply(db, scored, NOW)
    with db.write() as tx:
        tx.execute("UPDATE person SET props = '{broken' WHERE id = 2")
    before = snapshot(db)
    edit(scored, "scoring.toml", "points = 20", "points = 5\n[[lead.points]]\nwhen='n=1'\npoints=1")
    with pytest.raises(DefinitionError) as caught:
        apply(db, scored, NOW + 1)
    assert str(caught.value).startswith("workspace/scoring.toml: lead.points: the rule cannot be")
    assert snapshot(db) == before


def test_who_is_at_a_stage_is_asked_again_when_stages_come_and_go(db, folder):
    further = "[reached]\nstage = 2\nrule = 'email is known'\n"
    asking = "[here]\nrule = 'stage \"named\"'\n"
    edit(folder, "segments.toml", "[named]", f"{asking}{further}[named]\nstage = 1")
    add_people(db, ("Anna", "a@x.example"), ("Boris", None))
    apply(db, folder, NOW)
    assert segments.members(db.read(), "here", 0, 9) == [(2, NOW)]
    edit(folder, "segments.toml", further, "")
    apply(db, folder, NOW + 1)
    assert segments.members(db.read(), "here", 0, 9) == [(1, NOW + 1), (2, NOW)]
    edit(folder, "segments.toml", asking, f"{asking}{further}")
    apply(db, folder, NOW + 2)
    assert segments.members(db.read(), "here", 0, 9) == [(2, NOW)]


def test_a_named_rule_warns_of_its_names_though_nobody_asks_for_it(db, folder):
    add_people(db, ("Anna", "a@example.com"))
    apply(db, folder, NOW)
    rule = 'did "Demo Asked" or got "crat-1" or in segment "brand-new"'
    (folder / "rules.toml").write_text(f"[keen]\nrule = '{rule}'\n")
    with (folder / "segments.toml").open("a") as file:
        file.write("\n[brand-new]\nrule = 'name is known'\n")
    said = [doubt for doubt in drift(db, folder).warnings if "keen" in doubt]
    assert said == [
        'rule keen: nobody ever did "Demo Asked"',
        'rule keen: there is no template "crat-1"; did you mean cart-1?',
    ]
    assert [doubt for doubt in apply(db, folder, NOW).warnings if "keen" in doubt] == said
