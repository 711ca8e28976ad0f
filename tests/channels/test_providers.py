"""Letters to providers: a real HTTP server stands for each, and answers as their manuals say.

The signature of calls to Amazon and the shape of what it is sent are checked by botocore.
"""

from __future__ import annotations

import asyncio
import email as reader
import json
from base64 import b64decode, b64encode
from datetime import UTC, datetime
from email import policy

import pytest
from aiohttp import web
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import validate_parameters
from smtp_kit import draft, free_port

from mautod import channels
from mautod.channels.email import providers
from mautod.channels.email.providers import sigv4
from mautod.channels.email.providers.account import read_account
from mautod.channels.email.providers.parts import reference, stamp_of, take_apart
from mautod.channels.port import Net
from mautod.core.sending.links import Links
from mautod.core.sending.message import Failed, Retry, Sent, Unknown
from mautod.core.templates.template import parse_template
from mautod.errors import ConfigError

NOW = 1_800_000_000_000
LINKS = Links("secret", "https://go.shop.test")
SECRETS = {
    "MAUTOD_SES_KEY_ID": "AKIDEXAMPLE",
    "MAUTOD_SES_SECRET": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
    "MAUTOD_POSTMARK_TOKEN": "pm-hush",
    "MAUTOD_MAILGUN_KEY": "mg-hush",
    "MAUTOD_SENDGRID_KEY": "sg-hush",
}
URLS = {
    "ses": "ses://eu-west-1?configuration_set=shop",
    "postmark": "postmark://",
    "mailgun": "mailgun://mg.shop.test",
    "sendgrid": "sendgrid://",
}
PATHS = {
    "ses": "/v2/email/outbound-emails",
    "postmark": "/email/batch",
    "mailgun": "/v3/mg.shop.test/messages.mime",
    "sendgrid": "/v3/mail/send",
}


