"""Every signature is checked by verifiers that nobody here wrote: dkimpy, and Debian's opendkim."""

from __future__ import annotations

import shutil
import subprocess

import dkim
import pytest
from aiosmtpd.controller import Controller
from hypothesis import given, settings
from hypothesis import strategies as st
from smtp_kit import draft, free_port

from mautod import channels
from mautod.channels.email import mime
from mautod.channels.email.dkim import Signer, Signers, dns_records, find_keys, make_keys
from mautod.channels.email.dkim.keys import zone_text
from mautod.channels.email.dkim.sign import relaxed_body
from mautod.core.sending.links import Links
from mautod.core.sending.message import Sent
from mautod.core.templates.template import parse_template
from mautod.errors import BadInput, ConfigError, Conflict

LINKS = Links("secret", "https://go.shop.test")
BODY = "<p>Hi</p>{{ unsubscribe_url }}"
HEADERS = [
    ("From", "Shop <hello@shop.test>"),
    ("To", "ann@x.test"),
    ("Subject", "Hi"),
    ("Date", "Mon, 21 Sep 2026 14:13:20 +0000"),
    ("Message-ID", "<1@shop.test>"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("keys")
    make_keys(made, "shop.test", "mautod")
    return made


@pytest.fixture(scope="module")
def keys(folder):
    return find_keys(folder, "shop.test", "mautod")


def verified(message: bytes, keys, index: int) -> bool:
    records = {f"{name}.".encode(): value.encode() for name, value in dns_records(keys)}
    return dkim.DKIM(message).verify(idx=index, dnsfunc=lambda name, **_: records.get(name))


def opendkim(message: bytes, keys, path) -> str:
    (path / "keys").write_text("".join(f"{host} {text}\n" for host, text in dns_records(keys)))
    (path / "conf").write_text(f"TestPublicKeys {path / 'keys'}\n")
    (path / "letter").write_bytes(message)
    command = ["opendkim", "-x", path / "conf", "-t", path / "letter", "-v", "-v"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def rendered(net, folder, body, head="subject: Hi\ntopic: offers", **section):
    section = {"sender": "Shop <hello@shop.test>", "dkim": {"keys": str(folder)}, **section}
    channel = channels.create("email", section, net)
    template = parse_template(f"---\n{head}\n---\n{body}", "a.liquid", "a")
    return channel.render(template, draft(), LINKS).payload


def test_a_letter_bears_both_signatures_and_both_hold(net, folder, keys):
    payload = rendered(net, folder, '<p>Привет</p><a href="{{ unsubscribe_url }}">No</a>')
    assert payload.count(b"DKIM-Signature:") == 2
    assert payload.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.test;")
    assert verified(payload, keys, 0)
    assert verified(payload, keys, 1)


@pytest.mark.skipif(not shutil.which("opendkim"), reason="needs Debian's opendkim")
def test_opendkim_accepts_both(net, folder, keys, tmp_path):
    payload = rendered(net, folder, "<p>Hello,  \tyou</p>" + BODY, mailbox="in@shop.test")
    told = opendkim(payload, keys, tmp_path)
    assert told.count("dkim=pass") == 2, told
    assert "dkim=fail" in opendkim(payload.replace(b"Subject: Hi", b"Subject: Ho"), keys, tmp_path)


def test_both_ways_out_are_signed(net, folder):
    payload = rendered(net, folder, BODY, mailbox="in@shop.test").decode()
    listed = payload.partition(" h=")[2].partition(";")[0].replace("\r\n ", "").split(":")
    assert {"List-Unsubscribe", "List-Unsubscribe-Post", "Feedback-ID", "Reply-To"} <= set(listed)
    assert listed.count("From") == 2


def test_a_second_from_breaks_the_signature(net, folder, keys):
    payload = rendered(net, folder, BODY)
    assert not verified(b"From: evil@x.test\r\n" + payload, keys, 0)


_SPACES = st.sampled_from([" ", "\t", "  ", "\r\n", "\n", " \n", "a", "ж", "=", ".", "From "])
_TEXT = st.lists(_SPACES | st.text(max_size=8), max_size=30).map("".join)


@settings(max_examples=150)
@given(_TEXT, _TEXT, st.text(max_size=120))
def test_whatever_is_written_the_signature_holds(keys, text, html, subject):
    headers = [*HEADERS[:2], ("Subject", mime.header_text(subject)), *HEADERS[3:]]
    message = Signer(keys).signed(mime.message(headers, text, html, "=_1"))
    assert verified(message, keys, 0)
    assert verified(message, keys, 1)


@settings(max_examples=200)
@given(st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b"b "]), max_size=40).map(b"".join))
def test_bodies_are_made_alike_as_dkimpy_makes_them(body):
    body += b"\r\n"  # what dkimpy makes of an unfinished line is its own affair
    policy = dkim.canonicalization.CanonicalizationPolicy.from_c_value(b"relaxed/relaxed")
    assert relaxed_body(body) == policy.canonicalize_body(body)


def test_the_same_letter_has_the_same_signatures(keys):
    message = mime.message(HEADERS, "a", "b", "=_1")
    assert Signer(keys).signed(message) == Signer(list(reversed(keys))).signed(message)


