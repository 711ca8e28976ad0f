"""From requests to people and events, each exactly once."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from digest_kit import DAY, HOUR, NOW, Mill, identify, track
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mautod.errors import Unavailable
from mautod.services.intake import digest as digest_module
from mautod.services.intake.digest import OFFSET
from mautod.services.keep import keep
from mautod.store import events, inbox, state

STATS = (
    "SELECT s.person_id, n.name, s.count FROM event_stat s JOIN event_name n ON n.id = s.name_id"
    " ORDER BY 1, 2"
)


@pytest.fixture
def mill(tmp_path):
    mill = Mill(tmp_path)
    yield mill
    mill.close()


def test_the_same_message_id_is_one_event_however_often_it_comes(mill):
    mill.play(track("A", messageId="m1"), track("A", messageId="m1"))
    mill.play(track("A", messageId="m1"))
    mill.play(track("A", messageId="m2"))
    assert mill.one("SELECT count FROM event_name WHERE name = 'A'") == 2
    assert (
        mill.one(
            "SELECT count(*) FROM event e JOIN event_name n ON n.id = e.name_id WHERE n.name = 'A'"
        )
        == 2
    )


def test_a_retry_after_midnight_is_known_even_without_a_timestamp(mill):
    mill.now = NOW - NOW % DAY + DAY - 1000
    mill.play(track("A", messageId="m1"))
    mill.now += HOUR
    mill.play(track("A", messageId="m1"))
    assert mill.one("SELECT count FROM event_name WHERE name = 'A'") == 1


def test_two_sources_may_use_the_same_message_id(mill):
    mill.play(track("A", messageId="1"))
    mill.play(track("A", messageId="1"), source="server")
    assert mill.one("SELECT count FROM event_name WHERE name = 'A'") == 2


def test_message_ids_are_forgotten_after_thirty_days_and_old_imports_only_then(mill):
    mill.play(track("Old", messageId="old", timestamp="2020-01-01T00:00:00Z", sentAt=None))
    mill.play(track("A", messageId="m1"))
    with mill.db.write() as tx:
        assert events.forget_seen(tx, mill.now + 29 * DAY) == 0
        assert events.forget_seen(tx, mill.now + 32 * DAY) == 2


def test_a_crash_before_the_commit_leaves_nothing_and_the_next_life_digests_it(mill, monkeypatch):
    mill.post(track("A", messageId="m1"))
    with monkeypatch.context() as patch:
        patch.setattr(events, "_count", _raise(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            mill.drain()
    assert mill.rows("SELECT * FROM event") == []
    assert state.get(mill.db.read(), OFFSET, "0") == "0"
    mill.digest = mill.new_digest()
    mill.drain()
    assert mill.history() == [(1, "A")]


def test_a_request_that_fails_alone_is_set_aside_and_the_others_go_on(mill, monkeypatch):
    poisoned = digest_module.open_intake

    def open_intake(tx, rules, items):
        if any(item.raw.name == "Poison" for item in items):
            raise ZeroDivisionError("a fault of ours")
        return poisoned(tx, rules, items)

    monkeypatch.setattr(digest_module, "open_intake", open_intake)
    mill.post(track("A", "a"))
    mill.post(track("Poison", "b"))
    mill.post(track("B", "c"))
    mill.drain()
    assert [name for _, name in mill.history()] == ["A", "B"]
    assert mill.rows("SELECT kind, reason FROM rejected") == [
        ("event", "ZeroDivisionError: a fault of ours")
    ]
    assert mill.journal.pending(int(state.get(mill.db.read(), OFFSET))) == 0


def test_a_full_disk_is_no_fault_of_the_request(mill, monkeypatch):
    mill.post(track("A"))
    with monkeypatch.context() as patch:
        patch.setattr(events, "_count", _raise(Unavailable("the disk is full")))
        with pytest.raises(Unavailable):
            mill.drain()
    assert mill.rows("SELECT * FROM rejected") == []
    mill.drain()
    assert mill.history() == [(1, "A")]


def test_nonsense_in_a_batch_is_set_aside_with_its_reason(mill):
    mill.play(
        track("A"),
        {"type": "track", "anonymousId": "a"},
        {"type": "fly", "anonymousId": "a"},
        track("B"),
    )
    assert [name for _, name in mill.history()] == ["A", "B"]
    assert mill.one("SELECT count(*) FROM rejected") == 2


def test_login_moves_the_anonymous_history_to_the_user(mill):
    mill.play(identify("phone", "u1", email="a@example.org"))
    mill.play(track("Product Viewed", "laptop"))
    mill.play(identify("laptop", "u1"))
    assert {person for person, _ in mill.history()} == {1}
    assert mill.one("SELECT merged_into FROM person WHERE id = 2") == 1
    assert mill.one("SELECT value FROM counter WHERE name = 'people'") == 1
    assert mill.rows("SELECT winner_id, loser_id, reason FROM merge") == [(1, 2, "login")]
    assert mill.one("SELECT count(*) FROM merge_event") == 2  # the session's start too


def test_a_whole_story_in_one_batch_is_the_same_as_one_by_one(tmp_path):
    story = [
        track("A", "x", messageId="1"),
        identify("x", "u", email="x@example.org"),
        track("B", "y", messageId="2"),
        identify("y", "u"),
        track("C", "y", messageId="3"),
    ]
    (tmp_path / "one").mkdir()
    (tmp_path / "all").mkdir()
    one, together = Mill(tmp_path / "one"), Mill(tmp_path / "all")
    for event in story:
        one.play(event)
    together.play(*story)
    assert one.history() == together.history()
    query = STATS
    assert one.rows(query) == together.rows(query)
    one.close()
    together.close()


def test_an_email_that_a_visitor_typed_merges_nobody(mill):
    mill.play(identify("a", email="x@example.org"))
    mill.play(identify("b", email="x@example.org"))
    assert mill.rows("SELECT id, email, merged_into FROM person") == [
        (1, "x@example.org", None),
        (2, "x@example.org", None),
    ]


def test_a_server_s_email_merges(mill):
    mill.play(
        {"type": "identify", "userId": "u", "traits": {"email": "X@example.org"}}, source="server"
    )
    mill.play(
        {"type": "identify", "anonymousId": "b", "traits": {"email": "x@example.org"}},
        source="server",
    )
    assert mill.one("SELECT count(*) FROM person WHERE merged_into IS NULL") == 1


def test_contact_changes_are_events_with_old_and_new(mill):
    mill.play(identify(email="a@example.org", name="Anna"))
    mill.play(identify(email="b@example.org"))
    found = mill.rows(
        "SELECT e.props FROM event e JOIN event_name n ON n.id = e.name_id"
        " WHERE n.name = 'Email Changed' ORDER BY e.id"
    )
    assert [json.loads(props) for (props,) in found] == [
        {"old": None, "new": "a@example.org"},
        {"old": "a@example.org", "new": "b@example.org"},
    ]


def test_a_browser_s_user_id_needs_its_hash_where_a_secret_is_set(tmp_path):
    mill = Mill(tmp_path, identity_secret="top secret")
    right = hmac.new(b"top secret", b"u1", hashlib.sha256).hexdigest()
    mill.play(identify("a", "u1"))
    assert mill.one("SELECT count(*) FROM person WHERE user_id IS NOT NULL") == 0
    assert "userHash" in mill.one("SELECT reason FROM rejected")
    mill.play({**identify("a", "u1"), "userHash": right})
    assert mill.one("SELECT user_id FROM person WHERE merged_into IS NULL") == "u1"
    mill.close()


def test_one_session_started_a_session(mill):
    minute = 60_000
    for offset in (0, 10, 20, 70, 200):
        mill.now = NOW + offset * minute
        mill.play(track("A", timestamp=mill.now))
    assert mill.one("SELECT count FROM event_name WHERE name = 'Session Started'") == 3
    assert mill.one("SELECT sessions FROM person") == 3


def test_a_server_s_event_is_no_visit(mill):
    mill.play({"type": "track", "userId": "u", "event": "Order Paid"}, source="server")
    assert mill.rows("SELECT last_seen, sessions FROM person") == [(None, 0)]


def test_a_late_event_takes_its_right_place(mill):
    mill.play(track("B", timestamp=NOW - 1000))
    mill.play(track("A", timestamp=NOW - 5000, messageId="late"))
    assert [name for _, name in mill.history()] == ["A", "B"]
    assert mill.rows(
        "SELECT first_ts FROM event_stat s JOIN event_name n ON n.id = s.name_id WHERE name = 'A'"
    ) == [(NOW - 5000,)]


def test_segments_and_their_events_follow_in_the_same_transaction(mill):
    mill.segment("fans", 'did "Like" >= 2 times')
    mill.segment("known-fans", 'in segment "fans" and email is known')
    mill.play(track("Like", messageId="1"), track("Like", messageId="2"))
    mill.play(identify(email="a@example.org"))
    moves = mill.rows(
        "SELECT n.name, e.props FROM event e JOIN event_name n ON n.id = e.name_id"
        " WHERE n.name LIKE 'Segment%' ORDER BY e.id"
    )
    assert [(name, json.loads(props)["segment"]) for name, props in moves] == [
        ("Segment Entered", "fans"),
        ("Segment Entered", "known-fans"),
    ]
    assert mill.rows("SELECT key, size FROM segment ORDER BY key") == [
        ("fans", 1),
        ("known-fans", 1),
    ]


def test_a_segment_may_ask_for_the_events_of_a_chain(mill):
    mill.chain(
        "hello", 'name = "Hello"\ntopic = "news"\nenter = { event = "Hi" }\n[[step]]\nwait = "1d"\n'
    )
    mill.segment("walkers", 'did "Chain Entered"')
    mill.play(track("Hi"))
    assert mill.one("SELECT size FROM segment") == 1


def test_a_merge_takes_memberships_along_and_counts_nobody_twice(mill):
    mill.segment("fans", 'did "Like"')
    mill.play(track("Like", "a"), track("Like", "b"))
    mill.play(identify("a", "u"))
    mill.play(identify("b", "u"))
    assert mill.rows("SELECT size FROM segment") == [(1,)]
    assert mill.rows("SELECT person_id FROM member") == [(1,)]


def test_notes_of_our_own_are_digested_once_and_a_poisoned_one_is_set_aside(mill, monkeypatch):
    mill.play(track("A"))
    with mill.db.write() as tx:
        inbox.post(tx, NOW, 1, "Message Sent", {"chain": "c"})
        inbox.post(tx, NOW, 99, "Message Sent", {"chain": "nobody's"})
        inbox.change(tx, NOW, 1, {"plan": "pro"})
    mill.drain()
    assert [name for _, name in mill.history()] == ["A", "Message Sent"]
    assert mill.one("SELECT props ->> 'plan' FROM person WHERE id = 1") == "pro"
    assert mill.one("SELECT count(*) FROM inbox") == 0
    assert mill.one("SELECT count(*) FROM rejected") == 1


def test_housekeeping_never_drops_what_is_not_digested(mill):
    mill.play(track("A"))
    mill.post(track("B", messageId="2"))
    late = mill.now + 40 * DAY
    keep(mill.db, mill.journal, 7 * DAY, 90 * DAY, late)
    offset = int(state.get(mill.db.read(), OFFSET))
    assert mill.journal.pending(offset) == 1
    mill.drain()
    assert [name for _, name in mill.history()] == ["A", "B"]


def test_statements_per_batch_do_not_grow_with_the_batch(mill):
    counts = []
    for size, first in ((10, 0), (200, 1000)):
        mill.post(*(track("A", f"v{n}", messageId=str(n)) for n in range(first, first + size)))
        seen = []
        mill.db.read().set_trace_callback(seen.append)
        mill.drain()
        mill.db.read().set_trace_callback(None)
        counts.append(len([s for s in seen if s.startswith("SELECT")]))
    assert counts[1] <= counts[0] + 2


names = st.sampled_from(["Like", "Buy", "Look"])
visitors = st.sampled_from(["a", "b", "c"])
tracks = st.builds(
    lambda name, who, number: track(name, who, messageId=str(number)),
    names,
    visitors,
    st.integers(0, 9),
)
logins = st.builds(identify, visitors, st.sampled_from(["u1", "u2"]))


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(story=st.lists(tracks | logins, min_size=1, max_size=12), cuts=st.sets(st.integers(0, 11)))
def test_how_a_story_is_cut_into_batches_changes_nothing(tmp_path_factory, story, cuts):
    whole = Mill(tmp_path_factory.mktemp("whole"))
    pieces = Mill(tmp_path_factory.mktemp("pieces"))
    for mill in (whole, pieces):
        mill.segment("likers", 'did "Like" >= 2 times')
    whole.play(*story)
    start = 0
    for end in [*sorted(cut for cut in cuts if cut < len(story)), len(story)]:
        if end > start:
            pieces.play(*story[start:end])
            start = end
    for query in (
        STATS,
        "SELECT kind, value, person_id FROM identity ORDER BY 1, 2",
        "SELECT segment_id, person_id FROM member ORDER BY 1, 2",
        "SELECT key, size FROM segment",
        "SELECT value FROM counter WHERE name = 'people'",
    ):
        assert whole.rows(query) == pieces.rows(query), query
    assert whole.one("SELECT count(*) FROM member") == whole.one("SELECT sum(size) FROM segment")
    whole.close()
    pieces.close()


def _raise(error):
    def fail(*_):
        raise error

    return fail
