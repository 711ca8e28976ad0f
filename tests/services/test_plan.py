"""What an apply would change and mean, and going back to an old version."""

from __future__ import annotations

import json
import re

import pytest
from click.testing import CliRunner
from simulate_kit import CART, LETTER, Files

from mautod.cli import cli
from mautod.errors import BadInput, Conflict, DefinitionError, DefinitionErrors, NotFound
from mautod.services.definitions import history
from mautod.services.definitions.apply import apply, drift
from mautod.services.definitions.plan import plan
from mautod.store import catalog
from mautod.store.db import Database

NOW = 1_790_000_000_000


@pytest.fixture
def files(tmp_path):
    return Files.new(tmp_path / "shop")


@pytest.fixture
def db(files):
    database = Database(files.folder / "data" / "mautod.db").open()
    apply(database, files.settings.workspace, NOW)
    yield database
    database.close()


def planned(db, files):
    return plan(db, files.settings.workspace, NOW, "UTC").items


def people(db, count, step):
    """People who wait in a step of the cart chain."""
    with db.write() as tx:
        (chain, definition) = tx.execute("SELECT id, definition_id FROM chain").fetchone()
        rows = [(chain, definition, n, step, NOW, NOW, NOW) for n in range(1, count + 1)]
        tx.executemany(
            "INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at,"
            " step_at, wake_at) VALUES (?, ?, ?, '', 'active', ?, ?, ?, ?)",
            rows,
        )
        tx.executemany(
            "INSERT INTO person (id, created_at, email, last_seen) VALUES (?, ?, 'a@b.c', 0)",
            [(row[2], NOW) for row in rows],
        )


def test_nothing_differs_from_what_was_just_applied(db, files):
    assert planned(db, files) == ()


def test_a_plan_shows_the_lines_and_the_people_and_writes_nothing(db, files):
    people(db, 1204, "1")
    files.edit("chains/cart.toml", 'wait = "1h"', 'wait = "2h"')
    (item,) = planned(db, files)
    assert item.effects == (
        '1 204 people are waiting in step "1" (v1); policy: stay, they finish that version',
    )
    assert item.diff.splitlines()[:2] == [
        "--- workspace/chains/cart.toml v1",
        "+++ workspace/chains/cart.toml v2",
    ]
    assert '-wait = "1h"' in item.diff
    assert '+wait = "2h"' in item.diff
    assert catalog.latest(db.read(), "chain", "cart") == 1


def test_what_is_planned_is_what_is_done(db, files):
    people(db, 3, "1")
    files.write("workspace/chains/cart.toml", f'on_edit = "restart"\n{CART}')
    (item,) = planned(db, files)
    (done,) = apply(db, files.settings.workspace, NOW).items
    assert item.effects == done.effects
    assert db.read().execute("SELECT DISTINCT definition_id, step FROM run").fetchall() == [
        (catalog.find(db.read(), "chain", "cart").id, "")
    ]


def test_if_an_apply_fails_nobody_has_moved(db, files):
    people(db, 3, "1")
    before = db.read().execute("SELECT * FROM run").fetchall()
    files.write("workspace/chains/cart.toml", f'on_edit = "restart"\n{CART}')
    files.write(
        "workspace/segments.toml",
        "[sleeping]\nrule = 'name matches \"*\"'\n[made]\nrule = 'email is known'",
    )
    with db.write() as tx:
        tx.execute("INSERT INTO segment (key, name, rule, made_at) VALUES ('made', 'Made', '', 1)")
    with pytest.raises(DefinitionError):
        apply(db, files.settings.workspace, NOW)
    assert db.read().execute("SELECT * FROM run").fetchall() == before


def test_a_segment_says_its_size_now_and_then(db, files):
    people(db, 5, "1")
    assert drift(db, files.settings.workspace).items == ()
    files.write(
        "workspace/segments.toml",
        "[sleeping]\nrule = 'email is known'\n[new]\nrule = 'in segment \"sleeping\"'",
    )
    new, changed = sorted(planned(db, files), key=lambda item: item.key)
    assert changed.effects == ("0 people now, 5 people then",)
    assert new.effects[0] == "0 people would be in it"
    assert "sleeping as now" in new.effects[1]


SCORING = """
[lead]
thresholds = { warm = 5, hot = 26 }
[[lead.points]]
when   = 'email is known'
points = 5
"""


