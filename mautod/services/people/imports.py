"""Files of people taken in, some lines at a time, each time in one transaction with the progress.

A file is trusted evidence of who somebody is. What it does is quiet: people have their segments
and points when the transaction ends, but nobody is said to have entered or reached anything, so
that no chain starts and nobody is written to because a file was read.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from mautod import wire
from mautod.core.envelope import IMPORTED
from mautod.core.event import Touched
from mautod.core.files.definition import label, nearest
from mautod.core.files.sheet import Sheet, Told, Unfit, sheet
from mautod.core.people.identity import Key
from mautod.duration import DAY
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.chains.enter import Chains
from mautod.services.delivery.optin import Wish, subscribe_in
from mautod.services.intake import edit
from mautod.services.intake.react import Reactions
from mautod.services.people import words
from mautod.services.people.import_lines import SKIP, UPDATE, Lines
from mautod.services.segments import lists
from mautod.services.segments.refresh import Segments
from mautod.store import catalog, events, inbox, state
from mautod.store.db import Database, Tx, to_json
from mautod.store.events import Fresh
from mautod.store.people import identities as people
from mautod.store.people import imports, wordless
from mautod.store.people.imports import DONE, DROPPED, RUNNING, Asked
from mautod.store.rules.names import prop_kinds
from mautod.store.segments import membership as segments

SOURCE: Final = "import"
MOST: Final = 50_000
"""Lines of one step."""

AT_ONCE: Final = 1000
"""So many new people of one step are found by words when it ends; of more, soon after it."""


class Importer:
    """Takes files in; one of it in a process, for it remembers rules that were compiled."""

    def __init__(self, db: Database, zone: str, currency: str) -> None:
        self._db = db
        self._reactions = Reactions(Segments(zone), Chains(zone), 0, currency)

    def begin(self, ask: wire.ImportAsk, now: int) -> wire.Import:
        """Record an import, or find the one of the same file and options that is not done.

        Raises:
            BadInput: a column, a property, a topic or a segment makes no sense.
        """
        mark = hashlib.blake2b(to_json(ask).encode(), digest_size=16).hexdigest()
        with self._db.write() as tx:
            found = None if ask.dry else _unfinished(tx, mark)
            if found is None:
                stored = _checked(tx, ask)
                imports.drop_dry(tx, now - DAY)
                found = imports.put(tx, now, mark, stored)
            read, left = _read(_find(tx, found.id).ask)
        columns = [str(column) for column in read.columns]
        return msgspec.structs.replace(found, columns=columns, left_out=left)

    def take(self, import_id: int, ask: wire.ImportRows, now: int) -> wire.Import:
        """Take the next lines in, or of a dry run only count them; how far it is then.

        Raises:
            NotFound: there is no such import.
            Conflict: it stands elsewhere in the file, or was given up.
            BadInput: too many lines.
        """
        asked = _find(self._db.read(), import_id)
        _check(asked, ask)
        told, refused = _told(_read(asked.ask)[0], ask)
        if asked.ask.dry:
            lines = Lines(self._db.read(), asked.ask, now, refused)
            lines.take(told)
            with self._db.write() as tx:
                done = imports.progress(tx, _progress(tx, import_id, ask, lines))
            outcomes = [
                wire.Outcome(line, what, 0 if key is None else _mark(key))
                for line, what, key in lines.outcomes
            ]
            return msgspec.structs.replace(done, lines=outcomes)
        while _needs_words(asked.ask) and words.settle(self._db):
            pass
        with self._reactions.writing(self._db) as tx:
            lines = Lines(tx, asked.ask, now, refused)
            lines.take(told)
            progress = _progress(tx, import_id, ask, lines)
            self._write(tx, progress, lines)
            return imports.progress(tx, _with_topic(tx, progress, lines))

    def _write(self, tx: Tx, progress: wire.Import, lines: Lines) -> None:
        known = sorted(lines.changed - lines.made.keys())
        self._put(tx, lines, known)
        people.attach(tx, sorted(lines.attached.items(), key=_by_value), lines.now)
        events.add_counter(tx, "people", len(lines.made))
        source = state.source_id(tx, SOURCE)
        self._reactions.store_alike(tx, _imported(progress, lines, source), lines.noted)
        self._reactions.store(tx, list(_changes(lines, source)))
        if lines.ask.segment and lines.meant:
            segment = lists.static(tx, lines.ask.segment)
            segments.enlist(tx, segment.id, lines.meant, lines.now)
        self._reactions.segments.refresh(tx, Touched(everything=set(lines.meant)), lines.now)
        for person in imports.walking(tx, known):
            inbox.recheck(tx, lines.now, person)

    def _put(self, tx: Tx, lines: Lines, known: list[int]) -> None:
        """Write the cards. The words of many new people are left for later: they are half the
        cost, and so many are quicker in one go.
        """
        made = list(lines.made)
        if len(made) <= AT_ONCE or _needs_words(lines.ask):
            people.save(tx, [lines.card(person) for person in (*made, *known)])
            return
        people.add(tx, lines.now, [(person, lines.told(person)) for person in made])
        people.save(tx, [lines.cards[person] for person in known])
        wordless.put(tx, made[0], made[-1])


def drop(db: Database, import_id: int) -> wire.Import:
    """Give up an import that is not done; what it did stays.

    Raises:
        NotFound: there is no such import.
        Conflict: it is done, or was given up before.
    """
    with db.write() as tx:
        told = _find(tx, import_id).told
        if told.state == DONE:
            raise Conflict(
                f"import {import_id} is done", field="id", hint="Nothing of it is left to give up."
            )
        if told.state == DROPPED:
            raise Conflict(f"import {import_id} was given up before", field="id")
        return imports.progress(tx, msgspec.structs.replace(told, state=DROPPED))


def list_imports(tx: Tx, after: int | None, limit: int) -> list[wire.Import]:
    """Imports that were begun, the latest first."""
    return imports.list_imports(tx, after or 2**53, limit)


def _by_value(attached: tuple[Key, int]) -> str:
    """Nearly the order of the table, and quicker to compare."""
    return attached[0][1]


# --- what is asked ---


def _checked(tx: Tx, ask: wire.ImportAsk) -> wire.ImportAsk:
    """The same with every column named, so that it means the same to the end."""
    if ask.known not in {UPDATE, SKIP}:
        raise BadInput(f"{ask.known!r} is neither update nor skip", field="known")
    label(ask.file)
    if ask.tags:
        edit.check(wire.ChangeAsk(tag=ask.tags))
    if ask.segment:
        lists.static(tx, ask.segment)
    _check_topic(tx, ask)
    read, _ = sheet(ask.heads, ask.map, ask.key, prop_kinds(tx))
    taken = {column.at: column.asked for column in read.columns}
    columns = [taken.get(at, f"{head}=") for at, head in enumerate(ask.heads)]
    return msgspec.structs.replace(ask, map=columns)


def _unfinished(tx: Tx, mark: str) -> wire.Import | None:
    """What was cut off of the same file: its lines, or the words of its people after them."""
    found = imports.running(tx, mark)
    if found is None and wordless.count(tx):
        found = imports.done(tx, mark)
    return found


def _check_topic(tx: Tx, ask: wire.ImportAsk) -> None:
    if not ask.topic:
        if ask.consent:
            raise BadInput("a consent is to a topic", field="topic", hint="Add --topic KEY.")
        return
    topics = [found.key for found in catalog.active(tx, "topic")]
    if ask.topic not in topics:
        hint = nearest(ask.topic, topics) if topics else "Write it into workspace/topics.toml."
        raise BadInput(f"there is no topic {ask.topic!r}", field="topic", hint=hint)
    if not ask.consent.strip():
        hint = 'Say it, as in --consent "newsletter form 2024".'
        raise BadInput("where people said yes is not known", field="consent", hint=hint)
    label(ask.consent)


def _read(ask: wire.ImportAsk) -> tuple[Sheet, list[str]]:
    return sheet(ask.heads, ask.map, ask.key, {})


def _needs_words(ask: wire.ImportAsk) -> bool:
    """Whether people are looked up by the words of their phones."""
    return ask.typed and ask.key == "phone"


def _find(tx: Tx, import_id: int) -> Asked:
    found = imports.find(tx, import_id)
    if found is None:
        raise NotFound(f"there is no import {import_id}", field="id")
    return found


def _check(asked: Asked, ask: wire.ImportRows) -> None:
    if len(ask.rows) + len(ask.refused) > MOST:
        raise BadInput(f"at most {MOST} lines at once", field="rows")
    if not ask.start <= ask.end <= asked.told.size:
        raise BadInput("the lines lie outside of the file", field="end")


def _told(read: Sheet, ask: wire.ImportRows) -> tuple[list[Told], list[wire.Refused]]:
    told, refused = [], list(ask.refused)
    for line, cells in ask.rows:
        try:
            told.append(read.told(line, cells))
        except Unfit as error:
            refused.append(wire.Refused(line, error.field, error.reason))
    return told, refused


# --- what came of it ---


def _progress(tx: Tx, import_id: int, ask: wire.ImportRows, lines: Lines) -> wire.Import:
    """How far the import is with these lines.

    Raises:
        Conflict: it stands elsewhere, or was given up.
    """
    told = _find(tx, import_id).told
    if told.state == DROPPED:
        raise Conflict(f"import {import_id} was given up", hint="Run it again: it begins anew.")
    if told.place != ask.start or told.state == DONE:
        raise Conflict(
            f"import {import_id} stands elsewhere in the file",
            hint="Somebody else goes on with it, or an answer was lost; run it again.",
        )
    state_ = DONE if told.state == RUNNING and ask.end == told.size else told.state
    return msgspec.structs.replace(
        told,
        state=state_,
        place=ask.end,
        counts=_added(told.counts, lines.counts),
        moved_at=lines.now,
        last=lines.refused,
    )


def _added(counts: wire.ImportCounts, more: Counter[str]) -> wire.ImportCounts:
    before = msgspec.structs.asdict(counts)
    return wire.ImportCounts(**{name: count + more[name] for name, count in before.items()})


def _imported(progress: wire.Import, lines: Lines, source: int) -> Fresh:
    """What the timelines of all of them tell."""
    props: dict[str, Any] = {"import": progress.id, "file": progress.file}
    if lines.ask.topic:
        props |= {"topic": lines.ask.topic, "consent": lines.ask.consent}
    return Fresh(0, IMPORTED, lines.now, lines.now, source, props)


def _changes(lines: Lines, source: int) -> Iterator[Fresh]:
    """What the timelines tell of contacts that changed."""
    now = lines.now
    for each in lines.changes:
        told = {"old": each.old, "new": each.new}
        yield Fresh(each.person_id, each.event, now, now, source, told)


def _with_topic(tx: Tx, progress: wire.Import, lines: Lines) -> wire.Import:
    """Subscribe whom the lines name, but for those who said no; inside `write`."""
    ask = lines.ask
    if not (ask.topic and lines.meant):
        return progress
    addresses = {person: _addresses(lines, person) for person in lines.meant}
    every = {address for some in addresses.values() for address in some}
    noes = imports.suppressed(tx, every).keys() | imports.declined(
        tx, ask.topic, lines.meant, every
    )
    declined = {
        person for person, some in addresses.items() if person in noes or not noes.isdisjoint(some)
    }
    willing = lines.meant - declined
    if ask.ask:
        asked = _ask(tx, sorted(willing), ask, lines.now)
        counts = msgspec.structs.replace(
            progress.counts,
            asked=progress.counts.asked + asked,
            declined=progress.counts.declined + len(declined),
        )
        return msgspec.structs.replace(progress, counts=counts)
    subscribed = imports.subscribe(tx, willing, ask.topic, ask.consent, lines.now)
    counts = msgspec.structs.replace(
        progress.counts,
        subscribed=progress.counts.subscribed + subscribed,
        declined=progress.counts.declined + len(declined),
    )
    return msgspec.structs.replace(progress, counts=counts)


def _ask(tx: Tx, people_: Sequence[int], ask: wire.ImportAsk, now: int) -> int:
    """Write to each who did not say yes yet; how many letters."""
    wish = Wish((ask.topic,), ask.consent or SOURCE, asks=True)
    answers = (subscribe_in(tx, person, wish, now) for person in people_)
    return sum(answer.letter is not None for answer in answers)


def _addresses(lines: Lines, person: int) -> Sequence[str]:
    told = lines.told(person)
    return [each.strip().lower() for prop in ("email", "phone") if (each := told.get(prop))]


def _mark(key: Key) -> int:
    """Tells new people of a dry run apart; fits into a number of JSON."""
    text = "\0".join(key).encode()
    return int.from_bytes(hashlib.blake2b(text, digest_size=6).digest())
