"""What operators see and do, in this process: the same methods as `mautod.client.Client`.

`http/control.py` serves these methods, and the CLI calls them in the local folder. Each takes and
answers shapes of `mautod.wire` and is one short read or one short transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

import msgspec

from mautod import __version__, clock, wire
from mautod.config import Settings
from mautod.core.consent import ALL
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services import campaigns, consent, explain, overlap, people, report, send, sizes, why
from mautod.services.edit import edit
from mautod.services.held import Held
from mautod.services.live import live
from mautod.store import cards, inbox, listing, moves, state, stats
from mautod.store.db import Database
from mautod.store.journal import Journal
from mautod.store.listing import MessageFilter, RunFilter

Limit = Annotated[int, msgspec.Meta(ge=1, le=1000)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
After = Number | None
EVERY: Final = frozenset({"", "*", "all"})


@dataclass(frozen=True, slots=True)
class Tools:
    """Where a desk takes time and ids from."""

    now: Callable[[], int] = clock.now_ms
    new_id: Callable[[], str] = clock.new_id


class Desk:
    """The operators' view of one workspace. Thread-safe: every call reads by its own connection."""

    def __init__(
        self, db: Database, journal: Journal, settings: Settings, tools: Tools | None = None
    ) -> None:
        self._db = db
        self._journal = journal
        self._settings = settings
        self._tools = tools or Tools()
        self._chains: Held[list[wire.Chain]] = Held()

    @property
    def db(self) -> Database:
        return self._db

    # --- the installation

    def status(self) -> wire.Status:
        """Counts of everything, and what waits."""
        tx, now, place = self._db.read(), self._tools.now(), self._settings.config.workspace
        messages, reasons = stats.messages(tx)
        return wire.Status(
            version=__version__,
            name=place.name,
            now=now,
            timezone=place.timezone,
            currency=place.currency,
            people=stats.people(tx),
            events=stats.events(tx),
            events_per_minute=stats.minutes(tx, now)[-2],
            online=stats.online(tx, now),
            journal=wire.Journal(self._journal.pending(int(state.get(tx, state.OFFSET, "0")))),
            inbox=inbox.pending(tx),
            segments=stats.segments(tx),
            chains=stats.chains(tx),
            runs=stats.runs(tx),
            messages=messages,
            reasons=reasons,
            rejected=stats.rejected(tx),
            pumps=stats.pumps(tx, now),
            last_event_id=stats.last_event(tx),
            next_due_at=stats.next_due(tx),
        )

    def live(self, limit: Limit = 200) -> wire.LivePage:
        """Who is on the site now, and the latest events."""
        return live(self._db.read(), self._tools.now(), limit)

    def problems(self, after: After = None, limit: Limit = 50) -> wire.Problems:
        """What was set aside because it made no sense, newest first."""
        tx = self._db.read()
        items, more = listing.page(listing.problems(tx, after, limit + 1), limit)
        return wire.Problems(items, stats.rejected(tx), items[-1].id if more else None)

    # --- events

    def events(
        self, name: str = "", person: Number | None = None, after: After = None, limit: Limit = 50
    ) -> wire.EventPage:
        """Events newest first, of one name or person or of all."""
        tx = self._db.read()
        found = listing.events(tx, name=name, person=person, after=after, limit=limit + 1)
        items, more = listing.page(found, limit)
        return wire.EventPage(items, items[-1].id if more else None)

    def event_names(self) -> wire.EventNames:
        """Every event name that was ever seen, with its count."""
        return wire.EventNames(listing.event_names(self._db.read()))

    def count(self, name: str) -> wire.Count:
        """How many events of one name are stored."""
        return wire.Count(name, listing.count_events(self._db.read(), name))

    def send(self, ask: wire.NewEvents) -> wire.Accepted:
        """Send events as a trusted server would; on disk when answered."""
        return send.send(self._journal, ask.events, self._tools.now(), self._tools.new_id)

    # --- people

    def people(self, query: str = "", after: After = None, limit: Limit = 50) -> wire.PersonPage:
        """People found by a rule, or by part of a name, address or id."""
        finder = people.Finder(self._db.read(), self._zone, self._tools.now())
        return finder.page(query, after, limit)

    def person(self, person: str) -> wire.Card:
        """All about one person, by id, user id, anonymous id or email."""
        tx = self._db.read()
        found = people.resolve(tx, person)
        asked = people.asked_id(tx, person)
        card = people.card(tx, found, asked or found, self._tools.now())
        return msgspec.structs.replace(card, runs=campaigns.titled(tx, card.runs))

    def duplicates(
        self, by: str = "email", after: str = "", limit: Limit = 50
    ) -> wire.DuplicatePage:
        """Living people who share an email, a phone or a name; `after` is a value shared."""
        return people.duplicates(self._db.read(), by, after, limit, self._tools.now())

    def change(self, person: str, ask: wire.ChangeAsk) -> wire.Done:
        """Set properties and tags of a person; the digest does it, and segments follow."""
        with self._db.write() as tx:
            return edit(tx, people.resolve(tx, person), ask, self._tools.now())

    def why(self, person: str, template: str) -> wire.Why:
        """Why a person did or did not get a template, from what was stored at the time."""
        tx = self._db.read()
        return why.why(tx, people.resolve(tx, person), template, self._tools.now())

    # --- segments

    def segments(self) -> wire.Segments:
        """Living segments with their sizes."""
        tx = self._db.read()
        found = stats.segment_list(tx)
        return wire.Segments(sizes.told(tx, found, self._zone, self._tools.now()))

    def segment(self, key: str, after: After = None, limit: Limit = 50) -> wire.SegmentPage:
        """One segment and the people in it."""
        tx = self._db.read()
        found = stats.segment(tx, key)
        if found is None:
            raise NotFound(f"there is no segment {key!r}", field="key")
        (found,) = sizes.told(tx, [found], self._zone, self._tools.now())
        rows = stats.members(tx, key, after or 0, limit + 1, self._tools.now())
        items, more = listing.page([wire.Member(*row) for row in rows], limit)
        return wire.SegmentPage(found, items, items[-1].person.id if more else None)

    def moves(self, key: str, after: After = None, limit: Limit = 50) -> wire.MovePage:
        """Who entered a segment and who left it, newest first."""
        tx = self._db.read()
        if stats.segment(tx, key) is None:
            raise NotFound(f"there is no segment {key!r}", field="key")
        items, more = listing.page(moves.moves(tx, key, after, limit + 1), limit)
        return wire.MovePage(items, items[-1].id if more else None)

    def overlap(self, ask: wire.OverlapAsk) -> wire.Overlap:
        """How many people segments have in common, pair by pair."""
        return overlap.overlap(self._db.read(), ask.keys)

    def preview(self, ask: wire.PreviewAsk) -> wire.Preview:
        """Try a rule on everybody; nothing is stored."""
        finder = people.Finder(self._db.read(), self._zone, self._tools.now())
        return finder.preview(ask.rule, ask.limit)

    def sql(self, ask: wire.SqlAsk) -> wire.Sql:
        """The statement that a rule becomes, its values and its query plan; nothing is stored."""
        return explain.statement(self._db.read(), ask.rule, self._zone, self._tools.now())

    def explain(self, key: str, person: str) -> wire.Explanation:
        """Why a person is in a segment or is not, and when time alone will turn it."""
        tx = self._db.read()
        found = people.resolve(tx, person)
        return explain.Explainer(tx, self._zone, self._tools.now(), found).segment(key)

    # --- chains and messages

    def chains(self) -> wire.Chains:
        """Chains with their counters."""
        return wire.Chains(self._chains.ask("", lambda: campaigns.every(self._db.read())))

    def chain(self, key: str) -> wire.Chain:
        """One chain with its counters, step by step."""
        (found,) = self._chains.ask(key, lambda: [campaigns.one(self._db.read(), key)])
        return found

    def pause(self, key: str) -> wire.Done:
        """Hold a chain: who enters waits, nobody goes on, nothing is sent until `resume`."""
        return self._turn(key, "paused")

    def resume(self, key: str) -> wire.Done:
        """Let a paused chain go on where it was."""
        return self._turn(key, "running")

    def _turn(self, key: str, wanted: str) -> wire.Done:
        with self._db.write() as tx:
            done = campaigns.turn(tx, key, wanted, self._tools.now())
        self._chains.forget()
        return done

    def runs(
        self,
        chain: str = "",
        state: str = "",
        step: str = "",
        after: After = None,
        limit: Limit = 50,
    ) -> wire.RunPage:
        """Runs of people through chains, newest first."""
        tx = self._db.read()
        sought = RunFilter(chain=chain, state=state, step=step)
        items, more = listing.page(listing.runs(tx, sought, after, limit + 1), limit)
        return wire.RunPage(campaigns.titled(tx, items), items[-1].id if more else None)

    def messages(
        self,
        state: str = "",
        reason: str = "",
        chain: str = "",
        person: Number | None = None,
        after: After = None,
        limit: Limit = 50,
    ) -> wire.MessagePage:
        """Messages newest first, with their states and reasons."""
        if state and state not in wire.MESSAGE_STATES:
            known = ", ".join(wire.MESSAGE_STATES)
            raise BadInput(f"{state!r} is no state", field="state", hint=f"One of: {known}.")
        sought = MessageFilter(state=state, reason=reason, chain=chain, person=person)
        found = listing.messages(self._db.read(), sought, after, limit + 1)
        items, more = listing.page(found, limit)
        return wire.MessagePage(items, items[-1].id if more else None)

    def message(self, message: Number) -> wire.Message:
        """One message with every decision of the gate about it."""
        tx = self._db.read()
        found = listing.messages_by_id(tx, [message])
        if not found:
            raise NotFound(f"there is no message {message}", field="message")
        decisions = [wire.Decision(*row) for row in cards.decisions(tx, message)]
        return msgspec.structs.replace(found[0], decisions=decisions)

    def goals(
        self, chain: str = "", since: Number | None = None, until: Number | None = None
    ) -> wire.GoalReport:
        """What chains reached and earned, by step."""
        period = report.Period(since, until, self._tools.now())
        return report.goals(self._db.read(), chain, period)

    # --- acts

    def suppressions(self, limit: Limit = 50) -> wire.Suppressions:
        """Addresses never to be used, the latest first."""
        return wire.Suppressions(listing.suppressions(self._db.read(), limit))

    def suppress(self, ask: wire.SuppressAsk) -> wire.Done:
        """Never send to an address again."""
        new = consent.suppress(
            self._db, ask.address, _one(ask.channel), ask.reason, self._tools.now()
        )
        already = "" if new else " already"
        channel = _word("channel", ask.channel)
        return wire.Done(int(new), f"{ask.address} is{already} suppressed on {channel}.")

    def unsubscribe(self, ask: wire.UnsubscribeAsk) -> wire.Done:
        """Take a person off a topic, or off all."""
        done = consent.unsubscribe(
            self._db,
            self._meant(ask.person),
            self._tools.now(),
            topic=_one(ask.topic) or ALL,
            channel=_one(ask.channel) or ALL,
            source="operator",
        )
        already = "" if done.new else " already"
        topic, channel = _word("topic", done.topic), _word("channel", done.channel)
        return wire.Done(
            int(done.new), f"{ask.person} is{already} unsubscribed from {topic} on {channel}."
        )

    def _meant(self, person: str) -> consent.Who:
        try:
            return consent.FromPerson(people.resolve(self._db.read(), person))
        except (NotFound, Conflict):
            if "@" not in person:
                raise
            return consent.FromAddress(person)

    @property
    def _zone(self) -> str:
        return self._settings.config.workspace.timezone


def _one(text: str) -> str:
    return "" if text in EVERY else text


def _word(what: str, text: str) -> str:
    return f"every {what}" if text in EVERY else text
