"""Segments and the rules behind them."""

from __future__ import annotations

import msgspec

from mautod import wire
from mautod.errors import NotFound
from mautod.services.definitions import define
from mautod.services.desk.base import After, Base, Limit
from mautod.services.people import find as people
from mautod.services.segments import complete, explain, lists, overlap, sizes
from mautod.store import listing
from mautod.store.reports import stats
from mautod.store.segments import membership as segments
from mautod.store.segments import stays


class SegmentsDesk(Base):
    """Segments, who is in them and why; rules tried on everybody."""

    def segments(self) -> wire.Segments:
        """Segments with their sizes."""
        tx = self._db.read()
        found = stats.segment_list(tx)
        return wire.Segments(sizes.told(tx, found, self._zone, self._tools.now()))

    def segment(self, key: str, after: After = None, limit: Limit = 50) -> wire.SegmentPage:
        """One segment and the people in it."""
        tx = self._db.read()
        found = stats.segment(tx, key)
        if found is None:
            raise NotFound(f"there is no segment {key!r}", field="key")
        (found,) = sizes.told(tx, [found], self._zone, self._tools.now())
        rows = stats.members(tx, key, after or 0, limit + 1, self._tools.now())
        items, more = listing.page([wire.Member(*row) for row in rows], limit)
        return wire.SegmentPage(found, items, items[-1].person.id if more else None)

    def define(self, key: str, ask: wire.DefineAsk) -> wire.Defined:
        """Write a segment into its file and put it in force; the rest of the file stays."""
        folder = self._settings.workspace
        written = define.define(self._db, folder, key, ask, (self._tools.now(), self._zone))
        return msgspec.structs.replace(written, segment=self.segment(key, limit=1).segment)

    def create_segment(self, ask: wire.CreateAsk) -> wire.Done:
        """Make a static segment, whose people are put on its list by hand."""
        with self._db.write() as tx:
            return lists.create(tx, ask, self._tools.now())

    def delete_segment(self, key: str) -> wire.Done:
        """Take a static segment away that was made at the desk."""
        with self._db.write() as tx:
            return lists.delete(tx, key, self._tools.now())

    def list_people(self, key: str, ask: wire.ListAsk) -> wire.Listed:
        """Put people on the list of a static segment and take people off; the digest moves them."""
        with self._db.write() as tx:
            return lists.change(tx, key, ask, self._tools.now())

    def moves(self, key: str, after: str = "", limit: Limit = 50) -> wire.MovePage:
        """Who entered a segment and who left it, newest first."""
        tx = self._db.read()
        found = segments.find(tx, key)
        if found is None:
            raise NotFound(f"there is no segment {key!r}", field="key")
        items, more = listing.page(stays.moves(tx, found.id, after, limit + 1), limit)
        return wire.MovePage(items, items[-1].id if more else None)

    def overlap(self, ask: wire.OverlapAsk) -> wire.Overlap:
        """How many people segments have in common, pair by pair."""
        return overlap.overlap(self._db.read(), ask.keys)

    def preview(self, ask: wire.PreviewAsk) -> wire.Preview:
        """Try a rule on everybody; nothing is stored."""
        finder = people.Finder(self._db.read(), self._zone, self._tools.now())
        return finder.preview(ask.rule, ask.limit)

    def complete(self, ask: wire.CompleteAsk) -> wire.Candidates:
        """What may stand at the cursor of a rule that is being written."""
        return complete.complete(self._db.read(), ask)

    def sql(self, ask: wire.SqlAsk) -> wire.Sql:
        """The statement that a rule becomes, its values and its query plan; nothing is stored."""
        return explain.statement(self._db.read(), ask.rule, self._zone, self._tools.now())

    def explain(self, key: str, person: str) -> wire.Explanation:
        """Why a person is in a segment or is not, and when time alone will turn it."""
        tx = self._db.read()
        found = people.resolve(tx, person)
        return explain.Explainer(tx, self._zone, self._tools.now(), found).segment(key)