def test_no_line_is_longer_than_servers_like(net, folder):
    head = rendered(net, folder, BODY).partition(b"\r\nFrom:")[0]
    assert max(map(len, head.split(b"\r\n"))) <= 78


def test_a_domain_without_keys_is_not_signed_and_one_below_is_by_its_parent(net, folder, keys):
    below = rendered(net, folder, BODY, sender="a@mail.shop.test")
    assert b" d=shop.test;" in below.replace(b"\r\n", b"")
    assert verified(below, keys, 0)
    for sender in ("a@other.test", "a@notshop.test"):
        assert b"DKIM" not in rendered(net, folder, BODY, sender=sender)


def test_a_template_with_a_sender_of_its_own_is_signed_for_that_domain(net, folder):
    head = "subject: Hi\ntopic: offers\nfrom: a@other.test"
    assert b"DKIM" not in rendered(net, folder, BODY, head)


def test_another_selector_signs_with_the_new_keys(net, folder, keys):
    make_keys(folder, "shop.test", "next")
    section = {"dkim": {"keys": str(folder), "selector": "next"}}
    payload = rendered(net, folder, BODY, **section)
    assert b"s=next;" in payload
    assert not verified(payload, keys, 0)
    assert verified(payload, find_keys(folder, "shop.test", "next"), 0)


def test_only_the_owner_reads_the_keys(folder):
    for path in (folder / "shop.test").iterdir():
        assert path.stat().st_mode & 0o777 == 0o600
    assert (folder / "shop.test").stat().st_mode & 0o777 == 0o700


def test_keys_are_never_written_over(folder):
    before = {path: path.read_bytes() for path in (folder / "shop.test").iterdir()}
    with pytest.raises(Conflict, match="exists"):
        make_keys(folder, "Shop.Test.", "mautod")
    assert {path: path.read_bytes() for path in before} == before


@pytest.mark.parametrize("domain", ["", "../x", "a b", "sh_op.test", ".shop.test", "a" * 64])
def test_what_is_no_name_makes_no_folder(tmp_path, domain):
    with pytest.raises(BadInput):
        make_keys(tmp_path, domain, "mautod")
    with pytest.raises(BadInput):
        make_keys(tmp_path, "shop.test", domain)
    assert find_keys(tmp_path, domain, "mautod") == []
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_or_weak_key_is_named_and_never_shown(tmp_path):
    make_keys(tmp_path, "shop.test", "mautod")
    rsa = tmp_path / "shop.test/mautod.rsa.pem"
    secret = rsa.read_text()
    ed = (tmp_path / "shop.test/mautod.ed25519.pem").read_text()
    weak = subprocess.run(["openssl", "genrsa", "768"], capture_output=True, check=True).stdout
    for content in (b"", secret.encode()[:300], ed.encode(), weak):
        rsa.write_bytes(content)
        with pytest.raises(ConfigError, match=r"mautod\.rsa\.pem") as caught:
            find_keys(tmp_path, "shop.test", "mautod")
        assert secret[40:60] not in str(caught.value)


def test_nothing_shows_a_private_key(keys, folder):
    shown = f"{keys!r}{Signer(keys)!r}{Signers(folder, 'mautod').of('shop.test')!r}"
    assert "PRIVATE" not in shown
    assert "cryptography" not in shown


def test_records_come_in_pieces_that_dns_takes(keys):
    pieces = zone_text(keys[0].record).split('" "')
    assert len(pieces) == 2
    assert all(len(piece.strip('"')) <= 255 for piece in pieces)
    assert zone_text("v=spf1 -all") == '"v=spf1 -all"'


def test_other_code_verifies_what_it_signs_with_our_key_as_well(folder, keys):
    message = mime.message(HEADERS, "a", "b", "=_1")
    pem = (folder / "shop.test/mautod.rsa.pem").read_bytes()
    own = dkim.sign(message, b"mautod", b"shop.test", pem, canonicalize=(b"relaxed", b"relaxed"))
    assert verified(own + message, keys, 0)


def test_a_letter_keeps_all_else(net, folder):
    signed = rendered(net, folder, BODY)
    plain = rendered(net, folder / "none", BODY)
    assert signed.endswith(plain)


class _Keeper:
    """Keeps what comes over the wire."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd names it
        self.taken.append(envelope.content)
        return "250 OK"


async def test_signatures_hold_at_the_other_end_of_the_wire(email, folder, keys):
    keeper = _Keeper()
    server = Controller(keeper, hostname="127.0.0.1", port=free_port())
    server.start()
    try:
        channel = await email(
            url=f"smtp://127.0.0.1:{server.port}", tls="never", mailbox="in@shop.test",
            dkim={"keys": str(folder)},
        )  # fmt: skip
        body = ".dots\r\n..more\n.\n\n  spaces  \n" + "long " * 300 + BODY
        text = f"---\nsubject: Скидка\ntopic: offers\n---\n<pre>{body}</pre>"
        letter = channel.render(parse_template(text, "a.liquid", "a"), draft(), LINKS)
        (outcome,) = await channel.send([letter])
    finally:
        server.stop()
    assert isinstance(outcome, Sent)
    (taken,) = keeper.taken
    assert taken == letter.payload
    assert verified(taken, keys, 0)
    assert verified(taken, keys, 1)
