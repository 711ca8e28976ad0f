import pytest

from mautod.errors import Conflict, Unavailable
from mautod.http.server import make_app, start


def mount(app):
    async def fails(request):
        raise {"conflict": Conflict("already so", field="state"), "bug": KeyError("secret")}[
            request.match_info["how"]
        ]

    app.router.add_get("/fails/{how}", fails)


async def test_failures_are_json_with_their_code_and_field(aiohttp_client):
    client = await aiohttp_client(make_app([mount]))
    answer = await client.get("/fails/conflict")
    assert answer.status == 409
    error = (await answer.json())["error"]
    assert error == {"code": "conflict", "message": "already so", "field": "state"}


async def test_a_bug_shows_nothing_of_itself_and_is_logged(aiohttp_client, caplog):
    client = await aiohttp_client(make_app([mount]))
    answer = await client.get("/fails/bug")
    assert answer.status == 500
    assert "secret" not in await answer.text()
    assert "KeyError" in caplog.text


@pytest.mark.parametrize(("missing", "status"), [("", 200), ("the journal", 503)])
async def test_ready_says_what_is_missing(aiohttp_client, missing, status):
    client = await aiohttp_client(make_app([], not_ready=lambda: missing))
    answer = await client.get("/readyz")
    assert answer.status == status
    assert missing in await answer.text()
    assert (await client.get("/healthz")).status == 200


async def test_an_address_that_is_taken_is_said_so():
    first, port = await start(make_app([]), "127.0.0.1", 0)
    with pytest.raises(Unavailable, match=f"127.0.0.1:{port}"):
        await start(make_app([]), "127.0.0.1", port)
    await first.cleanup()


async def test_the_wrong_method_names_the_right_ones(aiohttp_client):
    client = await aiohttp_client(make_app([mount]))
    answer = await client.post("/fails/bug")
    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
