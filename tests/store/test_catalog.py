from __future__ import annotations

import pytest

from mautod.store import catalog
from mautod.store.db import Database

NOW = 1_700_000_000_000


@pytest.fixture
def db(tmp_path):
    database = Database(tmp_path / "mautod.db").open()
    yield database
    database.close()


def put(db, key="cart", body="one", kind="chain", file="chains/cart.toml"):
    with db.write() as tx:
        return catalog.put(tx, kind, key, file, body, NOW)


def test_a_changed_body_is_a_new_version_and_the_old_one_stays_readable(db):
    first = put(db)
    second = put(db, body="two")
    assert (first.version, second.version) == (1, 2)
    assert catalog.get(db.read(), first.id).body == "one"
    assert [d.id for d in catalog.active(db.read(), "chain")] == [second.id]


def test_the_same_body_again_is_the_same_version(db):
    first = put(db)
    before = catalog.version(db.read())
    assert put(db) == first
    assert catalog.version(db.read()) == before


def test_a_moved_file_is_no_new_version(db):
    put(db)
    assert put(db, file="chains/basket.toml").version == 1
    assert catalog.find(db.read(), "chain", "cart").file == "chains/basket.toml"


def test_what_is_retired_is_no_longer_in_force_and_coming_back_is_a_new_version(db):
    put(db)
    with db.write() as tx:
        catalog.retire(tx, "chain", "cart")
    assert catalog.active(db.read(), "chain") == []
    assert catalog.find(db.read(), "chain", "cart") is None
    assert put(db).version == 2


def test_the_version_of_all_grows_with_every_change(db):
    seen = [catalog.version(db.read())]
    for body in ("a", "b", "c"):
        put(db, body=body)
        seen.append(catalog.version(db.read()))
    assert seen == [0, 1, 2, 3]


def test_kinds_have_names_of_their_own(db):
    put(db, kind="template", key="cart", body="letter")
    put(db, kind="chain", key="cart", body="chain")
    assert [d.body for d in catalog.active(db.read(), "template")] == ["letter"]


def chain(db):
    return db.read().execute("SELECT state, version, name FROM chain").fetchall()


def test_a_paused_chain_stays_paused_when_it_is_edited_and_a_stopped_one_runs_again(db):
    first, second = put(db), put(db, body="two")
    with db.write() as tx:
        catalog.put_chain(tx, first, "Cart", NOW)
        tx.execute("UPDATE chain SET state = 'paused'")
        catalog.put_chain(tx, second, "Basket", NOW)
    assert chain(db) == [("paused", 2, "Basket")]
    with db.write() as tx:
        catalog.stop_chain(tx, "cart", NOW)
    assert chain(db) == [("stopped", 2, "Basket")]
    with db.write() as tx:
        catalog.put_chain(tx, second, "Basket", NOW)
    assert chain(db) == [("running", 2, "Basket")]


def test_a_body_is_not_in_the_repr(db):
    assert "long text" not in repr(put(db, body="a long text"))
