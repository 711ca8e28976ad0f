"""Making the keys of a domain, and saying what to publish."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mautod.channels.email.dkim.keys import Key, find_keys, make_keys
from mautod.config import Settings
from mautod.errors import BadInput, NotFound
from mautod.services.domains.senders import domain_of, senders

_IGNORE = ".gitignore"


@dataclass(frozen=True, slots=True)
class Record:
    """One TXT record to publish."""

    name: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class Published:
    """The keys of one selector and the records that publish them.

    `files` are those just made. `in_use` says whether the configuration signs with them.
    """

    domain: str
    selector: str
    in_use: bool
    records: tuple[Record, ...]
    files: tuple[Path, ...] = ()


def init(settings: Settings, domain: str = "", selector: str = "") -> Published:
    """Make both keys of a domain, by default the sender's, kept out of version control.

    Raises:
        BadInput: the domain or the selector is no name, or the folder cannot be written.
        Conflict: there are such keys already.
        ConfigError: there is no email channel.
    """
    ours = senders(settings)
    name, selector = domain_of(settings, domain), selector or ours.email.dkim.selector
    files = make_keys(ours.keys, name, selector)
    keep_out(settings.folder, ours.email.dkim.keys)
    return _published(settings, name, selector, tuple(files))


def show(settings: Settings, domain: str = "", selector: str = "") -> Published:
    """What publishes the keys of a domain, by default those that sign for the sender.

    Raises:
        NotFound: nobody made such keys.
        ConfigError: there is no email channel, or a key is damaged.
    """
    name = domain_of(settings, domain)
    return _published(settings, name, selector or senders(settings).email.dkim.selector)


def _published(
    settings: Settings, domain: str, selector: str, files: tuple[Path, ...] = ()
) -> Published:
    ours = senders(settings)
    keys = find_keys(ours.keys, domain, selector)
    if not keys:
        hint = "Make them: mautod dkim init"
        raise NotFound(f"There are no keys of {domain} under {selector!r}.", hint=hint)
    in_use = selector == ours.email.dkim.selector
    return Published(keys[0].domain, selector, in_use, tuple(map(_record, keys)), files)


def _record(key: Key) -> Record:
    return Record(key.host, key.record, key.kind)


def keep_out(folder: Path, keys: str) -> None:
    """Have git pass over the keys, where they lie in the workspace's folder."""
    if Path(keys).is_absolute() or ".." in Path(keys).parts:
        return
    path, line = folder / _IGNORE, f"/{Path(keys).as_posix()}/"
    try:
        known = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        if line not in known:
            path.write_text("".join(f"{one}\n" for one in [*known, line]), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}.") from error
