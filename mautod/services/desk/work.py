"""Work that takes its time: begun here, and asked after until it is done."""

from __future__ import annotations

from mautod import wire
from mautod.services.desk.base import Base, Number


class WorkDesk(Base):
    """The files put in force, tried on invented people, and on history."""

    def apply(self) -> wire.Work:
        """Put all definition files of the workspace in force, or none of them."""
        return self._fresh(self._works.begin(None))

    def test(self, ask: wire.SuiteAsk) -> wire.Work:
        """Run the tests beside the chains, as the files are; nobody is written to."""
        return self._works.begin(ask)

    def simulate(self, ask: wire.SimulateAsk) -> wire.Work:
        """Lead an invented person through a chain as its file has it; nobody is written to."""
        return self._works.begin(ask)

    def replay(self, ask: wire.ReplayAsk) -> wire.Work:
        """Lead the stored history through a chain as its file has it; nobody is written to."""
        return self._works.begin(ask)

    def work(self, work: Number) -> wire.Work:
        """How far a piece of work is, or what came of it."""
        return self._fresh(self._works.find(work))

    def stop_work(self, work: Number) -> wire.Work:
        """End a piece of work that is under way; what it had not committed never was."""
        return self._works.stop(work)

    def _fresh(self, work: wire.Work) -> wire.Work:
        """What is held about chains is about those before."""
        if work.changes is not None:
            self._chains.forget()
        return work
