"""People: found, shown, changed."""

from __future__ import annotations

import msgspec

from mautod import wire
from mautod.duration import parse_duration
from mautod.errors import BadInput
from mautod.services.chains import campaigns, walked
from mautod.services.chains.enter import Chains
from mautod.services.delivery import why
from mautod.services.desk.base import After, Base, Limit, Number
from mautod.services.intake.edit import edit
from mautod.services.people import bulk as many
from mautod.services.people import dossier, erase, merging, timeline
from mautod.services.people import find as people
from mautod.services.people import searches as saving
from mautod.services.people.quality import Inspector
from mautod.services.people.quality_held import STALE, report
from mautod.store import listing
from mautod.store.people import bulk as acts
from mautod.store.people import cards, erasures, searches


class PeopleDesk(Base):
    """One card per person."""

    def people(self, query: str = "", after: After = None, limit: Limit = 50) -> wire.PersonPage:
        """People found by a rule, or by how their name, address, phone or id begins."""
        finder = people.Finder(self._db.read(), self._zone, self._tools.now())
        return finder.page(query, after, limit)

    def people_whole(
        self, query: str = "", after: After = None, limit: Limit = 50
    ) -> wire.WholePage:
        """As `people`, each with all properties."""
        found = self.people(query, after, limit)
        props = cards.props(self._db.read(), [person.id for person in found.items])
        items = [wire.WholePerson(person, props.get(person.id, {})) for person in found.items]
        return wire.WholePage(items, found.next)

    def person(self, person: str) -> wire.Card:
        """All about one person, by id, user id, anonymous id or email."""
        tx = self._db.read()
        found = people.resolve(tx, person)
        asked = people.asked_id(tx, person)
        card = people.card(tx, found, asked or found, self._tools.now())
        return msgspec.structs.replace(card, runs=campaigns.titled(tx, card.runs))

    def timeline(
        self, person: str, kind: str = "", after: str = "", limit: Limit = 50
    ) -> wire.Timeline:
        """All that happened to a person, newest first; one `kind` alone, if it is named."""
        tx = self._db.read()
        return timeline.page(tx, people.resolve(tx, person), kind, after, limit)

    def duplicates(
        self, by: str = "email", after: str = "", limit: Limit = 50
    ) -> wire.DuplicatePage:
        """Living people who share an email, a phone or a name; `after` is a value shared."""
        return people.duplicates(self._db.read(), by, after, limit, self._tools.now())

    def quality(self, stale: str = STALE, age: str = "2h") -> wire.Quality:
        """Who cannot be reached, what is invalid, duplicate or stale, in numbers.

        Of many people it may be as old as `age`, a duration, and says when it was counted.
        """
        with self._counting:
            return report(self._db, self._inspector(stale), parse_duration(age))

    def quality_people(
        self, group: str, after: After = None, limit: Limit = 50, stale: str = STALE
    ) -> wire.PersonPage:
        """The people of one group of the report, newest first."""
        return self._inspector(stale).page(group, after, limit)

    def _inspector(self, stale: str) -> Inspector:
        return Inspector(self._db.read(), self._zone, stale, self._tools.now())

    def change(self, person: str, ask: wire.ChangeAsk) -> wire.Done:
        """Set properties and tags of a person; the digest does it, and segments follow."""
        with self._db.write() as tx:
            return edit(tx, people.resolve(tx, person), ask, self._tools.now())

    def merge(self, person: str, ask: wire.MergeAsk) -> wire.Done:
        """Say that another is the same person: the person absorbs them, and it can be undone."""
        with self._db.write() as tx:
            winner, loser = people.resolve(tx, person), people.resolve(tx, ask.other)
            return merging.merge(tx, Chains(self._zone), winner, loser, self._tools.now())

    def unmerge(self, person: str, ask: wire.UnmergeAsk) -> wire.Done:
        """Undo a person's last merge, or one by number; what came since stays with the person."""
        with self._db.write() as tx:
            found = people.resolve(tx, person)
            asked = people.asked_id(tx, person) or found
            return merging.unmerge(tx, found, asked, ask.merge, self._tools.now())

    def erase(self, person: str, ask: wire.EraseAsk) -> wire.Erasure:
        """Erase a person from every file; a worker that runs does it, else it is done at once."""
        if ask.dry:
            tx = self._db.read()
            return erase.preview(tx, people.resolve(tx, person), self._tools.now())
        with self._db.write() as tx:
            asked = erase.ask(tx, people.resolve(tx, person), self._tools.now())
        erase.finish_alone(self._db, self._journal, self._settings, self._tools.now)
        (now,) = erasures.erasures(self._db.read(), asked.id + 1, 1)
        return msgspec.structs.replace(
            now, same_address=asked.same_address, named_in=asked.named_in
        )

    def erasures(self, after: After = None, limit: Limit = 50) -> wire.Erasures:
        """Who was erased and how far it is, without a word of who they were."""
        found = erasures.erasures(self._db.read(), after or 2**53, limit + 1)
        items, more = listing.page(found, limit)
        return wire.Erasures(items, items[-1].id if more else None)

    def searches(self) -> wire.Searches:
        """Searches that were saved, for everybody."""
        return wire.Searches(searches.list_searches(self._db.read()))

    def save_search(self, ask: wire.SaveAsk) -> wire.Done:
        """Keep a search under a name."""
        with self._db.write() as tx:
            return saving.save(tx, people.Finder(tx, self._zone, self._tools.now()), ask)

    def delete_search(self, name: str) -> wire.Done:
        """Forget a saved search."""
        with self._db.write() as tx:
            return saving.delete(tx, name)

    def bulk(self, ask: wire.BulkAsk) -> wire.Bulk:
        """Write down one act on many people and count them; `bulk_step` does it, part by part."""
        finder = people.Finder(self._db.read(), self._zone, self._tools.now())
        return many.ask(self._db, finder, ask)

    def bulk_step(self, bulk: Number) -> wire.Bulk:
        """Do the next part of a bulk act. What was begun, the worker finishes by itself."""
        return many.step(self._db, bulk, many.At(self._tools.now(), self._zone))

    def bulks(self, after: After = None, limit: Limit = 50) -> wire.BulkPage:
        """Bulk acts that were begun and how far they are, the latest first."""
        found = acts.list_bulks(self._db.read(), after, limit + 1)
        items, more = listing.page([many.told(item) for item in found], limit)
        return wire.BulkPage(items, items[-1].id if more else None)

    def dossier(self, person: str) -> wire.Dossier:
        """All that is held of a person, from every table and the journal."""
        tx = self._db.read()
        return dossier.gather(tx, self._journal, people.resolve(tx, person), self._tools.now())

    def why(self, person: str, template: str = "", chain: str = "") -> wire.Why:
        """Why a person did or did not get a template, or walk a chain, from what was stored.

        A `template` that no chain sends may name a chain as well.
        """
        if bool(template) == bool(chain):
            raise BadInput("name a template or a chain, one of them", field="template")
        tx, now = self._db.read(), self._tools.now()
        person_id = people.resolve(tx, person)
        if chain or why.is_chain(tx, template):
            return walked.walked(tx, person_id, chain or template, now, self._zone)
        return why.why(tx, person_id, template, now, self._rates())

    def _rates(self) -> dict[str, float]:
        """What each channel sends at most in a second."""
        sections = self._settings.config.channels.items()
        return {kind: float(section.get("rate_per_s", 0)) for kind, section in sections}
