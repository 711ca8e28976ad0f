"""`config.toml` and `.env` as one frozen value.

The structs below are the documentation: `config.example.toml` is generated from them, so a field's
description is written once. Secrets come from the environment or `.env` and are never shown.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo

import msgspec
from dotenv import dotenv_values
from msgspec import Meta, field

from mautod.duration import parse_duration
from mautod.errors import ConfigError, MautodError

FILE: Final = "config.toml"


class _Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    pass


class Workspace(_Section, frozen=True):
    """What this installation is and where people find it."""

    name: Annotated[str, Meta(description="Shown in the TUI and on public pages.")] = "mautod"
    url: Annotated[
        str, Meta(description="Public address of this daemon; links in messages begin with it.")
    ] = "http://127.0.0.1:8484"
    timezone: Annotated[
        str, Meta(description="IANA zone of the team, and of a person whose own is not known.")
    ] = "UTC"
    language: Annotated[
        str, Meta(description="Language of a person whose own is not known: en or ru.")
    ] = "en"
    currency: Annotated[
        str,
        Meta(description="ISO 4217 code of money that comes without one.", pattern="^[A-Z]{3}$"),
    ] = "USD"


class Http(_Section, frozen=True):
    """The web process."""

    host: Annotated[str, Meta(description="Address to listen on.")] = "127.0.0.1"
    port: Annotated[int, Meta(description="Port to listen on.", ge=0, le=65535)] = 8484
    socket: Annotated[
        str,
        Meta(
            description="A file for the control API beside the port, as data/mautod.sock: whoever"
            " may write to it needs no key. Never put a proxy before it."
        ),
    ] = ""
    socket_mode: Annotated[
        str,
        Meta(
            description="Who may write to it: 600 the user of the daemon alone, 660 its group too.",
            pattern="^6[06]0$",
        ),
    ] = "600"
    trust_proxy: Annotated[
        bool, Meta(description="Take the visitor's address from X-Forwarded-For (behind a proxy).")
    ] = False
    rate_per_s: Annotated[
        float, Meta(description="Requests a second that one write key and address may send.", gt=0)
    ] = 1000.0
    burst: Annotated[
        int, Meta(description="Requests that it may send at once before the rate counts.", ge=1)
    ] = 5000
    queue: Annotated[
        int, Meta(description="Requests that may wait for the disk; more are answered 503.", ge=1)
    ] = 4096


class Source(_Section, frozen=True):
    """One write key and what it may say."""

    name: Annotated[str, Meta(description="Kept with every event that came in with this key.")]
    key: Annotated[
        str, Meta(description="Name of the environment variable that holds the write key.")
    ]
    trusted: Annotated[
        bool,
        Meta(description="True for a server: its user ids, emails and phones are believed."),
    ] = False


class Journal(_Section, frozen=True):
    """Requests as they came in."""

    keep: Annotated[str, Meta(description="How long a digested request is kept for replay.")] = "7d"


class Identity(_Section, frozen=True):
    """Who is who.

    With MAUTOD_IDENTITY_SECRET set, a browser's userId needs a userHash: the HMAC-SHA256 of the id
    under that secret, in hex.
    """

    session: Annotated[str, Meta(description="A pause of this length ends a session.")] = "40m"


class Gate(_Section, frozen=True):
    """Limits that hold for every campaign; a chain may set narrower ones."""

    window: Annotated[
        str,
        Meta(description='When marketing may leave, in the person\'s zone: "mon-fri 10:00-20:00".'),
    ] = ""
    cap: Annotated[
        str | tuple[str, ...],
        Meta(
            description="Most marketing messages to one person, on all channels together:"
            ' "2 per 1d", or several as ["2 per 1d", "5 per 7d"].'
        ),
    ] = ""
    holdout: Annotated[
        str,
        Meta(
            description='How many people get no marketing of any chain, as "5%", for comparison;'
            " holds for runs that begin from then on."
        ),
    ] = ""


class Bounces(_Section, frozen=True):
    """Letters that come back. An address that does not exist is never used again at once."""

    soft: Annotated[
        str,
        Meta(
            description="How many letters in what time may come back softly (mailbox full …), none"
            ' arriving in between, before an address is never used again; "" for any number.'
        ),
    ] = "5 per 30d"


class Alerts(_Section, frozen=True):
    """When operators are told that marketing letters come back, and when marketing stops.

    Counted are the marketing letters of a window, of each channel and of each chain, by when they
    left. Letters go to the addresses in [notify].
    """

    bounces: Annotated[
        str, Meta(description='Told when more than this share came back; "" for never.')
    ] = "2%"
    complaints: Annotated[
        str, Meta(description='Told when more than this share was complained about; "" for never.')
    ] = "0.1%"
    pause_bounces: Annotated[
        str, Meta(description='Marketing stops when more than this share came back; "" for never.')
    ] = "5%"
    pause_complaints: Annotated[
        str, Meta(description='Marketing stops when more was complained about; "" for never.')
    ] = "0.3%"
    pause: Annotated[
        tuple[Literal["chains", "channels"], ...],
        Meta(
            description="What is stopped: chains that send nothing but marketing are paused, of"
            " channels all marketing waits; until an operator resumes them."
        ),
    ] = ("chains", "channels")
    window: Annotated[str, Meta(description="How far back letters are counted, 45d at most.")] = (
        "3d"
    )
    least: Annotated[
        int, Meta(description="Fewer letters than this in the window say nothing.", ge=1)
    ] = 500


class Machines(_Section, frozen=True):
    """Who is taken for a program that looks into letters, beyond what programs say of themselves.

    What was kept is judged anew by `mautod messages rejudge`.
    """

    ranges: Annotated[
        tuple[str, ...],
        Meta(description='Networks of mail gateways, as ["192.0.2.0/24", "2001:db8::/32"].'),
    ] = ()
    at_once: Annotated[
        str, Meta(description="Nobody opens or clicks so soon after a letter left.")
    ] = "3s"
    keep: Annotated[str, Meta(description="How long visits can be judged anew.")] = "90d"


class Mailbox(_Section, frozen=True):
    """Letters to us: bounces, answers, unsubscribes. Without `imap` and `listen` none are read.

    Give it a mailbox of its own: all that is in it is read.
    """

    imap: Annotated[
        str,
        Meta(
            description="Where letters lie: imaps://USER:${MAUTOD_IMAP_PASSWORD}@HOST/INBOX; @ in"
            " USER is written %40. imap:// begins with STARTTLS."
        ),
    ] = ""
    then: Annotated[
        str,
        Meta(
            description="What becomes of a letter there once it is on disk here: keep, seen, delete"
            ' or "move:FOLDER".'
        ),
    ] = "seen"
    ca: Annotated[
        str, Meta(description="PEM file of the authority to trust, if not the system's.")
    ] = ""
    listen: Annotated[
        str,
        Meta(
            description="Where a mail server of yours hands letters over: lmtp://127.0.0.1:2424, or"
            " smtp://HOST:PORT."
        ),
    ] = ""
    largest_mb: Annotated[
        int,
        Meta(
            description="Larger letters are refused; of one in the IMAP mailbox only the beginning"
            " is read.",
            ge=1,
            le=50,
        ),
    ] = 25


class Webhook(_Section, frozen=True):
    """Where webhook steps of chains may post to, and how patient they are.

    With MAUTOD_WEBHOOK_SECRET set, each call carries X-Mautod-Signature: sha256= and the
    HMAC-SHA256 of its body under that secret, in hex.
    """

    private: Annotated[
        tuple[str, ...],
        Meta(
            description='Hosts in private networks that may be called, as "crm.local" or'
            ' "127.0.0.1:8000"; those on the open internet need no word.'
        ),
    ] = ()
    timeout_s: Annotated[
        float, Meta(description="How many seconds one try may take.", gt=0, le=60)
    ] = 10.0


class Notify(_Section, frozen=True):
    """Whom notify steps of chains write to."""

    to: Annotated[
        tuple[str, ...],
        Meta(description='Addresses, as ["sales@shop.example"]; a step may name others.'),
    ] = ()


class Utm(_Section, frozen=True):
    """What marks links in messages for web analytics; a template may say other words, or `off`.

    In the texts, {campaign} is the key of the chain or broadcast, {template} that of the template,
    {topic} and {language} are the message's. What a link has already stays.
    """

    domains: Annotated[
        tuple[str, ...],
        Meta(
            description='Links to these sites and below are marked, as ["shop.example"]; ["*"] for'
            " all, [] for none."
        ),
    ] = ()
    source: Annotated[str, Meta(description="utm_source.")] = "mautod"
    medium: Annotated[str, Meta(description="utm_medium.")] = "email"
    campaign: Annotated[str, Meta(description="utm_campaign.")] = "{campaign}"
    content: Annotated[str, Meta(description="utm_content.")] = "{template}"
    term: Annotated[str, Meta(description="utm_term; empty for none.")] = ""


class Recommend(_Section, frozen=True):
    """What is bought together: counted from Order Completed, for `recommended` in templates."""

    sources: Annotated[
        tuple[str, ...],
        Meta(
            description="Public sources whose orders are believed as well; what a browser says of a"
            " product may come to stand in letters to others."
        ),
    ] = ()
    within: Annotated[str, Meta(description="How old the orders are that count.")] = "180d"
    least: Annotated[
        int, Meta(description="In how many orders two products must have been together.", ge=1)
    ] = 2


class Chat(_Section, frozen=True):
    """The chat on the site's pages. Words are one text, or one for each language."""

    enabled: Annotated[bool, Meta(description="Whether pages of the site show it.")] = False
    name: Annotated[
        str, Meta(description="Who answers, over the chat; empty for the workspace's name.")
    ] = ""
    greeting: Annotated[
        str | dict[str, str],
        Meta(description='What stands over an empty chat: "Hello!", { en = "Hi!", ru = "…" }.'),
    ] = ""
    away: Annotated[
        str | dict[str, str], Meta(description="What stands there outside the hours.")
    ] = ""
    hours: Annotated[
        str,
        Meta(description='When somebody answers, in the team\'s zone: "mon-fri 10:00-19:00".'),
    ] = ""
    sound: Annotated[bool, Meta(description="A short sound when an answer comes.")] = True


