"""Email: over SMTP, or into a Maildir for trying things out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Annotated, ClassVar, Final

import msgspec
from msgspec import Meta

from mautod.channels.email import providers
from mautod.channels.email.address import split_mailbox
from mautod.channels.email.carriers import (
    DomainConfig,
    ServerConfig,
    Ways,
    connections_of,
    limits_of,
    pool_of,
)
from mautod.channels.email.dkim import Signers
from mautod.channels.email.preview import preview
from mautod.channels.email.render import Compiled, Sender, plain_letter
from mautod.channels.email.server import Tls, hide_password
from mautod.channels.port import Net
from mautod.core.sending import mailbox
from mautod.core.sending.domains import DomainLimit
from mautod.core.sending.fleet import Standing
from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft, Letter, Outcome, Preview
from mautod.core.sending.rate import Room
from mautod.core.templates.template import Template
from mautod.errors import BadInput, ConfigError

_LETTERS_A_CONNECTION: Final = 8
_TEMPLATES_KEPT: Final = 500


class DkimConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Signatures of letters. `mautod dkim init` makes keys; a domain without them is unsigned."""

    selector: Annotated[
        str, Meta(description="Which of a domain's keys sign; change it once new ones are in DNS.")
    ] = "mautod"
    keys: Annotated[str, Meta(description="Folder of the keys, a folder a domain in it.")] = "keys"


class EmailConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Email. The password belongs into .env; `${MAUTOD_SMTP_PASSWORD}` in the URL stands for it."""

    url: Annotated[
        str,
        Meta(
            description="maildir:DIR to try things out, or smtp://USER:${MAUTOD_SMTP_PASSWORD}@HOST:587,"
            " or smtps://HOST:465, or a provider: ses://REGION, postmark://, mailgun://DOMAIN,"
            " sendgrid:// (mautod manual deliverability). Several: [[channels.email.server]]."
        ),
    ] = "maildir:outbox"
    sender: Annotated[
        str,
        Meta(description='Who writes, as "Shop <hello@shop.example>"; a template may say another.'),
    ] = "mautod <mautod@localhost>"
    reply_to: Annotated[str, Meta(description="Where answers go, if not to the sender.")] = ""
    return_path: Annotated[str, Meta(description="Where bounces go, if not to the sender.")] = ""
    mailbox: Annotated[
        str,
        Meta(
            description='A mailbox that is read here, as "in@shop.example": bounces, answers and'
            " unsubscribes come to in+…@shop.example, which says what letter they are about."
        ),
    ] = ""
    connections: Annotated[
        int, Meta(description="Connections to the server at a time.", ge=1, le=64)
    ] = 8
    rate_per_s: Annotated[
        float,
        Meta(description="The most messages that leave in a second; 0 for no limit.", ge=0),
    ] = 0.0
    timeout: Annotated[
        str,
        Meta(
            description="How long to wait for an answer. A message whose last byte was sent is"
            " then unknown, any other is tried again."
        ),
    ] = "1m"
    tls: Annotated[
        Tls,
        Meta(description="auto: STARTTLS where offered; require: with a valid certificate; never."),
    ] = "auto"
    ca: Annotated[
        str, Meta(description="PEM file of the authority to trust, if not the system's.")
    ] = ""
    hello: Annotated[
        str, Meta(description="Name of this machine in EHLO, if not the workspace's host.")
    ] = ""
    trap: Annotated[
        bool,
        Meta(
            description="Put a link that nobody sees into every letter, so that programs that"
            " follow all links are told from people."
        ),
    ] = True
    window: Annotated[
        str, Meta(description="When marketing may leave by email, within the gate's window.")
    ] = ""
    cap: Annotated[
        str | tuple[str, ...],
        Meta(description='Most marketing emails to one person, as "1 per 1d"; several in a list.'),
    ] = ""
    dkim: Annotated[DkimConfig, Meta(description="Signatures.")] = DkimConfig()

    server: Annotated[
        tuple[ServerConfig, ...], Meta(description="Several servers instead of `url`.")
    ] = ()
    domain: Annotated[
        tuple[DomainConfig, ...], Meta(description="Limits for what goes to single mail domains.")
    ] = ()

    def __repr__(self) -> str:
        return f"EmailConfig(url={hide_password(self.url)!r}, sender={self.sender!r})"


class Email:
    """The email channel; see `mautod.channels.port.Channel` for its promises."""

    kind: ClassVar[str] = "email"
    on_visit: ClassVar[bool] = False
    Config: ClassVar[type[EmailConfig]] = EmailConfig

    def __init__(self, config: EmailConfig, net: Net) -> None:
        """Raises ConfigError if an address, the URL or a secret is unfit."""
        self._config = config
        self._net = net
        self._sender = _sender(config)
        self._ways = _ways(config)
        self._limits = limits_of(config.domain)
        self._pool = pool_of(self._ways, net)
        self._signers = Signers(net.folder / config.dkim.keys, config.dkim.selector)
        self._compiled: dict[Template, Compiled] = {}
        self._workspace = {"name": net.name, "url": net.url, "currency": net.currency}

    def __repr__(self) -> str:
        return f"Email({self._config!r})"

    @property
    def parallel(self) -> int:
        return connections_of(self._ways) * _LETTERS_A_CONNECTION

    @property
    def rate_per_s(self) -> float:
        return self._config.rate_per_s

    @property
    def limits(self) -> Sequence[DomainLimit]:
        return self._limits

    def room(self, now: int, *, waiting: bool) -> Room:
        return self._pool.room(now, waiting=waiting)

    def standings(self) -> Sequence[Standing]:
        return self._pool.standings()

    def resume(self, standings: Sequence[Standing]) -> None:
        self._pool.resume(standings)

    async def open(self) -> None:
        await self._pool.open()

    def render(self, template: Template, draft: Draft, links: Links) -> Letter:
        """The letter for one person, dated now.

        Raises:
            BadInput: the template cannot be filled with this person's values.
        """
        compiled = self._compiled.get(template)
        if compiled is None:
            if len(self._compiled) >= _TEMPLATES_KEPT:
                self._compiled.clear()
            compiled = self._compiled[template] = Compiled.of(
                template, self._sender, self._net.utm, trap=self._config.trap
            )
        letter = compiled.letter(draft, links, self._workspace, self._net.clock())
        return self._signed(letter, compiled.domain)

    def plain(self, number: int, address: str, subject: str, text: str) -> Letter:
        """A letter to one of the team: nothing in it is counted, nobody unsubscribes from it."""
        letter = plain_letter(number, address, subject, text, self._sender, self._net.clock())
        return self._signed(letter, self._sender.address.rpartition("@")[2])

    def preview(self, letter: Letter) -> Preview:
        return preview(letter.payload)

    async def send(self, batch: Sequence[Letter]) -> list[Outcome]:
        return await self._pool.send(batch)

    def forget(self, addresses: Collection[str]) -> int:
        return self._pool.forget(addresses)

    async def close(self) -> None:
        await self._pool.close()

    def _signed(self, letter: Letter, domain: str) -> Letter:
        """Providers change headers and then sign: a signature of ours would break.

        Where others send as well, it is made for them, and is one too many at the providers.
        """
        urls = [one.url for one in self._config.server if one.enabled] or [self._config.url]
        if all(providers.scheme_of(url) for url in urls):
            return letter
        return self._signers.signed(letter, domain)


CHANNEL = Email


def _ways(config: EmailConfig) -> Ways:
    return Ways(
        url=config.url,
        servers=config.server,
        domains=config.domain,
        connections=config.connections,
        timeout=config.timeout,
        tls=config.tls,
        ca=config.ca,
        hello=config.hello,
    )


def _sender(config: EmailConfig) -> Sender:
    name, address = _mailbox("sender", config.sender)
    if config.reply_to:
        _mailbox("reply_to", config.reply_to)
    return_path = _mailbox("return_path", config.return_path)[1] if config.return_path else ""
    return Sender(name, address, config.reply_to, return_path, _own_mailbox(config.mailbox))


def _own_mailbox(text: str) -> str:
    if not text:
        return ""
    address = _mailbox("mailbox", text)[1]
    try:
        mailbox.check(address)
    except BadInput as error:
        place = "channels.email.mailbox"
        raise ConfigError(f"{place}: {error.message}", field=place, hint=error.hint) from error
    return address


def _mailbox(key: str, text: str) -> tuple[str, str]:
    try:
        return split_mailbox(text)
    except BadInput as error:
        place = f"channels.email.{key}"
        raise ConfigError(f"{place}: {error.message}", field=place, hint=error.hint) from error
