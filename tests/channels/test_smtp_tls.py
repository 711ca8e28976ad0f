"""TLS and log-in, against aiosmtpd."""

import asyncio

import pytest
from aiosmtpd.smtp import SMTP, AuthResult
from smtp_kit import letters

from mautod.core.sending.message import Retry, Sent
from mautod.errors import ConfigError

USER = "smtp://shop:${MAUTOD_SMTP_PASSWORD}@127.0.0.1"


class Box:
    """Keeps what comes in, and how."""

    def __init__(self):
        self.came = []
        self.known = []

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.came.append((envelope.rcpt_tos[0], session.ssl is not None, session.authenticated))
        return "250 taken"

    def authenticate(self, server, session, envelope, mechanism, given):
        self.known.append(mechanism)
        return AuthResult(
            success=(given.login, given.password) == (b"shop", b"hush@hush/%"), handled=False
        )


@pytest.fixture
async def mailserver():
    """Starts aiosmtpd; answers (port, box)."""
    servers = []

    async def start(tls=None, implicit=None, **options):
        box = Box()
        servers.append(
            await asyncio.get_running_loop().create_server(
                lambda: SMTP(
                    box,
                    hostname="x.test",
                    tls_context=tls,
                    authenticator=box.authenticate,
                    **options,
                ),
                "127.0.0.1",
                0,
                ssl=implicit,
            )
        )
        return servers[-1].sockets[0].getsockname()[1], box

    yield start
    for server in servers:
        server.close()
    await asyncio.sleep(0)


async def sent_over(email, url, **section):
    channel = await email(url=url, connections=1, **section)
    outcomes = await channel.send(letters(3))
    await channel.close()
    return outcomes


def all_sent(outcomes):
    return outcomes == [Sent("taken")] * 3


async def test_tls_is_used_where_it_is_offered(email, mailserver, server_tls):
    port, box = await mailserver(tls=server_tls)
    assert all_sent(await sent_over(email, f"smtp://127.0.0.1:{port}"))
    assert [tls for _, tls, _ in box.came] == [True] * 3


async def test_tls_is_left_alone_where_it_is_unwanted(email, mailserver, server_tls):
    port, box = await mailserver(tls=server_tls)
    assert all_sent(await sent_over(email, f"smtp://127.0.0.1:{port}", tls="never"))
    assert [tls for _, tls, _ in box.came] == [False] * 3


async def test_mail_goes_in_plain_text_where_nothing_else_is_offered(email, mailserver):
    port, _ = await mailserver()
    assert all_sent(await sent_over(email, f"smtp://127.0.0.1:{port}"))


async def test_required_tls_that_is_not_offered_sends_nothing(email, mailserver):
    port, box = await mailserver()
    outcomes = await sent_over(email, f"smtp://127.0.0.1:{port}", tls="require")
    assert "STARTTLS" in outcomes[0].detail
    assert not box.came


async def test_required_tls_refuses_a_certificate_that_nobody_vouches_for(
    email, mailserver, server_tls
):
    port, box = await mailserver(tls=server_tls)
    outcomes = await sent_over(email, f"smtp://127.0.0.1:{port}", tls="require")
    assert isinstance(outcomes[0], Retry)
    assert "certificate" in outcomes[0].detail.lower()
    assert not box.came


async def test_required_tls_takes_a_certificate_of_the_named_authority(
    email, mailserver, server_tls, certificate
):
    port, _ = await mailserver(tls=server_tls)
    assert all_sent(
        await sent_over(email, f"smtp://localhost:{port}", tls="require", ca=str(certificate[0]))
    )


async def test_smtps_is_encrypted_from_the_first_byte_and_verified(
    email, mailserver, server_tls, certificate
):
    port, _ = await mailserver(implicit=server_tls)
    assert all_sent(await sent_over(email, f"smtps://localhost:{port}", ca=str(certificate[0])))
    refused = await sent_over(email, f"smtps://localhost:{port}")
    assert "certificate" in refused[0].detail.lower()


@pytest.mark.parametrize("excluded", [[], ["PLAIN"]])
async def test_the_password_from_the_environment_opens_the_door(
    email, mailserver, server_tls, excluded
):
    port, box = await mailserver(
        tls=server_tls, auth_required=True, auth_exclude_mechanism=excluded
    )
    assert all_sent(await sent_over(email, f"{USER}:{port}"))
    assert [known for _, _, known in box.came] == [True] * 3
    assert box.known == ["LOGIN" if excluded else "PLAIN"]


async def test_a_wrong_password_is_said_and_not_shown(email, mailserver, server_tls):
    port, _ = await mailserver(tls=server_tls, auth_required=True)
    outcomes = await sent_over(email, f"smtp://shop:wrong-one@127.0.0.1:{port}")
    assert "refused user and password" in outcomes[0].detail
    assert "wrong-one" not in repr(outcomes)


async def test_a_server_without_log_in_gets_no_password(email, mailserver):
    port, _ = await mailserver()
    outcomes = await sent_over(email, f"{USER}:{port}")
    assert "AUTH" in outcomes[0].detail


async def test_a_password_does_not_cross_an_open_connection_to_elsewhere(
    email, mailserver, monkeypatch
):
    port, _ = await mailserver(auth_require_tls=False)
    monkeypatch.setattr("mautod.channels.email.server._LOOPBACK", ())
    outcomes = await sent_over(email, f"{USER}:{port}")
    assert "open connection" in outcomes[0].detail
    assert all_sent(await sent_over(email, f"{USER}:{port}", tls="never"))


async def test_words_smuggled_in_before_tls_end_the_connection(email):
    async def smuggler(reader, writer):
        writer.write(b"220 hi\r\n")
        await reader.readline()
        writer.write(b"250-hi\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250 evil\r\n")
        await reader.read()
        writer.close()

    server = await asyncio.start_server(smuggler, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    outcomes = await sent_over(email, f"smtp://127.0.0.1:{port}")
    assert outcomes == [Retry("the server spoke before TLS began")] * 3
    server.close()


async def test_a_missing_file_of_authorities_is_said_at_the_start(email):
    with pytest.raises(ConfigError, match=r"channels\.email\.ca"):
        await email(url="smtps://127.0.0.1:1", ca="nowhere.pem")
