"""Definition files of the workspace: compared, looked over, put in force and taken back."""

from __future__ import annotations

from typing import Annotated

import msgspec

from mautod import wire
from mautod.services.definitions import history, lint
from mautod.services.definitions import plan as planning
from mautod.services.definitions.apply import drift
from mautod.services.desk.base import Base, Limit

Weekly = Annotated[int, msgspec.Meta(ge=1, le=1000)]


class DefinitionsDesk(Base):
    """What the files of the daemon's own folder say, beside what runs."""

    def plan(self) -> wire.Plan:
        """What an apply would change, line by line, and what it would mean for people."""
        found = planning.plan(self._db, self._settings.workspace, self._tools.now(), self._zone)
        return msgspec.convert(found, wire.Plan, from_attributes=True)

    def drift(self) -> wire.Changes:
        """Which definitions an apply would change."""
        found = drift(self._db, self._settings.workspace)
        return msgspec.convert(found, wire.Changes, from_attributes=True)

    def lint(self, most_a_week: Weekly = 7) -> wire.Lints:
        """What is well formed in the files and wrong all the same."""
        found = lint.lint(self._settings, most_a_week)
        return wire.Lints([wire.Lint(one.file, one.line, one.what, one.todo) for one in found])

    def versions(self, kind: str, key: str, limit: Limit = 20) -> wire.Versions:
        """The versions of one definition with what differs, the newest first."""
        found = history.versions(self._db.read(), kind, key, limit)
        return msgspec.convert({"items": found}, wire.Versions, from_attributes=True)

    def rollback(self, kind: str, key: str, ask: wire.RollbackAsk) -> wire.Rolled:
        """Put an old version of a definition in force again, as a new one; files stay."""
        at, folder = (self._tools.now(), self._zone), self._settings.workspace
        done = history.rollback(self._db, folder, kind, key, ask.to, at)
        self._chains.forget()
        return msgspec.convert(done, wire.Rolled, from_attributes=True)
