"""Whatever happens to a broadcast and to its people, in any order: nobody twice, nobody lost."""

from __future__ import annotations

import contextlib
import tempfile
from collections import Counter
from pathlib import Path

from broadcast_kit import Hall
from fragile_kit import FragileDatabase, Killed
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from mautod import wire
from mautod.core.sending.message import Failed, Retry, Sent, Unknown
from mautod.errors import MautodError
from mautod.services.broadcasts import pump
from mautod.store.chains import broadcasts, outcomes

PEOPLE = 8
OUTCOMES = {
    "sent": Sent("ref"),
    "failed": Failed("no such box"),
    "retry": Retry("later"),
    "unknown": Unknown("the line broke"),
}
people = st.integers(1, PEOPLE)


class BroadcastMachine(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.part, broadcasts.PART = broadcasts.PART, 3
        self.hall = Hall.new(Path(self.folder.name) / "hall")
        self.refused: set[str] = set()
        self.broken: list[str] = []
        self.steps = 0
        self.taken: Counter[str] = Counter()
        self.outcome = "sent"
        self.hall.channel.answer = self.answer

    def teardown(self):
        try:
            self.finish()
        finally:
            broadcasts.PART = self.part
            self.hall.close()
            self.folder.cleanup()

    def answer(self, letter):
        """What the server says, and whether it was asked to do what was refused, or done.

        What is raised here is caught by the pump, as it must be, so it is noted.
        """
        if letter.address in self.refused:
            self.broken.append(f"{letter.address} was written to against a no")
        outcome = OUTCOMES[self.outcome]
        if isinstance(outcome, Sent | Unknown):
            ((twin,),) = self.hall.rows(
                "SELECT count(*) FROM message m JOIN message o ON o.person_id = m.person_id"
                " WHERE m.id = ? AND o.id <> m.id AND o.state IN ('sending', 'sent', 'unknown')",
                letter.message_id,
            )
            if twin:
                self.broken.append(f"who has {letter.address} was written to before")
            self.taken[letter.address] += 1
        return outcome

    @initialize(
        trial=st.booleans(),
        ramp=st.sampled_from(["", "", "2 per hour"]),
        local=st.sampled_from([False, False, True]),
        begun=st.sampled_from([0, 2, 20]),
    )
    def start(self, trial, ramp, local, begun):
        self.hall.people(PEOPLE)
        more = {"at": "2026-11-02 05:00", "local": True} if local else {}
        if trial:
            more |= {"test": "50%", "winner_by": "click", "after": "1h"}
        letters = ("short", "long") if trial else ("spring",)
        self.hall.send(*letters, ramp=ramp, **more)
        if begun:
            self.hall.pump(begun)
            self.hall.office.advance()

    @rule(steps=st.integers(1, 4))
    def go_on(self, steps):
        self.hall.pump(steps)

    @rule(lives=st.integers(0, 12))
    def go_on_and_die(self, lives):
        with contextlib.suppress(Killed):
            pump.go_on(FragileDatabase(self.hall.db, lives), self.hall.setting, self.hall.now)

    @rule()
    def advance(self):
        self.hall.office.advance()

    @rule(outcome=st.sampled_from(["sent", "sent", "sent", "failed", "retry", "unknown"]))
    def deliver(self, outcome):
        self.outcome = outcome
        self.hall.deliver()

    @rule(span=st.sampled_from(["1s", "10m", "5h"]))
    def wait(self, span):
        self.hall.later(span)

    @rule(act=st.sampled_from(["pause", "resume"]))
    def hold(self, act):
        self.try_to(lambda: getattr(self.hall.desk, f"{act}_broadcast")("sale"))

    @rule(one=people, other=people)
    def merge(self, one, other):
        self.try_to(lambda: self.hall.desk.merge(str(one), wire.MergeAsk(str(other))))

    @rule(one=people)
    def unmerge(self, one):
        self.try_to(lambda: self.hall.desk.unmerge(str(one), wire.UnmergeAsk()))

    @rule(one=people, how=st.sampled_from(["unsubscribe", "suppress", "erase"]))
    def refuse(self, one, how):
        desk, address = self.hall.desk, self.address(one)
        acts = {
            "unsubscribe": lambda: desk.unsubscribe(wire.UnsubscribeAsk(str(one))),
            "suppress": lambda: desk.suppress(wire.SuppressAsk(address)),
            "erase": lambda: desk.erase(str(one), wire.EraseAsk()),
        }
        if address and self.try_to(acts[how]):
            self.refused.add(address)

    @precondition(lambda self: self.steps > 20)
    @rule()
    def cancel(self):
        self.try_to(lambda: self.hall.desk.cancel_broadcast("sale"))

    @invariant()
    def everybody_is_counted_once(self):
        self.steps += 1
        assert not self.broken
        if self.hall.rows("SELECT 1 FROM broadcast"):
            status = self.hall.status()
            assert sum(status.states.values()) == status.recipients == PEOPLE
            assert outcomes.faults(self.hall.db.read()) == []
            assert max(self.taken.values(), default=0) <= 1, "an address was written to twice"

    def finish(self):
        """Left alone, it comes to its end."""
        if not self.hall.rows("SELECT 1 FROM broadcast"):
            return
        self.outcome = "sent"
        self.try_to(lambda: self.hall.desk.resume_broadcast("sale"))
        for _ in range(4):
            self.hall.play("6h")
        status = self.hall.status()
        assert status.state in {"finished", "cancelled"}, status
        assert status.open == 0
        self.everybody_is_counted_once()

    def try_to(self, act) -> bool:
        """What cannot be done now is refused, and changes nothing."""
        try:
            act()
        except MautodError:
            return False
        return True

    def address(self, one: int) -> str:
        """The present address of a person, or of whoever absorbed them."""
        try:
            return self.hall.desk.person(str(one)).person.email
        except MautodError:
            return ""


BroadcastMachine.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_anything_in_any_order = BroadcastMachine.TestCase