class Config(_Section, frozen=True):
    """All of `config.toml`."""

    workspace: Workspace = field(default_factory=Workspace)
    http: Http = field(default_factory=Http)
    source: tuple[Source, ...] = (Source(name="site", key="MAUTOD_WRITE_KEY"),)
    journal: Journal = field(default_factory=Journal)
    identity: Identity = field(default_factory=Identity)
    gate: Gate = field(default_factory=Gate)
    bounces: Bounces = field(default_factory=Bounces)
    alerts: Alerts = field(default_factory=Alerts)
    machines: Machines = field(default_factory=Machines)
    mailbox: Mailbox = field(default_factory=Mailbox)
    webhook: Webhook = field(default_factory=Webhook)
    notify: Notify = field(default_factory=Notify)
    utm: Utm = field(default_factory=Utm)
    recommend: Recommend = field(default_factory=Recommend)
    chat: Chat = field(default_factory=Chat)
    channels: dict[str, dict[str, Any]] = field(default_factory=dict)


SECTIONS: Final[Mapping[str, type[_Section]]] = {
    "workspace": Workspace,
    "http": Http,
    "source": Source,
    "journal": Journal,
    "identity": Identity,
    "gate": Gate,
    "bounces": Bounces,
    "alerts": Alerts,
    "machines": Machines,
    "mailbox": Mailbox,
    "webhook": Webhook,
    "notify": Notify,
    "utm": Utm,
    "recommend": Recommend,
    "chat": Chat,
}
_UNKNOWN: Final = re.compile(r"unknown field `([^`]*)`(?: - at `\$\.?([a-z]*))?")


