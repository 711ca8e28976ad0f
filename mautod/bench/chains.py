"""Chains: people a second who begin one, steps a second when all are due at once, and the report.

Beside them stand bare statements: the runs and messages of the same steps written in batches of the
same size, and the same messages counted by one SQL statement.
"""

from __future__ import annotations

import gc
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from mautod import config
from mautod.app.worker import COLLECT
from mautod.clock import monotonic_s, now_ms
from mautod.duration import DAY, HOUR, SECOND
from mautod.errors import Unavailable
from mautod.services.chains import start
from mautod.services.chains.advance import BATCH
from mautod.services.definitions.apply import apply
from mautod.services.definitions.found import found_workspace
from mautod.services.pumps import House, Pumps
from mautod.services.reports import earned as report
from mautod.services.simulate.house import VirtualClock
from mautod.store import catalog
from mautod.store.db import Database
from mautod.store.journal import Journal

PEOPLE: Final = 100_000
MESSAGES: Final = 1_000_000
PART: Final = 5_000
STEPS_GOAL: Final = 10_000
STARTS_GOAL: Final = 10_000
REPORT_GOAL_S: Final = 2.0

_CHAIN: Final = """
name  = "Walk"
topic = "offers"
enter = { manual = true }
leave = 'did "Order Completed" since entry'
[[step]]
wait = "1h"
[[step]]
id   = "first"
send = "letter"
[[step]]
wait = "1d"
[[step]]
exit = "done"
"""
_TOPICS: Final = '[offers]\nname = "Offers"\n'
_LETTER: Final = '---\nsubject: Hello\n---\n<a href="{{ unsubscribe_url }}">Unsubscribe</a>\n'
_PERSON: Final = "INSERT INTO person (id, created_at, email, props) VALUES (?, ?, ?, '{}')"
_RUN: Final = "UPDATE run SET step = ?, step_at = ?, wake_at = ? WHERE id = ?"
_MESSAGE: Final = (
    "INSERT INTO message (run_id, chain_id, definition_id, step, key, person_id, channel, template,"
    " topic, state, queued_at, due_at) VALUES (?, 9, 9, 'bare', '', ?, 'email', 'letter', 'offers',"
    " 'held', ?, ?)"
)
_HISTORY: Final = """
WITH RECURSIVE n (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM n WHERE n + 1 < :messages)
INSERT INTO message (chain_id, definition_id, step, key, person_id, channel, template, topic, state,
  queued_at, due_at, sending_at, done_at, opened_at, clicked_at)
SELECT :chain, :definition, CASE n % 3 WHEN 0 THEN 'first' ELSE 'bare' END, n, n % :people + 1,
  'email', 'letter', 'offers', CASE n % 10 WHEN 0 THEN 'refused' ELSE 'sent' END,
  :now - n, :now - n, :now - n, :now - n, CASE WHEN n % 3 = 0 THEN :now - n + 9000 END,
  CASE WHEN n % 9 = 0 THEN :now - n + 9000 END FROM n"""
_COUNT: Final = (
    "SELECT chain_id, step, template, state, count(*), count(opened_at), count(clicked_at)"
    " FROM message GROUP BY 1, 2, 3, 4"
)


def run(people: int = PEOPLE, messages: int = MESSAGES) -> bool:
    """Print, and say whether the goals are kept."""
    gc.set_threshold(*COLLECT)
    with tempfile.TemporaryDirectory(prefix="mautod-bench-") as folder:
        found_workspace(Path(folder) / "shop", "empty")
        settings = config.load(Path(folder) / "shop")
        for name, text in _FILES.items():
            (settings.workspace / name).write_text(text, encoding="utf-8")
        db = Database(settings.data / "mautod.db", cache_mb=64).open()
        journal = Journal(settings.data / "journal.db").open()
        bench = _Bench(House(settings, db, journal, VirtualClock(now_ms())), people)
        kept = [bench.start(), bench.walk(), bench.report(messages)]
        journal.close()
        db.close()
    return all(kept)


_FILES: Final = {
    "topics.toml": _TOPICS,
    "chains/walk.toml": _CHAIN,
    "templates/letter.liquid": _LETTER,
}