class Fake:
    """A provider's server: what was asked of it, and what it answers."""

    def __init__(self) -> None:
        self.asked: list[tuple[web.Request, bytes]] = []
        self.answer = lambda _body: web.json_response({})
        self.url = ""

    async def serve(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.asked.append((request, body))
        answer = self.answer(body)
        return await answer if asyncio.iscoroutine(answer) else answer


@pytest.fixture
async def fake(aiohttp_server):
    made = Fake()
    app = web.Application(client_max_size=2**26)
    app.router.add_route("*", "/{tail:.*}", made.serve)
    server = await aiohttp_server(app)
    made.url = f"http://127.0.0.1:{server.port}"
    return made


@pytest.fixture
def net(tmp_path):
    return Net(
        tmp_path,
        "Shop",
        "https://shop.test",
        secret=lambda name: SECRETS.get(name, ""),
        clock=lambda: NOW,
    )


@pytest.fixture
async def open_at(net):
    opened = []

    async def make(kind, endpoint, **section):
        url = URLS[kind] + ("&" if "?" in URLS[kind] else "?") + f"endpoint={endpoint}"
        channel = channels.create(
            "email", {"sender": "Магазин <hi@shop.test>", "url": url, **section}, net
        )
        await channel.open()
        opened.append(channel)
        return channel

    yield make
    for channel in opened:
        await channel.close()


def letters(channel, count=1, head="subject: Скидка\ntopic: offers", body="<p>Привет</p>"):
    template = parse_template(f"---\n{head}\n---\n{body}{{{{ unsubscribe_url }}}}", "a.liquid", "a")
    return [
        channel.render(template, draft(message_id=n + 1, address=f"p{n}@x.test"), LINKS)
        for n in range(count)
    ]


def taken(kind, body):
    """The answer of a provider that takes everything, as its manual shows it."""
    if kind == "ses":
        return web.json_response({"MessageId": "0102018-1"})
    if kind == "mailgun":
        return web.json_response({"id": "<2@mg.shop.test>", "message": "Queued. Thank you."})
    if kind == "sendgrid":
        return web.Response(status=202, headers={"X-Message-Id": "sg-1"})
    return web.json_response(
        [
            {"To": each["To"], "SubmittedAt": "2026-11-24T10:00:00Z", "MessageID": f"pm-{n}", "ErrorCode": 0, "Message": "OK"}
            for n, each in enumerate(json.loads(body))
        ]
    )  # fmt: skip


@pytest.mark.parametrize("kind", URLS)
async def test_a_batch_is_taken_in_order_and_each_letter_once(fake, open_at, kind):
    channel = await open_at(kind, fake.url)
    fake.answer = lambda body: taken(kind, body)
    batch = letters(channel, 30)
    outcomes = await channel.send(batch)
    assert len(outcomes) == 30
    assert all(isinstance(one, Sent) and one.ref for one in outcomes)
    assert {request.path for request, _ in fake.asked} == {PATHS[kind]}
    sent = b"".join(body for _, body in fake.asked)
    for letter in batch:
        assert sent.count(reference(letter.payload).encode()) >= 1


def test_the_reference_leads_back_to_the_letter(net):
    channel = channels.create("email", {}, net)
    (letter,) = letters(channel)
    given = reference(letter.payload)
    assert given.replace("-", "").replace("_", "").isalnum()
    assert LINKS.read_stamp(stamp_of(given)) == 1
    assert stamp_of(None) == ""


async def test_amazon_is_asked_as_botocore_would_ask(fake, open_at):
    channel = await open_at("ses", fake.url)
    fake.answer = lambda body: taken("ses", body)
    (letter,) = letters(channel)
    await channel.send([letter])
    request, body = fake.asked[0]
    asked = json.loads(body)
    assert b64decode(asked["Content"]["Raw"]["Data"]) == letter.payload
    assert asked["Destination"] == {"ToAddresses": ["p0@x.test"]}
    assert asked["ConfigurationSetName"] == "shop"
    model = ServiceModel(Loader().load_service_model("sesv2", "service-2"))
    validate_parameters(asked, model.operation_model("SendEmail").input_shape)
    assert request.headers["Authorization"] == by_botocore(request, body)


def by_botocore(request, body):
    """What Amazon's own code signs this request with."""
    headers = {
        name: request.headers[name] for name in ("Content-Type", "Host", "X-Amz-Content-Sha256")
    }
    theirs = AWSRequest("POST", str(request.url), headers=headers, data=body)
    theirs.context["timestamp"] = request.headers["X-Amz-Date"]
    signer = SigV4Auth(
        Credentials(SECRETS["MAUTOD_SES_KEY_ID"], SECRETS["MAUTOD_SES_SECRET"]), "ses", "eu-west-1"
    )
    theirs.headers["X-Amz-Date"] = request.headers["X-Amz-Date"]
    signature = signer.signature(
        signer.string_to_sign(theirs, signer.canonical_request(theirs)), theirs
    )
    names = signer.signed_headers(signer.headers_to_sign(theirs))
    return (
        f"AWS4-HMAC-SHA256 Credential={signer.scope(theirs)}, SignedHeaders={names},"
        f" Signature={signature}"
    )


def test_a_call_is_dated_with_the_moment_it_is_made():
    who = sigv4.Credentials("A", "B", "eu-west-1")
    made = sigv4.signed_headers(who, "ses", "h", "/p", b"{}", NOW)
    assert made["X-Amz-Date"] == f"{datetime.fromtimestamp(NOW / 1000, UTC):%Y%m%dT%H%M%SZ}"
    assert "B" not in repr(who).replace("Credentials", "")


async def test_postmark_gets_the_parts_and_marketing_a_stream_of_its_own(fake, open_at):
    channel = await open_at("postmark", fake.url, mailbox="in@shop.test")
    fake.answer = lambda body: taken("postmark", body)
    receipt = letters(channel, head="subject: Ok\ntransactional: true")
    await channel.send([*letters(channel), *receipt])
    items = [item for _, body in fake.asked for item in json.loads(body)]
    items.sort(key=lambda item: item["MessageStream"])
    assert [item["MessageStream"] for item in items] == ["broadcast", "outbound"]
    first = items[0]
    assert first["From"] == "Магазин <hi@shop.test>"
    assert (first["Subject"], first["To"]) == ("Скидка", "Ann <p0@x.test>")
    assert first["ReplyTo"].endswith("@shop.test>")
    assert "Привет" in first["HtmlBody"]
    assert "Привет" in first["TextBody"]
    headers = {each["Name"]: each["Value"] for each in first["Headers"]}
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert headers["X-PM-KeepID"] == "true"
    assert headers["Message-ID"].startswith("<1.")
    assert not {"From", "Subject", "Content-Type", "MIME-Version"} & set(headers)
    assert fake.asked[0][0].headers["X-Postmark-Server-Token"] == "pm-hush"


async def test_one_bad_letter_of_a_batch_is_that_ones_affair(fake, open_at):
    channel = await open_at("postmark", fake.url, connections=1)
    codes = [0, 406, 300, 10, 405, "x"]
    fake.answer = lambda _body: web.json_response(
        [{"ErrorCode": code, "Message": "why", "MessageID": "id"} for code in codes]
    )
    outcomes = await channel.send(letters(channel, len(codes)))
    assert outcomes == [
        Sent("id"), Failed("406 why", dead=True, kind="hard"), Failed("300 why"), Retry("10 why"),
        Retry("405 why"), Unknown("an answer without ErrorCode"),
    ]  # fmt: skip


async def test_mailgun_gets_the_letter_as_it_is(fake, open_at):
    channel = await open_at("mailgun", fake.url)
    fake.answer = lambda body: taken("mailgun", body)
    (letter,) = letters(channel)
    await channel.send([letter])
    request, body = fake.asked[0]
    assert request.headers["Authorization"] == f"Basic {b64encode(b'api:mg-hush').decode()}"
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    form = reader.message_from_bytes(head + body, policy=policy.HTTP)
    fields = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in form.iter_parts()
    }
    assert fields["to"] == b"p0@x.test"
    assert fields["v:mautod"].decode() == reference(letter.payload)
    assert letter.payload in body
    assert b"DKIM-Signature" not in body


