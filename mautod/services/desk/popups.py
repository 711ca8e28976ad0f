"""Pop-ups on the site."""

from __future__ import annotations

from collections.abc import Iterator

from mautod import wire
from mautod.core.files.popup_file import read
from mautod.core.popup import Popup
from mautod.core.rules.printer import show
from mautod.services.desk.base import Base, Number
from mautod.store import catalog
from mautod.store.reports.popups import NAMES, Counts, counts


class PopupsDesk(Base):
    """Which pop-ups there are, and what came of them."""

    def popups(self, since: Number = 0) -> wire.Popups:
        """All pop-ups in force with their numbers since an instant."""
        tx = self._db.read()
        found = counts(tx, since)
        popups = [read(each.body, each.file, each.key) for each in catalog.active(tx, "popup")]
        return wire.Popups(since, [row for popup in popups for row in _rows(popup, found)])


def _rows(popup: Popup, found: Counts) -> Iterator[wire.PopupItem]:
    for variant in popup.variants:
        told = found.get((popup.key, variant.key), {})
        shown, closed, clicked, submitted = (told.get(name, (0, 0))[1] for name in NAMES)
        yield wire.PopupItem(
            key=popup.key,
            name=popup.name,
            kind=popup.kind,
            variant=variant.key,
            when="" if popup.when is None else show(popup.when),
            shown=shown,
            closed=closed,
            clicked=clicked,
            submitted=submitted,
        )
