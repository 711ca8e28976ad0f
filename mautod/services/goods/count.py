"""Count anew what is bought together; now and then, and only after new orders."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from mautod.config import Config
from mautod.core import goods
from mautod.duration import DAY, parse_duration
from mautod.errors import MautodError
from mautod.store import state
from mautod.store.db import Database, to_json
from mautod.store.goods import companions
from mautod.store.goods.companions import Scope
from mautod.store.health import DAMAGE

COUNTED: Final = "goods_counted"
"""Key of the fact of how many orders had been counted, on which day, and by which settings."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Which orders count, see `config.Recommend`."""

    within_ms: int
    sources: tuple[str, ...] = ()
    least: int = 2


def rules_of(config: Config) -> Rules:
    """The rules in `config.toml`."""
    asked = config.recommend
    return Rules(parse_duration(asked.within), asked.sources, asked.least)


def count(db: Database, rules: Rules, now: int) -> int:
    """Bring the tables of products up to date; how many products, 0 if nothing was to be done.

    What is read is read before the write, which replaces all rows at once. Idempotent: the same
    orders make the same rows.
    """
    tx = db.read()
    orders = companions.orders(tx)
    mark = f"{orders} {now // DAY} {rules}"
    if state.get(tx, COUNTED) == mark or (not orders and not state.get(tx, COUNTED)):
        return 0
    scope = Scope(now - rules.within_ms, rules.sources, rules.least)
    pairs = companions.pairs(tx, scope)
    known = _known(db, scope)
    rows = [
        (key, to_json(goods.shown({**known.get(key, {}), **item})), times)
        for key, item, times in companions.sold(tx, scope)
        if item.get("name")
    ]
    with db.write() as tx:
        companions.replace(tx, rows, pairs)
        state.put(tx, COUNTED, mark)
    return len(rows)


def _known(db: Database, scope: Scope) -> dict[str, dict[str, Any]]:
    """What events about single products tell of them: pictures and addresses, the latest."""
    found: dict[str, dict[str, Any]] = {}
    for name in (companions.ADDED, companions.VIEWED):
        for key, props in companions.shown(db.read(), scope, name):
            found.setdefault(key, goods.shown(props))
    return found


def borrow(db: Database, data: Path) -> None:
    """Let `db`, a house for a while, know what the workspace with this `data` knows of products."""
    path = data / "mautod.db"
    if not path.is_file():
        return
    lender = Database(path)
    try:
        products, pairs = companions.all_rows(lender.open().read())
    except (MautodError, *DAMAGE):
        return
    finally:
        lender.close()
    with db.write() as tx:
        companions.replace(tx, products, pairs)
