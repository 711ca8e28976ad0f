"""Look an installation over: what is wrong, what is worth knowing, and what to do about it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from mautod import config
from mautod.channels import create
from mautod.channels.email.dkim import find_keys
from mautod.channels.email.hooks import HOOKS, hooks
from mautod.channels.email.providers import scheme_of
from mautod.channels.port import Net
from mautod.config import Settings
from mautod.core.sending.caps import parse_caps
from mautod.duration import DAY, HOUR, MINUTE, SECOND, show_duration
from mautod.errors import DefinitionErrors, MautodError
from mautod.services.chains import codes
from mautod.services.chains.outline import outline
from mautod.services.definitions.apply import drift
from mautod.services.definitions.found import SECRETS
from mautod.services.definitions.made import made_segments
from mautod.services.definitions.workspace import validate
from mautod.services.delivery import alarms
from mautod.services.delivery.admit import terms_of
from mautod.services.domains.senders import senders
from mautod.services.intake.digest import OFFSET
from mautod.services.mail.places import door_of, inbox_of
from mautod.services.mail.reach import is_open, unread
from mautod.store import catalog, health, state
from mautod.store.catalog import Definition
from mautod.store.chains import outcomes
from mautod.store.db import Database, Tx
from mautod.store.health import DAMAGE, Rejected
from mautod.store.journal import Journal
from mautod.store.mail import letters, places
from mautod.store.people import erasures

Level = Literal["ok", "note", "wrong"]

LEAST_FREE_BYTES: Final = 500 * 1024 * 1024
LONGEST_LAG_MS: Final = MINUTE
LATE_MS: Final = 15 * MINUTE
"""After this long a message that is due, or being sent, is not on its way any more."""
CALLS_SINCE_MS: Final = 7 * DAY
LATEST: Final = 10_000
"""Messages that are held against what the gate decided about them."""
MOST_NAMED: Final = 20
OUR_FAULT: Final = frozenset({"rule", "run", "message"})
"""Kinds of rejected rows that definitions cause; the others come from outside."""
_LISTING: Final = {
    "sending": "mautod messages list --state sending",
    "queue": "mautod messages list --state queued",
    "unknown": "mautod messages list --state unknown",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `note` is worth knowing, `wrong` needs somebody."""

    check: str
    level: Level
    message: str
    hint: str = ""
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, and what was set aside by reason."""

    findings: tuple[Finding, ...]
    rejected: tuple[Rejected, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing needs anybody."""
        return all(finding.level != "wrong" for finding in self.findings)


def examine(folder: Path, now: int) -> Report:
    """Look over the workspace in `folder`; never raises for what it finds."""
    try:
        settings = config.load(folder)
    except MautodError as error:
        return Report((_wrong("config", error),))
    findings = [Finding("config", "ok", f"{config.FILE} is in order."), _secrets(settings)]
    findings += [_gate(settings), *_channels(settings), _definitions(settings), _disk(settings)]
    findings += _mailbox(settings)
    if not (settings.data / "mautod.db").is_file():
        findings.append(Finding("data", "note", "Nothing is stored yet.", "Start with: mautod up"))
        return Report(tuple(findings))
    database = Database(settings.data / "mautod.db")
    journal = Journal(settings.data / "journal.db")
    try:
        tx = database.open().read()
        rejected = tuple(health.rejected(tx))
        findings += _stored(settings, database, journal.open(), now)
    except (MautodError, *DAMAGE) as error:
        findings.append(Finding("data", "wrong", f"The databases cannot be read: {error}"))
        return Report(tuple(findings))
    finally:
        journal.close()
        database.close()
    return Report(tuple(findings), rejected)


def _secrets(settings: Settings) -> Finding:
    named = (*SECRETS, *(source.key for source in settings.config.source))
    missing = [name for name in dict.fromkeys(named) if not settings.secrets.find(name)]
    if missing:
        hint = "Write NAME=… into .env, or into the environment."
        return Finding("secrets", "wrong", f"Not set: {', '.join(missing)}.", hint)
    path = settings.folder / ".env"
    if path.is_file() and path.stat().st_mode & 0o077:
        return Finding("secrets", "wrong", ".env can be read by others.", f"chmod 600 {path}")
    return Finding("secrets", "ok", "Secrets are set and private.")


def _gate(settings: Settings) -> Finding:
    try:
        terms_of(settings.config)
        parse_caps(settings.config.bounces.soft)
    except MautodError as error:
        return _wrong("gate", error)
    return Finding("gate", "ok", "The limits for every campaign are in order.")


