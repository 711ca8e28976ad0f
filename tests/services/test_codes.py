"""Promo codes: one for a person, never twice, whatever is killed; and what happens when none is left."""

from __future__ import annotations

import pytest
from chain_kit import World
from fragile_kit import FragileDatabase, Killed

from mautod.core.codes import Pool
from mautod.errors import DefinitionErrors
from mautod.services.chains import codes
from mautod.services.chains.advance import advance
from mautod.services.definitions import apply
from mautod.store import catalog
from mautod.store.chains import codes as store
from mautod.store.db import to_json

CHAIN = """
enter = { event = "Go", again = "always" }
[[step]]
id = "take"
code = "spring"ELSE
[[step]]
send = "offer"
[[step]]
exit = "given"
[[step]]
id = "without"
exit = "without"
"""


@pytest.fixture
def world(tmp_path):
    world = World.new(tmp_path)
    yield world
    world.db.close()


def pool(world: World, *listed: str, pattern: str = "") -> None:
    found = Pool("spring", "Spring", pattern, "" if pattern else "spring.csv")
    with world.db.write() as tx:
        catalog.put(tx, "codes", "spring", "codes.toml", to_json(found.body(listed)), world.now)
        if listed:
            store.load(tx, "spring", listed)


def go(world: World, *people: int) -> None:
    for person in people:
        world.did(person, "Go")
    world.advance()


def given(world: World) -> list[tuple]:
    return world.rows("SELECT code, person_id FROM code WHERE at IS NOT NULL ORDER BY code")


def kept(world: World) -> list[str]:
    return [row[0] for row in world.rows("SELECT kept ->> '$.codes.spring' FROM run ORDER BY id")]


def test_each_person_gets_a_code_of_the_list_and_the_run_keeps_it(world):
    pool(world, "A", "B", "C")
    world.chain(CHAIN.replace("ELSE", ""))
    one, other = world.person(), world.person("b@example.com")
    go(world, one, other)
    assert given(world) == [("A", one), ("B", other)]
    assert kept(world) == ["A", "B"]
    assert world.templates() == ["offer", "offer"]


def test_who_comes_again_has_the_same_code(world):
    pool(world, "A", "B", "C")
    world.chain(CHAIN.replace("ELSE", ""))
    person = world.person()
    go(world, person)
    world.later("1h")
    go(world, person)
    assert given(world) == [("A", person)]
    assert kept(world) == ["A", "A"]


def test_a_pattern_makes_another_code_for_everybody(world):
    pool(world, pattern="SPRING-{8}")
    world.chain(CHAIN.replace("ELSE", ""))
    people = [world.person(f"{n}@example.com") for n in range(30)]
    go(world, *people)
    assert len({code for code, _ in given(world)}) == 30
    assert all(code.startswith("SPRING-") for code in kept(world))


def test_when_none_is_left_a_run_waits_for_new_ones_and_goes_on_by_itself(world):
    pool(world, "A")
    world.chain(CHAIN.replace("ELSE", ""))
    one, other = world.person(), world.person("b@example.com")
    go(world, one, other)
    assert world.runs("state, step") == [("done", "3"), ("active", "take")]
    world.later("1h").advance()
    pool(world, "A", "B")
    world.later("10m").advance()
    assert given(world) == [("A", one), ("B", other)]
    assert world.runs("outcome") == [("given",), ("given",)]


def test_who_waited_in_vain_ends_without_a_code_and_without_a_letter(world):
    pool(world, "A")
    world.chain(CHAIN.replace("ELSE", '\nfor = "1d"'))
    go(world, world.person(), world.person("b@example.com"))
    for _ in range(3):
        world.later("12h").advance()
    assert world.runs("outcome") == [("given",), ("no-code",)]
    assert world.templates() == ["offer"]


def test_with_another_way_nobody_waits(world):
    pool(world, "A")
    world.chain(CHAIN.replace("ELSE", '\nelse = "without"'))
    go(world, world.person(), world.person("b@example.com"))
    assert world.runs("outcome") == [("given",), ("without",)]


def test_killed_anywhere_nobody_gets_two_codes_and_no_code_goes_to_two(world):
    pool(world, *(f"C{n}" for n in range(9)))
    world.chain(CHAIN.replace("ELSE", ""))
    people = [world.person(f"{n}@example.com") for n in range(4)]
    for person in people:
        world.did(person, "Go")
    kills = 0
    while True:
        try:
            advance(FragileDatabase(world.db, kills), world.chains, world.now)
        except Killed:
            kills += 1
            assert given(world) == []
        else:
            break
    assert kills > 6
    assert [person for _, person in given(world)] == people
    assert kept(world) == [code for code, _ in given(world)]


def test_a_list_that_changes_keeps_what_was_given_and_drops_what_was_not(world):
    pool(world, "A", "B", "C")
    world.chain(CHAIN.replace("ELSE", ""))
    go(world, world.person())
    pool(world, "C", "D")
    assert world.rows("SELECT code, at IS NULL FROM code ORDER BY code") == [
        ("A", 0), ("C", 1), ("D", 1),
    ]  # fmt: skip
    pool(world, "A", "D")
    assert store.free(world.db.read(), "spring", 9) == ["D"]


def test_pools_are_told_with_what_is_left(world):
    pool(world, "A", "B")
    world.chain(CHAIN.replace("ELSE", ""))
    go(world, world.person())
    (told,) = codes.pools(world.db.read())
    assert (told.key, told.file, told.given, told.left) == ("spring", "spring.csv", 1, 1)


FILES = {
    "topics.toml": '[offers]\nname = "Offers"\n',
    "codes.toml": '[spring]\nlist = "spring.csv"\n[made]\npattern = "X-{8}"\n',
    "codes/spring.csv": "A\nB\n",
    "templates/offer.liquid": "---\nsubject: x\n---\n{{ code }} {{ run.codes.spring }}<a href='{{ unsubscribe_url }}'>no</a>\n",
    "chains/c.toml": 'name = "C"\ntopic = "offers"\n' + CHAIN.replace("ELSE", ""),
}


def write(folder, **other: str) -> None:
    for name, text in {**FILES, **other}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_a_workspace_puts_its_codes_in_force(world, tmp_path):
    write(tmp_path / "workspace")
    apply.apply(world.db, tmp_path / "workspace", world.now)
    assert store.free(world.db.read(), "spring", 9) == ["A", "B"]
    assert not apply.drift(world.db, tmp_path / "workspace")
    write(tmp_path / "workspace", **{"codes/spring.csv": "A\nB\nC\n"})
    changes = apply.apply(world.db, tmp_path / "workspace", world.now)
    assert [(change.kind, change.key) for change in changes.items] == [("codes", "spring")]
    assert store.free(world.db.read(), "spring", 9) == ["A", "B", "C"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("codes.toml", '[summer]\npattern = "X-{8}"', "no pool 'spring'"),
        ("codes.toml", '[spring]\nlist = "other.csv"', "no file workspace/codes/other.csv"),
        ("codes/spring.csv", "A\nA\n", "in line 1 already"),
    ],
)
def test_what_does_not_fit_together_is_not_applied(world, tmp_path, name, text, message):
    write(tmp_path / "workspace", **{name: text})
    with pytest.raises(DefinitionErrors) as caught:
        apply.apply(world.db, tmp_path / "workspace", world.now)
    assert any(message in str(error) for error in caught.value.errors)
