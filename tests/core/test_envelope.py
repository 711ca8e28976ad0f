import json
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.envelope import (
    MAX_EVENT_BYTES,
    RESERVED,
    RawEvent,
    Receipt,
    Reject,
    Request,
    outline,
    receipt,
    split,
)
from mautod.core.times.instants import DAY_MS

NOW = int(datetime(2026, 11, 22, 16, 19, 5, tzinfo=UTC).timestamp() * 1000)


def request(body, kind="batch", *, at=NOW, request_id=7):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(at, "site", kind, "192.0.2.1", raw, request_id)


def event(**fields):
    return {"type": "track", "event": "Signed", "anonymousId": "a1", "messageId": "m1", **fields}


def one(**fields):
    (found,) = split(request({"batch": [event(**fields)]}))
    return found


def accepted(**fields):
    found = one(**fields)
    assert isinstance(found, RawEvent), found
    return found


def refused(**fields):
    found = one(**fields)
    assert isinstance(found, Reject), found
    return found


def nested(depth):
    value = "leaf"
    for _ in range(depth):
        value = {"in": value}
    return value


def test_a_batch_keeps_its_order():
    found = split(request({"batch": [event(messageId=f"m{n}") for n in range(5)]}))
    assert [item.message_id for item in found] == ["m0", "m1", "m2", "m3", "m4"]


def test_one_nonsense_event_does_not_harm_its_neighbours():
    found = split(request({"batch": [event(), {"type": "dance", "userId": "u"}, 7, event()]}))
    assert [type(item) for item in found] == [RawEvent, Reject, Reject, RawEvent]
    assert found[1].field == "type"
    assert "identify" in found[1].reason
    assert found[1].body == '{"type": "dance", "userId": "u"}'


def test_a_body_that_cannot_be_read_is_one_reject():
    (found,) = split(request(b"{"))
    assert isinstance(found, Reject)
    assert found.body == "{"


def test_the_route_says_the_type_of_a_single_event():
    (found,) = split(request({"event": "Signed", "userId": "u", "type": "page"}, "track"))
    assert (found.kind, found.name, found.user_id) == ("track", "Signed", "u")


def test_an_import_is_a_batch():
    (found,) = split(request({"batch": [event()]}, "import"))
    assert found.name == "Signed"


def test_empty_and_null_ids_are_absent():
    found = accepted(userId="", anonymousId="a1")
    assert (found.user_id, found.anonymous_id) == ("", "a1")
    found = accepted(userId="u1", anonymousId=None)
    assert (found.user_id, found.anonymous_id) == ("u1", "")


def test_an_event_of_nobody_is_refused():
    assert refused(userId="", anonymousId=None).field == "userId"


def test_a_number_serves_as_an_id():
    assert accepted(userId=42).user_id == "42"
    assert refused(userId=4.2).field == "userId"
    assert refused(userId=True).field == "userId"


def test_the_alias_that_analytics_next_sends_is_no_error():
    found = accepted(type="alias", event=None, userId="u1", previousId="u1")
    assert (found.kind, found.user_id, found.previous_id) == ("alias", "u1", "u1")


def test_an_alias_needs_both_ends():
    assert refused(type="alias", anonymousId=None, userId="u1").field == "previousId"
    assert refused(type="alias", previousId="u0").field == "userId"


def test_rudderstack_puts_traits_into_the_context():
    found = accepted(
        type="identify", userId="u1", context={"traits": {"email": "a@example.com", "age": 1}}
    )
    assert found.traits == {"email": "a@example.com", "age": 1}
    assert found.context == {}


def test_traits_at_the_root_beat_those_in_the_context():
    found = accepted(type="identify", traits={"a": 1}, context={"traits": {"a": 0, "b": 2}})
    assert found.traits == {"a": 1, "b": 2}


def test_remembered_traits_of_a_track_change_nothing():
    """A browser repeats in every event what it once knew, long after the server knows better."""
    found = accepted(context={"traits": {"email": "old@example.com"}, "locale": "en"})
    assert found.traits == {}
    assert found.context == {"locale": "en"}


