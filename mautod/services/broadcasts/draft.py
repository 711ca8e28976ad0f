"""A broadcast is asked for, looked at, and started or dropped.

Who was counted is who is written to: the audience is found by one statement when it is asked for
and kept in parts, and the number that an operator confirms is theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from mautod import wire
from mautod.core.broadcast import Plan
from mautod.core.chains.definition import Chain, parse_chain
from mautod.core.rules.printer import show
from mautod.core.rules.tree import InSegment, Rule
from mautod.core.sending.gate import Postpone, Refuse
from mautod.core.sending.holdout import Arms
from mautod.core.sending.pace import pace_of
from mautod.core.times.windows import first_known_zone
from mautod.duration import DAY, SECOND
from mautod.errors import BadInput, Conflict, NotFound
from mautod.services.broadcasts.text import check_names, written
from mautod.services.definitions.templates import Templates
from mautod.services.delivery.admit import Gatekeeper, Terms
from mautod.services.delivery.policies import Policies
from mautod.services.segments import rules
from mautod.store import catalog, state
from mautod.store.chains import audiences, broadcasts, holdout
from mautod.store.chains.audiences import Letter
from mautod.store.chains.broadcasts import Broadcast
from mautod.store.db import Database, Tx
from mautod.store.rules.crowd import for_everybody
from mautod.store.rules.predicate import select_people
from mautod.store.segments import membership as segments

ASKED_MS: Final = DAY
"""How long a draft may wait to be confirmed."""
MOST_KEYS: Final = 1000


@dataclass(frozen=True, slots=True)
class At:
    """The instant, and what holds in the workspace."""

    now: int
    terms: Terms

    @property
    def zone(self) -> str:
        return self.terms.timezone


def ask(db: Database, asked: wire.BroadcastAsk, at: At) -> Broadcast:
    """Write down a broadcast and everybody it is for; nothing is sent before `start`.

    Raises:
        BadInput: something asked for is unfit, or nobody is found.
        RuleError: the rule does not parse.
        Conflict: the key is taken.
    """
    tx = db.read()
    rule = _audience(tx, asked)
    key = asked.key or _free_key(tx, asked, at)
    body, chain = written(tx, asked, key)
    people = _people(tx, rule, _plan(chain), at)
    if not people:
        raise BadInput("nobody is found", field="to", hint="Try it: mautod segments preview 'RULE'")
    with db.write() as tx:
        broadcasts.drop_old(tx, at.now - ASKED_MS)
        if broadcasts.is_taken(tx, key):
            raise Conflict(f"{key} is taken", field="key", hint="Give another --key.")
        holdout.seed(tx)
        return broadcasts.put(tx, key, (show(rule), body), people, at.now)


def check(tx: Tx, key: str, part: int, at: At) -> wire.BroadcastCheck:
    """What the gate would say now about one part of a draft's audience.

    Raises:
        NotFound, Conflict: there is no such draft.
    """
    found = find_draft(tx, key)
    here = broadcasts.part(tx, found.id, part)
    if here is None:
        return wire.BroadcastCheck(0, 0, 0)
    number, people = here
    chain = parse_chain(found.body, key, key)
    verdicts = _judged(tx, chain, people, at)
    reasons = [_reason(verdict) for verdict in verdicts]
    return wire.BroadcastCheck(
        looked=len(people),
        fit=reasons.count(("", "")),
        late=_late(tx, _plan(chain), people, at),
        refused=dict(Counter(why for what, why in reasons if what == "refused")),
        postponed=dict(Counter(why for what, why in reasons if what == "postponed")),
        sharing=audiences.sharing(tx, found.id) if number == 0 and chain.topic else 0,
        next=number + 1,
    )


def start(tx: Tx, key: str, now: int) -> Broadcast:
    """Let a draft begin; the pump does the rest. Inside `write`.

    Raises:
        NotFound, Conflict: there is no such draft.
        BadInput: what it sends was taken away since.
    """
    found = find_draft(tx, key)
    chain = parse_chain(found.body, key, key)
    check_names(tx, chain)
    definition = catalog.put(tx, broadcasts.KIND, key, f"broadcast {key}", found.body, now)
    chain_id = broadcasts.put_chain(tx, definition, chain.name, now)
    broadcasts.update(
        tx, found.id, chain_id=chain_id, phase=broadcasts.FILLING, started_at=now, body=""
    )
    return broadcasts.get(tx, key)


def drop(tx: Tx, key: str) -> wire.Done:
    """Forget a draft; inside `write`.

    Raises:
        NotFound, Conflict: there is no such draft.
    """
    broadcasts.drop(tx, find_draft(tx, key).id)
    return wire.Done(1, f"{key} was dropped; nothing was sent.")


def find_draft(tx: Tx, key: str) -> Broadcast:
    """The draft called `key`.

    Raises:
        NotFound: there is none.
        Conflict: it has started.
    """
    found = broadcasts.find(tx, key)
    if found is None:
        raise NotFound(f"there is no broadcast {key!r}", field="key")
    if found.phase != broadcasts.DRAFT:
        raise Conflict(f"{key} has started already", field="key", hint="See: broadcast status.")
    return found


def _audience(tx: Tx, asked: wire.BroadcastAsk) -> Rule:
    if bool(asked.to.strip()) == bool(asked.segment):
        raise BadInput("to whom?", field="to", hint="Give a rule or a segment, one of them.")
    if not asked.segment:
        return rules.read(tx, asked.to)
    if segments.find(tx, asked.segment) is None:
        raise NotFound(f"there is no segment {asked.segment!r}", field="segment")
    return InSegment(asked.segment)


def _free_key(tx: Tx, asked: wire.BroadcastAsk, at: At) -> str:
    """The first letter's key with the day, and a number where that is taken."""
    day = datetime.fromtimestamp(at.now // SECOND, ZoneInfo(at.zone))
    name = f"{asked.templates[0] if asked.templates else 'broadcast'}"[:48] + f"-{day:%Y-%m-%d}"
    tried = (name, *(f"{name}-{number}" for number in range(2, MOST_KEYS)))
    return next((key for key in tried if not broadcasts.is_taken(tx, key)), name)


def _people(tx: Tx, rule: Rule, plan: Plan, at: At) -> list[int]:
    """Everybody meant, in the order in which they are written to."""
    chosen = for_everybody(tx, rule, zone=at.zone, now=at.now)
    people = select_people(tx, chosen, None, at.now)
    if not plan.local:
        return people
    zones = audiences.zones(tx)
    instants = {
        person: plan.earliest(first_known_zone(zones.get(person), at.zone), at.now) or 0
        for person in people
    }
    return sorted(people, key=lambda person: (instants[person], person))


def _plan(chain: Chain) -> Plan:
    assert chain.broadcast is not None, "the text of a broadcast has a plan"
    return chain.broadcast


def _judged(tx: Tx, chain: Chain, people: Sequence[int], at: At) -> Sequence[object]:
    policies = Policies(at.zone)
    policies.suppose(chain)
    pace = pace_of(0, (), at.now)
    keeper = Gatekeeper(chain.channel, "", at.terms, policies, Templates(), pace)
    arms = Arms(state.get(tx, holdout.SEED_KEY), at.terms.holdout)
    held = {person: arms.of(person, chain.key, chain.holdout) for person in people}
    step, template = next((s.id, s.template) for s in chain.steps if s.template)
    letter = Letter(chain.key, step, template, chain.topic)
    return keeper.judge(tx, audiences.dossiers(tx, letter, held, people, at.now), at.now)


def _reason(verdict: object) -> tuple[str, str]:
    match verdict:
        case Refuse(reason, _):
            return "refused", reason
        case Postpone(_, reason, _):
            return "postponed", reason
        case None:
            return "refused", "no template"
        case _:
            return "", ""


def _late(tx: Tx, plan: Plan, people: Sequence[int], at: At) -> int:
    """For how many of these the time has passed."""
    if plan.at is None:
        return 0
    zones = (person.zone if plan.local else None for person in audiences.people(tx, people))
    instants = (plan.instant(first_known_zone(zone, at.zone)) for zone in zones)
    return sum(instant is not None and instant < at.now for instant in instants)
