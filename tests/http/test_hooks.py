"""Webhooks of providers: believed with their signature alone, written down before the answer, once.

Signatures are made by openssl, and one is SendGrid's own published example. Payloads have the
shapes that the providers' manuals show.
"""

from __future__ import annotations

import asyncio
import io
import json
import shutil
import ssl
import subprocess
from base64 import b64encode
from datetime import UTC, datetime

import aiohttp
import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver
from aiohttp.test_utils import TestServer

from mautod.channels.email.hooks import HOOKS, hooks, https
from mautod.channels.email.hooks.amazon import is_amazons
from mautod.channels.email.hooks.port import OLDEST_MS, Posted, judged
from mautod.channels.email.hooks.sendgrid import SendGridHook
from mautod.channels.email.hooks.ses import SesHook
from mautod.core.envelope import receipt
from mautod.core.sending.links import Links
from mautod.errors import ConfigError, Unavailable
from mautod.http.hooks import MAX_BODY_BYTES, Hooks
from mautod.http.limits import RateLimit
from mautod.http.server import make_app
from mautod.store.group_commit import GroupCommit
from mautod.store.journal import Journal

pytestmark = pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl")

NOW = 1_795_364_345_000
LINKS = Links("secret", "https://go.shop.test")
STAMP = LINKS.stamp(7)
REFERENCE = STAMP.replace(".", "-", 1)
TOPIC = "arn:aws:sns:eu-west-1:123456789012:mail"
CERT = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123.pem"
HUSH = "hush-hush"


def openssl(*words, given=b""):
    return subprocess.run(["openssl", *words], input=given, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    """Amazon's key and certificate, and SendGrid's key pair."""
    folder = tmp_path_factory.mktemp("keys")
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
        "/CN=sns.eu-west-1.amazonaws.com", "-addext", "subjectAltName=DNS:sns.eu-west-1.amazonaws.com",
        "-keyout", str(folder / "aws.key"), "-out", str(folder / "aws.pem"),
    )  # fmt: skip
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(folder / "ec.key"))
    public = openssl("ec", "-in", str(folder / "ec.key"), "-pubout", "-outform", "DER")
    (folder / "ec.pub").write_text(b64encode(public).decode())
    return folder