def test_a_score_says_who_has_points_and_who_reached_what_now_and_then(db, files):
    people(db, 3, "1")
    files.write("workspace/scoring.toml", SCORING)
    (new,) = planned(db, files)
    assert new.effects == (
        "0 people have points now, 3 then; nobody is told",
        "warm from 5: 0 people now, 3 then",
        "hot from 26: 0 people now, 0 then",
    )
    apply(db, files.settings.workspace, NOW)
    files.write("workspace/scoring.toml", SCORING.replace("points = 5", "points = 26"))
    (changed,) = planned(db, files)
    assert '-points = {"when":"email is known","points":5}' in changed.diff.splitlines()
    assert changed.effects[1:] == (
        "warm from 5: 3 people now, 3 then",
        "hot from 26: 0 people now, 3 then",
    )
    files.write("workspace/scoring.toml", "")
    assert planned(db, files)[0].effects == ("3 people lose their points",)
    with db.write() as tx:
        tx.execute("UPDATE person SET props = '{broken' WHERE id = 2")
    files.write("workspace/scoring.toml", SCORING.replace("email is known", "x = 1"))
    (broken,) = planned(db, files)
    assert broken.effects == ("its rules cannot be asked about the people there are",)


def test_a_version_that_asks_a_score_which_is_gone_does_not_come_back(db, files):
    files.write("workspace/scoring.toml", SCORING)
    asking = re.sub("(?m)^leave .*$", "leave = 'score \"lead\" < 5'", CART)
    files.write("workspace/chains/cart.toml", asking)
    apply(db, files.settings.workspace, NOW)
    (files.folder / "workspace/scoring.toml").unlink()
    files.write("workspace/chains/cart.toml", CART)
    apply(db, files.settings.workspace, NOW + 1)
    with pytest.raises(DefinitionErrors, match="there is no score 'lead'"):
        history.rollback(db, files.settings.workspace, "chain", "cart", 2, (NOW + 2, "UTC"))


def test_what_would_be_retired_is_named_with_those_whom_it_touches(db, files):
    people(db, 2, "1")
    (files.folder / "workspace/chains/cart.toml").unlink()
    files.write("workspace/segments.toml", "")
    segment, chain = planned(db, files)
    assert (segment.verb, segment.effects) == ("removed", ("0 people leave it",))
    assert chain.effects == ("the chain stops; 2 people under way stay where they are",)
    assert chain.diff.splitlines()[1] == "+++ /dev/null"


def test_a_template_says_which_chains_and_messages_it_is_for(db, files):
    with db.write() as tx:
        tx.execute(
            "INSERT INTO message (step, key, person_id, channel, template, topic, state, queued_at,"
            " due_at) VALUES ('s', '', 1, 'email', 'cart-1', 'offers', 'queued', 1, 1)"
        )
    files.write("workspace/templates/cart-1.liquid", LETTER % "new")
    (item,) = planned(db, files)
    assert item.effects == ("1 message in the queue will be written with it", "used by cart")


def test_an_old_version_comes_into_force_as_a_new_one(db, files):
    files.edit("chains/cart.toml", "cart-2", "cart-1")
    apply(db, files.settings.workspace, NOW)
    done = history.rollback(db, files.settings.workspace, "chain", "cart", None, (NOW, "UTC"))
    assert (done.change.version, done.like, done.drifts) == (3, 1, True)
    assert catalog.find(db.read(), "chain", "cart").body == CART
    (differs,) = drift(db, files.settings.workspace).items
    assert (differs.kind, differs.key) == ("chain", "cart")


def test_going_back_to_what_the_file_says_is_no_drift(db, files):
    files.edit("chains/cart.toml", "cart-2", "cart-1")
    apply(db, files.settings.workspace, NOW)
    files.write("workspace/chains/cart.toml", CART)
    done = history.rollback(db, files.settings.workspace, "chain", "cart", 1, (NOW, "UTC"))
    assert not done.drifts


@pytest.mark.parametrize(
    ("kind", "key"), [("segment", "sleeping"), ("template", "cart-1"), ("topic", "news")]
)
def test_every_kind_goes_back(db, files, kind, key):
    before = catalog.find(db.read(), kind, key).body
    files.write("workspace/segments.toml", "[sleeping]\nrule = 'email is known'")
    files.write("workspace/templates/cart-1.liquid", LETTER % "other")
    files.edit("topics.toml", "News", "Other news")
    apply(db, files.settings.workspace, NOW)
    history.rollback(db, files.settings.workspace, kind, key, None, (NOW, "UTC"))
    assert catalog.find(db.read(), kind, key).body == before


def test_what_was_taken_away_comes_back(db, files):
    (files.folder / "workspace/chains/cart.toml").unlink()
    apply(db, files.settings.workspace, NOW)
    done = history.rollback(db, files.settings.workspace, "chain", "cart", None, (NOW, "UTC"))
    assert done.change.verb == "added"
    assert db.read().execute("SELECT state FROM chain").fetchone() == ("running",)