async def test_sendgrid_gets_the_parts_and_tracks_nothing(fake, open_at):
    channel = await open_at("sendgrid", fake.url)
    fake.answer = lambda body: taken("sendgrid", body)
    (letter,) = letters(channel)
    await channel.send([letter])
    request, body = fake.asked[0]
    asked = json.loads(body)
    assert request.headers["Authorization"] == "Bearer sg-hush"
    assert asked["from"] == {"email": "hi@shop.test", "name": "Магазин"}
    (one,) = asked["personalizations"]
    assert one == {
        "to": [{"email": "p0@x.test", "name": "Ann"}],
        "custom_args": {"mautod": reference(letter.payload)},
    }
    assert [each["type"] for each in asked["content"]] == ["text/plain", "text/html"]
    assert not any(each["enable"] for each in asked["tracking_settings"].values())


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize(
    ("status", "outcome"),
    [(400, Failed), (401, Retry), (403, Retry), (413, Failed), (429, Retry), (500, Unknown),
     (502, Unknown), (503, Retry), (302, Retry), (404, Retry)],
)  # fmt: skip
async def test_a_refusal_is_read_by_its_status(fake, open_at, kind, status, outcome):
    channel = await open_at(kind, fake.url)
    body = {
        "message": "no\x1b",
        "Message": "no",
        "errors": [{"message": "no"}],
        "__type": "BadRequestException",
    }
    fake.answer = lambda _body: web.json_response(body, status=status)
    (found,) = await channel.send(letters(channel))
    assert isinstance(found, outcome), found
    assert str(status) in found.detail
    assert "\x1b" not in found.detail


@pytest.mark.parametrize(
    ("error", "outcome"),
    [("MessageRejected", Failed), ("LimitExceededException", Retry), ("", Retry),
     ("MailFromDomainNotVerifiedException", Retry), ("AccountSuspendedException", Retry),
     ("com.amazon#BadRequestException:http://x", Failed)],
)  # fmt: skip
async def test_amazons_bad_request_is_not_always_the_letters_fault(fake, open_at, error, outcome):
    channel = await open_at("ses", fake.url)
    headers = {"x-amzn-ErrorType": error}
    fake.answer = lambda _body: web.json_response({"message": "no"}, status=400, headers=headers)
    (found,) = await channel.send(letters(channel))
    assert isinstance(found, outcome)