class Secrets:
    """What `.env` holds. Never printed: `repr` shows names only."""

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = dict(values)

    def __repr__(self) -> str:
        return f"Secrets({', '.join(sorted(self._values))})"

    def find(self, name: str) -> str:
        """The secret called `name`, or an empty string."""
        return self._values.get(name, "")

    def get(self, name: str) -> str:
        """The secret called `name`.

        Raises:
            ConfigError: it is not set.
        """
        value = self.find(name)
        if not value:
            raise ConfigError(
                f"{name} is not set",
                field=name,
                hint=f"Put {name}=… into .env, or run mautod init.",
            )
        return value


class Settings(msgspec.Struct, frozen=True):
    """The configuration of one workspace folder, read once at start."""

    folder: Path
    config: Config
    secrets: Secrets

    @property
    def data(self) -> Path:
        """Where the databases live."""
        return self.folder / "data"

    @property
    def attachments(self) -> Path:
        """Where files that came with mail lie, each under the hash of what is in it."""
        return self.data / "attachments"

    @property
    def workspace(self) -> Path:
        """Where the definition files live."""
        return self.folder / "workspace"

    @property
    def socket(self) -> Path | None:
        """The file of the control API; None where there is to be none."""
        return self.folder / self.config.http.socket if self.config.http.socket else None

    @property
    def session_ms(self) -> int:
        return parse_duration(self.config.identity.session)

    @property
    def visits_keep_ms(self) -> int:
        return parse_duration(self.config.machines.keep)

    @property
    def journal_keep_ms(self) -> int:
        return parse_duration(self.config.journal.keep)


