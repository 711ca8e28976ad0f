"""What operators look at every second must not read a big table from end to end."""

from __future__ import annotations

import re

import pytest

from mautod.core.reports.spans import stretches
from mautod.duration import DAY
from mautod.store import listing
from mautod.store.chains import arms, campaigns
from mautod.store.db import Database
from mautod.store.delivery import consent
from mautod.store.listing import MessageFilter, RunFilter
from mautod.store.people import cards, identities, imports, merges, timeline, wordless, words
from mautod.store.reports import ledger, stats
from mautod.store.segments import scoreboard, sizes, stays

BIG = (
    "merge",
    "person",
    "event",
    "event_stat",
    "member",
    "person_score",
    "message",
    "run",
    "decision",
    "conversion",
    "identity",
    "word",
    "consent",
    "optout",
)
NOW = 1_793_577_600_000
SPANS = stretches("Europe/Berlin", NOW - 400 * DAY, NOW)

# What scans an index that covers the question (counts by state) is named here; nothing else may.
READS = {
    "events": lambda tx: listing.events(tx, name="", person=None, after=9, limit=9),
    "timeline": lambda tx: timeline.events(tx, 1, None, timeline.NEWEST, 9, but=False),
    "timeline of a kind": lambda tx: timeline.events(
        tx, 1, frozenset({"A"}), timeline.NEWEST, 9, but=True
    ),
    "merges of a person": lambda tx: merges.merges_of(tx, 1),
    "events by name": lambda tx: listing.events(tx, name="A", person=None, after=9, limit=9),
    "events by person": lambda tx: listing.events(tx, name="", person=1, after=None, limit=9),
    "events by both": lambda tx: listing.events(tx, name="A", person=1, after=9, limit=9),
    "events since": lambda tx: listing.events_since(tx, 1, 9),
    "people by words": lambda tx: words.find(tx, [("a",), ("7", "8")], 9, 9),
    "people by common words": lambda tx: (
        words._newest(tx, [("a",), ("7", "8")], 90_000, 9),
        list(words._among(tx, [1, 2], [("a",), ("7", "8")])),
    ),
    "imports": lambda tx: imports.list_imports(tx, 9, 9),
    "import that runs": lambda tx: imports.running(tx, "a"),
    "who is on a chain": lambda tx: imports.walking(tx, [1, 2]),
    "who has an email": lambda tx: imports.with_email(tx, ["a"]),
    "who owns identities": lambda tx: identities.find_owners(tx, [("email", "a"), ("user", "b")]),
    "whose words come later": wordless.count,
    "who has a phone": lambda tx: imports.with_phone(tx, ["7"]),
    "who declined": lambda tx: imports.declined(tx, "a", [1], ["b"]),
    "suppressed": lambda tx: imports.suppressed(tx, ["a"]),
    "people by id": lambda tx: listing.people_by_id(tx, [1, 2], NOW),
    "runs of a person": lambda tx: listing.runs_of(tx, 1, 9),
    "runs of a chain": lambda tx: listing.runs(tx, RunFilter(chain="a", state="active"), 9, 9),
    "messages of a person": lambda tx: listing.messages(tx, MessageFilter(person=1), None, 9),
    "messages of a state": lambda tx: listing.messages(
        tx, MessageFilter(state="refused", reason="cap"), 9, 9
    ),
    "messages of a chain": lambda tx: listing.messages(tx, MessageFilter(chain="a"), 9, 9),
    "messages by id": lambda tx: listing.messages_by_id(tx, [1, 2]),
    "new messages": lambda tx: listing.new_messages(tx, 1, 9),
    "people": stats.people,
    "events count": stats.events,
    "last event": stats.last_event,
    "online": lambda tx: stats.online(tx, NOW),
    "visitors": lambda tx: stats.visitors(tx, NOW, 9),
    "minutes": lambda tx: stats.minutes(tx, NOW),
    "next due": stats.next_due,
    "members": lambda tx: stats.members(tx, "a", 1, 9, NOW),
    "who has points": lambda tx: scoreboard.people(tx, 1, 26, "30.9", 9, NOW),
    "extent of a score": lambda tx: scoreboard.extent(tx, 1),
    "highest of a score": lambda tx: scoreboard.highest(tx, 1),
    "who reached a threshold": lambda tx: scoreboard.reached(tx, 1, 26),
    "spread of a score": lambda tx: scoreboard.bins(tx, 1, 0, 5, 3),
    "points of a person": lambda tx: scoreboard.points_of(tx, 1),
    "overlap": lambda tx: sizes.both(tx, "a", "b"),
    "moves": lambda tx: stays.moves(tx, 1, "9-9-0", 9),
    "goals": lambda tx: stats.goals(tx, 1, NOW),
    "goals by day": lambda tx: stats.daily_goals(tx, 1, NOW, SPANS),
    "people of a goal": lambda tx: stats.converted(tx, 1, 1, NOW),
    "messages by day": lambda tx: campaigns.daily(tx, 1, 0, NOW, SPANS),
    "entered": lambda tx: campaigns.entered(tx, 1, 0, NOW),
    "first message": campaigns.first,
    "arms": lambda tx: arms.arms(tx, 1, 0, NOW),
    "deeds": lambda tx: list(arms.deeds(tx, 1, "A", 9, (1, NOW))),
    "ledger": lambda tx: list(ledger.entries(tx, 1, NOW)),
    "tallies": lambda tx: campaigns.tallies(tx, 1, 0, NOW),
    "here": lambda tx: campaigns.here(tx, 1),
    "walked": lambda tx: campaigns.walked(tx, 1),
    "outcomes": lambda tx: campaigns.outcomes(tx, 1),
    "card": lambda tx: cards.person(tx, 1, NOW),
    "living": lambda tx: cards.living(tx, 1),
    "by identity": lambda tx: cards.by_identity(tx, "a"),
    "by email": lambda tx: cards.by_email(tx, "a"),
    "identities": lambda tx: cards.identities(tx, 1),
    "memberships": lambda tx: cards.memberships(tx, 1),
    "earned": lambda tx: cards.earned(tx, 1),
    "decisions": lambda tx: cards.decisions(tx, 1),
}


