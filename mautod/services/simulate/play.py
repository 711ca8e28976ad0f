"""Play a script: one invented person in a house for a while."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any, Final

import msgspec

from mautod.core.chains.run import WEBHOOK
from mautod.core.envelope import RECEIPT, Receipt, Request
from mautod.core.files.script import FURTHEST_MS, Deed, Reaction, Reply, Script
from mautod.core.times.instants import iso
from mautod.errors import BadInput, TooLarge
from mautod.services.chains.calls import conclude
from mautod.services.chains.start import start_all
from mautod.services.delivery.consent import FromMessage, unsubscribe
from mautod.services.intake.digest import OWN
from mautod.services.intake.send import SOURCE as SERVER
from mautod.services.post import Answered, Refused
from mautod.services.pumps import House
from mautod.services.simulate.house import VISITOR, Means, Stage, VirtualClock, links_of
from mautod.services.simulate.log import Letter, Log
from mautod.services.simulate.trace import Trace
from mautod.store.chains import calls
from mautod.store.chains.calls import Claimed
from mautod.store.people import identities as people

MOST_ENTRIES: Final = 5_000
CALLER: Final = "simulated"
OK: Final = 200
AGENT: Final = "Mozilla/5.0 (simulated)"
_CLICK: Final = re.compile(r"/c/([A-Za-z0-9_.-]+)")


def play(house: House, clock: VirtualClock, script: Script, chain: str) -> Log:
    """What comes to pass in `house`, where nobody has been yet; `chain` is what it is about.

    Raises:
        BadInput: the script cannot be played: a link that no letter has, a chain that nobody knows.
        Conflict: the workspace never comes to rest.
        TooLarge: far too much happens.
    """
    player = _Player(house, clock, script)
    try:
        return player.play(chain)
    finally:
        player.close()


class _Player:
    """The house at work, and what the script has still in store, by when and in order."""

    def __init__(self, house: House, clock: VirtualClock, script: Script) -> None:
        self._house = house
        self._clock = clock
        self._script = script
        self._links = links_of(house.settings)
        self._trace = Trace(house.db, clock)
        means = Means(self._links, taken=self._trace.taken, witness=self._trace.walked)
        self._stage = Stage(house, clock, means)
        self._numbers = count(1)
        self._ahead: list[tuple[int, int, Callable[[], None]]] = []

    def play(self, chain: str) -> Log:
        script = self._script
        if script.person:
            self._plan(script.begin, partial(self._tell, _identify(script)))
        for deed in script.deeds:
            self._plan(deed.at, partial(self._do, deed))
        while (at := self._next(script.until)) is not None:
            self._clock.now = at
            while self._ahead and self._ahead[0][0] <= at:
                heapq.heappop(self._ahead)[2]()
            self._settle()
        return Log(
            chain=chain,
            zone=script.zone or self._house.zone,
            start=script.start,
            until=self._clock.now,
            entries=tuple(self._trace.entries),
            letters=tuple(self._trace.letters),
            under_way=tuple(self._trace.under_way()),
        )

    def close(self) -> None:
        self._stage.close()

    def _plan(self, at: int, act: Callable[[], None]) -> None:
        heapq.heappush(self._ahead, (at, next(self._numbers), act))

    def _next(self, until: int) -> int | None:
        """When something happens next, by the script or by the house."""
        scripted = self._ahead[0][0] if self._ahead and self._ahead[0][0] <= until else None
        due = self._stage.next_due(until if scripted is None else scripted)
        return scripted if due is None else due

    def _settle(self) -> None:
        for _ in self._stage.settle():
            for letter in self._trace.look():
                self._answer(letter)
            self._webhooks()
            if len(self._trace.entries) > MOST_ENTRIES:
                hint = 'Shorten it with for = "30d", or look for a chain that goes round.'
                raise TooLarge(f"more than {MOST_ENTRIES} things happen.", hint=hint)

    def _answer(self, letter: Letter) -> None:
        for reaction in self._script.reactions:
            if reaction.to == letter.template:
                act = self._act(reaction, letter)
                self._plan(self._clock.now + reaction.after_ms, act)

    def _webhooks(self) -> None:
        """Answer the calls that steps have made since, as the script says; nothing is posted."""
        now = self._clock.now
        if (due := calls.next_due(self._house.db.read())) is None or due > now:
            return
        with self._house.db.write() as tx:
            asked = calls.claim(tx, CALLER, now, now + FURTHEST_MS, MOST_ENTRIES)
        for call in asked:
            if call.kind == WEBHOOK:
                self._plan_answer(call)

    def _plan_answer(self, call: Claimed) -> None:
        replies = (each for each in self._script.replies if each.fits(call.chain, call.step))
        reply = next(replies, None)
        if reply is None:
            what = "not made, and not answered: the script has no [[answer]] to it"
            self._trace.called(call.chain, call.run_id, call.step, what)
        else:
            self._plan(self._clock.now + reply.after_ms, partial(self._reply, call, reply))

    def _reply(self, call: Claimed, reply: Reply) -> None:
        result = Refused(reply.fails) if reply.fails else Answered(OK, reply.body)
        with self._house.db.write() as tx:
            settled = conclude(tx, call, CALLER, result, self._clock.now)
        if settled is not None:
            values = {} if reply.fails else {"answer": reply.body}
            what = f"failed, {reply.fails}" if reply.fails else "answered"
            self._trace.called(call.chain, call.run_id, call.step, what, **values)

    def _act(self, reaction: Reaction, letter: Letter) -> Callable[[], None]:
        match reaction.does:
            case "open":
                return partial(self._receipt, Receipt("open", letter.message, "", AGENT))
            case "click":
                url = self._link(reaction, letter)
                return partial(self._receipt, Receipt("click", letter.message, url, AGENT))
            case "unsubscribe":
                return partial(self._unsubscribe, letter.message)
            case _:
                deed = Deed(0, reaction.name, reaction.props)
                return partial(self._do, deed)

    def _link(self, reaction: Reaction, letter: Letter) -> str:
        """Where the link of a letter leads that a reaction clicks, as its own token says."""
        shown = letter.preview.html or letter.preview.text
        found = [self._links.read_click(token)[1] for token in _CLICK.findall(shown)]
        for url in found:
            if reaction.link in url:
                return url
        what = f" that holds {reaction.link!r}" if reaction.link else ""
        hint = f"It has: {', '.join(dict.fromkeys(found))}." if found else "It has none at all."
        raise BadInput(f"{letter.template} has no link{what}.", field="click", hint=hint)

    def _do(self, deed: Deed) -> None:
        if deed.chain:
            self._start(deed.chain)
        elif deed.name:
            item = {"type": "track", "event": deed.name, "properties": deed.props}
            self._tell(item, trusted=deed.trusted)
        else:
            self._tell({"type": "identify", "traits": deed.traits}, trusted=deed.trusted)

    def _tell(self, item: Mapping[str, Any], *, trusted: bool = False) -> None:
        """Put an event into the journal, as the web process would."""
        script = self._script
        own = {"messageId": f"simulated-{next(self._numbers)}", "timestamp": iso(self._clock.now)}
        who = {"anonymousId": "simulated", "userId": script.person.get("user_id")}
        context = {"timezone": script.zone} if script.zone else {}
        body = msgspec.json.encode({"batch": [{**item, **own, **who, "context": context}]})
        source = SERVER if trusted else VISITOR
        self._house.journal.append_sync([Request(self._clock.now, source, "batch", "", body)])

    def _start(self, chain: str) -> None:
        """An operator starts a chain for the person."""
        with self._house.db.write() as tx:
            found = people.find_identities(tx, [("anonymous", "simulated")])
            start_all(tx, list(found.values()), chain, self._clock.now, self._house.zone)

    def _receipt(self, receipt: Receipt) -> None:
        body = msgspec.json.encode(receipt)
        self._house.journal.append_sync([Request(self._clock.now, OWN, RECEIPT, "", body)])

    def _unsubscribe(self, message: int) -> None:
        unsubscribe(self._house.db, FromMessage(message), self._clock.now, source="link")


def _identify(script: Script) -> Mapping[str, Any]:
    traits = {key: value for key, value in script.person.items() if key != "user_id"}
    return {"type": "identify", "traits": traits}
