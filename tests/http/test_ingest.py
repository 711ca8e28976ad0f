import asyncio
import gzip
import json
import zlib

import pytest
from http_kit import KEY, KEYS, SERVER_KEY, basic, batch

EVENT = {"anonymousId": "a1", "messageId": "m1", "event": "Signed"}


async def test_an_accepted_request_is_on_disk_and_answered_with_exactly_200(door):
    answer = await door.post(body=batch("m1", "m2"))
    assert answer.status == 200
    assert await answer.text() == '{"success": true}'
    assert answer.content_type == "application/json"
    (request,) = door.requests()
    assert (request.source, request.kind, request.ip) == ("site", "batch", "127.0.0.1")
    assert [event.message_id for event in door.events()] == ["m1", "m2"]
    assert door.commits


CALLS = ["track", "identify", "page", "screen", "group", "alias"]


@pytest.mark.parametrize("kind", CALLS)
@pytest.mark.parametrize("short", [False, True])
async def test_the_long_and_the_short_route_of_each_call(door, short, kind):
    path = f"/v1/{kind[0] if short else kind}"
    answer = await door.post(path, {**EVENT, "userId": "u1", "previousId": "u0"})
    assert answer.status == 200
    (event,) = door.events()
    assert (event.kind, event.user_id) == (kind, "u1")


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/b", "/v1/import", "/beacon/v1/batch"])
async def test_the_routes_of_batches(door, path):
    assert (await door.post(path)).status == 200
    assert [event.message_id for event in door.events()] == ["m1"]


async def test_metrics_of_the_browser_sdk_are_swallowed(door):
    answer = await door.post("/v1/m", data='{"series":[]}', headers={"Content-Type": "text/plain"})
    assert answer.status == 200
    assert door.requests() == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": basic(KEY)},
        {"Authorization": basic(KEY, "")},
        {"Authorization": basic(KEY, ":password")},
        {"Authorization": basic(KEY).replace("Basic", "basic")},
        {"Authorization": basic(KEY).rstrip("=")},
    ],
)
async def test_the_key_in_the_header(door, headers):
    assert (await door.post(headers=headers)).status == 200
    assert door.requests()[0].source == "site"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/batch", {**batch(), "writeKey": SERVER_KEY}),
        ("/v1/b", {"batch": [{**EVENT, "type": "track", "writeKey": SERVER_KEY}]}),
        ("/v1/t", {**EVENT, "writeKey": SERVER_KEY}),
        (f"/beacon/v1/batch?writeKey={SERVER_KEY}", batch()),
    ],
)
async def test_the_key_in_the_body_or_the_query(door, path, body):
    answer = await door.post(path, body, headers={"Content-Type": "text/plain"})
    assert answer.status == 200
    assert door.requests()[0].source == "shop"


async def test_an_oauth_token_leaves_the_key_in_the_body_to_count(door):
    answer = await door.post(
        body={**batch(), "writeKey": KEY}, headers={"Authorization": "Bearer abc"}
    )
    assert answer.status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": basic("wrong")},
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": basic("")},
    ],
)
async def test_without_a_known_key_nothing_is_taken(door, headers):
    answer = await door.post(headers=headers)
    assert answer.status == 401
    told = await answer.json()
    assert told["code"] == "unauthorized"
    assert "write key" in told["message"]
    assert door.requests() == []


@pytest.mark.parametrize("key", [7, None, {"a": 1}, "", "x" * 100_000])
async def test_a_strange_key_is_no_key(door, key):
    answer = await door.post(body={**batch(), "writeKey": key}, headers={})
    assert answer.status in {400, 401}
    assert door.requests() == []


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{",
        b"not json",
        b"[]",
        b"7",
        b"null",
        b'{"batch": {}}',
        b'{"batch": 7}',
        b"{}",
        b'{"batch": [1,]}',
        b'{"batch": [{"a": "\xff"}]}',
        b'{"batch": [' + b"[" * 100_000,
        b'{"batch":[{"a":NaN}]}',
    ],
)
async def test_what_is_not_a_batch_in_json_is_refused(door, data):
    answer = await door.post(data=data)
    assert answer.status == 400
    told = await answer.json()
    assert told["code"] == "bad_input"
    assert told["message"]
    assert door.requests() == []


async def test_a_nonsense_event_is_accepted_with_its_batch(door):
    body = {"batch": [*batch("m1")["batch"], {"type": "dance"}, 7, *batch("m2")["batch"]]}
    assert (await door.post(body=body)).status == 200
    assert len(door.events()) == 4


async def test_an_empty_batch_is_a_success_that_leaves_no_trace(door):
    assert (await door.post(body={"batch": []})).status == 200
    assert door.requests() == []


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
async def test_compressed_bodies(door, encoding):
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[encoding]
    data = pack(json.dumps(batch("m1")).encode())
    headers = {"Authorization": basic(KEY), "Content-Encoding": encoding}
    assert (await door.post(data=data, headers=headers)).status == 200
    assert [event.message_id for event in door.events()] == ["m1"]


