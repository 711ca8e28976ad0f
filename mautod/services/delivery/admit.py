"""Ask the gate about messages that are about to enter a connection, and mark those that pass.

One write transaction: what is read here can't change before the row says `sending`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from mautod.config import Config
from mautod.core.chains.limits import OTHER, SKIP, WAIT
from mautod.core.sending.alarms import Limits
from mautod.core.sending.caps import Cap, Meter, parse_cap, parse_caps
from mautod.core.sending.consent import ALL, Consent, Suppression, address_key
from mautod.core.sending.gate import (
    CHANNEL_PAUSED,
    RATE,
    Evidence,
    Facts,
    HeldOut,
    Pass,
    Postpone,
    Refuse,
    Stopped,
    Verdict,
    decide,
)
from mautod.core.sending.holdout import BY_CHAIN, BY_WORKSPACE, Arms, Share, parse_share
from mautod.core.sending.pace import Pace
from mautod.core.sending.preferences import NO_WISHES, Preferences
from mautod.core.sending.rate import NEW, PARKED
from mautod.core.templates import answer
from mautod.core.templates.template import Template
from mautod.core.times.habits import UNKNOWN, Habits
from mautod.core.times.windows import EXPECTED, Window, first_known_zone, parse_window
from mautod.duration import DAY, HOUR
from mautod.errors import BadInput
from mautod.services.definitions.templates import Templates
from mautod.services.delivery.addresses import addresses
from mautod.services.delivery.alarms import limits_of
from mautod.services.delivery.habits import Learnt
from mautod.services.delivery.meters import Caps, Past
from mautod.services.delivery.policies import Departure, Policies, Policy
from mautod.store import inbox
from mautod.store.chains import holdout
from mautod.store.conversations import threads
from mautod.store.db import Tx
from mautod.store.delivery import consent, incidents, messages, preferences
from mautod.store.delivery.messages import Dossier, Left, Slip
from mautod.store.inbox import Note


@dataclass(frozen=True, slots=True)
class ChannelTerms:
    """What holds besides for every message of one channel."""

    windows: tuple[Window, ...] = ()
    caps: tuple[Cap, ...] = ()


NO_TERMS: Final = ChannelTerms()
VISIT: Final = "visit"
"""Why a message waits that is shown when its reader comes."""
UNREADABLE_MS: Final = HOUR
"""So often it is tried anew whether the chain of a message can be read."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every message of this installation."""

    timezone: str = "UTC"
    language: str = "en"
    windows: tuple[Window, ...] = ()
    caps: tuple[Cap, ...] = ()
    holdout: Share | None = None
    channels: Mapping[str, ChannelTerms] = field(default_factory=dict)
    soft: Cap | None = None
    limits: Limits | None = None


def terms_of(config: Config) -> Terms:
    """The terms in `config.toml`.

    Raises:
        BadInput: a window, a cap or the holdout does not parse.
    """
    held = config.gate.holdout
    return Terms(
        timezone=config.workspace.timezone,
        language=config.workspace.language,
        windows=_windows(config.gate.window),
        caps=parse_caps(config.gate.cap),
        holdout=parse_share(held) if held else None,
        channels={
            kind: ChannelTerms(
                _windows(section.get("window", "")), parse_caps(section.get("cap", ""))
            )
            for kind, section in config.channels.items()
        },
        soft=parse_cap(config.bounces.soft) if config.bounces.soft else None,
        limits=limits_of(config.alerts),
    )


def _windows(text: object) -> tuple[Window, ...]:
    if not isinstance(text, str):
        raise BadInput(f"{text!r} is not a window", hint=f"Write {EXPECTED}.")
    return (parse_window(text),) if text else ()


@dataclass(frozen=True, slots=True)
class Admitted:
    """A message that is `sending` now, and all that it takes to make its letter."""

    dossier: Dossier
    template: Template
    address: str
    policy: Policy


