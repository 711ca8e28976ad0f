"""`mautod lint` over real files, with and without people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from simulate_kit import LETTER, Files

from mautod.cli import cli
from mautod.config import load
from mautod.services.definitions.apply import apply
from mautod.services.definitions.lint import lint
from mautod.store.db import Database, to_json

TEMPLATES = Path(__file__).parents[2] / "templates"
NOW = 1_790_000_000_000


@pytest.fixture
def files(tmp_path):
    return Files.new(tmp_path / "shop")


def found(files, most=7):
    return [(one.file.rpartition("/")[2], one.line, one.what) for one in lint(files.settings, most)]


def people(files):
    """One person with a name and an email, who added one thing to the cart."""
    db = Database(files.folder / "data" / "mautod.db").open()
    apply(db, files.settings.workspace, NOW)
    with db.write() as tx:
        tx.execute("INSERT INTO counter VALUES ('people', 1)")
        tx.execute(
            "INSERT INTO person (created_at, email, props) VALUES (1, 'a@b.c', ?)",
            (to_json({"city": "Oslo"}),),
        )
        tx.execute("INSERT INTO event_name (id, name) VALUES (1, 'Product Added')")
        tx.execute(
            "INSERT INTO event (person_id, name_id, ts, received_at, props) VALUES (1, 1, 1, 1, ?)",
            (to_json({"price": 3}),),
        )
    db.close()


def test_nothing_is_wrong_with_plain_files(files):
    assert found(files) == []


@pytest.mark.parametrize("name", sorted(p.parent.name for p in TEMPLATES.glob("*/config.toml")))
def test_nothing_is_wrong_with_the_ready_made_workspaces(name):
    assert lint(load(TEMPLATES / name), 7) == []


def test_a_segment_that_holds_nobody_is_found_on_its_line(files):
    files.write(
        "workspace/segments.toml", "[a]\nrule = 'email is known'\n[b]\nrule = 'x > 3 and x < 2'\n"
    )
    assert found(files) == [
        ("segments.toml", 4, "nobody is ever in segment b: x > 3 and x < 2 exclude each other.")
    ]


def test_the_workspaces_own_window_and_cap_count(files):
    files.write("config.toml", '[gate]\nwindow = "mon-fri 21:00-23:00"\n')
    ((file, line, what),) = found(files)
    assert (file, line) == ("cart.toml", 7)
    assert "never open" in what


def test_the_window_of_the_channel_and_that_of_the_chain_for_its_steps_count(files):
    files.write("config.toml", '[channels.email]\nwindow = "mon-fri 21:00-23:00"\n')
    ((_, line, what),) = found(files)
    assert (line, "never open" in what) == (7, True)
    files.write("config.toml", "")
    files.edit("chains/cart.toml", 'send = "cart-1"', 'send = "cart-1"\nwindow = "sun 23:00-23:30"')
    ((file, _, what),) = found(files)
    assert file == "cart.toml"
    assert "never open while the other windows are" in what


def test_what_apply_refuses_is_found_too(files):
    files.edit("chains/cart.toml", "cart-2", "cart-9")
    files.edit("templates/cart-1.liquid", '<a href="{{ unsubscribe_url }}">Unsubscribe</a>', "")
    assert [(file, line) for file, line, _ in found(files)] == [
        ("cart.toml", 19),
        ("cart-1.liquid", 7),
    ]


def test_variables_are_looked_at_only_where_there_are_people(files):
    files.write("workspace/templates/cart-1.liquid", LETTER % "{{ person.town }} {{ event.prize }}")
    assert found(files) == []
    people(files)
    event, person = found(files)
    assert event == (
        "cart-1.liquid",
        2,
        "event.prize is empty: no event that starts its chain has ever had 'prize'.",
    )
    assert "person.town is empty" in person[2]


def test_variables_that_somebody_had_are_in_order(files):
    files.write("workspace/templates/cart-1.liquid", LETTER % "{{ person.city }} {{ event.price }}")
    people(files)
    assert found(files) == []


def test_a_variable_is_found_in_the_piece_that_holds_it(files):
    files.write("workspace/templates/_head.liquid", "one\n{{ person.town }}\n")
    files.write("workspace/templates/cart-1.liquid", LETTER % "x" + "{% include '_head' %}\n")
    people(files)
    assert [(file, line) for file, line, _ in found(files)] == [("_head.liquid", 2)]


def run(files, *args):
    return CliRunner().invoke(cli, ["-C", str(files.folder), "lint", *args])


def test_the_command_exits_with_one_if_anything_is_wrong(files):
    good = run(files)
    assert (good.exit_code, good.output) == (0, "Nothing is wrong.\n")
    bad = run(files, "--most-a-week", "1")
    assert bad.exit_code == 1
    assert "workspace/chains/cart.toml:2: more than 1 messages a week" in bad.output
    (one,) = json.loads(run(files, "--most-a-week", "1", "--json").output)
    assert set(one) == {"file", "line", "what", "todo"}


def test_a_letter_of_mautods_own_needs_its_link(files):
    body = "---\nsubject: x\ntransactional: true\n---\n<p>{{ preferences_url }}</p>\n"
    files.write("workspace/templates/confirm.liquid", body)
    ((file, _, what),) = found(files)
    assert file == "confirm.liquid"
    assert "{{ confirm_url }} is its only use" in what
    files.write("workspace/templates/confirm.liquid", body.replace("preferences", "confirm"))
    assert found(files) == []


def test_a_named_rule_is_looked_over_though_nobody_asks_for_it(files):
    files.write(
        "workspace/rules.toml",
        "[never]\nrule = 'x > 3 and x < 2'\n[keen]\nrule = 'did \"Product Aded\"'\n",
    )
    (never,) = found(files)
    assert never[:2] == ("rules.toml", 2)
    assert never[2].startswith("rule never is true of nobody: ")
    people(files)
    assert (
        "rules.toml", 4, 'rule keen: nobody ever did "Product Aded"; did you mean Product Added?',
    ) in found(files)  # fmt: skip