def _channels(settings: Settings) -> Iterator[Finding]:
    place = settings.config.workspace
    net = Net(settings.folder, place.name, place.url, secret=settings.secrets.find)
    if not settings.config.channels:
        yield Finding("channels", "note", "No channel is configured.", "Add [channels.email].")
    for kind, section in settings.config.channels.items():
        try:
            create(kind, section, net)
        except MautodError as error:
            yield _wrong(f"channel {kind}", error)
        else:
            yield Finding(f"channel {kind}", "ok", "Its settings are in order.")
    yield from _hooks(settings)
    yield from _dkim(settings)


def _hooks(settings: Settings) -> Iterator[Finding]:
    """A provider that cannot tell of bounces lets dead addresses be written to for ever."""
    secret = settings.secrets.find
    try:
        hooks(secret)
    except MautodError as error:
        yield _wrong("webhooks", error)
    try:
        names = dict.fromkeys(filter(None, map(scheme_of, senders(settings).urls)))
    except MautodError:
        return  # the channel's own finding says what is wrong
    for name in names:
        if secret(HOOKS[name][0]):
            continue
        message = f"{name} cannot tell what came of letters: {HOOKS[name][0]} is not set."
        yield Finding("webhooks", "note", message, "See: mautod manual deliverability")


def _dkim(settings: Settings) -> Iterator[Finding]:
    """Letters that leave by SMTP unsigned; whether DNS has the key is `--dns`'s question."""
    try:
        ours = senders(settings)
        if not any(url.startswith("smtp") for url in ours.urls):
            return
        keys = find_keys(ours.keys, ours.domain, ours.email.dkim.selector)
    except MautodError as error:
        if "email" in settings.config.channels:
            yield _wrong("dkim", error)
        return
    if keys:
        yield Finding("dkim", "ok", f"Letters from {ours.domain} are signed.")
        return
    message = f"Letters from {ours.domain} are not signed; large receivers refuse them."
    yield Finding("dkim", "note", message, "Run: mautod dkim init")


def _mailbox(settings: Settings) -> Iterator[Finding]:
    """Where letters to us come in, tried now."""
    try:
        inbox, door = inbox_of(settings), door_of(settings)
        why = unread(inbox) if inbox else ""
    except MautodError as error:
        yield _wrong("mailbox", error)
        return
    if inbox is None and door is None:
        yield _no_mailbox(settings)
    elif why:
        hint = "Check [mailbox] in config.toml, and the password in .env."
        yield Finding("mailbox", "wrong", f"{inbox.name if inbox else ''}: {why}", hint)
    elif door is not None and not is_open(door):
        message = f"Nobody answers at {door.name}."
        yield Finding("mailbox", "wrong", message, "Is the daemon running? Start: mautod up")
    else:
        yield Finding("mailbox", "ok", "Letters to us can come in.")


def _no_mailbox(settings: Settings) -> Finding:
    """Of no importance as long as letters stay in a folder."""
    url = str(settings.config.channels.get("email", {}).get("url", "maildir:"))
    message = "No mailbox is read: bounces and answers by mail come to nothing."
    if url.startswith("maildir:"):
        return Finding("mailbox", "ok", message)
    return Finding("mailbox", "note", message, "Set [mailbox] imap or listen.")


def _reading(settings: Settings, tx: Tx, now: int) -> Finding:
    """Whether the daemon itself reads the mailbox."""
    try:
        inbox = inbox_of(settings)
    except MautodError:
        inbox = None  # said by the look at the mailbox
    place = places.find(tx, inbox.name) if inbox else places.Place()
    if place.error_at is not None:
        message = f"The daemon has not been able to read mail for {_ago(now - place.error_at)}."
        return Finding("mail", "wrong", message, "", (place.error,))
    return Finding("mail", "ok", "The daemon reads mail." if place.read_at else "No trouble noted.")


def _unmatched(tx: Tx) -> Finding:
    counts = letters.unmatched_counts(tx)
    if not counts:
        return Finding("unmatched", "ok", "Every letter to us is about somebody.")
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    hint = "Look: mautod mail unmatched list"
    return Finding("unmatched", "note", f"Letters about nobody known: {told}.", hint)