def load(folder: Path) -> Settings:
    """Read `config.toml` and `.env` of `folder`; the process environment beats `.env`.

    Raises:
        ConfigError: no such folder, a file that does not parse, an unknown key or a bad value.
    """
    path = folder / FILE
    if not path.is_file():
        raise ConfigError(
            f"{path} does not exist",
            hint=f"Run: mautod init {folder}, or name another folder with -C.",
        )
    config = parse(path.read_text(encoding="utf-8"), str(path))
    return Settings(folder=folder.resolve(), config=config, secrets=_secrets(folder / ".env"))


def parse(text: str, file: str = FILE) -> Config:
    """`text` as a checked Config.

    Raises:
        ConfigError: naming file, key and what was expected.
    """
    try:
        config = msgspec.convert(tomllib.loads(text), Config)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not valid TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise ConfigError(f"{file}: {error}", hint=_expected(str(error))) from error
    _check(config, file)
    return config


def _expected(error: str) -> str:
    """For an unknown key, the one that was probably meant, or all that there are."""
    found = _UNKNOWN.search(error)
    if found is None:
        return "All keys, documented: mautod config example"
    section = SECTIONS.get(found[2] or "", Config)
    known = [field.name for field in msgspec.structs.fields(section)]
    near = get_close_matches(found[1], known, n=1)
    return f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."


def _check(config: Config, file: str) -> None:
    checks: dict[str, Callable[[], object]] = {
        "workspace.timezone": lambda: ZoneInfo(config.workspace.timezone),
        "journal.keep": lambda: parse_duration(config.journal.keep),
        "identity.session": lambda: parse_duration(config.identity.session),
        "alerts.window": lambda: parse_duration(config.alerts.window),
        "machines.at_once": lambda: parse_duration(config.machines.at_once),
        "machines.keep": lambda: parse_duration(config.machines.keep),
        "machines.ranges": lambda: list(map(ip_network, config.machines.ranges)),
        "recommend.within": lambda: parse_duration(config.recommend.within),
    }
    for key, check in checks.items():
        try:
            check()
        except (MautodError, ValueError, KeyError, OSError) as error:
            raise ConfigError(f"{file}: {key}: {error}", field=key) from error
    names = [source.name for source in config.source]
    if len(set(names)) < len(names):
        raise ConfigError(f"{file}: source.name: two sources share a name", field="source.name")


def _secrets(path: Path) -> Secrets:
    written = {k: v for k, v in dotenv_values(path, interpolate=False).items() if v is not None}
    given = {k: v for k, v in os.environ.items() if k.startswith("MAUTOD_")}
    return Secrets({**written, **given})
