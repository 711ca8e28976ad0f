"""An operator's word that two people are one, and that they are not after all.

Both are done at once, in one transaction; the digest then looks at every rule about them again.
"""

from __future__ import annotations

from typing import Final

from mautod import wire
from mautod.core.people.identity import join
from mautod.core.people.parting import part
from mautod.core.people.person import Card
from mautod.errors import Conflict, NotFound
from mautod.services.chains.enter import Chains
from mautod.store import events, inbox
from mautod.store.db import Tx
from mautod.store.people import identities as people
from mautod.store.people import merges
from mautod.store.people.merges import Merged

OPERATOR: Final = "operator"
"""Why an operator's merge was made."""


def merge(tx: Tx, chains: Chains, winner_id: int, loser_id: int, now: int) -> wire.Done:
    """Let one living person absorb another; inside `write`.

    Raises:
        Conflict: they are one already.
        NotFound: one of them was erased.
    """
    if winner_id == loser_id:
        raise Conflict(f"both are person {winner_id} already", field="other")
    cards = people.load(tx, (winner_id, loser_id))
    winner, loser = cards[winner_id], cards[loser_id]
    for card in (winner, loser):
        if card.erased_at is not None:
            raise NotFound(f"person {card.id} was erased", field="person")
    joined = join(winner, loser, OPERATOR)
    people.save(tx, (winner, loser))
    number = merges.merge(tx, joined, now)
    chains.moved(tx, winner_id, loser_id, now)
    events.add_counter(tx, "people", -1)
    inbox.recheck(tx, now, winner_id)
    text = f"person {winner_id} absorbed {loser_id}; undo: {undoing(winner_id, number)}"
    return wire.Done(1, text)


def undoing(person_id: int, merge_id: int) -> str:
    """The command that undoes a merge."""
    return f"mautod people unmerge {person_id} --merge {merge_id}"


def unmerge(tx: Tx, person_id: int, asked_id: int, merge_id: int | None, now: int) -> wire.Done:
    """Undo a merge, by its number, or the one that absorbed `asked_id`, or a person's last.

    `person_id` is living. Inside `write`.

    Raises:
        NotFound: there is no such merge.
        Conflict: it was undone already, or others that stand on it must be undone before.
    """
    merged = _meant(tx, person_id, asked_id, merge_id)
    _check(tx, merged, person_id)
    before = merges.snapshot(tx, merged.id)
    winner = people.load(tx, [merged.winner_id])[merged.winner_id]
    loser = Card(**before["loser"], changed={"merged_into"})
    part(winner, Card(**before["winner"]), loser)
    people.save(tx, (winner, loser))
    merges.undo(tx, merged, now)
    events.add_counter(tx, "people", 1)
    for card in (winner, loser):
        inbox.recheck(tx, now, card.id)
    return wire.Done(1, f"person {winner.id} and {loser.id} are two again.")


def merges_of(tx: Tx, person_id: int) -> list[wire.Merge]:
    """The merges of a living person, the latest first, with how to undo each that can be."""
    found = merges.merges_of(tx, person_id)
    return [
        wire.Merge(
            m.id, m.at, m.winner_id, m.loser_id, m.reason, m.undone_at,
            undoing(m.winner_id, m.id) if _can_be_undone(tx, m) else "",
        )
        for m in found
    ]  # fmt: skip


def _can_be_undone(tx: Tx, merged: Merged) -> bool:
    return merged.undone_at is None and not merges.later(tx, merged)


def _meant(tx: Tx, person_id: int, asked_id: int, merge_id: int | None) -> Merged:
    found = merges.merges_of(tx, person_id) + merges.merges_of(tx, asked_id)
    standing = [merged for merged in found if merged.undone_at is None]
    if merge_id is not None:
        one = merges.find(tx, merge_id)
        if one is None:
            raise NotFound(f"there is no merge {merge_id}", field="merge")
        return one
    of_asked = (m for m in standing if asked_id != person_id and m.loser_id == asked_id)
    one = next(of_asked, next(iter(standing), None))
    if one is None:
        raise NotFound(f"nobody was merged into person {person_id}", field="person")
    return one


def _check(tx: Tx, merged: Merged, person_id: int) -> None:
    if merged.undone_at is not None:
        raise Conflict(f"merge {merged.id} was undone already", field="merge")
    blocking = _blocking(tx, merged)
    if blocking:
        later = ", ".join(map(str, blocking))
        raise Conflict(
            f"merge {merged.id} cannot be undone while later ones stand on it: {later}",
            field="merge",
            hint=f"Undo first: {undoing(person_id, blocking[0])}",
        )
    if "rows" not in merges.snapshot(tx, merged.id):
        raise Conflict(
            f"merge {merged.id} was made before it was recorded what moves", field="merge"
        )


def _blocking(tx: Tx, merged: Merged) -> list[int]:
    """Merges that stand on this one, of whoever absorbed the winner too, the latest first."""
    found = merges.later(tx, merged)
    for key in merges.later(tx, merged):
        one = merges.find(tx, key)
        if one is not None and one.loser_id == merged.winner_id:
            found += _blocking(tx, one)
    return sorted(set(found), reverse=True)
