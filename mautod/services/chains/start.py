"""Chains started by an operator: for whom the chain would take, as if its event had just happened.

It takes the road of every other, through the inbox: the digest finds `Chain Started` among the
events and begins the run, so that `mautod why` names what began it and the operator's act is on the
timeline.
"""

from __future__ import annotations

from collections.abc import Sequence

from mautod.core.chains.entry import MOMENT, Keyed
from mautod.core.envelope import STARTED
from mautod.core.event import Happened
from mautod.errors import Conflict, NotFound
from mautod.services.chains.versions import Version, Versions
from mautod.services.segments.asking import people_who
from mautod.store import inbox
from mautod.store.chains import runs
from mautod.store.chains.campaigns import ChainRow
from mautod.store.db import Tx


def startable(tx: Tx, key: str, now: int, zone: str) -> tuple[ChainRow, Version]:
    """The chain called `key` in the version in force.

    Raises:
        NotFound: no such chain is in force.
        Conflict: each of its runs is about a value of an event, and an operator has no event.
    """
    found = next((one for one in Versions(zone).open(tx, now) if one[0].key == key), None)
    if found is None:
        raise NotFound(f"there is no chain {key!r}", field="value")
    again = found[1].chain.enter.again
    if isinstance(again, Keyed):
        raise Conflict(
            f"chain {key} has a run for each {again.name}: only an event can start one",
            field="value",
        )
    return found


def start_all(
    tx: Tx, people: Sequence[int], key: str, now: int, zone: str, *, in_time: bool = False
) -> int:
    """Let the digest start a chain for those whom it takes; how many. Inside `write`.

    `in_time`: not an operator does, but its own schedule or date.

    Whom its `when`, its test list or its `again` keeps out is passed over.

    Raises:
        NotFound, Conflict: as `startable` does.
    """
    row, version = startable(tx, key, now, zone)
    taken = set(people)
    for asked in filter(None, (version.entry, version.test)):
        taken = people_who(tx, asked, taken, now, row.key)
    pasts = runs.pasts(tx, row.id, taken) if taken else {}
    moment = version.chain.enter.moment
    props = {"chain": key, MOMENT: moment.text} if in_time and moment else {"chain": key}
    admitted = [
        person
        for person in people
        if person in taken
        and version.chain.enter.admits(
            pasts.get(person), Happened(0, person, STARTED, now, now, props)
        )
    ]
    inbox.post_all(tx, now, ((person, STARTED, props) for person in admitted))
    return len(admitted)