def test_a_groups_traits_are_not_the_persons():
    found = accepted(
        type="group", groupId=5, traits={"plan": "pro"}, context={"traits": {"email": "x"}}
    )
    assert (found.group_id, found.traits) == ("5", {"plan": "pro"})


def test_the_name_and_category_of_a_page_are_properties_too():
    found = accepted(
        type="page", name="Home", category="Docs", properties={"name": "Own", "path": "/"}
    )
    assert found.name == "Home"
    assert found.props == {"name": "Own", "category": "Docs", "path": "/"}
    assert accepted(type="page", event=None).name == ""


def test_an_empty_list_stands_for_an_empty_object():
    assert accepted(properties=[], context=[]).props == {}
    assert refused(properties=[1]).field == "properties"
    assert refused(properties="x").field == "properties"


@pytest.mark.parametrize("place", ["userHash", "context", "traits"])
def test_the_proof_of_an_id_is_found_wherever_a_client_can_put_it(place):
    value = "f00d" if place == "userHash" else {"userHash": "f00d"}
    found = accepted(type="identify", userId="u1", **{place: value})
    assert found.user_hash == "f00d"
    assert (found.traits, found.context) == ({}, {})


@pytest.mark.parametrize("name", [None, "", "  ", 7, "x" * 256, "я" * 128, "a\0b"])
def test_a_track_without_a_fit_name_is_refused(name):
    assert refused(event=name).field == "event"


@pytest.mark.parametrize("name", ["x" * 255, "я" * 127, "Заказ оформлен"])
def test_names_may_take_255_bytes(name):
    assert accepted(event=name).name == name


@pytest.mark.parametrize("name", sorted(RESERVED))
def test_nobody_may_speak_in_our_name(name):
    assert "own events" in refused(event=name).reason


@pytest.mark.parametrize("field", ["userId", "anonymousId", "previousId", "groupId", "messageId"])
def test_ids_are_bounded(field):
    assert refused(**{field: "x" * 256}).field == field


def test_a_property_name_is_bounded():
    assert refused(properties={"x" * 256: 1}).field == "properties"
    assert refused(type="identify", traits={"я" * 128: 1}).field == "traits"
    assert accepted(properties={"я" * 127: 1}).props == {"я" * 127: 1}


def test_an_event_of_more_than_32_kb_is_refused_whole():
    assert str(MAX_EVENT_BYTES) in refused(properties={"a": "x" * MAX_EVENT_BYTES}).reason
    assert accepted(properties={"a": "x" * (MAX_EVENT_BYTES - 500)})


def test_a_refused_event_is_kept_short_for_showing():
    assert len(refused(properties={"a": "x" * MAX_EVENT_BYTES}).body) == 4097


def test_properties_nest_eight_deep():
    assert accepted(properties=nested(8)).props == nested(8)
    assert refused(properties=nested(9)).field == "properties"
    assert refused(context=nested(9)).field == "context"
    assert refused(properties={"a": [[[[[[[[1]]]]]]]]}).field == "properties"


def test_brackets_within_text_are_not_nesting():
    assert accepted(properties={"a": "{[" * 50}).props == {"a": "{[" * 50}


def test_bottomless_nesting_is_refused_at_once():
    body = b'{"batch":[{"a":' + b"[" * 900 + b"]" * 900 + b"}]}"
    (found,) = split(request(body))
    assert isinstance(found, Reject)
    with pytest.raises(ValueError, match="deeply"):
        outline(b'{"a":' + b"[" * 1_000_000)


def test_a_nul_is_refused_wherever_it_hides():
    assert refused(properties={"a": ["x\0"]}).field == "properties"
    assert refused(properties={"a\0": 1}).field == "properties"
    assert refused(userId="u\0").field == "userId"
    assert accepted(properties={"a": "\\u0000"}).props == {"a": "\\u0000"}


def test_without_a_message_id_its_place_in_the_journal_names_it():
    found = split(request({"batch": [event(messageId=None), event(messageId="")]}, request_id=9))
    assert [item.message_id for item in found] == ["journal-9-0", "journal-9-1"]