class _Bench:
    """A workspace with one chain, and people who are not on it yet."""

    def __init__(self, house: House, people: int) -> None:
        self._house = house
        self._db = house.db
        self._clock = house.clock
        self._people = range(1, people + 1)
        self._now = house.clock()
        apply(self._db, house.settings.workspace, self._now, "UTC")
        for part in self._parts():
            with self._db.write() as tx:
                rows = ((n, self._now, f"p{n}@shop.example") for n in part)
                tx.executemany(_PERSON, rows)
        self._pumps = Pumps(house)

    def _parts(self) -> Sequence[range]:
        return [self._people[at : at + PART] for at in range(0, len(self._people), PART)]

    def start(self) -> bool:
        """Everybody begins the chain, from the act to the run."""
        took_s = _timed(self._begin)
        bare_s = _timed(lambda: _each(self._write_runs, self._parts()))
        ours, bare = len(self._people) / took_s, len(self._people) / bare_s
        _print("start", ours, bare, "runs/s")
        return _judge(ours, STARTS_GOAL)

    def _begin(self) -> None:
        for part in self._parts():
            with self._db.write() as tx:
                start.start_all(tx, list(part), "walk", self._now, "UTC")
        while self._pumps.digest():
            pass

    def _write_runs(self, part: range) -> None:
        with self._db.write() as tx:
            tx.executemany(
                "INSERT INTO run (chain_id, definition_id, person_id, key, state, step, entered_at,"
                " step_at) VALUES (9, 9, ?, '', 'held', '', ?, ?)",
                ((n, self._now, self._now) for n in part),
            )

    def walk(self) -> bool:
        """All runs are due in one second: one step at the start, two an hour later."""
        first_s = _timed(self._advance)
        self._now = self._set(self._now + HOUR + SECOND)
        took_s = first_s + _timed(self._advance)
        self._check()
        bare_s = _timed(lambda: _each(self._write_steps, self._batches()))
        ours, bare = 3 * len(self._people) / took_s, 3 * len(self._people) / bare_s
        _print("steps", ours, bare, "steps/s")
        return _judge(ours, STEPS_GOAL)

    def _set(self, now: int) -> int:
        assert isinstance(self._clock, VirtualClock)
        self._clock.now = now
        return now

    def _advance(self) -> None:
        while self._pumps.advance():
            pass

    def _check(self) -> None:
        queued = self._db.read().execute("SELECT count(*) FROM message").fetchone()[0]
        if queued != len(self._people):
            raise Unavailable(f"{queued} messages of {len(self._people)} were queued")

    def _batches(self) -> Sequence[range]:
        return [self._people[at : at + BATCH] for at in range(0, len(self._people), BATCH)]

    def _write_steps(self, part: range) -> None:
        """What both walks write: each run twice, and a message of it."""
        now = self._now
        for step in ("1", "3"):
            with self._db.write() as tx:
                tx.executemany(_RUN, ((step, now, now + DAY, n) for n in part))
                if step == "3":
                    tx.executemany(_MESSAGE, ((-n, n, now, now) for n in part))

    def report(self, messages: int) -> bool:
        """What the chain reached, of so many messages more."""
        with self._db.write() as tx:
            chain = catalog.active(tx, "chain")[0]
            values = {"chain": 1, "definition": chain.id, "people": len(self._people)}
            tx.execute(_HISTORY, values | {"messages": messages, "now": self._now})
            tx.execute("ANALYZE")
        tx = self._db.read()
        period = report.Period(None, None, self._now)
        ours_s = min(_timed(lambda: report.goals(tx, report.Asked(), period)) for _ in range(2))
        bare_s = min(_timed(lambda: tx.execute(_COUNT).fetchall()) for _ in range(2))
        print(
            f"report    {ours_s:9.2f} s over {messages:,} messages, limit {bare_s:.2f}, "
            f"ratio {bare_s / ours_s:.2f}"
        )
        print(f"{'':9} goal {REPORT_GOAL_S:g}: {'kept' if ours_s <= REPORT_GOAL_S else 'MISSED'}")
        return ours_s <= REPORT_GOAL_S


def _each(work: Callable[[range], None], parts: Sequence[range]) -> None:
    for part in parts:
        work(part)


def _timed(work: Callable[[], object]) -> float:
    began = monotonic_s()
    work()
    return monotonic_s() - began


def _print(name: str, ours: float, bare: float, unit: str) -> None:
    print(f"{name:9} {ours:9,.0f} {unit}, limit {bare:,.0f}, ratio {ours / bare:.2f}")


def _judge(ours: float, goal: float) -> bool:
    print(f"{'':9} goal {goal:,.0f}: {'kept' if ours >= goal else 'MISSED'}")
    return ours >= goal
