"""An edit of a chain and the people on it: what becomes of them, said beforehand and done."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.chains.edit import MOVE, RESTART, Way, way
from mautod.core.chains.run import FINISHED
from mautod.errors import DefinitionError
from mautod.services.chains.wake import ENDED, ended
from mautod.store import catalog, inbox
from mautod.store.catalog import Definition
from mautod.store.chains import campaigns, edits
from mautod.store.chains.edits import Standing, Unsent
from mautod.store.db import Tx
from mautod.store.delivery import messages
from mautod.store.delivery.messages import Slip


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of those who stand in one step of an older version.

    `way` is None where they finish the version that they began.
    """

    at: Standing
    policy: str
    way: Way | None = None

    def __str__(self) -> str:
        where = f'in step "{self.at.step}"' if self.at.step else "before the first step"
        verb = "person is" if self.at.people == 1 else "people are"
        count = format(self.at.people, ",").replace(",", " ")
        return f"{count} {verb} waiting {where} (v{self.at.version}); {self._then()}"

    def _then(self) -> str:
        match self.way:
            case None:
                return "policy: stay, they finish that version"
            case Way(None):
                return f"policy: {self.policy}, the step is gone and nothing follows: they finish"
            case Way(step, fresh=False) if step:
                return f"policy: {self.policy}, they stay in it and follow the new version"
            case Way(step) if step:
                return f'policy: {self.policy}, the step is gone: they go on at "{step}"'
            case _:
                return f"policy: {self.policy}, they begin the new version"


def fates(tx: Tx, new: Chain) -> list[Fate]:
    """What becomes of the people under way when `new` is applied."""
    row = campaigns.chain(tx, new.key)
    return [] if row is None else [_fate(tx, new, at) for at in edits.standing(tx, row.id)]


def carry_out(tx: Tx, new: Chain, written: Definition, now: int) -> list[Fate]:
    """Let the people under way follow the version `written` as its policy says. Inside `write`.

    Nobody gets the message of a step twice; what was not sent by the run's own doing may come
    again when it begins anew.
    """
    row = campaigns.chain(tx, new.key)
    if row is None:
        return []
    standing = [at for at in edits.standing(tx, row.id) if at.definition_id != written.id]
    found = [_fate(tx, new, at) for at in standing]
    if new.on_edit == RESTART:
        _call_back(tx, new.key, edits.restart(tx, row.id, written.id, now), now)
    elif new.on_edit == MOVE:
        for fate in found:
            _move(tx, row.id, new.key, fate, written.id, now)
    return found


def _fate(tx: Tx, new: Chain, at: Standing) -> Fate:
    if new.on_edit == RESTART:
        return Fate(at, RESTART, Way("", fresh=True))
    old = _version(tx, at.definition_id) if new.on_edit == MOVE else None
    return Fate(at, new.on_edit) if old is None else Fate(at, MOVE, way(old, new, at.step))


def _version(tx: Tx, definition_id: int) -> Chain | None:
    """A version that was applied; None if a mautod wrote it that read other things."""
    found = catalog.get(tx, definition_id)
    try:
        return None if found is None else parse_chain(found.body, found.file, found.key)
    except DefinitionError:
        return None


def _move(tx: Tx, chain_id: int, key: str, fate: Fate, new: int, now: int) -> None:
    if fate.way is None:
        return
    if fate.way.step is not None:
        edits.place(tx, chain_id, fate.at, new, fate.way, now)
        return
    people = edits.finish(tx, chain_id, fate.at, FINISHED, now)
    inbox.post_all(tx, now, ((person, ENDED, ended(key, FINISHED)) for person in people))


def _call_back(tx: Tx, key: str, unsent: list[Unsent], now: int) -> None:
    """Say why messages that were queued will not leave."""
    evidence = {"how": edits.WITHDRAWN, "at": now}
    messages.note(tx, (Slip(one.id, now, "refuse", "left", evidence) for one in unsent))
    inbox.post_all(tx, now, _refusals(key, unsent))


def _refusals(key: str, unsent: list[Unsent]) -> Iterator[inbox.Note]:
    for one in unsent:
        props = {
            "message": one.id,
            "run": one.run_id,
            "chain": key,
            "step": one.step,
            "template": one.template,
            "channel": one.channel,
            "reason": "left",
        }
        yield one.person_id, "Message Refused", props