@pytest.mark.parametrize("kind", URLS)
@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"[" * 100_000])
async def test_an_answer_that_makes_no_sense_leaves_doubt(fake, open_at, kind, body):
    channel = await open_at(kind, fake.url)
    fake.answer = lambda _body: web.Response(body=body)
    (found,) = await channel.send(letters(channel))
    assert isinstance(found, Sent if kind == "sendgrid" else Unknown)


@pytest.mark.parametrize("kind", URLS)
async def test_without_a_connection_a_letter_is_tried_again(open_at, kind):
    channel = await open_at(kind, f"http://127.0.0.1:{free_port()}")
    (found,) = await channel.send(letters(channel))
    assert isinstance(found, Retry)
    assert "no connection" in found.detail


@pytest.mark.parametrize("kind", URLS)
async def test_a_call_that_is_never_answered_leaves_doubt(fake, open_at, kind):
    channel = await open_at(kind, fake.url, timeout="1s")
    silent = asyncio.Event()

    async def never():
        await silent.wait()
        return web.Response()

    fake.answer = lambda _body: never()
    (found,) = await channel.send(letters(channel))
    silent.set()
    assert found == Unknown("no answer in 1 s")


async def test_a_connection_that_is_cut_leaves_doubt(fake, open_at):
    channel = await open_at("mailgun", fake.url)

    async def cut():
        fake.asked[-1][0].transport.abort()
        return web.Response()

    fake.answer = lambda _body: cut()
    (found,) = await channel.send(letters(channel))
    assert isinstance(found, Unknown)


async def test_no_more_calls_than_connections_are_under_way(fake, open_at):
    channel = await open_at("sendgrid", fake.url, connections=3)
    under_way, most = 0, 0

    async def slow():
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        for _ in range(20):
            await asyncio.sleep(0)
        under_way -= 1
        return web.Response(status=202)

    fake.answer = lambda _body: slow()
    assert len(await channel.send(letters(channel, 20))) == 20
    assert most <= 3


def test_pictures_and_files_go_along():
    payload = (
        b"From: a@x.test\r\nTo: b@x.test\r\nSubject: s\r\nMessage-ID: <1.x@x.test>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
        b"--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=a.pdf\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nJVBERg==\r\n--b--\r\n"
    )
    (file,) = take_apart(payload).files
    assert (file.name, file.kind, file.content, file.id) == (
        "a.pdf",
        "application/pdf",
        "JVBERg==",
        "",
    )


@pytest.mark.parametrize(
    "url",
    ["ses://", "ses://nowhere", "ses://eu-west-1?set=x", "mailgun://", "mailgun://d?region=mars",
     "postmark://user:pass@", "sendgrid://x/path", "postmark://?endpoint=http://evil.test",
     "sendgrid://?region=us"],
)  # fmt: skip
def test_a_url_that_does_not_do_is_refused(net, url):
    with pytest.raises(ConfigError, match=r"channels\.email\.url"):
        channels.create("email", {"url": url}, net)


@pytest.mark.parametrize("kind", URLS)
def test_a_missing_key_is_named_and_no_key_is_ever_shown(net, tmp_path, kind):
    with pytest.raises(ConfigError, match="MAUTOD_"):
        channels.create("email", {"url": URLS[kind]}, Net(tmp_path))
    channel = channels.create("email", {"url": URLS[kind]}, net)
    provider = providers.create(URLS[kind], net, 1, 1.0)
    call = provider._api.call(letters(channel), NOW)
    shown = f"{channel!r}{provider!r}{call!r}{read_account(URLS[kind], net.secret)!r}"
    for secret in SECRETS.values():
        assert secret not in shown


async def test_a_redirect_is_not_followed(fake, open_at):
    channel = await open_at("mailgun", fake.url)
    fake.answer = lambda _body: web.Response(status=307, headers={"Location": fake.url})
    (found,) = await channel.send(letters(channel))
    assert isinstance(found, Retry)
    assert len(fake.asked) == 1
