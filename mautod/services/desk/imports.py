"""Files of people, taken in some lines at a time."""

from __future__ import annotations

from functools import cached_property

from mautod import wire
from mautod.services.desk.base import After, Base, Limit, Number
from mautod.services.people import imports, words
from mautod.services.people.imports import Importer
from mautod.store import listing


class ImportsDesk(Base):
    """Imports begun, gone on with and listed."""

    @cached_property
    def _importer(self) -> Importer:
        return Importer(self._db, self._zone, self._settings.config.workspace.currency)

    def begin_import(self, ask: wire.ImportAsk) -> wire.Import:
        """Record a file of people to take in; one that was cut off goes on where it was."""
        return self._importer.begin(ask, self._tools.now())

    def import_rows(self, number: Number, ask: wire.ImportRows) -> wire.Import:
        """Take the next lines of an import in, in one transaction with its progress."""
        return self._importer.take(number, ask, self._tools.now())

    def drop_import(self, number: Number) -> wire.Import:
        """Give up an import that is not done; whom it took in stay, and it never goes on."""
        return imports.drop(self._db, number)

    def settle_words(self) -> wire.Wordless:
        """Let the next people who came by imports be found by words, where no worker does."""
        return wire.Wordless(words.settle(self._db, words.ALONE))

    def imports(self, after: After = None, limit: Limit = 50) -> wire.Imports:
        """Files that were taken in and how far each is, the latest first."""
        found = imports.list_imports(self._db.read(), after, limit + 1)
        items, more = listing.page(found, limit)
        return wire.Imports(items, items[-1].id if more else None)
