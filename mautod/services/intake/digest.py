"""Digest: from the journal to people, events, segments and runs, each request exactly once.

One transaction holds a batch's effects together with the offset up to which the journal is
digested. A batch that fails is taken again request by request; the request that fails alone is set
aside with its error, and the others go on.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from mautod.core.envelope import MAIL, RECEIPT, RawEvent, Receipt, Reject, Request, receipt, split
from mautod.errors import Unavailable
from mautod.services.intake import receive, requests, shown
from mautod.services.intake.people import Item, Rules, new_items, open_intake
from mautod.services.intake.react import Reactions
from mautod.services.mail import take as post
from mautod.services.mail.arrive import Arrived, Postman
from mautod.store import inbox, state
from mautod.store.db import Database, Tx, to_json
from mautod.store.journal import Journal
from mautod.store.state import Aside

OFFSET: Final = state.OFFSET
OWN: Final = "mautod"
MOST_EVENTS: Final = 5000
MOST_REQUESTS: Final = 5000
MOST_NOTES: Final = 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """One request, decoded."""

    request: Request
    items: tuple[Item, ...] = ()
    asides: tuple[Aside, ...] = ()
    receipt: Receipt | None = None
    mail: Arrived | None = None


class Digest:
    """The only road from the journal and the inbox into the truth.

    Without a `postman`, mail is set aside: nobody can tell what it is about.
    """

    def __init__(
        self,
        db: Database,
        journal: Journal,
        reactions: Reactions,
        rules: Rules,
        sources: dict[str, tuple[int, bool]],
        postman: Postman | None = None,
    ) -> None:
        self._db = db
        self._journal = journal
        self._reactions = reactions
        self._rules = rules
        self._sources = sources
        self._postman = postman

    def batch(self, now: int) -> int:
        """Digest what waits, at most one batch of each kind; how many requests and notes.

        Raises:
            Unavailable: the disk is full or the database is held; nothing was lost.
        """
        return self._from_journal(now) + self._from_inbox(now)

    def _from_journal(self, now: int) -> int:
        offset = int(state.get(self._db.read(), OFFSET, "0"))
        opened = self._open_some(offset)
        if not opened:
            return 0
        try:
            self._take(opened, offset, now)
        except Unavailable:
            raise
        except Exception:
            log.exception("a batch of %d requests failed; taking them one by one", len(opened))
            self._one_by_one(opened, offset, now)
        return len(opened)

    def _open_some(self, offset: int) -> list[Opened]:
        opened: list[Opened] = []
        events = 0
        for request in self._journal.read_after(offset, MOST_REQUESTS):
            opened.append(self._open(request))
            events += len(opened[-1].items)
            if events >= MOST_EVENTS:
                break
        return opened

    def _open(self, request: Request) -> Opened:
        if request.kind == MAIL:
            return self._open_mail(request)
        if request.kind == RECEIPT:
            told = receipt(request)
            if isinstance(told, Reject):
                return Opened(request, asides=(_aside(told, request.source),))
            return Opened(request, receipt=told)
        source_id, trusted = self._sources.get(request.source, (0, False))
        items, asides = [], []
        for part in split(request):
            if isinstance(part, Reject):
                asides.append(_aside(part, request.source))
            else:
                items.append(Item(part, request.source, source_id, trusted, request.at))
        return Opened(request, tuple(items), tuple(asides))

    def _open_mail(self, request: Request) -> Opened:
        if self._postman is None:
            aside = Aside("event", "mail, and nothing here reads it", "", request.source)
            return Opened(request, asides=(aside,))
        return Opened(request, mail=self._postman.open(request))

    def _one_by_one(self, opened: Sequence[Opened], offset: int, now: int) -> None:
        for one in opened:
            try:
                self._take([one], offset, now)
            except Unavailable:
                raise
            except Exception as error:
                log.exception("request %d fails alone and is set aside", one.request.id)
                self._skip(one, offset, now, error)
            offset = one.request.id

    def _skip(self, one: Opened, offset: int, now: int, error: Exception) -> None:
        request = one.request
        body = request.body[: state.LONGEST_BODY].decode(errors="replace")
        reason = f"{type(error).__name__}: {error}"
        with self._db.write() as tx:
            if _claim(tx, offset, request.id):
                aside = Aside("event", reason, "", request.source, body)
                state.set_aside(tx, now, [aside])

    def _take(self, opened: Sequence[Opened], offset: int, now: int) -> None:
        with self._reactions.writing(self._db) as tx:
            if not _claim(tx, offset, opened[-1].request.id):
                return
            items = [item for one in opened for item in one.items]
            items = new_items(tx, items, opened[0].request.at) if items else []
            items += self._receipts(tx, opened, now)
            state.set_aside(tx, now, [aside for one in opened for aside in one.asides])
            self._digest(tx, items, now)

    def _receipts(self, tx: Tx, opened: Sequence[Opened], now: int) -> list[Item]:
        told = [
            (one.receipt, one.request.at, one.request.ip)
            for one in opened
            if one.receipt is not None
        ]
        rules = self._rules
        mail = post.take(tx, [one.mail for one in opened if one.mail is not None])
        told += mail.receipts
        resolved = receive.resolve(tx, told, rules.soft_bounces, rules.suspects, now)
        came = [*mail.happenings, *resolved]
        return [
            self._own(person_id, at, name=name, props=dict(props))
            for person_id, name, props, at in came
        ]

    def _from_inbox(self, now: int) -> int:
        notes = inbox.take(self._db.read(), MOST_NOTES)
        if not notes:
            return 0
        try:
            self._take_notes(notes, now)
        except Unavailable:
            raise
        except Exception:
            log.exception("a batch of %d notes failed; taking them one by one", len(notes))
            for note in notes:
                self._take_or_set_aside(note, now)
        return len(notes)

    def _take_notes(self, notes: Sequence[inbox.Entry], now: int) -> None:
        with self._reactions.writing(self._db) as tx:
            mine = inbox.drop(tx, [entry for entry, _ in notes])
            self._digest(
                tx, [self._noted(body, now) for entry, body in notes if entry in mine], now
            )

    def _take_or_set_aside(self, note: inbox.Entry, now: int) -> None:
        try:
            self._take_notes([note], now)
        except Unavailable:
            raise
        except Exception as error:
            log.exception("note %d fails alone and is set aside", note[0])
            reason = f"{type(error).__name__}: {error}"
            with self._db.write() as tx:
                if inbox.drop(tx, [note[0]]):
                    aside = Aside("event", reason, "", OWN, to_json(note[1]))
                    state.set_aside(tx, now, [aside])

    def _noted(self, body: dict[str, Any], now: int) -> Item:
        ts = int(body.get("timestamp", now))
        person_id, name = body["personId"], body.get("event", "")
        if name:
            return self._own(person_id, ts, name=name, props=body.get("properties") or {})
        facts = tuple(body.get("facts") or ())
        return self._own(person_id, ts, traits=body.get("traits") or {}, facts=facts)

    def _own(
        self,
        person_id: int,
        ts: int,
        *,
        name: str = "",
        props: dict[str, Any] | None = None,
        traits: dict[str, Any] | None = None,
        facts: tuple[str, ...] = (),
    ) -> Item:
        raw = RawEvent(
            kind="track" if name else "identify",
            name=name,
            message_id="",
            user_id="",
            anonymous_id="",
            previous_id="",
            group_id="",
            user_hash="",
            ts=ts,
            day_key=None,
            props=props or {},
            traits=traits or {},
            context={},
        )
        source_id = self._sources[OWN][0]
        return Item(
            raw, OWN, source_id, trusted=True, received_at=ts, person_id=person_id, facts=facts
        )

    def _digest(self, tx: Tx, items: list[Item], now: int) -> None:
        intake = open_intake(tx, self._rules, items)
        for item in items:
            intake.take(item, now)
        fresh = intake.save(tx, now)
        for merge in intake.directory.merges:
            self._reactions.chains.moved(tx, merge.winner_id, merge.loser_id, now)
        happened = self._reactions.store(tx, fresh)
        requests.follow(tx, happened, now)
        shown.follow(tx, happened, now)
        state.set_aside(tx, now, intake.asides)
        for event in happened:
            intake.touched.event(event.name, event.person_id)
        self._reactions.follow(tx, happened, intake.touched, now)


def _claim(tx: Tx, offset: int, upto: int) -> bool:
    """Move the journal offset from `offset` to `upto`, unless somebody else moved it."""
    if int(state.get(tx, OFFSET, "0")) != offset:
        return False
    state.put(tx, OFFSET, str(upto))
    return True


def _aside(reject: Reject, source: str) -> Aside:
    return Aside("event", reject.reason, reject.field, source, reject.body)