def at(text):
    return int(datetime.fromisoformat(text).timestamp() * 1000)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-22T16:19:03.453+00:00",
        "2026-11-22T16:19:03.453000+00:00",
        "2026-11-22T16:19:03.453Z",
        "2026-11-22T19:19:03.453+03:00",
        "2026-11-22T16:19:03.453",
        "2026-11-22T16:19:03.453999999Z",
        1795364343453,
        1795364343453.7,
    ],
)
def test_timestamps_come_in_many_forms(text):
    assert accepted(timestamp=text).ts == at("2026-11-22T16:19:03.453Z")


@pytest.mark.parametrize("text", ["yesterday", {}, [], True, 1e300, "2026-13-01", "0001-01-01"])
def test_a_timestamp_that_is_none_is_refused(text):
    assert refused(timestamp=text).field == "timestamp"


def test_seconds_are_told_from_milliseconds():
    assert accepted(timestamp=1795364343).ts == 1795364343000


def test_without_a_timestamp_it_happened_when_it_was_received():
    found = accepted()
    assert (found.ts, found.day_key) == (NOW, None)


def test_rudderstack_calls_it_original_timestamp():
    found = accepted(originalTimestamp="2026-11-22T16:19:03Z")
    assert found.ts == at("2026-11-22T16:19:03Z")


def test_a_wrong_clock_is_corrected():
    """Its clock is a year slow; the event happened two seconds before it was sent."""
    found = accepted(timestamp="2025-11-22T10:00:00Z", sentAt="2025-11-22T10:00:02Z")
    assert found.ts == NOW - 2000


def test_the_batchs_sent_at_serves_its_events():
    items = [event(timestamp="2025-11-22T10:00:00Z")]
    (found,) = split(request({"batch": items, "sentAt": "2025-11-22T10:00:02Z"}))
    assert found.ts == NOW - 2000


def test_history_keeps_its_time():
    found = accepted(timestamp="2019-01-01T00:00:00Z", sentAt="2026-11-22T16:19:05Z")
    assert found.ts == at("2019-01-01T00:00:00Z")
    assert accepted(timestamp="2019-01-01T00:00:00Z").ts == at("2019-01-01T00:00:00Z")


def test_nothing_happens_in_the_future():
    assert accepted(timestamp="2030-01-01T00:00:00Z").ts == NOW
    found = accepted(timestamp="2026-11-22T16:19:09Z", sentAt="2026-11-22T16:19:05Z")
    assert found.ts == NOW


def test_a_sent_at_that_is_none_is_ignored():
    found = accepted(timestamp="2026-11-22T16:19:03Z", sentAt="soon")
    assert found.ts == at("2026-11-22T16:19:03Z")


def test_a_retry_has_the_day_of_the_first_try():
    item = event(timestamp="2026-11-22T23:59:59Z")
    first = request({"batch": [item], "sentAt": "2026-11-22T23:59:59Z"}, at=NOW + 8 * 3600_000)
    again = request({"batch": [item], "sentAt": "2026-11-23T00:10:00Z"}, at=NOW + 9 * 3600_000)
    days = {split(tried)[0].day_key for tried in (first, again)}
    assert days == {at("2026-11-22T00:00:00Z") // DAY_MS}


def test_a_receipt_is_read():
    body = b'{"kind":"click","message":12,"url":"https://shop.example/"}'
    assert receipt(request(body, "receipt")) == Receipt("click", 12, "https://shop.example/")
    assert isinstance(receipt(request(b"{}", "receipt")), Reject)


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(body):
    for kind in ("batch", "track"):
        assert all(isinstance(item, RawEvent | Reject) for item in split(request(body, kind)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
FIELDS = st.sampled_from(
    [
        "type",
        "event",
        "name",
        "userId",
        "anonymousId",
        "messageId",
        "timestamp",
        "sentAt",
        "originalTimestamp",
        "properties",
        "traits",
        "context",
        "previousId",
        "userHash",
    ]
)


@given(st.lists(st.dictionaries(FIELDS, JSON), max_size=5))
def test_no_event_whatever_raises_and_none_is_lost(items):
    found = split(request(msgspec.json.encode({"batch": items})))
    assert len(found) == len(items)
    for item in items:
        found += split(request(msgspec.json.encode(item), "page"))
    assert all(0 <= event.ts <= NOW for event in found if isinstance(event, RawEvent))
