"""One act on many people: written down with everybody it is about, then done part by part.

Who was counted is who is acted on: the people are fixed when the act is asked for, and the number
that an operator confirms is theirs. Each part is one short transaction that strikes its people off,
so that whoever goes on after a crash, a desk or the worker, does nobody twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

import msgspec

from mautod import wire
from mautod.core.sending.consent import ALL
from mautod.duration import DAY
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.chains import start
from mautod.services.delivery import consent
from mautod.services.intake import edit
from mautod.services.people.find import Finder
from mautod.services.segments import lists
from mautod.store.db import Database, Tx
from mautod.store.delivery import consent as wills
from mautod.store.people import bulk

IN_TIME: Final = "chain in time"
"""The act by which a chain's own schedule or date starts it."""
ASKED_MS: Final = DAY
"""How long an act that was asked for may wait to be confirmed."""


class At(NamedTuple):
    """The instant, and the zone of the workspace."""

    now: int
    zone: str


Check = Callable[[Tx, str, At], None]
"""(transaction, value, instant): raises what is wrong with the value."""

Do = Callable[[Tx, Sequence[int], str, At], int]
"""(transaction, living people, value, instant) → how many of them changed; inside `write`."""


@dataclass(frozen=True, slots=True)
class Act:
    """A kind of act; `words` say it, with the number of people and the value put in."""

    words: str
    check: Check
    do: Do


def ask(db: Database, finder: Finder, asked: wire.BulkAsk) -> wire.Bulk:
    """Write down an act and whom it is about; nothing is done before `step`.

    Raises:
        RuleError: the query looks like a rule and does not parse.
        BadInput: there is no such act, its value is none, or nobody is meant.
    """
    act = _act(asked.act)
    act.check(finder.tx, asked.value, At(finder.now, finder.zone))
    people = bulk.living(finder.tx, asked.people) if asked.people else finder.ids(asked.query)
    if not people:
        raise BadInput("nobody is meant", field="query", hint="Search for somebody first.")
    with db.write() as tx:
        bulk.drop_asked(tx, finder.now - ASKED_MS)
        made = bulk.put(tx, finder.now, (asked.act, asked.value), asked.query, people)
    return told(made)


def step(db: Database, bulk_id: int, at: At) -> wire.Bulk:
    """Act on the next part; how far it is. Nothing happens where all is done.

    Raises:
        NotFound: there is no such act, or it waited too long to be confirmed.
    """
    with db.write() as tx:
        found = bulk.find(tx, bulk_id)
        if found is None or found.state == bulk.DROPPED:
            raise NotFound(f"there is no bulk act {bulk_id}", field="id")
        if found.state == bulk.DONE:
            return told(found)
        people = bulk.take(tx, bulk_id)
        living = bulk.living(tx, people)
        changed = _act(found.act).do(tx, living, found.value, at) if living else 0
        return told(bulk.progress(tx, bulk_id, len(people), changed))


def go_on(db: Database, at: At) -> int:
    """A step of the oldest act that was begun; 0 when there is none."""
    found = bulk.running(db.read())
    return 0 if found is None else step(db, found, at).done


def told(item: wire.Bulk) -> wire.Bulk:
    """With the words that say it."""
    words = ACTS[item.act].words if item.act in ACTS else f"{item.act} {{n}} people {{value}}"
    number = f"{item.total:,}".replace(",", " ")
    text = words.format(n=number, value=item.value).strip()
    return msgspec.structs.replace(item, text=text)


def _act(name: str) -> Act:
    if name not in ACTS:
        raise BadInput(f"there is no act {name!r}", field="act", hint=f"One of: {', '.join(ACTS)}.")
    return ACTS[name]


# --- the acts -----------------------------------------------------------------------------------


_SIGNED: Final = re.compile(r"\s+(?=[+-])")


def _tags(value: str) -> wire.ChangeAsk:
    """`+wholesale -trial`."""
    words = _SIGNED.split(value.strip())
    for word in words:
        if word[:1] not in ("+", "-"):
            raise BadInput(f"{word!r} is neither +TAG nor -TAG", field="value")
    on, off = ([word[1:] for word in words if word[0] == sign] for sign in "+-")
    return wire.ChangeAsk(tag=on, untag=off)


def _check_tags(_: Tx, value: str, _at: At) -> None:
    edit.check(_tags(value))


def _tag(tx: Tx, people: Sequence[int], value: str, at: At) -> int:
    return edit.edit_all(tx, people, _tags(value), at.now)


def _check_nothing(_: Tx, value: str, _at: At) -> None:
    if value.strip() != value or not value.isprintable():
        raise BadInput(f"{value!r} makes no sense here", field="value")


def _unsubscribe(tx: Tx, people: Sequence[int], value: str, at: At) -> int:
    return sum(
        consent.unsubscribe_in(
            tx,
            consent.FromPerson(person),
            at.now,
            topic=value or ALL,
            channel=ALL,
            source="operator",
        ).new
        for person in people
    )


def _suppress(tx: Tx, people: Sequence[int], _: str, at: At) -> int:
    emails = bulk.emails(tx, people)
    return sum(wills.suppress(tx, "email", email, "manual", at.now) for email in emails)


def _check_list(tx: Tx, value: str, _: At) -> None:
    lists.static(tx, value)


def _enlist(tx: Tx, people: Sequence[int], value: str, at: At) -> int:
    ask = wire.ListAsk(add=[str(person) for person in people], by="id")
    return lists.change(tx, value, ask, at.now).added


def _unlist(tx: Tx, people: Sequence[int], value: str, at: At) -> int:
    ask = wire.ListAsk(remove=[str(person) for person in people], by="id")
    return lists.change(tx, value, ask, at.now).removed


def _check_chain(tx: Tx, value: str, at: At) -> None:
    start.startable(tx, value, *at)


def _start(tx: Tx, people: Sequence[int], value: str, at: At) -> int:
    return _started(tx, people, value, at, in_time=False)


def _start_in_time(tx: Tx, people: Sequence[int], value: str, at: At) -> int:
    return _started(tx, people, value, at, in_time=True)


def _started(tx: Tx, people: Sequence[int], value: str, at: At, *, in_time: bool) -> int:
    """A chain that was taken away or changed meanwhile starts for nobody; other acts go on."""
    try:
        return start.start_all(tx, people, value, *at, in_time=in_time)
    except (NotFound, Conflict):
        return 0


ACTS: Final[Mapping[str, Act]] = {
    "tag": Act("tag {n} people {value}", _check_tags, _tag),
    "segment": Act("add {n} people to segment {value}", _check_list, _enlist),
    "unlist": Act("take {n} people off segment {value}", _check_list, _unlist),
    "chain": Act("start chain {value} for {n} people", _check_chain, _start),
    IN_TIME: Act("start chain {value} for {n} people, in its time", _check_chain, _start_in_time),
    "unsubscribe": Act("unsubscribe {n} people from {value}", _check_nothing, _unsubscribe),
    "suppress": Act("never write to the emails of {n} people again", _check_nothing, _suppress),
}
