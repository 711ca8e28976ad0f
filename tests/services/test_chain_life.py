"""Any chains, people, events, pauses, merges and crashes: what must hold always holds."""

from __future__ import annotations

import tempfile
from pathlib import Path

from chain_kit import World
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mautod.core.codes import Pool
from mautod.services.chains.enter import Chains
from mautod.store import catalog
from mautod.store.chains import campaigns, codes
from mautod.store.db import to_json

CHAINS = {
    "once": """
        enter = { event = "A" }
        leave = 'did "D" since entry'
        [[step]]
        send = "once-1"
        [[step]]
        await = { event = "B", for = "1h", else = "second" }
        [[step]]
        exit = "heard"
        [[step]]
        id = "second"
        send = "once-2"
        """,
    "always": """
        enter = { event = "A", again = "always" }
        goal = { event = "C" }
        [[step]]
        wait = "1m"
        [[step]]
        branch = 'did "B" since entry'
        else = "no"
        [[step]]
        send = "always-1"
        [[step]]
        id = "no"
        set = { x = 1 }
        """,
    "every": """
        enter = { event = "B", when = 'vip = true', again = "per 2h" }
        [[step]]
        id = "again"
        send = "every-1"
        [[step]]
        wait = "10m"
        [[step]]
        branch = 'did "C" since entry'
        then = "again"
        """,
    "keyed": """
        enter = { event = "C", again = "per property order" }
        goal = { event = "D" }
        [[step]]
        await = { event = "A", for = "30m", then = "end", else = "end" }
        [[step]]
        id = "end"
        send = "keyed-1"
        """,
    "ruled": """
        enter = { event = ["A", "D"], again = "always" }
        [[step]]
        await = { rule = 'did "B" since entry', for = "1h", then = "came", else = "late" }
        [[step]]
        id = "came"
        start = "by-hand"
        [[step]]
        jump = "pause"
        [[step]]
        id = "late"
        stop = "every"
        [[step]]
        id = "pause"
        wait = { until = "12:00" }
        [[step]]
        split = { x = 1, y = 1 }
        to = { x = "end", y = "end" }
        [[step]]
        id = "end"
        send = "ruled-1"
        """,
    "by-hand": """
        enter = { manual = true, again = "always" }
        [[step]]
        await = { event = "A", on = "order", for = "1d" }
        [[step]]
        tag = "+seen"
        [[step]]
        wait = { date = "created_at", offset = "2d" }
        """,
    "after": """
        enter = { chain = "ruled", outcome = "finished", again = "always" }
        [[step]]
        start = "ruled"
        [[step]]
        send = "after-1"
        """,
    "coded": """
        enter = { event = "D", again = "always" }
        [[step]]
        code = "spring"
        for = "1h"
        [[step]]
        send = "coded-1"
        """,
    "cascade": """
        enter = { event = "B", again = "per 1h" }
        [[step]]
        id = "s"
        send = "cascade-1"
        channels = ["push", "sms", "email"]
        next_after = "30m"
        [[step]]
        wait = "1m"
        """,
}


