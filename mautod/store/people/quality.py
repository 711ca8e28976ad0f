"""What is wrong with what is known of people: each doubt is one condition over a person.

The report asks all of them in one pass over `person`; a listing asks one of them, newest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.store import rows, state
from mautod.store.db import Tx, from_json, to_json
from mautod.store.delivery.consent import find_salt
from mautod.store.people.duplicates import KEYS
from mautod.store.rules.mirror import KEY as MIRRORED
from mautod.store.rules.values import json_path
from mautod.wire import Person

_THERE: Final = "p.merged_into IS NULL AND p.erased_at IS NULL"
_SUPPRESSED: Final = """
(p.email IS NOT NULL AND (lower(trim(p.email)) IN (
  SELECT s.address FROM suppression s WHERE s.channel IN ('email', '*') AND s.address IS NOT NULL)
OR CASE WHEN :domains THEN domain_key(p.email) IN (
  SELECT s.address FROM suppression s
  WHERE s.channel IN ('email', '*') AND s.address IS NOT NULL) ELSE 0 END
OR CASE WHEN :hashed THEN address_hash(:salt, p.email) IN (
  SELECT s.address_hash FROM suppression s
  WHERE s.channel IN ('email', '*') AND s.address IS NULL) ELSE 0 END))"""
_REFUSING: Final = """
(p.id IN (SELECT c.person_id FROM consent c
  WHERE c.state = 'unsubscribed' AND c.topic = '*' AND c.channel IN ('email', '*'))
OR lower(trim(p.email)) IN (SELECT o.address FROM optout o
  WHERE o.state = 'unsubscribed' AND o.topic = '*' AND o.channel IN ('email', '*')))"""
_DIGITS: Final = KEYS["phone"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that may be wrong: its key, the heading that it stands under, and in words.

    `counted` counts the people more quickly than by asking each of them.
    """

    key: str
    about: str
    title: str
    condition: str
    counted: str = ""

    @property
    def sum(self) -> str:
        """How many people it is about, as an expression over all of them."""
        return f"({self.counted})" if self.counted else f"coalesce(sum({self.condition}), 0)"


def _shared(what: str, title: str) -> Doubt:
    """Somebody else who is there has the same."""
    key = KEYS[what]
    groups = (
        f"SELECT {key} AS value, count(*) AS size FROM person p"
        f" WHERE p.{what} IS NOT NULL AND {key} <> '' AND {_THERE}"
        f" GROUP BY {key} HAVING count(*) > 1"
    )
    among = f"(p.{what} IS NOT NULL AND {key} IN (SELECT value FROM ({groups})))"
    sum_ = f"SELECT coalesce(sum(size), 0) FROM ({groups})"
    return Doubt(f"duplicate-{what}", "duplicates", title, among, sum_)


DOUBTS: Final = (
    Doubt("no-email", "unreachable by email", "no address", "p.email IS NULL"),
    Doubt("suppressed", "unreachable by email", "the address is suppressed", _SUPPRESSED),
    Doubt(
        "unsubscribed",
        "unreachable by email",
        "said no to every letter",
        f"(p.email IS NOT NULL AND {_REFUSING} AND NOT {_SUPPRESSED})",
    ),
    Doubt("no-phone", "unreachable by phone", "no number", "p.phone IS NULL"),
    Doubt(
        "invalid-email",
        "invalid",
        "the address is none",
        "(p.email NOT LIKE '_%@_%.__%' OR p.email LIKE '% %' OR p.email LIKE '%@%@%')",
    ),
    Doubt(
        "invalid-phone",
        "invalid",
        "the number is none",
        f"(p.phone IS NOT NULL AND (length({_DIGITS}) < 7 OR length({_DIGITS}) > 15"
        " OR lower(p.phone) <> upper(p.phone)))",
    ),
    Doubt(
        "invalid-timezone",
        "invalid",
        "the time zone is none",
        "p.timezone IN (SELECT value FROM json_each(:zones))",
    ),
    _shared("email", "others have the address"),
    _shared("phone", "others have the number"),
    _shared("name", "others have the name"),
    Doubt("stale", "stale", "not seen for long", "(p.last_seen < :stale)"),
    Doubt("never-seen", "stale", "never seen on the site", "p.last_seen IS NULL"),
    Doubt(
        "no-identity",
        "unknown",
        "no identity leads to them",
        "NOT EXISTS (SELECT 1 FROM identity i WHERE i.person_id = p.id)",
    ),
)
_DATE: Final = """
(json_extract(p.props, '{path}') IS NOT NULL
AND instant(json_extract(p.props, '{path}'), :zone) IS NULL)"""

# one pass over person; subqueries are made once, no-identity asks index identity_person
_COUNT: Final = "SELECT count(*), {sums} FROM person p WHERE {there}"
# from the newest by the primary key until the page is full
_LIST: Final = f"""
SELECT {rows.PERSON} FROM person p WHERE {_THERE} AND p.id < :after AND {{condition}}
ORDER BY p.id DESC LIMIT :limit"""
_ZONES: Final = "SELECT DISTINCT timezone FROM person WHERE timezone IS NOT NULL"


def doubts(tx: Tx) -> list[Doubt]:
    """All that is asked: also whether values are dates, of the properties that rules ask so."""
    known: list[str] = from_json(state.get(tx, MIRRORED, "[]"))
    props = sorted({name.partition(" ")[2] for name in known})
    dates = [
        Doubt(f"bad-date-{prop}", "not a date", f"{prop} names none", _condition(prop))
        for prop in props
    ]
    return [*DOUBTS, *dates]


def _condition(prop: str) -> str:
    path = json_path(tuple(part.strip('"') for part in prop.split(".")))
    return _DATE.format(path=path.replace("'", "''"))


def zones(tx: Tx) -> list[str]:
    """Every time zone that somebody's card names; one pass over person."""
    return [row[0] for row in tx.execute(_ZONES)]


def count(tx: Tx, asked: Sequence[Doubt], values: Mapping[str, Any]) -> tuple[int, list[int]]:
    """How many people there are, and how many of them each doubt is about."""
    sums = ", ".join(each.sum for each in asked)
    row = tx.execute(_COUNT.format(sums=sums, there=_THERE), _bound(tx, values)).fetchone()
    return int(row[0]), list(row[1:])


def people(
    tx: Tx, doubt: Doubt, values: Mapping[str, Any], after: int, limit: int, now: int
) -> list[Person]:
    """Whom a doubt is about, from below the id `after`."""
    bound = {**_bound(tx, values), "after": after, "limit": limit}
    found = tx.execute(_LIST.format(condition=doubt.condition), bound)
    return [rows.person(row, now) for row in found]


def _bound(tx: Tx, values: Mapping[str, Any]) -> dict[str, Any]:
    hashed = tx.execute("SELECT 1 FROM suppression WHERE address IS NULL LIMIT 1").fetchone()
    domains = tx.execute("SELECT 1 FROM suppression WHERE address LIKE '*@%' LIMIT 1").fetchone()
    return {
        **values,
        "zones": to_json(values["zones"]),
        "salt": find_salt(tx),
        "hashed": hashed is not None,
        "domains": domains is not None,
    }