def _definitions(settings: Settings) -> Finding:
    try:
        workspace = validate(settings.workspace, made=made_segments(settings))
    except MautodError as error:
        return _wrong("workspace", error)
    counts = (
        (len(workspace.segments), "segments"),
        (len(workspace.chains), "chains"),
        (len(workspace.templates), "templates"),
        (len(workspace.topics), "topics"),
    )
    parts = ", ".join(f"{count} {what}" for count, what in counts)
    return Finding("workspace", "ok", f"{parts} fit together.")


def _disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(settings.folder).free
    shown = f"{free / 1024**3:.1f} GB are free."
    if free < LEAST_FREE_BYTES:
        return Finding("disk", "wrong", shown, "Free some space: ingest stops when it runs out.")
    return Finding("disk", "ok", shown)


def _stored(settings: Settings, database: Database, journal: Journal, now: int) -> list[Finding]:
    tx = database.read()
    return [
        _lag(tx, journal, now),
        _counted("sending", health.stuck(tx, now - LATE_MS), "began to be sent and never ended"),
        _counted("queue", health.overdue(tx, now - LATE_MS), "wait though they are long due"),
        _counted("unknown", health.unknown(tx), "may or may not have been taken"),
        _ungated(tx),
        *_alarms(tx),
        _segments(tx),
        _tests(tx),
        _rejected(tx),
        _broadcasts(tx),
        _runs(tx),
        _goals(tx),
        _calls(tx, now),
        _codes(tx),
        _erasures(tx, now),
        _reading(settings, tx, now),
        _unmatched(tx),
        _drift(settings, database),
    ]


def _lag(tx: Tx, journal: Journal, now: int) -> Finding:
    offset = int(state.get(tx, OFFSET, "0"))
    oldest = journal.read_after(offset, 1)
    if not oldest or now - oldest[0].at < LONGEST_LAG_MS:
        return Finding("journal", "ok", "What came in is digested.")
    message = f"{journal.pending(offset)} requests wait, the oldest for {_ago(now - oldest[0].at)}."
    return Finding("journal", "wrong", message, "Is a worker running? Start: mautod up")


def _counted(check: str, count: int, what: str) -> Finding:
    if not count:
        return Finding(check, "ok", f"No messages that {what}.")
    return Finding(check, "wrong", f"{count} messages {what}.", f"Look: {_LISTING[check]}")


def _runs(tx: Tx) -> Finding:
    lost = health.sleepless(tx)
    if not lost:
        return Finding("runs", "ok", "Everybody under way in a chain has a time to go on.")
    message = f"{lost} runs are under way and nothing will wake them."
    return Finding("runs", "wrong", message, "This must not happen: please report it.")


def _goals(tx: Tx) -> Finding:
    odd = health.unbalanced(tx)
    if not odd:
        return Finding("goals", "ok", "Every goal is credited once, and no refund is larger.")
    message = f"{odd} goals are credited more or less than once, or refunded more than earned."
    return Finding("goals", "wrong", message, "This must not happen: please report it.")


def _calls(tx: Tx, now: int) -> Finding:
    late = health.late_calls(tx, now - LATE_MS)
    if late:
        message = f"{late} webhooks and notes wait though they are long due."
        return Finding("calls", "wrong", message, "Is a worker running? Start: mautod up")
    failed = health.failed_calls(tx, now - CALLS_SINCE_MS)
    if not failed:
        return Finding("calls", "ok", "No webhook and no note to operators failed this week.")
    lines = tuple(f"{count} of chain {what}" for what, count in failed)
    message = f"{sum(count for _, count in failed)} webhooks and notes failed this week."
    return Finding("calls", "note", message, "", lines)


def _codes(tx: Tx) -> Finding:
    lists = [pool for pool in codes.pools(tx) if pool.left is not None]
    short = [pool for pool in lists if (pool.left or 0) < max(pool.low, 1)]
    if not short:
        return Finding("codes", "ok", "No list of promo codes runs out.")
    lines = tuple(f"{pool.key}: {pool.left} left, {pool.given} given" for pool in short)
    empty = [pool.key for pool in short if not pool.left]
    hint = "Add codes to the lists in workspace/codes/, then: mautod apply"
    if empty:
        message = f"No promo codes are left in {', '.join(empty)}."
        return Finding("codes", "wrong", message, hint, lines)
    return Finding("codes", "note", "Some lists of promo codes run out.", hint, lines)


def _ungated(tx: Tx) -> Finding:
    """No message past a refusal, looked up in the ledger."""
    found = health.ungated(tx, LATEST, MOST_NAMED)
    if not found:
        return Finding("passed", "ok", "What left lately had passed the gate.")
    lines = tuple(f"message {each}" for each in found)
    hint = "Look: mautod messages show NUMBER"
    return Finding("passed", "wrong", "Messages left past the gate.", hint, lines)