class Site:
    """The webhooks with a real journal; `asked` is what Amazon was asked for."""

    def __init__(self, keys):
        self.keys, self.now, self.asked = keys, NOW, []
        self.client = self.journal = self.writer = None

    async def fetch(self, url):
        self.asked.append(url)
        return (self.keys / "aws.pem").read_bytes()

    def receipts(self):
        return [receipt(request) for request in self.journal.read_after(0, 100)]

    async def post(self, name, body, headers=None):
        raw = body if isinstance(body, bytes | io.BytesIO) else json.dumps(body).encode()
        return await self.client.post(f"/hooks/{name}", data=raw, headers=headers or {})

    # --- as the providers do it ---

    async def postmark(self, body, password=HUSH):
        token = b64encode(f"hook:{password}".encode()).decode()
        return await self.post("postmark", body, {"Authorization": f"Basic {token}"})

    async def mailgun(self, event, at=None, token="t" * 50, key=HUSH):
        at = str(self.now // 1000 if at is None else at)
        made = openssl("dgst", "-sha256", "-hmac", key, given=f"{at}{token}".encode())
        signature = {"timestamp": at, "token": token, "signature": made.decode().split()[-1]}
        return await self.post("mailgun", {"signature": signature, "event-data": event})

    async def sendgrid(self, events, at=None, key="ec.key"):
        at = str(self.now // 1000 if at is None else at)
        body = json.dumps(events).encode() + b"\r\n"
        made = openssl("dgst", "-sha256", "-sign", str(self.keys / key), given=at.encode() + body)
        headers = {
            "X-Twilio-Email-Event-Webhook-Signature": b64encode(made).decode(),
            "X-Twilio-Email-Event-Webhook-Timestamp": at,
        }
        return await self.post("sendgrid", body, headers)

    def envelope(self, message, version="2", **changes):
        at = datetime.fromtimestamp(self.now / 1000, UTC).isoformat(timespec="milliseconds")
        made = {
            "Type": "Notification", "MessageId": "22b80b92-fdea", "TopicArn": TOPIC,
            "Message": json.dumps(message), "Timestamp": at.replace("+00:00", "Z"),
            "SignatureVersion": version, "SigningCertURL": CERT, **changes,
        }  # fmt: skip
        fields = [
            "Message",
            "MessageId",
            "Subject",
            "SubscribeURL",
            "Timestamp",
            "Token",
            "TopicArn",
            "Type",
        ]
        text = "".join(f"{name}\n{made[name]}\n" for name in fields if name in made)
        digest = "-sha256" if version == "2" else "-sha1"
        signed = openssl("dgst", digest, "-sign", str(self.keys / "aws.key"), given=text.encode())
        return {**made, "Signature": b64encode(signed).decode()}


@pytest.fixture
async def site(aiohttp_client, tmp_path, keys):
    made = Site(keys)
    made.journal = Journal(tmp_path / "journal.db").open()
    made.writer = GroupCommit(made.journal, limit=100)
    secrets = {
        "MAUTOD_POSTMARK_HOOK": HUSH,
        "MAUTOD_MAILGUN_HOOK": HUSH,
        "MAUTOD_SENDGRID_HOOK": (keys / "ec.pub").read_text(),
    }
    ready = hooks(lambda name: secrets.get(name, ""))
    ready["ses"] = SesHook(TOPIC, made.fetch)
    part = Hooks(ready, made.writer, RateLimit(1000, 1000), LINKS, clock=lambda: made.now)
    made.client = await aiohttp_client(make_app([part.mount]))
    yield made
    await made.writer.close()
    made.journal.close()


def told(site):
    return [(one.kind, one.message, one.bounce, one.code) for one in site.receipts()]


# --- payloads, as the manuals have them ---------------------------------------------------------


def ses(kind, **more):
    mail = {"messageId": "EXAMPLE7c", "destination": ["p@x.test"], "tags": {"mautod": [REFERENCE]}}
    return {"eventType": kind, "mail": mail, **more}


def ses_bounce(kind, sub, status, words):
    person = {
        "emailAddress": "p@x.test",
        "action": "failed",
        "status": status,
        "diagnosticCode": words,
    }
    return ses(
        "Bounce", bounce={"bounceType": kind, "bounceSubType": sub, "bouncedRecipients": [person]}
    )


def postmark(record, **more):
    return {
        "RecordType": record,
        "MessageID": "883953f4",
        "Metadata": {"mautod": REFERENCE},
        **more,
    }


def postmark_bounce(kind, words):
    return postmark("Bounce", Type=kind, TypeCode=1, Details=words, Email="p@x.test")


def mailgun(event, **more):
    return {"event": event, "id": "CPgfbmQMTC", "user-variables": {"mautod": REFERENCE}, **more}


def mailgun_failed(severity, reason, code, words):
    status = {"code": code, "message": words, "attempt-no": 1}
    return mailgun("failed", severity=severity, reason=reason, **{"delivery-status": status})


def sendgrid(event, **more):
    return {"email": "p@x.test", "event": event, "sg_event_id": "a1", "mautod": REFERENCE, **more}


DELIVERED = [
    ("ses", ses("Delivery", delivery={"smtpResponse": "250 ok"})),
    ("postmark", postmark("Delivery", Recipient="p@x.test")),
    ("mailgun", mailgun("delivered")),
    ("sendgrid", sendgrid("delivered", response="250 OK")),
]
COMPLAINED = [
    ("ses", ses("Complaint", complaint={"complaintFeedbackType": "abuse"})),
    ("postmark", postmark("SpamComplaint", Type="SpamComplaint")),
    ("postmark", postmark("Bounce", Type="SpamComplaint")),
    ("mailgun", mailgun("complained")),
    ("sendgrid", sendgrid("spamreport")),
]
BOUNCED = [
    ("ses", ses_bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"), "hard", "5.1.1"),
    ("ses", ses_bounce("Permanent", "General", "5.7.1", "smtp; 550 5.7.1 blocked"), "policy", "5.7.1"),
    ("ses", ses_bounce("Transient", "MailboxFull", "5.2.2", "full"), "soft", "5.2.2"),
    ("ses", ses_bounce("Transient", "ContentRejected", "5.6.0", "no"), "policy", "5.6.0"),
    ("ses", ses_bounce("Undetermined", "Undetermined", "", "?"), "soft", ""),
    ("ses", ses("Bounce", bounce={"bounceType": "Permanent", "bounceSubType": "Suppressed"}), "hard", ""),
    ("postmark", postmark_bounce("HardBounce", "smtp;550 5.1.1 no such user"), "hard", "5.1.1"),
    ("postmark", postmark_bounce("HardBounce", "smtp;554 5.7.1 spam"), "policy", "5.7.1"),
    ("postmark", postmark_bounce("SoftBounce", "552 5.2.2 over quota"), "soft", "5.2.2"),
    ("postmark", postmark_bounce("SpamNotification", "spam"), "policy", ""),
    ("mailgun", mailgun_failed("permanent", "bounce", 550, "5.1.1 no such user"), "hard", "550"),
    ("mailgun", mailgun_failed("permanent", "suppress-bounce", 605, "Not delivering"), "hard", "605"),
    ("mailgun", mailgun_failed("permanent", "old", 602, "Too old"), "soft", "602"),
    ("mailgun", mailgun_failed("permanent", "generic", 550, "5.7.1 rejected"), "policy", "550"),
    ("sendgrid", sendgrid("bounce", type="bounce", status="5.1.1", reason="550 5.1.1 no"), "hard", "5.1.1"),
    ("sendgrid", sendgrid("bounce", type="blocked", status="5.7.1", reason="spam"), "policy", "5.7.1"),
    ("sendgrid", sendgrid("dropped", reason="Bounced Address"), "hard", ""),
    ("sendgrid", sendgrid("dropped", reason="Spam Reporting Address"), "policy", ""),
]  # fmt: skip
NOTHING = [
    ("ses", ses("Open", open={})),
    ("ses", ses("DeliveryDelay")),
    ("postmark", postmark("Open")),
    ("postmark", postmark("Click")),
    ("postmark", postmark("SubscriptionChange")),
    ("postmark", postmark("Bounce", Type="AutoResponder")),
    ("mailgun", mailgun("opened")),
    ("mailgun", mailgun("clicked")),
    ("mailgun", mailgun_failed("temporary", "generic", 451, "greylisted")),
    ("sendgrid", sendgrid("open")),
    ("sendgrid", sendgrid("deferred")),
    ("sendgrid", sendgrid("processed")),
]


async def send(site, name, payload, **how):
    match name:
        case "ses":
            return await site.post("ses", site.envelope(payload, **how))
        case "sendgrid":
            return await site.sendgrid([payload], **how)
        case _:
            return await getattr(site, name)(payload, **how)


@pytest.mark.parametrize(("name", "payload"), DELIVERED)
async def test_a_delivery_is_written_down_before_it_is_answered(site, name, payload):
    answer = await send(site, name, payload)
    assert (answer.status, await answer.json()) == (200, {"success": True, "noted": 1})
    assert told(site) == [("delivered", 7, "", "")]


@pytest.mark.parametrize(("name", "payload"), COMPLAINED)
async def test_a_complaint_is_written_down(site, name, payload):
    assert (await send(site, name, payload)).status == 200
    assert told(site) == [("complaint", 7, "", "")]
    assert name in site.receipts()[0].text


@pytest.mark.parametrize(("name", "payload", "how", "code"), BOUNCED)
async def test_a_bounce_is_judged_by_the_provider_and_by_the_servers_words(
    site, name, payload, how, code
):
    assert (await send(site, name, payload)).status == 200
    assert told(site) == [("bounce", 7, how, code)]


@pytest.mark.parametrize(("name", "payload"), NOTHING)
async def test_all_else_is_answered_and_not_written_down(site, name, payload):
    answer = await send(site, name, payload)
    assert (answer.status, (await answer.json())["noted"]) == (200, 0)
    assert site.receipts() == []


@pytest.mark.parametrize("name", HOOKS)
@pytest.mark.parametrize("stamp", ["7-forged", "", None, 7, STAMP, "9" * 5000])
async def test_a_letter_that_is_not_ours_comes_to_nothing(site, name, stamp):
    payload = dict(DELIVERED)[name]
    wrong = json.loads(json.dumps(payload).replace(json.dumps(REFERENCE), json.dumps(stamp)))
    answer = await send(site, name, wrong)
    assert answer.status == 200
    assert len(site.receipts()) == (stamp == STAMP)  # as it stands in Message-ID, it serves as well


async def test_amazon_tells_our_letter_by_its_own_message_id_too(site):
    headers = [
        {"name": "From", "value": "x"},
        {"name": "Message-ID", "value": f"<{STAMP}@shop.test>"},
    ]
    payload = {"notificationType": "Delivery", "mail": {"headers": headers}}
    await send(site, "ses", payload)
    assert told(site) == [("delivered", 7, "", "")]


@pytest.mark.parametrize(("name", "how"), [
    ("postmark", {"password": "guess"}), ("postmark", {"password": ""}),
    ("mailgun", {"key": "guess"}), ("sendgrid", {"key": "aws.key"}),
])  # fmt: skip
async def test_a_forged_call_is_refused(site, name, how):
    answer = await send(site, name, dict(DELIVERED)[name], **how)
    assert answer.status == 403
    assert site.receipts() == []


async def test_amazons_signature_covers_every_word(site):
    for changes in (
        {"Message": json.dumps(ses("Complaint"))}, {"MessageId": "other"}, {"Subject": "added"},
        {"Timestamp": "2026-11-22T00:00:00.000Z"}, {"Signature": "AAAA"}, {"Signature": "*"},
        {"SignatureVersion": "1"}, {"SignatureVersion": "3"}, {"Type": "UnsubscribeConfirmation"},
        {"SigningCertURL": "https://evil.test/sns.pem"},
        {"SigningCertURL": CERT.replace("https", "http")},
        {"SigningCertURL": CERT.replace(".pem", ".txt")},
        {"TopicArn": TOPIC + "2"},
    ):  # fmt: skip
        forged = {**site.envelope(ses("Delivery")), **changes}
        assert (await site.post("ses", forged)).status == 403, changes
    assert site.receipts() == []
    assert set(site.asked) <= {CERT}


async def test_anybodys_topic_at_amazon_is_not_ours(site):
    foreign = site.envelope(ses("Complaint"), TopicArn="arn:aws:sns:eu-west-1:666:evil")
    assert (await site.post("ses", foreign)).status == 403
    assert site.asked == []


@pytest.mark.parametrize("version", ["1", "2"])
async def test_both_versions_of_amazons_signature_hold_and_its_certificate_is_fetched_once(
    site, version
):
    for number in range(3):
        envelope = site.envelope(ses("Delivery"), version, MessageId=f"m{number}", Subject="Hi")
        assert (await site.post("ses", envelope)).status == 200
    assert len(site.receipts()) == 3
    assert site.asked == [CERT]


async def test_our_topic_is_subscribed_to_and_no_other_address_is_called(site):
    good = "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336"
    for url, status in ((good, 200), ("https://evil.test/", 403), ("http://127.0.0.1/", 403)):
        asks = site.envelope(
            "x", Type="SubscriptionConfirmation", SubscribeURL=url, Token="2336", MessageId=url
        )
        assert (await site.post("ses", asks)).status == status
    assert site.asked == [CERT, good]


@pytest.mark.parametrize(
    "url",
    ["http://sns.eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com.evil.test/a.pem",
     "https://evil.test/sns.eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com@evil.test/a.pem",
     "https://sns.eu-west-1.amazonaws.com:8443/a.pem", "https://s3.eu-west-1.amazonaws.com/a.pem",
     "https://evil.test\\@sns.eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com#.evil.test",
     "https://SNS.eu-west-1.amazonaws.com/a.pem\n", "https://[::1]/", "", "https://sns..amazonaws.com/"],
)  # fmt: skip
def test_only_sns_itself_is_amazons(url):
    assert not is_amazons(url)
    assert is_amazons(CERT)
    assert is_amazons("https://sns.us-gov-west-1.amazonaws.com/x.pem")


@pytest.mark.parametrize("name", ["mailgun", "sendgrid"])
@pytest.mark.parametrize("off_s", [-OLDEST_MS // 1000 - 10, 310, "x"])
async def test_a_stale_call_is_refused(site, name, off_s):
    at = off_s if off_s == "x" else NOW // 1000 + off_s
    assert (await send(site, name, dict(DELIVERED)[name], at=at)).status == 403
    assert site.receipts() == []


async def test_a_stale_message_of_amazons_is_refused(site):
    envelope = site.envelope(ses("Delivery"))
    site.now += OLDEST_MS + 1000
    assert (await site.post("ses", envelope)).status == 403


@pytest.mark.parametrize("name", ["ses", "mailgun", "sendgrid"])
async def test_a_call_that_is_played_again_comes_to_nothing(site, name):
    payload = dict(DELIVERED)[name]
    answers = [await send(site, name, payload) for _ in range(3)]
    assert [(await answer.json())["noted"] for answer in answers] == [1, 0, 0]
    assert len(site.receipts()) == 1


async def test_a_call_that_could_not_be_written_down_is_taken_when_it_comes_again(site):
    await site.writer.close()
    assert (await send(site, "mailgun", mailgun("delivered"))).status == 503
    # As after a restart of the writer, in the same process.
    site.writer.__init__(site.journal, limit=100)
    answer = await send(site, "mailgun", mailgun("delivered"))
    assert (await answer.json())["noted"] == 1


async def test_many_events_of_one_call_are_all_written_down(site):
    events = [
        {**sendgrid("delivered"), "mautod": LINKS.stamp(n).replace(".", "-", 1)} for n in range(300)
    ]
    answer = await site.sendgrid([*events, None, 1, "x", {}])
    assert (await answer.json())["noted"] == 300
    assert {one.message for one in [receipt(r) for r in site.journal.read_after(0, 1000)]} == set(
        range(300)
    )


@pytest.mark.parametrize(
    "body", [b"", b"[", b"[]", b"null", b'"x"', b"7", b"{}", b"[" * 100_000, b"\xff"]
)
@pytest.mark.parametrize("name", HOOKS)
async def test_nonsense_is_refused_in_words(site, name, body):
    answer = await site.post(name, body)
    assert answer.status in {400, 403}
    assert (await answer.json())["error"]["message"]
    assert site.receipts() == []


@pytest.mark.parametrize(
    "body", [b"[", b"null", b"[[]]", b'{"Metadata": []}', b'{"Metadata": {"mautod": {}}}']
)
async def test_signed_nonsense_is_no_traceback_either(site, body):
    assert (await site.postmark(json.loads(body) if body != b"[" else "x")).status == 200
    assert site.receipts() == []


async def test_a_body_too_large_is_not_read_to_its_end(site):
    assert (await site.post("postmark", io.BytesIO(b" " * (MAX_BODY_BYTES + 1)))).status == 413


async def test_what_is_not_set_up_is_not_there(site):
    assert (await site.post("nobody", {})).status == 404
    assert hooks(lambda _name: "") == {}


async def test_sendgrids_own_published_example_holds():
    """From the tests of SendGrid's libraries: the body is theirs to the last byte."""
    key = (
        "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE83T4O/n84iotIvIW4mdBgQ/7dAfSmpqIM8kF9mN1flpVKS3GRqe62gw+"
        "2fNNRaINXvVpiglSI8eNEc6wEA3F+g=="
    )
    body = (
        b'[{"email":"hello@world.com","event":"dropped","reason":"Bounced Address","sg_event_id":'
        b'"ZHJvcC0xMDk5NDkxOS1MUnpYbF9OSFN0T0doUTRrb2ZTbV9BLTA","sg_message_id":"LRzXl_NHStOGhQ4kofSm_A.'
        b'filterdrecv-p3mdw1-756b745b58-kmzbl-18-5F5FC76C-9.0","smtp-id":"<LRzXl_NHStOGhQ4kofSm_A@ismtpd'
        b'0039p1iad1.sendgrid.net>","timestamp":1600112492}]\r\n'
    )
    headers = {
        "x-twilio-email-event-webhook-signature": "MEUCIGHQVtGj+Y3LkG9fLcxf3qfI10QysgDWmMOVmxG0u6ZUAiEA"
        "yBiXDWzM+uOe5W0JuG+luQAbPIqHh89M15TluLtEZtM=",
        "x-twilio-email-event-webhook-timestamp": "1600112502",
    }
    report = await SendGridHook(key).read(Posted(headers, body, 1_600_112_502_000))
    assert report.told == []
    assert report.token


@pytest.mark.parametrize("key", ["x", "", b64encode(b"x" * 91).decode()])
def test_a_key_that_is_none_is_refused_at_the_start(key):
    with pytest.raises(ConfigError, match="MAUTOD_SENDGRID_HOOK"):
        SendGridHook(key)


def test_nothing_shows_a_secret():
    shown = repr(hooks(lambda name: HUSH if "SENDGRID" not in name else ""))
    assert HUSH not in shown
    assert HUSH not in repr(Posted({"authorization": HUSH}, HUSH.encode(), 1))


@pytest.mark.parametrize(
    ("usual", "code", "enhanced", "words", "how"),
    [("hard", "", "", "", "hard"), ("hard", "", "4.2.2", "full", "soft"), ("soft", "550", "5.1.1", "", "soft"),
     ("hard", "421", "", "too busy", "soft"), ("policy", "", "5.1.1", "", "policy")],
)  # fmt: skip
def test_an_address_is_dead_only_if_nothing_says_that_it_lives(usual, code, enhanced, words, how):
    assert judged(usual, code, enhanced, words) == how


# --- fetching from Amazon, over real TLS --------------------------------------------------------


class _Here(AbstractResolver):
    """Every name is this machine, at `port`."""

    def __init__(self, port):
        self.port = port

    async def resolve(self, host, port=0, family=0):
        return [
            {
                "hostname": host,
                "host": "127.0.0.1",
                "port": self.port,
                "family": 2,
                "proto": 0,
                "flags": 0,
            }
        ]

    async def close(self): ...


@pytest.fixture
async def amazons(keys):
    """A server that has Amazon's name and a certificate for it: (how to get there, its answers)."""
    says = {"status": 200, "body": b"certificate", "headers": {}}

    async def serve(_request):
        return web.Response(**says)

    app = web.Application()
    app.router.add_get("/{tail:.*}", serve)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(keys / "aws.pem", keys / "aws.key")
    server = TestServer(app, host="127.0.0.1", scheme="https")
    await server.start_server(ssl=context)

    def there(*, trusting=True):
        trust = ssl.create_default_context(cafile=keys / "aws.pem") if trusting else True
        return aiohttp.TCPConnector(resolver=_Here(server.port), ssl=trust)

    yield there, says
    await server.close()


async def test_a_certificate_is_fetched_from_whoever_can_prove_to_be_amazon(amazons):
    there, says = amazons
    assert await https.fetch(CERT, there()) == b"certificate"
    with pytest.raises(Unavailable):
        await https.fetch(CERT, there(trusting=False))
    says.update(status=302, headers={"Location": "https://evil.test/"})
    with pytest.raises(Unavailable, match="302"):
        await https.fetch(CERT, there())


async def test_where_amazon_does_not_answer_the_call_is_to_come_again(site):
    async def nothing(_url):
        raise Unavailable("no answer")

    with pytest.raises(Unavailable):
        await asyncio.wait_for(
            SesHook(TOPIC, nothing).read(
                Posted({}, json.dumps(site.envelope(ses("Open"))).encode(), NOW)
            ),
            5,
        )


async def test_a_flood_of_forged_calls_does_not_fill_the_log(site, caplog):
    for _ in range(20):
        await site.postmark({}, password="guess")
    assert len([one for one in caplog.records if one.name == "mautod.http.hooks"]) == 1
