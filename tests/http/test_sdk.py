import pytest
from http_kit import KEY, SERVER_KEY, basic

from mautod.http.keys import WriteKeys
from mautod.http.sdk import VENDOR


async def test_settings_lead_analytics_next_back_to_where_it_came_from(door):
    answer = await door.client.get(f"/v1/projects/{KEY}/settings", headers={"Origin": "http://x"})
    told = (await answer.json())["integrations"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert list(told) == ["Segment.io"]
    assert told["Segment.io"] == {
        "apiKey": KEY,
        "apiHost": f"127.0.0.1:{door.client.port}/v1",
        "protocol": "http",
    }


@pytest.mark.parametrize(
    ("host", "headers", "trusted", "expected"),
    [
        ("mautod.example", {}, False, ("mautod.example/v1", "https")),
        ("other.example", {}, False, ("other.example/v1", "http")),
        ("other.example", {"X-Forwarded-Proto": "https"}, True, ("other.example/v1", "https")),
        ("other.example", {"X-Forwarded-Proto": "https"}, False, ("other.example/v1", "http")),
        ("other.example", {"X-Forwarded-Proto": "javascript"}, True, ("other.example/v1", "http")),
        ('x"y', {}, False, ("mautod.example/v1", "https")),
    ],
)
async def test_where_to_send_is_how_the_browser_reached_us(
    open_door, host, headers, trusted, expected
):
    door = await open_door(trust_proxy=trusted, url="https://mautod.example")
    answer = await door.client.get(
        f"/v1/projects/{KEY}/settings", headers={"Host": host, **headers}
    )
    told = (await answer.json())["integrations"]["Segment.io"]
    assert (told["apiHost"], told["protocol"]) == expected


async def test_the_script_holds_the_key_and_its_address(door):
    answer = await door.client.get(f"/analytics.js/v1/{KEY}/analytics.min.js")
    script = await answer.text()
    assert answer.status == 200
    assert answer.content_type == "text/javascript"
    assert f'window.analyticsWriteKey="{KEY}"' in script
    assert f'a._cdn="http://127.0.0.1:{door.client.port}"' in script
    assert "__WRITE_KEY__" not in script


async def test_the_script_comes_packed_if_the_browser_can_unpack(door):
    path = f"/analytics.js/v1/{KEY}/analytics.min.js"
    plain = await door.client.get(path, headers={"Accept-Encoding": "identity"})
    packed = await door.client.get(path, headers={"Accept-Encoding": "gzip, br"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert int(packed.headers["Content-Length"]) < 40_000
    assert await packed.text() == await plain.text()


@pytest.mark.parametrize("key", ["wrong", "%22;alert(1)//", "..%2f..%2fetc", "__WRITE_KEY__"])
async def test_a_key_that_nobody_knows_gets_no_script_and_no_settings(door, key):
    for path in (f"/analytics.js/v1/{key}/analytics.min.js", f"/v1/projects/{key}/settings"):
        answer = await door.client.get(path)
        assert answer.status == 404
        assert "alert" not in await answer.text()


async def test_a_key_that_could_end_the_script_is_never_put_into_it(open_door):
    key = '";alert(1);"'
    door = await open_door(keys=WriteKeys({key: "site"}))
    answer = await door.client.get(f"/analytics.js/v1/{key}/analytics.min.js")
    assert answer.status == 404


async def test_every_chunk_of_the_vendored_sdk_is_served(door):
    names = [file.name for file in VENDOR.iterdir() if ".bundle." in file.name]
    assert len(names) >= 8
    for name in names:
        answer = await door.client.get(f"/analytics-next/bundles/{name}")
        assert await answer.text() == (VENDOR / name).read_text()
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["README", "LICENSE", "standalone.js", "..%2fLICENSE", "x.js"])
async def test_nothing_but_chunks_is_served_as_a_chunk(door, name):
    assert (await door.client.get(f"/analytics-next/bundles/{name}")).status == 404


def test_the_vendored_sdk_comes_with_its_licence_and_version():
    assert "MIT License" in (VENDOR / "LICENSE").read_text()
    version = (VENDOR / "README").read_text().split()[1].rstrip(",")
    assert f'"{version}"' in (VENDOR / "standalone.js").read_text()


@pytest.mark.parametrize("path", ["/sourceConfig/", "/sourceConfig"])
@pytest.mark.parametrize("by_header", [True, False])
async def test_the_source_configuration_of_rudderstack(door, path, by_header):
    headers = {"Authorization": basic(SERVER_KEY)} if by_header else {}
    query = f"?p=npm&v=3.34.1&build=modern&writeKey={SERVER_KEY}"
    answer = await door.client.get(path + query, headers=headers)
    source = (await answer.json())["source"]
    assert (source["enabled"], source["destinations"]) == (True, [])
    assert source["id"]
    assert source["writeKey"] == SERVER_KEY


async def test_without_a_known_key_there_is_no_source_configuration(door):
    answer = await door.client.get("/sourceConfig/?writeKey=wrong", headers={"Origin": "http://x"})
    assert answer.status == 401
    assert (await answer.json())["code"] == "unauthorized"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
