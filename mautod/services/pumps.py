"""The pumps of one workspace, but for its channels: what a worker runs, and a simulation as well.

Each is one short look: it does what is due at the clock's instant and says how much that was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mautod.clock import Clock
from mautod.config import Settings
from mautod.core.event import Touched
from mautod.core.sending.caps import Cap, parse_cap
from mautod.core.sending.links import Links
from mautod.errors import BadInput, ConfigError
from mautod.services.broadcasts import pump
from mautod.services.chains import occasions
from mautod.services.chains.advance import Witness, advance, next_due
from mautod.services.chains.enter import Chains
from mautod.services.chains.experiments import judge
from mautod.services.delivery import alarms
from mautod.services.delivery.admit import terms_of
from mautod.services.intake import visits
from mautod.services.intake.digest import OFFSET, OWN, Digest
from mautod.services.intake.people import Rules
from mautod.services.intake.react import Reactions
from mautod.services.intake.send import SOURCE as OPERATOR
from mautod.services.mail.arrive import Postman
from mautod.services.people import bulk, words
from mautod.services.segments.refresh import Segments
from mautod.services.segments.sweep import sweep
from mautod.store import inbox, state
from mautod.store.db import Database
from mautod.store.delivery.visits import next_verdict
from mautod.store.events import Fresh
from mautod.store.journal import Journal
from mautod.store.mail.vault import Vault
from mautod.store.people import wordless

Sources = dict[str, tuple[int, bool]]
"""name → its number, and whether it is trusted"""


@dataclass(frozen=True, slots=True)
class House:
    """Storage, settings and the clock of one workspace."""

    settings: Settings
    db: Database
    journal: Journal
    clock: Clock

    @property
    def zone(self) -> str:
        return self.settings.config.workspace.timezone


class Pumps:
    """Digest, sweep and advance of one workspace; one thread at a time in each.

    `witness` hears of every step that a run takes.
    """

    def __init__(self, house: House, witness: Witness | None = None) -> None:
        self._house = house
        self._witness = witness
        sources = known_sources(house)
        own, currency = sources[OWN][0], house.settings.config.workspace.currency
        segments = Segments(house.zone)
        terms = terms_of(house.settings.config)
        self._limits = terms.limits
        self.chains = Chains(house.zone, terms.holdout, house.settings.config.channels)
        self._broadcasts = pump.Setting(self.chains.versions, terms)
        # Each pump has its own reactions: they remember event names per transaction.
        self._reactions = Reactions(segments, self.chains, own, currency)
        self._sweeping = Reactions(segments, self.chains, own, currency)
        rules = rules_of(house.settings)
        self._suspects = rules.suspects
        self._digest = Digest(
            house.db,
            house.journal,
            self._reactions,
            rules,
            sources,
            postman_of(house.settings),
        )

    @property
    def every(self) -> tuple[Callable[[], int], ...]:
        """All of them, those that give others work first; each answers how much it did."""
        return (
            self.sweep,
            self.occasions,
            self.bulk,
            self.digest,
            self.broadcast,
            self.advance,
            self.judge,
            self.words,
        )

    def digest(self) -> int:
        """Take what waits in the journal and the inbox into the truth."""
        return self._digest.batch(self._house.clock())

    def feed(self, fresh: Sequence[Fresh], touched: Touched) -> None:
        """Let events happen whose people are there already, with all that follows of them.

        `touched` is what else has changed; these events are added to it.
        """
        with self._reactions.writing(self._house.db) as tx:
            happened = self._reactions.store(tx, fresh)
            for event in happened:
                touched.event(event.name, event.person_id)
            self._reactions.follow(tx, happened, touched, self._house.clock())

    def sweep(self) -> int:
        """Follow the clock; a sweep is never unfinished, so there is nothing to look for again."""
        now = self._house.clock()
        sweep(self._house.db, self._sweeping, now)
        visits.settle(self._house.db, self._suspects, now)
        if self._limits is not None:
            alarms.look_everywhere(self._house.db, self._limits, now)
        return 0

    def advance(self) -> int:
        """Let due runs take their steps."""
        return advance(self._house.db, self.chains, self._house.clock(), witness=self._witness)

    def occasions(self) -> int:
        """Start chains whose time has come."""
        return occasions.take(self._house.db, self.chains.versions, self._house.clock())

    def broadcast(self) -> int:
        """Carry broadcasts on: begin their runs, space them, end them."""
        return pump.go_on(self._house.db, self._broadcasts, self._house.clock())

    def has_broadcast(self) -> bool:
        """Whether a broadcast has something to do."""
        return pump.has_work(self._house.db.read(), self._broadcasts, self._house.clock())

    def bulk(self) -> int:
        """Go on with acts on many people."""
        return bulk.go_on(self._house.db, bulk.At(self._house.clock(), self._house.zone))

    def words(self) -> int:
        """Let people who came by imports be found by words."""
        return words.settle(self._house.db)

    def has_words(self) -> bool:
        """Whether somebody is not found by words yet."""
        return wordless.count(self._house.db.read()) > 0

    def judge(self) -> int:
        """Let the variants win that are certain to be the best; never unfinished either."""
        judge(self._house.db, self.chains.versions, self._house.clock())
        return 0

    def has_input(self) -> bool:
        """Whether something waits for the digest."""
        tx = self._house.db.read()
        offset = int(state.get(tx, OFFSET, "0"))
        return self._house.journal.last_id() > offset or inbox.pending(tx) > 0

    def next_run(self) -> int | None:
        """When the next run of a running chain wakes."""
        return next_due(self._house.db.read())

    def next_due(self, until: int) -> int | None:
        """The first instant after the clock's, up to `until`, at which one of them has work.

        Call it when nothing is due. A worker need not know, it looks twice a second.
        """
        now, run = self._house.clock(), self.next_run()
        first = until if run is None else min(until, run)
        with self._house.db.write() as tx:
            turn = self._sweeping.segments.next_turn(tx, now, first)
            occasion = occasions.next_due(tx, self.chains.versions, now, first)
            verdict = next_verdict(tx)
        found = [at for at in (turn, occasion, run, verdict) if at is not None and at <= until]
        return min(found, default=None)


def rules_of(settings: Settings) -> Rules:
    """What the intake must know of the configuration."""
    return Rules(
        session_ms=settings.session_ms,
        currency=settings.config.workspace.currency,
        identity_secret=settings.secrets.find("MAUTOD_IDENTITY_SECRET"),
        soft_bounces=_soft_bounces(settings.config.bounces.soft),
        suspects=visits.suspects_of(settings.config),
    )


def _soft_bounces(text: str) -> Cap | None:
    try:
        return parse_cap(text) if text else None
    except BadInput as error:
        place = "bounces.soft"
        raise ConfigError(f"{place}: {error.message}", field=place, hint=error.hint) from error


def postman_of(settings: Settings) -> Postman | None:
    """Who opens mail; nobody where there is no secret that tells our own tokens."""
    secret = settings.secrets.find("MAUTOD_SECRET")
    if not secret:
        return None
    return Postman(Links(secret, settings.config.workspace.url), Vault(settings.attachments))


def known_sources(house: House) -> Sources:
    """Every source's number and whether it is trusted, our own included; new ones are kept."""
    trusted = {source.name: source.trusted for source in house.settings.config.source}
    trusted[OWN] = trusted[OPERATOR] = True
    with house.db.write() as tx:
        ids = state.source_ids(tx, trusted.items())
    return {name: (ids[name], trusted[name]) for name in trusted}