class Life(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.world = World.new(Path(self.folder.name))
        self.world.db.read().execute("PRAGMA synchronous = off")
        self.ids = {key: self.world.chain(text, key) for key, text in CHAINS.items()}
        self.world.chains = Chains("UTC", installed=("email", "sms"))
        self.people = [self.world.person(f"{n}@example.com", vip=n != 1) for n in range(3)]
        with self.world.db.write() as tx:
            tx.execute("UPDATE person SET phone = '+47' || id WHERE id = 1")
            body = to_json(Pool("spring", "Spring", list_="x.csv").body(("A", "B")))
            catalog.put(tx, "codes", "spring", "codes.toml", body, self.world.now)
            codes.load(tx, "spring", ("A", "B"))
        self.entered = self.ended = 0

    def teardown(self):
        if hasattr(self, "world"):
            self.world.db.close()
            self.folder.cleanup()

    events = st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from("AAABBBCCD"), st.integers(1, 2)),
        min_size=1,
        max_size=4,
    )

    @rule(batch=events, ago=st.sampled_from(["0s", "5m", "3h"]))
    def happen(self, batch, ago):
        world = self.world
        notes = world.happen(
            *(
                (self.people[n % len(self.people)], name, {"order": order})
                for n, name, order in batch
            ),
            ago=ago,
        )
        self.entered += sum(name == "Chain Entered" for _, name, _ in notes)
        self.ended += sum(name == "Chain Ended" for _, name, _ in notes)

    @rule(span=st.sampled_from(["1s", "1m", "20m", "2h", "3d"]))
    def pass_time(self, span):
        self.world.later(span)

    @rule(span=st.sampled_from(["1s", "1m", "20m", "2h"]), limit=st.sampled_from([1, 2, 500]))
    def go_on(self, span, limit):
        self.world.advance(limit)
        self.deliver("sent")
        self.world.later(span).advance(limit)
        due = "SELECT count(*) FROM run r JOIN chain c ON c.id = r.chain_id WHERE r.wake_at <= ? AND c.state = 'running'"
        assert self.world.one(due, self.world.now) == 0

    @rule()
    def digest(self):
        self.ended += sum(name == "Chain Ended" for name, _ in self.world.said())
        notes = self.world.digest()
        self.entered += sum(name == "Chain Entered" for _, name, _ in notes)
        self.ended += sum(name == "Chain Ended" for _, name, _ in notes)

    @rule(state=st.sampled_from(["sent", "refused", "unknown"]))
    def deliver(self, state):
        with self.world.db.write() as tx:
            tx.execute(
                "UPDATE message SET state = ?, sending_at = ? WHERE state = 'queued'",
                (state, self.world.now),
            )

    @rule(key=st.sampled_from(sorted(CHAINS)), state=st.sampled_from(["paused", "running"]))
    def turn(self, key, state):
        with self.world.db.write() as tx:
            campaigns.set_state(tx, self.ids[key], state, self.world.now)

    @precondition(lambda self: len(self.people) > 1)
    @rule()
    def merge(self):
        loser, winner = self.people.pop(), self.people[0]
        with self.world.db.write() as tx:
            for table in ("event", "message"):
                tx.execute(f"UPDATE {table} SET person_id = ? WHERE person_id = ?", (winner, loser))
            tx.execute("UPDATE person SET merged_into = ? WHERE id = ?", (winner, loser))
            self.world.chains.moved(tx, winner, loser, self.world.now)

    @invariant()
    def every_active_run_has_one_way_to_wake_and_no_other_has_any(self):
        if not hasattr(self, "world"):
            return
        for state, wake_at, awaiting, outcome, ended_at, chain, step, heard in self.world.runs(
            "state, wake_at, awaiting, outcome, ended_at, chain_id, step, vars"
        ):
            if state == "active":
                assert wake_at is not None
                assert outcome is ended_at is None
                found = self.version(chain).step(step) if step else None
                awaits = found.awaits if found else None
                assert awaiting == (None if heard != "{}" else awaits)
            else:
                assert wake_at is awaiting is None
                assert outcome not in {None, "error"}
                assert ended_at is not None

    @invariant()
    def nobody_is_on_a_chain_twice_or_gets_a_step_twice(self):
        if not hasattr(self, "world"):
            return
        double = "SELECT count(*) n FROM run WHERE state = 'active' AND chain_id <> ? GROUP BY chain_id, person_id HAVING n > 1"
        assert self.world.rows(double, self.ids["keyed"]) == []
        twice = "SELECT count(*) n FROM message GROUP BY run_id, step, key HAVING n > 1"
        assert self.world.rows(twice) == []
        again = "SELECT count(*) n FROM message GROUP BY run_id, step, channel HAVING n > 1"
        assert self.world.rows(again) == []
        assert self.world.rows("SELECT 1 FROM rejected") == []

    @invariant()
    def no_code_is_of_two_and_no_letter_without_one(self):
        if not hasattr(self, "world"):
            return
        told = self.world.rows(
            "SELECT DISTINCT kept ->> '$.codes.spring', person_id FROM run"
            " WHERE kept ->> '$.codes.spring' IS NOT NULL"
        )
        assert len({code for code, _ in told}) == len(told)
        bare = (
            "SELECT 1 FROM message m JOIN run r ON r.id = m.run_id WHERE m.template = 'coded-1'"
            " AND r.kept ->> '$.codes.spring' IS NULL"
        )
        assert self.world.rows(bare) == []

    @invariant()
    def every_beginning_and_end_is_said_once(self):
        if not hasattr(self, "world"):
            return
        assert self.entered == self.world.one("SELECT count(*) FROM run")
        said = self.world.one("SELECT count(*) FROM inbox WHERE body LIKE '%Chain Ended%'")
        assert self.ended + said == self.world.one("SELECT count(*) FROM run WHERE state = 'done'")

    def version(self, chain):
        tx = self.world.db.read()
        return self.world.chains.versions.get(
            tx, next(c.definition_id for c in campaigns.chains(tx) if c.id == chain)
        ).chain


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLife = Life.TestCase
