"""Follows a simulation by what is stored: each look adds what came since the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from mautod.core.envelope import STARTED
from mautod.core.sending.message import Letter as Bytes
from mautod.core.sending.message import Preview
from mautod.services.chains.advance import Walk
from mautod.services.chains.outline import Outline, outline
from mautod.services.simulate.log import Entry, Kind, Letter
from mautod.store import catalog
from mautod.store.db import Database
from mautod.store.reports import trace
from mautod.store.reports.trace import Decided, Seen

_SAID_ELSEWHERE: Final = frozenset({"Message Refused", STARTED})
"""Events that an entry of another kind tells with more in it."""
_OF_MESSAGES: Final[Mapping[str, Kind]] = {
    "Message Sent": "sent",
    "Message Failed": "failed",
    "Message Opened": "opened",
    "Message Clicked": "clicked",
}
_SEGMENTS: Final = {"Segment Entered": "enters", "Segment Left": "leaves"}


class Trace:
    """The entries so far; `heard` is called with every letter that has left."""

    def __init__(self, db: Database, clock: Callable[[], int]) -> None:
        self._db = db
        self._clock = clock
        self._event = self._decision = self._aside = 0
        self._versions: dict[int, tuple[str, Outline]] = {}
        self._walks: list[tuple[int, Walk]] = []
        self._taken: dict[int, tuple[str, str, Preview]] = {}
        self.entries: list[Entry] = []
        self.letters: list[Letter] = []

    def walked(self, walks: Sequence[Walk]) -> None:
        """Remember what `advance` tells."""
        self._walks += ((self._clock(), walk) for walk in walks)

    def taken(self, channel: str, letter: Bytes, preview: Preview) -> None:
        """Remember a letter that a channel would have sent."""
        self._taken[letter.message_id] = channel, letter.address, preview

    def called(self, chain: str, run: int, step: str, what: str, **values: Any) -> None:
        """Add what became of a webhook."""
        entry = Entry(self._clock(), "webhook", what, chain, run, step, values)
        self.entries.append(entry)

    def look(self) -> list[Letter]:
        """Add what is new; the letters that have left since the last look."""
        known = len(self.letters)
        tx = self._db.read()
        for seen in trace.events(tx, self._event):
            self._event = seen.id
            self.entries += self._told(seen)
        for at, walk in self._walks:
            self.entries += self._steps(at, walk)
        self._walks.clear()
        for decided in trace.decisions(tx, self._decision):
            self._decision = decided.id
            self._decided(decided)
        for aside in trace.asides(tx, self._aside):
            self._aside = aside.id
            values = {"reason": aside.reason, **({"field": aside.field} if aside.field else {})}
            self.entries.append(Entry(aside.at, "aside", aside.kind, values=values))
        return self.letters[known:]

    def under_way(self) -> Iterator[Entry]:
        """Who is on a chain still, and which messages have not left."""
        tx = self._db.read()
        for run in trace.under_way(tx):
            values = {"awaiting": run.awaiting} if run.awaiting else {}
            what = "under way"
            yield Entry(run.wake_at, "step", what, run.chain, run.run_id, run.step, values)
        for one in trace.waiting(tx):
            values = {"template": one.template, "channel": one.channel, "reason": one.reason}
            yield Entry(one.due_at, "gate", "waits", one.chain, 0, one.step, values)

    def _told(self, seen: Seen) -> Iterator[Entry]:
        props, name = seen.props, seen.name
        chain, run = str(props.get("chain", "")), int(props.get("run") or 0)
        if name in _SAID_ELSEWHERE:
            return
        if name in _OF_MESSAGES:
            kind, step = _OF_MESSAGES[name], str(props.get("step", ""))
            values = {key: props[key] for key in ("message", "url", "reason") if key in props}
            values |= {"subject": s} if kind == "sent" and (s := self._subject(props)) else {}
            yield Entry(seen.at, kind, str(props.get("template")), chain, run, step, values)
        elif name in _SEGMENTS:
            yield Entry(seen.at, "segment", f"{_SEGMENTS[name]} {props.get('segment')}")
        elif name == "Chain Entered":
            yield Entry(seen.at, "entered", "", chain)
        elif name == "Chain Ended":
            yield Entry(seen.at, "ended", str(props.get("outcome")), chain)
        else:
            yield Entry(seen.at, "event", name, values=props)

    def _steps(self, at: int, walk: Walk) -> Iterator[Entry]:
        held, answer = walk.held, walk.answer
        chain, words = self._version(held.definition_id)
        for step in answer.path[:-1]:
            yield Entry(at, "step", words.title(step), chain, held.run.id, step)
        last, values = answer.run.step, dict[str, Any]()
        if answer.outcome is None:
            values = {"until": answer.run.wake_at}
        if answer.path or values:
            yield Entry(at, "step", words.title(last), chain, held.run.id, last, values)

    def _decided(self, one: Decided) -> None:
        what = f"{one.verdict}: {one.reason}" if one.reason else one.verdict
        values = {"template": one.template, **one.evidence}
        entry = Entry(one.at, "gate", what, one.chain, one.run_id, one.step, values)
        self.entries.append(entry)
        taken = self._taken.pop(one.message_id, None)
        if taken is not None:
            place = (one.template, one.chain, one.step)
            channel, address, preview = taken
            self.letters.append(Letter(one.at, one.message_id, channel, address, *place, preview))

    def _subject(self, props: Mapping[str, Any]) -> str:
        found = (one for one in self.letters if one.message == props.get("message"))
        return next((one.preview.subject for one in found), "")

    def _version(self, definition_id: int) -> tuple[str, Outline]:
        """The key and the words of the version that a run follows."""
        if definition_id not in self._versions:
            found = catalog.get(self._db.read(), definition_id)
            assert found is not None, "a run follows a version that is stored"
            self._versions[definition_id] = found.key, outline(found)
        return self._versions[definition_id]