def test_a_version_that_does_not_fit_to_the_others_is_refused(db, files):
    files.edit("chains/cart.toml", "cart-2", "cart-1")
    (files.folder / "workspace/templates/cart-2.liquid").unlink()
    apply(db, files.settings.workspace, NOW)
    with pytest.raises(DefinitionErrors, match="no template 'cart-2'"):
        history.rollback(db, files.settings.workspace, "chain", "cart", 1, (NOW, "UTC"))
    assert catalog.find(db.read(), "chain", "cart").version == 2


@pytest.mark.parametrize(
    ("kind", "key", "to", "error"),
    [
        ("chains", "cart", None, BadInput),
        ("chain", "card", None, NotFound),
        ("chain", "cart", 7, NotFound),
        ("chain", "cart", None, NotFound),
        ("chain", "cart", 1, Conflict),
    ],
)
def test_what_cannot_be_gone_back_to_is_said(db, files, kind, key, to, error):
    with pytest.raises(error):
        history.rollback(db, files.settings.workspace, kind, key, to, (NOW, "UTC"))


def test_versions_are_listed_with_what_differs(db, files):
    files.edit("chains/cart.toml", "cart-2", "cart-1")
    apply(db, files.settings.workspace, NOW + 1)
    newest, oldest = history.versions(db.read(), "chain", "cart", 10)
    assert (newest.version, newest.in_force, newest.applied_at) == (2, True, NOW + 1)
    assert '-send = "cart-2"' in newest.diff
    assert oldest.diff.startswith("--- /dev/null")
    (only,) = history.versions(db.read(), "chain", "cart", 1)
    assert '-send = "cart-2"' in only.diff


def run(files, *args):
    return CliRunner().invoke(cli, ["-C", str(files.folder), *args], catch_exceptions=False)


def test_the_commands_tell_it_all(db, files):
    people(db, 1, "1")
    assert "Nothing differs" in run(files, "plan").output
    assert "files      are what runs" in run(files, "status").output
    files.edit("chains/cart.toml", "cart-2", "cart-1")
    told = run(files, "plan").output
    assert "~ chain cart v2 (workspace/chains/cart.toml)" in told
    assert '1 person is waiting in step "1"' in told
    assert '  +send = "cart-1"' in told
    assert json.loads(run(files, "plan", "--json").output)["items"][0]["verb"] == "changed"
    assert "1 definition differs from what runs" in run(files, "status").output
    assert json.loads(run(files, "status", "--json").output)["drift"] == 1
    assert "policy: stay" in run(files, "apply").output
    back = run(files, "rollback", "chain", "cart").output
    assert "chain cart is v3 now, as it was in v1." in back
    assert "the next apply would put that in force" in back
    assert [
        line[:2] for line in run(files, "versions", "chain", "cart", "--brief").output.splitlines()
    ] == ["v3", "v2", "v1"]
    assert len(json.loads(run(files, "versions", "chain", "cart", "--json").output)) == 3


def test_a_plan_for_an_empty_house_does_not_print_whole_letters(files):
    told = run(files, "plan").output
    assert "+ chain cart v1" in told
    files.write("workspace/templates/long.liquid", LETTER % "x" + "line\n" * 100)
    assert "lines, all new" in run(files, "plan").output


def test_a_chain_that_was_stopped_by_hand_stays_so_when_it_is_edited(db, files):
    run(files, "chains", "stop", "cart", "--yes")
    files.edit("chains/cart.toml", "cart-2", "cart-1")
    (item,) = planned(db, files)
    assert item.effects == ("the chain is stopped and stays so",)
    apply(db, files.settings.workspace, NOW)
    assert db.read().execute("SELECT state FROM chain").fetchone() == ("stopped",)


SCORES = """
[lead]
thresholds = { warm = 10 }
[[lead.points]]
event = "Product Viewed"
points = %d
"""


def test_a_score_goes_back_and_a_named_rule_goes_with_those_who_name_it(db, files):
    files.write("workspace/scoring.toml", SCORES % 2)
    files.write("workspace/rules.toml", "[known]\nrule = 'email is known'\n")
    files.write(
        "workspace/segments.toml", "[sleeping]\nrule = 'rule \"known\" and name is known'\n"
    )
    apply(db, files.settings.workspace, NOW)
    before = catalog.find(db.read(), "segment", "sleeping").body
    files.write("workspace/scoring.toml", SCORES % 3)
    files.write("workspace/rules.toml", "[known]\nrule = 'phone is known'\n")
    apply(db, files.settings.workspace, NOW)
    at = (NOW, "UTC")
    assert history.rollback(db, files.settings.workspace, "score", "lead", None, at).like == 1
    history.rollback(db, files.settings.workspace, "segment", "sleeping", None, at)
    assert catalog.find(db.read(), "segment", "sleeping").body == before
    with pytest.raises(Conflict, match="goes back with"):
        history.rollback(db, files.settings.workspace, "rule", "known", None, at)
