"""Push messages: read back by another implementation, signed, and no way into our own network."""

from __future__ import annotations

import json
import stat

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from hypothesis import given, settings
from hypothesis import strategies as st
from push_kit import Browser, Service, b64
from smtp_kit import draft

from mautod import channels
from mautod.channels.push import cipher, vapid
from mautod.channels.push.post import check_endpoint
from mautod.core.sending.links import Links
from mautod.core.sending.message import Door, Failed, Retry, Sent, Unknown
from mautod.core.templates.template import parse_template
from mautod.errors import BadInput, ConfigError, Conflict

LINKS = Links("secret", "https://m.example")
TEMPLATE = parse_template(
    "---\nsubject: Hi\ntopic: offers\n---\n<p>{{ unsubscribe_url }}</p>\n--- push\n"
    "title: {{ person.name }}, come back\nurl: https://shop.example/cart\nIt waits.\n",
    "cart.liquid",
    "cart",
)


@pytest.fixture
async def service():
    made = await Service().start()
    yield made
    await made.runner.cleanup()


@pytest.fixture
async def push(net, service):
    vapid.make_key(net.folder / "keys/push.pem")
    made = channels.create(
        "push", {"private": [service.place], "contact": "mailto:a@b.example"}, net
    )
    await made.open()
    yield made
    await made.close()


async def tell(push, *doors: Door):
    letter = push.render(TEMPLATE, draft(doors=doors), LINKS)
    return (await push.send([letter]))[0]


async def test_the_browser_reads_title_text_and_a_link_that_counts(push, service):
    browser = Browser()
    assert isinstance(await tell(push, browser.door(service.origin)), Sent)
    ((_, headers, body),) = service.taken
    told = json.loads(browser.read(body))
    assert (told["title"], told["body"]) == ("Ann, come back", "It waits.")
    assert LINKS.read_click(told["url"].rpartition("/")[2]) == (7, "https://shop.example/cart")
    assert headers["Content-Encoding"] == "aes128gcm"
    assert (headers["TTL"], headers["Urgency"]) == ("86400", "normal")


async def test_the_service_can_tell_who_sends(push, service, net):
    await tell(push, Browser().door(service.origin))
    header = service.taken[0][1]["Authorization"]
    token, _, key = header.removeprefix("vapid t=").partition(", k=")
    head, body, signature = token.split(".")
    assert json.loads(b64(head)) == {"typ": "JWT", "alg": "ES256"}
    claims = json.loads(b64(body))
    assert claims["aud"] == service.origin
    assert claims["sub"] == "mailto:a@b.example"
    assert 0 < claims["exp"] - net.clock() // 1000 <= 24 * 3600
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b64(key))
    half = b64(signature)
    der = encode_dss_signature(int.from_bytes(half[:32]), int.from_bytes(half[32:]))
    public.verify(der, f"{head}.{body}".encode(), ec.ECDSA(SHA256()))
    with pytest.raises(InvalidSignature):
        public.verify(der, f"{head}.x{body}".encode(), ec.ECDSA(SHA256()))


@given(st.binary(max_size=cipher.LARGEST))
@settings(max_examples=25, deadline=None)
def test_another_implementation_reads_whatever_is_written(text):
    browser = Browser()
    assert browser.read(cipher.encrypt(text, browser.door("https://p.example"))) == text


@pytest.mark.parametrize(
    ("status", "kind"), [(201, Sent), (404, Failed), (410, Failed), (429, Retry), (503, Retry), (400, Failed), (302, Failed)]
)  # fmt: skip
async def test_what_the_service_answers_decides(push, service, status, kind):
    service.status["b1"] = status
    outcome = await tell(push, Browser().door(service.origin, 5))
    assert type(outcome) is kind
    assert outcome.trace.gone == ((5,) if status in {404, 410} else ())


async def test_taken_by_one_browser_it_is_sent_and_those_that_are_gone_are_named(push, service):
    service.status |= {"b1": 410, "b2": 503}
    doors = [Browser(f"b{n}").door(service.origin, n) for n in (1, 2, 3)]
    outcome = await tell(push, *doors)
    assert isinstance(outcome, Sent)
    assert outcome.trace.gone == (1,)
    assert isinstance(await tell(push), Failed)


async def test_nobody_there_is_tried_again_and_a_broken_answer_is_a_doubt(push, service):
    await service.runner.cleanup()
    assert isinstance(await tell(push, Browser().door(service.origin)), Retry | Unknown)


@pytest.mark.parametrize(
    "endpoint",
    ["http://push.example/x", "https://127.0.0.1/x", "https://[::1]/x", "https://10.0.0.8:443/", "https://169.254.169.254/",
     "ftp://push.example", "https://u:p@push.example/", "https://[x", "nothing", "https://", "https://[::ffff:10.0.0.1]/"],
)  # fmt: skip
def test_no_endpoint_leads_inside(endpoint):
    with pytest.raises(BadInput, match="endpoint"):
        check_endpoint(endpoint, frozenset())


async def test_a_name_that_leads_inside_is_not_posted_to(net, service):
    vapid.make_key(net.folder / "keys/push.pem")
    made = channels.create("push", {}, net)
    await made.open()
    port = service.origin.rpartition(":")[2]
    outcome = await tell(made, Browser().door(f"https://localhost:{port}"))
    assert not isinstance(outcome, Sent)
    assert service.taken == []
    await made.close()


def test_the_key_is_readable_by_its_owner_alone_and_never_overwritten(tmp_path):
    path = tmp_path / "keys/push.pem"
    vapid.make_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(Conflict, match="exists"):
        vapid.make_key(path)
    assert len(b64(vapid.public(vapid.load_key(path)))) == 65


@pytest.mark.parametrize("written", [None, "x"])
async def test_a_missing_key_is_told_with_what_to_do(net, written):
    path = net.folder / "keys/push.pem"
    if written:
        path.parent.mkdir()
        path.write_text(written)
    with pytest.raises(ConfigError, match="mautod push init"):
        await channels.create("push", {}, net).open()


@pytest.mark.parametrize(
    ("p256dh", "auth"), [("", ""), ("AA", "AA"), ("x" * 87, "A" * 22), ("é", "é")]
)
def test_keys_that_are_none_are_refused(p256dh, auth):
    with pytest.raises(BadInput):
        cipher.check(Door(1, "https://p.example", p256dh, auth))


def test_endpoints_and_keys_are_in_no_repr():
    door = Browser().door("https://p.example")
    assert "p.example" not in repr(door)
    assert door.auth not in repr(door)
