"""One person leaves a raw request; everybody else stays as they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mautod.core.envelope import Reject, Request, split
from mautod.core.people.redact import Traces, redact

ANNA = Traces(
    frozenset({"u1"}), frozenset({"visitor-anna"}), frozenset({"анна@example.com"}), frozenset({7})
)


def request(body, kind="batch") -> Request:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Request(1, "site", kind, "1.2.3.4", raw, 12)


def track(**who):
    return {"type": "track", "event": "A", **who}


def items(found: Request) -> list[dict]:
    return json.loads(found.body)["batch"]


def test_a_batch_without_her_is_not_touched():
    assert redact(request({"batch": [track(userId="u2"), track(anonymousId="b")]}), ANNA) is None


def test_others_in_the_batch_stay_and_keep_the_id_of_their_place():
    hers, other = track(userId="u1"), track(userId="u2", properties={"x": 1})
    found = redact(
        request({"sentAt": 5, "batch": [hers, other, track(userId="u3", messageId="m")]}), ANNA
    )
    assert [item["userId"] for item in items(found)] == ["u2", "u3"]
    assert [item["messageId"] for item in items(found)] == ["journal-12-1", "m"]
    assert (json.loads(found.body)["sentAt"], found.ip, found.id) == (5, "", 12)


@pytest.mark.parametrize(
    "item",
    [
        track(userId="u1"),
        track(anonymousId="visitor-anna"),
        track(userId="u1", anonymousId="else"),
        {"type": "identify", "anonymousId": "new", "traits": {"email": "Анна@example.com "}},
        {
            "type": "identify",
            "anonymousId": "new",
            "context": {"traits": {"email": "анна@example.com"}},
        },
        {"type": "alias", "userId": "u1", "previousId": "z"},
        {"event": "nonsense without ids", "properties": {"mail": "анна@example.com"}},
        "visitor-anna",
    ],
)
def test_whatever_tells_of_her_goes(item):
    found = redact(request({"batch": [item]}), ANNA)
    assert (found.kind, found.body, found.ip) == ("batch", b'{"batch":[]}', "")
    assert split(found) == []


def test_another_user_on_her_browser_keeps_the_event_without_her_id():
    found = redact(request({"batch": [track(userId="u2", anonymousId="visitor-anna")]}), ANNA)
    assert items(found) == [{**track(userId="u2"), "messageId": "journal-12-0"}]


def test_a_short_id_is_no_part_of_a_longer_one():
    assert redact(request({"batch": [track(userId="u12")]}), ANNA) is None


def test_a_request_of_hers_alone_becomes_an_empty_batch():
    assert redact(request(track(userId="u1"), "track"), ANNA).kind == "batch"
    assert redact(request(track(userId="u2"), "track"), ANNA) is None


def test_receipts_of_her_letters_go():
    told = {"kind": "click", "message": 7, "url": "https://x"}
    assert redact(request(told, "receipt"), ANNA).body == b'{"batch":[]}'
    assert redact(request({**told, "message": 8}, "receipt"), ANNA) is None


def test_what_is_no_json_goes_if_it_names_her():
    assert redact(request(b"{visitor-anna"), ANNA).body == b'{"batch":[]}'
    assert redact(request(b"{visitor-boris"), ANNA) is None


ids = st.sampled_from(["u1", "u2", "visitor-anna", "b", None])
bodies = st.lists(
    st.one_of(
        st.builds(
            lambda u, a, m: track(userId=u, anonymousId=a, messageId=m),
            ids,
            ids,
            st.sampled_from([None, "m"]),
        ),
        st.sampled_from([{}, 5, None, {"anonymousId": 3}]),
    ),
    max_size=5,
)


@given(bodies)
def test_what_the_digest_reads_afterwards_is_what_others_said(batch):
    before = request({"batch": batch})
    after = redact(before, ANNA) or before

    def others(found):
        return [
            (e.user_id, e.message_id) if not isinstance(e, Reject) else "nonsense"
            for e in split(found)
            if isinstance(e, Reject)
            or e.user_id == "u2"
            or (e.user_id in {"b", "visitor-anna"})
            or (not e.user_id and e.anonymous_id not in {"u1", "visitor-anna"})
        ]

    assert others(before) == others(after)
    for text in ANNA.texts():
        if text == '"u1"':
            continue
        assert text not in after.body.decode() or '"userId": "visitor-anna"' in before.body.decode()