@pytest.mark.parametrize(
    "data",
    [b"not gzip", gzip.compress(b"x" * 9999, mtime=0)[:40], b""],
    ids=["no gzip", "cut", "empty"],
)
async def test_a_body_that_does_not_decompress_is_refused(door, data):
    headers = {"Authorization": basic(KEY), "Content-Encoding": "gzip"}
    answer = await door.post(data=data, headers=headers)
    assert answer.status == 400
    assert door.requests() == []


def sized(total):
    frame = len(json.dumps(batch("")))
    return json.dumps(batch("x" * (total - frame))).encode()


async def test_four_megabytes_are_taken(door):
    assert (await door.post(data=sized(4 * 1024 * 1024))).status == 200
    assert len(door.requests()[0].body) == 4 * 1024 * 1024


@pytest.mark.parametrize("packed", [False, True])
async def test_more_than_four_megabytes_are_refused_packed_or_not(door, packed):
    data = sized(4 * 1024 * 1024 + 1)
    headers = {"Authorization": basic(KEY)}
    if packed:
        data, headers["Content-Encoding"] = gzip.compress(data), "gzip"
    answer = await door.post(data=data, headers=headers)
    assert answer.status == 413
    assert (await answer.json())["code"] == "too_large"
    assert door.requests() == []


async def test_a_zip_bomb_is_refused_without_unpacking_it(door):
    data = gzip.compress(b"\0" * 200_000_000, 9)
    headers = {"Authorization": basic(KEY), "Content-Encoding": "gzip"}
    assert (await door.post(data=data, headers=headers)).status == 413


async def test_2500_events_are_a_batch_and_one_more_is_not(door):
    assert (await door.post(body={"batch": [{}] * 2500})).status == 200
    answer = await door.post(body={"batch": [{}] * 2501})
    assert answer.status == 413
    assert "2500" in (await answer.json())["message"]


async def test_half_an_emoji_does_not_cost_the_batch(door):
    body = batch("m1", "m2")
    body["batch"][0]["properties"] = {"title": "cut \ud83d"}
    assert (await door.post(data=json.dumps(body))).status == 200
    assert [event.message_id for event in door.events()] == ["m1", "m2"]
    assert door.events()[0].props == {"title": "cut \ufffd"}


async def test_over_the_rate_one_is_told_when_to_come_again(open_door):
    door = await open_door(rate=0.1, burst=2)
    statuses = [(await door.post()).status for _ in range(3)]
    assert statuses == [200, 200, 429]
    answer = await door.post()
    assert 1 <= int(answer.headers["Retry-After"]) <= 10
    assert (await answer.json())["code"] == "too_many_requests"
    assert len(door.requests()) == 2


async def test_each_key_has_a_rate_of_its_own(open_door):
    door = await open_door(rate=0.1, burst=1)
    assert (await door.post()).status == 200
    assert (await door.post()).status == 429
    assert (await door.post(headers={"Authorization": basic(SERVER_KEY)})).status == 200


@pytest.mark.parametrize(("trusted", "seen"), [(True, "203.0.113.9"), (False, "127.0.0.1")])
async def test_the_address_behind_a_proxy_counts_only_if_the_proxy_is_trusted(
    open_door, trusted, seen
):
    door = await open_door(trust_proxy=trusted)
    await door.post(
        headers={"Authorization": basic(KEY), "X-Forwarded-For": "198.51.100.1, 203.0.113.9"}
    )
    assert door.requests()[0].ip == seen


@pytest.mark.parametrize("forged", ["", "nonsense", "1.2.3.4; drop", "\u00e9"])
async def test_a_nonsense_address_from_a_proxy_is_ignored(open_door, forged):
    door = await open_door(trust_proxy=True)
    await door.post(headers={"Authorization": basic(KEY), "X-Forwarded-For": forged})
    assert door.requests()[0].ip == "127.0.0.1"


async def test_a_connection_that_breaks_off_leaves_nothing(door):
    _, writer = await asyncio.open_connection("127.0.0.1", door.client.port)
    head = f"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: {basic(KEY)}\r\n"
    writer.write(f'{head}Content-Length: 500\r\n\r\n{{"batch": ['.encode())
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    assert (await door.post()).status == 200
    assert len(door.requests()) == 1


async def test_chunked_bodies(door):
    async def chunks():
        for byte in json.dumps(batch("m1")).encode():
            yield bytes([byte])

    assert (await door.post(data=chunks())).status == 200
    assert [event.message_id for event in door.events()] == ["m1"]


async def test_any_content_type_will_do(door):
    for kind in ("text/plain", "application/json;charset=UTF-8", "", "application/octet-stream"):
        headers = {"Authorization": basic(KEY), "Content-Type": kind}
        assert (await door.post(headers=headers)).status == 200


async def test_the_wrong_method_and_the_wrong_path_are_said_in_json(door):
    answer = await door.client.get("/v1/batch")
    assert answer.status == 405
    assert (await answer.json())["code"] == "method_not_allowed"
    answer = await door.client.post("/v1/nothing")
    assert answer.status == 404
    assert (await answer.json())["error"]["code"] == "not_found"


async def test_keys_are_not_shown(door):
    assert KEY not in repr(KEYS)
    answer = await door.post(headers={"Authorization": basic("secret-guess")})
    assert "secret-guess" not in await answer.text()
