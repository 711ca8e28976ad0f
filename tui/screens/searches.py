"""Saved searches, to be chosen, saved and deleted; they are the daemon's, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from mautod import wire
from tui.show import clean, fit
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be done with a search, or with the present one if there is none."""

    act: Literal["use", "save", "delete"]
    search: wire.Search | None = None


class SearchSheet(ModalScreen[Wish | None]):
    """A list of searches; letters act on the chosen one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "dismiss", show=False),
        Binding("n", "wish('save')", show=False),
        Binding("d", "wish('delete')", show=False),
    ]
    DEFAULT_CSS = """
    SearchSheet {
        align: center middle; background: $background 55%;
        &:ansi { background: transparent; }
        & > Vertical { width: 90%; max-width: 90; height: 60%; background: $background; }
    }
    """

    def __init__(self, items: Sequence[wire.Search], query: str) -> None:
        super().__init__()
        self._items = items
        self._query = query
        self.rows: Listing[wire.Search] = Listing(_draw, lambda s: s.name, id="searches")

    def compose(self) -> ComposeResult:
        foot = Foot()
        keys = (
            ("enter", "use"),
            ("n", tr("save the present one")),
            ("d", "delete"),
            ("esc", "back"),
        )
        foot.note = Content("  ").join(
            [Content.assemble((key, "$mark"), f" {words}") for key, words in keys]
        )
        pane = Pane(tr("Saved searches"), self.rows, top=True)
        pane.name_it(Content(tr("Saved searches")), Content.styled(tr("for everybody"), "$quiet"))
        with Vertical():
            yield pane
            yield foot

    def on_mount(self) -> None:
        self.rows.say(Content.styled(tr("None yet. n saves the present search."), "$quiet"))
        self.rows.put(self._items)
        self.rows.focus()

    def action_wish(self, act: Literal["save", "delete"]) -> None:
        if act == "save":
            self.dismiss(Wish("save"))
        elif self.rows.chosen:
            self.dismiss(Wish(act, self.rows.chosen))

    @on(Listing.Opened)
    def _use(self, event: Listing.Opened) -> None:
        event.stop()
        self.dismiss(Wish("use", self.rows.chosen))

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()


def _draw(item: wire.Search, width: int) -> Content:
    name = min(max(width // 3, 12), 28)
    return Content.assemble(
        (fit(clean(item.name), name), "bold"), " ", (clean(item.query), "$quiet")
    )
