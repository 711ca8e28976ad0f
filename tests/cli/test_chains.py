"""`mautod chains`: the handbook, splits side by side, calls and codes; for people and as JSON."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from office_kit import Office

from mautod.cli import cli
from mautod.core.codes import Pool
from mautod.errors import BadInput, NotFound
from mautod.store import catalog
from mautod.store.db import to_json

CHAIN = """
name = "Try"
topic = "offers"
enter = { event = "Go" }
[[step]]
code = "spring"
[[step]]
notify = "{{ person.name }} came"
[[step]]
id = "ab"
split = { short = 1, long = 1 }
winner = { by = "click", after = "1d" }
[[step]]
id = "short"
send = "cart-1"
[[step]]
exit = "over"
[[step]]
id = "long"
send = "cart-2"
"""


@pytest.fixture
def office(tmp_path):
    made = Office.new(tmp_path / "shop")
    with made.db.write() as tx:
        body = to_json(Pool("spring", "Spring", "SPRING-{8}").body())
        catalog.put(tx, "codes", "spring", "codes.toml", body, made.now)
    made.chain(CHAIN, "try")
    made.know("u1", email="anna@example.com", name="Anna")
    made.did("u1", "Go").advance()
    yield made
    made.close()


@pytest.fixture
def run(office):
    def call(*args):
        found = CliRunner().invoke(
            cli, ["-C", str(office.folder), *args], catch_exceptions=False, env={"COLUMNS": "120"}
        )
        assert found.exit_code == 0, found.output
        return found.output

    return call


@pytest.fixture
def told(run):
    return lambda *args: json.loads(run(*args, "--json"))


def test_the_handbook_explains_one_kind_or_all(run, told):
    assert run("chains", "steps", "jump").startswith("`jump = ")
    assert "[[step]]" in run("chains", "steps")
    kinds = [page["kind"] for page in told("chains", "steps")]
    assert kinds == sorted(kinds)
    assert {"split", "webhook", "code"} <= set(kinds)


def test_an_unknown_kind_of_step_gets_a_suggestion(run):
    with pytest.raises(NotFound) as caught:
        run("chains", "steps", "wiat")
    assert "wait" in caught.value.hint


def test_a_split_is_shown_with_its_variants_and_how_it_stands(run, told):
    out = run("chains", "show", "try")
    assert "split ab, compared by click: too early, 0 of 100 people judged" in out
    steps = {step["id"]: step for step in told("chains", "show", "try")["steps"]}
    variants = steps["ab"]["experiment"]["variants"]
    assert sum(each["people"] for each in variants) == 1
    assert steps["short"]["experiment"] is None


def test_a_winner_is_named_with_its_p_value(office, run):
    with office.db.write() as tx:
        tx.execute(
            "INSERT INTO winner SELECT definition_id, 'ab', 'long', ?, '{\"p_value\": 0.01}' FROM chain"
            " WHERE key = 'try'",
            (office.now,),
        )
    assert "long has won" in run("chains", "show", "try")


def test_calls_are_listed_with_what_became_of_them(run, told):
    assert "notify" in run("chains", "calls", "try")
    (call,) = told("chains", "calls", "--state", "waiting")["items"]
    assert (call["chain"], call["step"], call["person"]) == ("try", "2", "Anna")
    assert run("chains", "calls", "--state", "failed").strip() == "(no calls)"
    with pytest.raises(BadInput, match="is no state"):
        run("chains", "calls", "--state", "lost")


def test_codes_are_counted(run, told):
    assert "SPRING-{8}" in run("chains", "codes")
    assert told("chains", "codes")["items"][0]["given"] == 1
