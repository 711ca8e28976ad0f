"""The pieces of work by kind: each takes the settings and what was asked, and answers a shape."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from mautod import clock, wire
from mautod.config import Settings
from mautod.duration import parse_duration
from mautod.errors import BadInput
from mautod.services.definitions import apply as definitions
from mautod.services.simulate import replay, run, suite, tell
from mautod.services.simulate.log import Letter
from mautod.store.db import Database
from mautod.store.reports.replay import Span

Ask = wire.SimulateAsk | wire.ReplayAsk | wire.SuiteAsk | None
Tell = Callable[[int, int], None]
"""Hears how far it is, and how far it goes; 0 where that is not known."""

LONGEST_SCRIPT: Final = 256 * 1024
FARTHEST_MS: Final = parse_duration("3650d")
SELDOM: Final = (100_000, 50, 100)
"""Many objects and no cycles come about in a replay; looking for cycles takes a tenth of it."""


def do(settings: Settings, work: wire.Work, ask: Ask, heard: Tell) -> wire.Work:
    """`work` with its answer.

    Raises:
        MautodError: whatever is wrong with the files, or with what was asked.
    """
    match ask:
        case None:
            return msgspec.structs.replace(work, changes=_apply(settings))
        case wire.SuiteAsk():
            return msgspec.structs.replace(work, tests=_test(settings, ask, heard))
        case wire.SimulateAsk():
            return msgspec.structs.replace(work, simulated=_simulate(settings, ask))
        case wire.ReplayAsk():
            return msgspec.structs.replace(work, replayed=_replay(settings, ask, heard))


def kind_of(ask: Ask) -> str:
    """The word for the work that `ask` asks for, also how its type is told on a wire."""
    match ask:
        case None:
            return "apply"
        case wire.SuiteAsk():
            return "test"
        case wire.SimulateAsk():
            return "simulate"
        case wire.ReplayAsk():
            return "replay"


ASKS: Final[dict[str, type[wire.Shape]]] = {
    "test": wire.SuiteAsk,
    "simulate": wire.SimulateAsk,
    "replay": wire.ReplayAsk,
}


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.data / "mautod.db").open()
    try:
        yield database
    finally:
        database.close()


def _apply(settings: Settings) -> wire.Changes:
    zone = settings.config.workspace.timezone
    with _database(settings) as database:
        done = definitions.apply(database, settings.workspace, clock.now_ms(), zone)
    return msgspec.convert(done, wire.Changes, from_attributes=True)


def _test(settings: Settings, ask: wire.SuiteAsk, heard: Tell) -> list[wire.Tested]:
    found = []
    for result in suite.run_tests(settings, ask.name):
        found.append(msgspec.convert(result, wire.Tested, from_attributes=True))
        heard(len(found), 0)
    return found


def _simulate(settings: Settings, ask: wire.SimulateAsk) -> wire.Simulated:
    if len(ask.script) > LONGEST_SCRIPT:
        raise BadInput(
            f"the script of {ask.file} is longer than {LONGEST_SCRIPT} characters",
            field="script",
            hint="Say less: one person, and what they do.",
        )
    log = run.simulate(settings, ask.chain, ask.script, ask.file)
    lines = list(tell.as_lines(log, everything=ask.everything))
    return wire.Simulated(lines, tell.as_values(log), [_letter(one) for one in log.letters])


def _letter(one: Letter) -> wire.Letter:
    seen = one.preview
    return wire.Letter(one.template, seen.subject, seen.text, seen.html)


def _replay(settings: Settings, ask: wire.ReplayAsk, heard: Tell) -> wire.Replayed:
    gc.set_threshold(*SELDOM)
    now, back = clock.now_ms(), parse_duration(ask.since)
    if not 0 < back <= FARTHEST_MS:
        raise BadInput(
            f"{ask.since} is no stretch of history", field="since", hint="Write it as 90d."
        )
    asked = replay.Asked(ask.chain, Span(now - back, now), ask.against)
    with _database(settings) as database:
        found = replay.replay(settings, database, asked, heard)
    return msgspec.convert(found, wire.Replayed, from_attributes=True)