def _alarms(tx: Tx) -> Iterator[Finding]:
    """Letters that come back, and marketing that waits for somebody to look."""
    for held in alarms.held(tx):
        message = f"Marketing by {held.channel} is paused: {held.why}."
        yield Finding("paused", "wrong", message, f"Go on: mautod messages resume {held.channel}")
    found = alarms.lasting(tx)
    if not found:
        yield Finding("alarms", "ok", "Few letters come back.")
        return
    hint = "See: mautod messages alarms, mautod messages domains --by code"
    lines = tuple(f"{each.text} {alarms.way_on(each)}".strip() for each in found)
    yield Finding("alarms", "wrong", "Too many letters come back.", hint, lines)


def _segments(tx: Tx) -> Finding:
    sick = health.sick_segments(tx)
    if not sick:
        return Finding("segments", "ok", "All rules can be asked.")
    lines = tuple(f"{key}: {error}" for key, error in sick)
    hint = "Correct the rule, then: mautod apply"
    return Finding("segments", "wrong", f"{len(sick)} rules fail.", hint, lines)


def _tests(tx: Tx) -> Finding:
    """Chains that nobody but their writers hears of; easily forgotten."""
    found = ((each.key, _test_of(each)) for each in catalog.active(tx, "chain"))
    lines = tuple(f"{key} writes to nobody but {test}" for key, test in found if test)
    if not lines:
        return Finding("tests", "ok", "No chain is being tried out.")
    message = f"{len(lines)} chains write to their test lists alone."
    return Finding("tests", "note", message, "Take test out, then: mautod apply", lines)


def _test_of(chain: Definition) -> str:
    """The test list of a chain; a version that cannot be read is set aside, and said apart."""
    try:
        return outline(chain).test
    except MautodError:
        return ""


def _rejected(tx: Tx) -> Finding:
    rows = health.rejected(tx)
    if not rows:
        return Finding("rejected", "ok", "Nothing was set aside.")
    ours = any(row.kind in OUR_FAULT for row in rows)
    lines = tuple(f"{row.count} {row.kind}: {_where(row)}{row.reason}" for row in rows)
    message = f"{health.rejected_count(tx)} rows were set aside."
    return Finding("rejected", "wrong" if ours else "note", message, "", lines)


def _broadcasts(tx: Tx) -> Finding:
    """Whoever was counted is accounted for, once, and nothing is over before it is."""
    lines = tuple(outcomes.faults(tx))
    if not lines:
        return Finding("broadcasts", "ok", "Every recipient is accounted for, once.")
    message = "Recipients of broadcasts are not accounted for."
    return Finding("broadcasts", "wrong", message, "Look: mautod broadcast status KEY", lines)


def _erasures(tx: Tx, now: int) -> Finding:
    late = [one for one in erasures.unfinished(tx) if now - one.at > LONGEST_LAG_MS]
    if not late:
        return Finding("erasures", "ok", "Whoever was to be erased is gone from every file.")
    lines = tuple(f"person {one.person} since {_ago(now - one.at)}: {one.stage}" for one in late)
    message = f"{len(late)} erasures are unfinished."
    return Finding("erasures", "wrong", message, "A worker finishes them: mautod up", lines)


def _where(row: Rejected) -> str:
    source = f"from {row.source}, " if row.source else ""
    return f"{source}{row.field}: " if row.field else source


def _drift(settings: Settings, database: Database) -> Finding:
    try:
        changes = drift(database, settings.workspace)
    except MautodError:
        return Finding("drift", "note", "Not compared: the definitions have errors.")
    if not changes:
        return Finding("drift", "ok", "What runs is what is written.")
    lines = tuple(map(str, changes.items))
    message = f"{len(lines)} definitions differ from what runs."
    return Finding("drift", "note", message, "See: mautod plan. In force: mautod apply", lines)


def _wrong(check: str, error: MautodError) -> Finding:
    if isinstance(error, DefinitionErrors):
        lines = tuple(map(str, error.errors))
        return Finding(check, "wrong", f"{len(lines)} errors in the definitions.", "", lines)
    return Finding(check, "wrong", error.message, error.hint)


def _ago(length_ms: int) -> str:
    unit = next((u for u in (DAY, HOUR, MINUTE, SECOND) if length_ms >= u), SECOND)
    return show_duration(max(length_ms // unit, 1) * unit)
