"""What DNS says of a domain is compared with what letters need; a real DNS server answers."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from click.testing import CliRunner
from dns_kit import dns_server
from smtp_kit import free_port

from mautod import config
from mautod.channels.email.dkim.keys import zone_text
from mautod.cli import cli
from mautod.errors import BadInput, ConfigError, Conflict, NotFound, Unavailable
from mautod.services.definitions.found import found_workspace
from mautod.services.domains import keys
from mautod.services.domains.ask import Dns
from mautod.services.domains.examine import examine_dns
from mautod.services.domains.spf import Spf

URL = 'url = "smtp://127.0.0.1:2525"\nhello = "mail.shop.test"\n'
GOOD = """
shop.test. IN MX 10 mail.shop.test.
shop.test. IN TXT "v=spf1 mx -all"
shop.test. IN TXT "something-else"
mail.shop.test. IN A 198.51.100.7
7.100.51.198.in-addr.arpa. IN PTR mail.shop.test.
_dmarc.shop.test. IN TXT "v=DMARC1; p=none; rua=mailto:a@shop.test"
"""


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "w"
    found_workspace(made, "empty")
    return made


def load(folder, section=URL, sender="Shop <hello@shop.test>"):
    (folder / "config.toml").write_text(f'[channels.email]\nsender = "{sender}"\n{section}')
    return config.load(folder)


def zone(settings, text=GOOD):
    """`text`, and the records that publish the keys."""
    made = keys.init(settings)
    lines = (f"{each.name}. IN TXT {zone_text(each.text)}" for each in made.records)
    return text + "\n".join(lines) + "\n"


def look(settings, text):
    with dns_server(text) as (address, _):
        return {one.check: one for one in examine_dns(settings, address)}


def levels(found):
    return {check: one.level for check, one in found.items()}


def test_a_domain_that_is_in_order_is_said_to_be(folder):
    settings = load(folder)
    found = look(settings, zone(settings))
    assert levels(found) == dict.fromkeys(
        ["spf shop.test", "mx shop.test", "ptr mail.shop.test", "from shop.test", "dkim rsa",
         "dkim ed25519", "dmarc shop.test"],
        "ok",
    ), found  # fmt: skip
    assert "by DKIM" in found["dmarc shop.test"].message


def test_an_empty_zone_tells_everything_to_publish_and_publishing_it_mends_all(folder):
    settings = load(folder)
    keys.init(settings)
    empty = "mail.shop.test. IN A 198.51.100.7\n7.100.51.198.in-addr.arpa. IN PTR mail.shop.test.\n"
    with dns_server(empty) as (address, served):
        found = examine_dns(settings, address)
        assert {one.level for one in found if not one.check.startswith("ptr")} >= {"wrong"}
        told = [one.hint.partition("\n")[2] for one in found if one.hint.startswith("Publish:")]
        served.write(empty + "\n".join(dict.fromkeys(told)))
        assert {one.level for one in examine_dns(settings, address)} == {"ok"}


@pytest.mark.parametrize(
    ("record", "check", "says"),
    [
        ('shop.test. IN TXT "v=spf1 -all"', "spf shop.test", "Add ip4:198.51.100.7"),
        ('shop.test. IN TXT "v=spf1 ip4:203.0.113.0/24 ~all"', "spf shop.test", "may not send"),
        ('shop.test. IN TXT "v=spf1 mx -all"\nshop.test. IN TXT "v=spf1 a"', "spf shop.test", "2 SPF"),
        ('shop.test. IN TXT "v=spf1 imx -all"', "spf shop.test", "'imx' is nothing"),
        ('shop.test. IN TXT "v=spf1 include:gone.test -all"', "spf shop.test", "no SPF record"),
        ('shop.test. IN TXT "v=spf1 include:shop.test -all"', "spf shop.test", "includes itself"),
        ('shop.test. IN TXT "v=spf1 redirect=gone.test"', "spf shop.test", "leads to no record"),
    ],
)  # fmt: skip
def test_an_spf_record_that_does_not_do_is_explained(folder, record, check, says):
    settings = load(folder)
    text = zone(settings).replace('shop.test. IN TXT "v=spf1 mx -all"', record)
    found = look(settings, text)
    assert found[check].level == "wrong"
    assert says in f"{found[check].message} {found[check].hint}"


def test_a_null_mx_is_a_domain_that_nobody_believes(folder):
    settings = load(folder)
    found = look(settings, zone(settings).replace("MX 10 mail.shop.test.", "MX 0 ."))
    assert found["mx shop.test"].level == "wrong"
    assert "null MX" in found["from shop.test"].message


def test_an_address_without_a_name_is_named(folder):
    settings = load(folder)
    found = look(settings, zone(settings).replace("PTR mail.shop.test", "PTR vps7.host.test"))
    assert found["ptr mail.shop.test"].level == "wrong"
    assert found["ptr mail.shop.test"].details == ("198.51.100.7: vps7.host.test",)


def test_a_key_that_is_not_published_or_another_is_told_with_its_record(folder):
    settings = load(folder)
    right = zone(settings)
    found = look(settings, GOOD)
    assert (found["dkim rsa"].level, found["dkim ed25519"].level) == ("wrong", "note")
    record = keys.show(settings).records[0]
    assert zone_text(record.text) in found["dkim rsa"].hint
    other = right.replace("p=MII", "p=NII")
    assert "another key" in look(settings, other)["dkim rsa"].message
    revoked = GOOD + f'{record.name}. IN TXT "v=DKIM1; k=rsa; p="\n'
    assert "revoked" in look(settings, revoked)["dkim rsa"].message
    tried = right.replace("v=DKIM1; k=rsa; p=", 'v=DKIM1; k=rsa; t=y;" "p=')
    assert look(settings, tried)["dkim rsa"].level == "note"


def test_a_record_that_is_written_otherwise_and_means_the_same_is_in_order(folder):
    settings = load(folder)
    text = zone(settings).replace("v=DKIM1; k=rsa; p=", 'k=rsa;v=DKIM1 ; " " p= ')
    assert look(settings, text)["dkim rsa"].level == "ok"


def test_letters_must_pass_dmarc_by_the_key_or_by_the_return_path(folder):
    elsewhere = URL + 'return_path = "b@bounces.test"\n'
    text = GOOD + 'bounces.test. IN TXT "v=spf1 +all"\nbounces.test. IN MX 10 mail.shop.test.\n'
    settings = load(folder, elsewhere)
    found = look(settings, text)
    assert found["dkim shop.test"].level == "wrong"
    assert "mautod dkim init --domain shop.test" in found["dkim shop.test"].hint
    assert found["dmarc shop.test"].level == "wrong"
    assert levels(look(load(folder), text))["dmarc shop.test"] == "note"
    settings = load(folder, elsewhere)
    assert look(settings, zone(settings, text))["dmarc shop.test"].level == "ok"


def test_a_strict_policy_wants_the_very_domain(folder):
    settings = load(folder, sender="hello@mail.shop.test")
    keys.init(settings, "shop.test")
    text = GOOD.replace("p=none;", "p=reject; adkim=s; aspf=s;")
    made = keys.show(settings).records
    text += "\n".join(f"{each.name}. IN TXT {zone_text(each.text)}" for each in made) + "\n"
    text += 'mail.shop.test. IN TXT "v=spf1 a -all"\n'
    found = look(settings, text)
    assert "SPF alone" in found["dmarc mail.shop.test"].message
    assert found["dkim rsa"].level == "ok"


@pytest.mark.parametrize("policy", ['"v=DMARC1; p=maybe"', '"v=DMARC1"'])
def test_a_policy_that_is_none_is_told(folder, policy):
    settings = load(folder)
    text = zone(settings).replace('"v=DMARC1; p=none; rua=mailto:a@shop.test"', policy)
    assert look(settings, text)["dmarc shop.test"].level == "wrong"


def test_a_template_with_a_sender_of_its_own_is_looked_at(folder):
    settings = load(folder)
    letter = "---\nsubject: Hi\nfrom: a@news.test\ntransactional: true\n---\n<p>Hi</p>\n"
    (folder / "workspace/templates/hi.liquid").write_text(letter)
    assert look(settings, zone(settings))["dkim news.test"].level == "wrong"


def test_every_server_that_letters_leave_by_is_looked_at(folder):
    settings = load(
        folder,
        'hello = "mail.shop.test"\n'
        '[[channels.email.server]]\nname = "own"\nurl = "smtp://127.0.0.1:2525"\n'
        '[[channels.email.server]]\nname = "rented"\nurl = "postmark://"\n'
        '[[channels.email.server]]\nname = "off"\nurl = "sendgrid://"\nenabled = false\n',
    )
    found = look(settings, zone(settings))
    assert found["spf shop.test"].message == "198.51.100.7 may send for it."
    assert found["ptr mail.shop.test"].level == "ok"
    assert found["dkim shop.test"].message.startswith("postmark signs")
    assert found["dkim rsa"].level == "ok"
    assert not any("sendgrid" in one.message for one in found.values())


def test_where_dns_does_not_answer_nothing_is_said_of_the_domain(folder):
    with pytest.raises(Unavailable, match="DNS does not answer"):
        examine_dns(load(folder), f"127.0.0.1:{free_port()}")


def test_what_is_no_server_is_refused(folder):
    with pytest.raises(BadInput):
        examine_dns(load(folder), "resolver.test")


def test_lookups_are_counted_as_receivers_count_them():
    chain = "".join(f'd{n}.test. IN TXT "v=spf1 include:d{n + 1}.test ~all"\n' for n in range(12))
    with dns_server(chain + 'd12.test. IN TXT "v=spf1 +all"\n') as (address, _):
        short, long = Spf(Dns(address), "192.0.2.1"), Spf(Dns(address), "192.0.2.1")
        assert short.check("d3.test") == "pass"
        assert long.check("d0.test") == "broken"
    assert "more than 10 lookups" in long.trouble


@pytest.mark.parametrize(
    ("record", "address", "result"),
    [
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.2.9", "pass"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "192.0.3.9", "fail"),
        ("v=spf1 ip6:2001:db8::/32 ~all", "2001:db8::1", "pass"),
        ("v=spf1 a:h.test ?all", "198.51.100.7", "pass"),
        ("v=spf1 a:h.test/24 ?all", "198.51.100.99", "pass"),
        ("v=spf1 a/24 ?all", "192.0.2.1", "neutral"),
        ("v=spf1 mx:m.test", "198.51.100.7", "pass"),
        ("v=spf1 -ip4:192.0.2.1 +all", "192.0.2.1", "fail"),
        ("v=spf1 exists:%{i}.x.test -all", "192.0.2.1", "fail"),
        ("v=spf1 redirect=r.test", "192.0.2.1", "softfail"),
        ("V=SPF1 IP4:192.0.2.1 -ALL", "192.0.2.1", "pass"),
        ("v=spf10 +all", "192.0.2.1", "none"),
        ("v=spf1 unknown=x -all", "192.0.2.1", "fail"),
    ],
)
def test_mechanisms_of_spf(record, address, result):
    text = (
        f'x.test. IN TXT "{record}"\nh.test. IN A 198.51.100.7\nm.test. IN MX 1 h.test.\n'
        'r.test. IN TXT "v=spf1 ~all"\n'
    )
    with dns_server(text) as (server, _):
        assert Spf(Dns(server), address).check("x.test") == result


# --- the command line ---------------------------------------------------------------------------


def run(folder, *words):
    return CliRunner().invoke(cli, ["-C", str(folder), *words], standalone_mode=False)


def test_keys_are_kept_out_of_version_control(folder):
    (folder / ".gitignore").write_text("mine\n")
    load(folder)
    assert run(folder, "dkim", "init").exception is None
    assert (folder / ".gitignore").read_text() == "mine\n/keys/\n"
    if shutil.which("git"):
        subprocess.run(["git", "init", "-q", folder], check=True)
        path = "keys/shop.test/mautod.rsa.pem"
        assert (
            subprocess.run(["git", "-C", folder, "check-ignore", path], check=False).returncode == 0
        )


def test_init_says_what_to_publish_and_show_says_it_again(folder):
    load(folder)
    made = run(folder, "dkim", "init").output
    again = run(folder, "dkim", "show").output
    assert "mautod._domainkey.shop.test. IN TXT" in again
    assert again in made
    assert "PRIVATE" not in made


def test_new_keys_are_made_beside_the_old_ones(folder):
    load(folder)
    run(folder, "dkim", "init")
    assert isinstance(run(folder, "dkim", "init").exception, Conflict)
    told = run(folder, "dkim", "init", "--selector", "next").output
    assert 'selector = "next"' in told


def test_a_domain_that_cannot_be_published_gets_no_keys(folder):
    load(folder, sender="mautod@localhost")
    assert isinstance(run(folder, "dkim", "init").exception, BadInput)
    assert isinstance(run(folder, "dkim", "show", "--domain", "x.test").exception, NotFound)
    (folder / "config.toml").write_text("")
    assert isinstance(run(folder, "dkim", "init").exception, ConfigError)


def test_doctor_compares_dns_and_exits_with_the_answer(folder):
    settings = load(folder)
    with dns_server(zone(settings)) as (address, served):
        done = CliRunner().invoke(
            cli, ["-C", str(folder), "doctor", "--dns", "--resolver", address]
        )
        assert done.exit_code == 0, done.output
        assert "Nothing is wrong" in done.output
        served.write('shop.test. IN TXT "v=spf1 \x1b[31m"')
        done = CliRunner().invoke(
            cli, ["-C", str(folder), "doctor", "--dns", "--resolver", address]
        )
        assert done.exit_code == 1
        assert "\x1b" not in done.output