@pytest.fixture(scope="module")
def db(tmp_path_factory):
    made = Database(tmp_path_factory.mktemp("plans") / "mautod.db").open()
    with made.write() as tx:
        tx.execute(
            "INSERT INTO chain (id, key, name, state, definition_id, version, changed_at) VALUES (1, 'a', 'A', 'running', 1, 1, 1)"
        )
        tx.executemany(
            "INSERT INTO message (id, chain_id, step, key, person_id, channel, template, topic,"
            " state, reason, queued_at, due_at) VALUES (?, 1, '', '', 1, '', '', '', 'refused',"
            " 'cap', 1, 1)",
            [(1,), (2,)],
        )
        tx.execute("INSERT INTO person (id, created_at) VALUES (90000, 1)")
        consent.suppress(tx, "email", "b@example.com", "bounce", 1)
    yield made
    made.close()


@pytest.mark.parametrize("name", READS)
def test_it_reads_by_index(db, name):
    tx, asked = db.read(), []
    tx.set_trace_callback(asked.append)
    READS[name](tx)
    tx.set_trace_callback(None)
    assert asked
    for statement in asked:
        steps = [row[3] for row in tx.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert not [step for step in steps if _reads_all(step)], "\n".join(steps)


@pytest.mark.parametrize("name", ["tallies", "messages by day", "entered", "arms"])
def test_a_report_counts_by_an_index_alone(db, name):
    """At a million messages the table itself is too far away."""
    tx, asked = db.read(), []
    tx.set_trace_callback(asked.append)
    READS[name](tx)
    tx.set_trace_callback(None)
    for statement in asked:
        (step,) = (
            row[3]
            for row in tx.execute(f"EXPLAIN QUERY PLAN {statement}")
            if "TEMP B-TREE" not in row[3]
        )
        assert "COVERING INDEX" in step, step


def _reads_all(step):
    found = re.match(r"SCAN (\w+)", step)
    if not found or "INTEGER PRIMARY KEY" in step:
        return False
    aliases = {
        "p": "person",
        "e": "event",
        "m": "message",
        "r": "run",
        "c": "conversion",
        "ps": "person_score",
        "w": "word",
        "b": "word",
        "co": "consent",
        "o": "optout",
    }
    return aliases.get(found[1], found[1]) in BIG


def test_words_that_come_later_are_written_from_a_range_of_people(db):
    steps = [row[3] for row in db.read().execute(f"EXPLAIN QUERY PLAN {wordless.WRITE}", (1, 9))]
    assert steps[0].startswith("SEARCH p USING INTEGER PRIMARY KEY"), steps