@dataclass(slots=True)
class Gatekeeper:
    """The gate of one channel, with its `own` terms.

    `pace` is drawn from by each message that passes. `on_visit`: what may pass is put off until
    its reader comes.
    """

    channel: str
    holder: str
    terms: Terms
    policies: Policies
    templates: Templates
    pace: Pace
    on_visit: bool = False
    own: ChannelTerms = field(init=False)
    learnt: Learnt = field(init=False)

    def __post_init__(self) -> None:
        self.own = self.terms.channels.get(self.channel, NO_TERMS)
        self.learnt = Learnt(self.terms.timezone)

    def admit(
        self, tx: Tx, ids: Sequence[int], now: int, lease_until: int, noted: Collection[int] = ()
    ) -> list[Admitted]:
        """Mark those of the leased `ids` that may leave now; put off or close the others.

        Of `noted` it is on record that they passed.
        """
        found = _with_words(tx, messages.dossiers(tx, ids, self.holder))
        if not found:
            return []
        self.pace.at(now)
        self.templates.refresh(tx)
        asked = _Asked(self, tx, found, now, noted)
        for dossier in found:
            asked.answer(dossier)
        asked.store(lease_until)
        return asked.admitted

    def judge(self, tx: Tx, found: list[Dossier], now: int) -> list[Verdict | None]:
        """What the gate would say now, in the same order; None where there is no template.

        Nothing is written, and none of these need be a message yet.
        """
        self.templates.refresh(tx)
        asked = _Asked(self, tx, found, now)
        return [asked.verdict(dossier) for dossier in found]


