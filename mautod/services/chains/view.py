"""What runs see when they wake: the clock, their messages, and what their steps ask about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from mautod.core.chains.run import View
from mautod.core.rules.dates import instant
from mautod.core.rules.where import find
from mautod.core.times.windows import first_known_zone
from mautod.services.chains.versions import Version
from mautod.store.chains import calls, experiments, runs
from mautod.store.chains.runs import NO_MAIL, Held, Walker
from mautod.store.db import Tx
from mautod.store.rules.predicate import holds_for_runs

_NOBODY: Final = Walker(None, {})


def views(tx: Tx, version: Version, held: Sequence[Held], now: int, zone: str) -> dict[int, View]:
    """The view of each of these runs, by id; all follow `version`. `zone` is the workspace's.

    What is not asked for in this version is not looked up.
    """
    if not held:
        return {}
    mine = [each.run.id for each in held]
    mail = runs.mail(tx, mine)
    people = runs.people(tx, [each.run.person_id for each in held]) if version.personal else {}
    called = calls.of_runs(tx, mine) if version.calls else {}
    reach = {
        name: holds_for_runs(tx, predicate, mine, now) for name, predicate in version.reach.items()
    }
    tries = runs.tries(tx, mine) if version.cascades else {}
    splits = any(step.winner for step in version.chain.steps)
    winners = experiments.winners(tx, held[0].definition_id) if splits else {}
    found = {}
    for each in held:
        seen = mail.get(each.run.id, NO_MAIL)
        walker = people.get(each.run.person_id, _NOBODY)
        found[each.run.id] = View(
            now,
            queued_until=seen.queued_until,
            last_sent=seen.last_sent,
            winners=winners,
            zones=(zone, first_known_zone(walker.zone, zone)),
            dates=_dates(version, walker, zone),
            calls=called.get(each.run.id, {}),
            reach=frozenset(name for name, ids in reach.items() if each.run.id in ids),
            tries=tuple(tries.get(each.run.id, ())),
            chain=version.chain.key,
            window=version.chain.window,
        )
    return found


def _dates(version: Version, walker: Walker, zone: str) -> dict[tuple[str, ...], int]:
    """The dates that steps ask for, where the person has them."""
    read = {path: instant(find(walker.props, path), zone) for path in version.dates}
    return {path: at for path, at in read.items() if at is not None}
