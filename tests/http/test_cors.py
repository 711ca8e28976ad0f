import pytest
from http_kit import KEY, basic

ORIGIN = {"Origin": "https://shop.example"}
ASKED = "authorization,x-retry-count,rsa-retry-attempt,rsa-retry-reason"


@pytest.mark.parametrize(
    "path",
    ["/v1/batch", "/v1/t", "/v1/m", "/sourceConfig/", "/v1/projects/x/settings"],
)
async def test_a_preflight_gets_every_header_that_it_asks_for(door, path):
    """A retry carries headers that the first try does not."""
    answer = await door.client.options(
        path,
        headers={
            **ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": ASKED,
        },
    )
    assert answer.status == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == ASKED
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert int(answer.headers["Access-Control-Max-Age"]) > 600


@pytest.mark.parametrize("asked", ["a\tb", "<script>", "a" * 1025, "a: b"])
async def test_a_nonsense_list_of_headers_is_not_reflected(door, asked):
    headers = {**ORIGIN, "Access-Control-Request-Headers": asked}
    answer = await door.client.options("/v1/batch", headers=headers)
    assert "Access-Control-Allow-Headers" not in answer.headers


async def test_a_page_may_read_the_answer(door):
    answer = await door.post(headers={**ORIGIN, "Authorization": basic(KEY)})
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_a_page_may_read_a_refusal_and_how_long_to_wait(open_door):
    door = await open_door(rate=0.1, burst=1)
    headers = {**ORIGIN, "Authorization": basic(KEY)}
    await door.post(headers=headers)
    answer = await door.post(headers=headers)
    assert answer.status == 429
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in answer.headers["Access-Control-Expose-Headers"]


async def test_a_server_is_not_bothered_with_it(door):
    answer = await door.post()
    assert not [name for name in answer.headers if name.startswith("Access-Control")]