@dataclass(slots=True)
class _Asked:
    """One round at the gate: what was read for all, and the answers so far."""

    keeper: Gatekeeper
    tx: Tx
    dossiers: list[Dossier]
    now: int
    noted: Collection[int] = ()
    admitted: list[Admitted] = field(default_factory=list)
    marked: list[tuple[int, int, str, str, int]] = field(default_factory=list)
    closed: list[tuple[int, str, str, str]] = field(default_factory=list)
    put_off: list[tuple[int, int, str]] = field(default_factory=list)
    lines: dict[int, int] = field(default_factory=dict)
    held: list[int] = field(default_factory=list)
    slips: list[Slip] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    addresses: Mapping[int, str] = field(init=False)
    policies: dict[int, Policy] = field(init=False)
    departures: dict[int, Departure] = field(init=False)
    untested: set[int] = field(init=False)
    elsewhere: set[int] = field(init=False)
    consents: dict[int, list[Consent]] = field(init=False)
    optouts: dict[str, list[Consent]] = field(init=False)
    suppressed: dict[str, Suppression] = field(init=False)
    wishes: dict[int, Preferences] = field(init=False)
    stopped: Stopped | None = field(init=False)
    past: Past = field(init=False)
    habits: Mapping[int, Habits] = field(init=False)
    arms: Arms = field(init=False)

    def __post_init__(self) -> None:
        tx, channel = self.tx, self.keeper.channel
        people = {dossier.person_id for dossier in self.dossiers}
        self.addresses = addresses(tx, channel, self.dossiers)
        keys = {address_key(each) for each in self.addresses.values()} - {""}
        self.policies = self.keeper.policies.load(tx, {d.definition_id for d in self.dossiers})
        self.departures = self.keeper.policies.departed(tx, self.dossiers, self.now)
        self.untested = self.keeper.policies.untested(tx, self.dossiers, self.now)
        self.elsewhere = self.keeper.policies.elsewhere(
            tx, self.dossiers, channel, self.keeper.terms.channels, self.now
        )
        self.consents = consent.consents(tx, channel, people)
        self.optouts = consent.optouts(tx, channel, keys)
        self.suppressed = consent.suppressed(tx, channel, keys)
        self.wishes = preferences.of_people(tx, people)
        held = incidents.hold_of(tx, channel)
        self.stopped = None if held is None else Stopped(held.at, held.why)
        self.past = Past.read(tx, people, self._caps(), self.now)
        self.habits = self.keeper.learnt.of(tx, self._zones(), self.now)
        self.arms = self._arms()

    def _caps(self) -> Iterator[Cap]:
        """Every cap that any message of this round may heed."""
        yield from self.keeper.terms.caps
        yield from self.keeper.own.caps
        for policy in self.policies.values():
            yield from policy.caps
        for caps in self.keeper.templates.caps.values():
            yield from caps
        for wished in self.wishes.values():
            yield from wished.all_caps()

    def _zones(self) -> dict[int, str]:
        """The people whose best hour is asked for, with their zones."""
        if not any(window.best for window in self._all_windows()):
            return {}
        return {
            d.person_id: self._zone(d)
            for d in self.dossiers
            if any(window.best for window in self._windows(d))
        }

    def _all_windows(self) -> Iterator[Window]:
        """Every window that any message of this round may heed."""
        yield from self.keeper.terms.windows
        yield from self.keeper.own.windows
        for policy in self.policies.values():
            for each in (policy.chain, *policy.steps.values()):
                yield from each.windows

    def _windows(self, dossier: Dossier) -> tuple[Window, ...]:
        return (
            *self.keeper.terms.windows,
            *self.keeper.own.windows,
            *self.policies[dossier.definition_id].at(dossier.step).windows,
        )

    def _zone(self, dossier: Dossier) -> str:
        return first_known_zone(dossier.timezone, self.keeper.terms.timezone)

    def _arms(self) -> Arms:
        """Who is held out among those who are on no chain: runs know their arm."""
        share = self.keeper.terms.holdout
        alone = share is not None and any(d.run_id is None for d in self.dossiers)
        return Arms(holdout.seed(self.tx), share) if alone else Arms("")

    def answer(self, dossier: Dossier) -> None:
        """Decide on one message; one of a chain that was paused meanwhile stays in the queue."""
        if dossier.chain_state == "paused":
            self.held.append(dossier.id)
            return
        template = self.keeper.templates.find(dossier.template, self._language(dossier))
        if template is None:
            detail = f"there is no template {dossier.template!r}"
            self._close(dossier, "failed", "no template", detail)
            return
        unreadable = self.policies[dossier.definition_id].unreadable
        if unreadable:
            self._put_off(dossier, self.now + UNREADABLE_MS, "unreadable", {"detail": unreadable})
            return
        facts = self._facts(dossier, template)
        verdict = decide(facts, self.now)
        match verdict:
            case Pass():
                self._let_pass(dossier, template, facts, verdict)
            case Refuse(reason, evidence):
                self._close(dossier, "expired" if reason == "expired" else "refused", reason, "")
                self._slip(dossier, "refuse", reason, evidence)
            case Postpone(until, reason, evidence):
                self._put_off(dossier, until, reason, evidence)
                self._line(dossier, facts, until, reason)

    def _line(self, dossier: Dossier, facts: Facts, until: int, reason: str) -> None:
        """Remember where in a line it waits."""
        if reason == RATE:
            pace, of = self.keeper.pace, facts.rate_of
            self.lines[dossier.id] = pace.hold(facts.address, until, _place(dossier), of)
        elif reason == CHANNEL_PAUSED:
            self.lines[dossier.id] = PARKED

    def _let_pass(self, dossier: Dossier, template: Template, facts: Facts, verdict: Pass) -> None:
        if self.keeper.on_visit:
            self._await_visit(dossier)
            return
        self._admit(dossier, template, facts)
        if dossier.id not in self.noted:
            self._slip(dossier, "pass", "", verdict.evidence)

    def _await_visit(self, dossier: Dossier) -> None:
        """Whoever it is for is not there; looked at again at its end, or tomorrow."""
        until = dossier.expires_at or self.now + DAY
        self._put_off(dossier, until, VISIT, {"expires_at": dossier.expires_at})

    def _put_off(self, dossier: Dossier, until: int, reason: str, evidence: Evidence) -> None:
        self.put_off.append((dossier.id, until, reason))
        self._slip(dossier, "postpone", reason, {**evidence, "until": until})

    def verdict(self, dossier: Dossier) -> Verdict | None:
        """What the gate says to one message; None if there is no template."""
        template = self.keeper.templates.find(dossier.template, self._language(dossier))
        return None if template is None else decide(self._facts(dossier, template), self.now)

    def store(self, lease_until: int) -> None:
        """Write all answers."""
        messages.mark_sending(self.tx, ((*row, lease_until) for row in self.marked))
        messages.ended(self.tx, self.closed, self.now)
        messages.postpone(self.tx, ((*row, self.lines.get(row[0])) for row in self.put_off))
        messages.free(self.tx, self.held)
        messages.note(self.tx, self.slips)
        inbox.post_all(self.tx, self.now, self.notes)

    def _facts(self, dossier: Dossier, template: Template) -> Facts:
        policy = self.policies[dossier.definition_id]
        limits = policy.at(dossier.step)
        address = self.addresses.get(dossier.person_id, "")
        key = address_key(address)
        departure = self.departures.get(dossier.id)
        urgent = not template.marketing
        rate_until, rate_of = self.keeper.pace.until(address, _place(dossier), urgent=urgent)
        topics = _topics(dossier, template)
        wishes = self.wishes.get(dossier.person_id, NO_WISHES)
        return Facts(
            channel=self.keeper.channel,
            topics=topics,
            marketing=template.marketing,
            erased_at=dossier.erased_at,
            address=address,
            suppressed=self.suppressed.get(key),
            consents=(*self.consents.get(dossier.person_id, ()), *self.optouts.get(key, ())),
            asks_yes=self.keeper.templates.asks_yes,
            left=departure.left if departure else None,
            goal_at=departure.goal_at if departure else None,
            not_tested=f"chain {dossier.chain}" if dossier.id in self.untested else "",
            held_out=self._held_out(dossier, policy),
            paused_until=wishes.pause_until,
            stopped=self.stopped,
            caps=self._meters(dossier, topics[0], policy, wishes),
            over_cap=limits.over_cap,
            windows=self._windows(dossier),
            outside=self._outside(dossier, limits.outside),
            zone=self._zone(dossier),
            queued_at=dossier.queued_at,
            habits=self.habits.get(dossier.person_id, UNKNOWN),
            expires_at=dossier.expires_at,
            rate_until=rate_until,
            rate_of=rate_of,
        )

    def _outside(self, dossier: Dossier, outside: str) -> str:
        """Whether it waits for its window; another channel has its turn when this one skips it."""
        if outside != OTHER:
            return outside
        return SKIP if dossier.id in self.elsewhere else WAIT

    def _meters(
        self, dossier: Dossier, topic: str, policy: Policy, wishes: Preferences
    ) -> tuple[Meter, ...]:
        caps: Caps = {
            "person": wishes.cap_of_all(),
            "workspace": self.keeper.terms.caps,
            "channel": self.keeper.own.caps,
            "topic": (*self.keeper.templates.caps.get(topic, ()), *wishes.caps_of(topic)),
            "chain": policy.caps,
        }
        return self.past.meters(dossier.person_id, self._about(dossier, topic), caps)

    def _about(self, dossier: Dossier, topic: str) -> Left:
        return Left(self.now, self.keeper.channel, topic, dossier.chain)

    def _held_out(self, dossier: Dossier, policy: Policy) -> HeldOut | None:
        alone = dossier.run_id is None
        arm = self.arms.everywhere(dossier.person_id) if alone else dossier.holdout
        if arm & BY_CHAIN:
            return HeldOut(f"chain {dossier.chain}", _shown(policy.holdout), dossier.entered_at)
        if arm & BY_WORKSPACE:
            return HeldOut("workspace", _shown(self.keeper.terms.holdout), dossier.entered_at)
        return None

    def _admit(self, dossier: Dossier, template: Template, facts: Facts) -> None:
        policy = self.policies[dossier.definition_id]
        self.admitted.append(Admitted(dossier, template, facts.address, policy))
        topic = facts.topics[0] if facts.marketing else ""
        attempt = dossier.attempt + 1
        self.marked.append((dossier.id, self.now, facts.address, topic, attempt))
        self.keeper.pace.take(facts.address)
        if facts.marketing:
            self.past.add(dossier.person_id, self._about(dossier, topic))

    def _close(self, dossier: Dossier, state: str, reason: str, detail: str) -> None:
        self.closed.append((dossier.id, state, reason, detail))
        name = "Message Failed" if state == "failed" else "Message Refused"
        self.notes.append(note(self.keeper.channel, dossier, name, reason))

    def _slip(self, dossier: Dossier, verdict: str, reason: str, evidence: object) -> None:
        self.slips.append(Slip(dossier.id, self.now, verdict, reason, evidence))

    def _language(self, dossier: Dossier) -> str:
        return dossier.language or self.keeper.terms.language


def _with_words(tx: Tx, found: list[Dossier]) -> list[Dossier]:
    """Operators' answers with what they say, which stands in conversations."""
    written = [dossier.id for dossier in found if dossier.template == answer.KEY]
    if not written:
        return found
    words = threads.letters(tx, written)
    return [replace(d, event=words[d.id]) if d.id in words else d for d in found]


def note(channel: str, dossier: Dossier, name: str, reason: str = "") -> Note:
    """What became of a message, as an event of its person."""
    props: dict[str, object] = {
        "message": dossier.id,
        "run": dossier.run_id or 0,
        "chain": dossier.chain,
        "step": dossier.step,
        "template": dossier.template,
        "channel": channel,
    }
    if reason:
        props["reason"] = reason
    return dossier.person_id, name, props


def _place(dossier: Dossier) -> int:
    return NEW if dossier.held == PARKED else dossier.held


def _shown(share: Share | None) -> str:
    return "" if share is None else str(share)


def _topics(dossier: Dossier, template: Template) -> tuple[str, ...]:
    """What a message is about, by its template and by its chain: a no to either counts."""
    return tuple(topic for topic in (template.topic, dossier.topic) if topic) or (ALL,)
