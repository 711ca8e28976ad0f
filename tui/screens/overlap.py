"""How many people segments have in common: a shaded matrix, or a table of pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from mautod import wire
from tui import keys, show
from tui.place import Place
from tui.screens.full import Framed
from tui.show import clean, fit, right
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

CELL: Final = 6
MOST: Final = 12
"""Segments that one matrix holds; the daemon takes no more."""

LEAST: Final = 0.005
"""Shares under it would be shown as nothing."""

_SHADES: Final = ("·", "░", "▒", "▓", "█")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two segments and the people in both."""

    one: wire.Segment
    other: wire.Segment
    both: int


class Overlap(Place):
    """The matrix says which part of a row's people is in a column's segment too."""

    PLACE: ClassVar[str] = "overlap"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.OVERLAP)]
    DEFAULT_CSS = """
    Overlap { layout: vertical; }
    Overlap #head { height: 1; padding: 0 2; color: $quiet; }
    Overlap #matrix { display: block; }
    Overlap #pairs { display: none; }
    Overlap.-pairs #matrix { display: none; }
    Overlap.-pairs #pairs { display: block; }
    """

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._names = list(names)
        self._found = wire.Overlap([], [])
        self.head = Static("", markup=False, id="head")
        self.matrix: Listing[int] = Listing(self._draw_row, lambda at: at, id="matrix")
        self.pairs: Listing[Pair] = Listing(
            _draw_pair, lambda pair: (pair.one.key, pair.other.key), id="pairs"
        )
        self._pane = Pane(tr("People in common"), self.head, self.matrix, self.pairs, top=True)

    def compose(self) -> ComposeResult:
        yield self._pane
        yield Foot()

    def halves(self) -> tuple[Widget, Widget | None]:
        return (self.pairs if self.has_class("-pairs") else self.matrix), None

    def on_mount(self) -> None:
        self.matrix.focus()
        self.load()

    def on_resize(self) -> None:
        self._title()

    def load(self) -> None:
        self.run_worker(self._load(), group="overlap-load", exclusive=True)

    async def _load(self) -> None:
        found = await self.fetch(self.desk.client.overlap(wire.OverlapAsk(self._names)))
        if found is None:
            return
        self._found = found
        self.matrix.put(range(len(found.items)))
        self.pairs.put(pairs(found))
        self._title()

    # --- showing

    def _title(self) -> None:
        columns, count = self._columns(self.size.width - 4), len(self._found.items)
        cut = f", {columns} of {count} columns" if columns < count else ""
        pairs = tr("pairs, the largest share first")
        how = pairs if self.has_class("-pairs") else f"share of the row's people{cut}"
        note = Content.styled(how, "$quiet")
        self._pane.name_it(Content(tr("People in common")), note)
        self.head.update(self._heading(self.size.width - 4))

    def _heading(self, width: int) -> str:
        if self.has_class("-pairs"):
            shares = right(tr("OF ONE"), 11) + right(tr("OF OTHER"), 11)
            return fit("PAIR", width - 34) + right("BOTH", 10) + shares
        name = _name_cells(width, len(self._found.items))
        numbers = (right(str(at + 1), CELL) for at in range(self._columns(width)))
        return f"{' ' * (name + 9)}{''.join(numbers)}"

    def _columns(self, width: int) -> int:
        count = len(self._found.items)
        return min(count, max((width - _name_cells(width, count) - 9) // CELL, 0))

    def _draw_row(self, at: int, width: int) -> Content:
        item, row = self._found.items[at], self._found.people[at]
        name = fit(f"{at + 1} {clean(item.key)}", _name_cells(width, len(row)))
        cells = [
            _cell(both, item.size, own=at == other)
            for other, both in enumerate(row[: self._columns(width)])
        ]
        return Content.assemble(name, (right(show.count(item.size), 9), "bold"), *cells)

    # --- keys

    def action_turn(self) -> None:
        """Between matrix and table."""
        self.toggle_class("-pairs")
        self._title()
        self.halves()[0].focus()

    @on(Listing.Opened)
    def _open(self, event: Listing.Opened) -> None:
        """Every number opens what it counts: the rule that finds these people."""
        event.stop()
        pair = self.pairs.chosen
        if event.listing.id == "pairs" and pair:
            rule = f'in segment "{pair.one.key}" and in segment "{pair.other.key}"'
            self.desk.open_rule(rule)

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()


class OverlapScreen(Framed):
    """The overlap of these segments on the whole terminal."""

    PLACE: ClassVar[str] = "overlap"

    def __init__(self, names: Sequence[str]) -> None:
        super().__init__()
        self._overlap = Overlap(names)

    def inside(self) -> ComposeResult:
        yield self._overlap


def pairs(found: wire.Overlap) -> list[Pair]:
    """Every two segments once, the smaller first; those with the largest share of it first."""
    count = len(found.items)
    made = [
        _pair(found.items[one], found.items[other], found.people[one][other])
        for one in range(count)
        for other in range(one + 1, count)
    ]
    return sorted(made, key=lambda pair: (-_share(pair.both, pair.one.size), pair.one.key))


def _pair(one: wire.Segment, other: wire.Segment, both: int) -> Pair:
    return Pair(one, other, both) if one.size <= other.size else Pair(other, one, both)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _name_cells(width: int, count: int) -> int:
    """Room for the names: what the columns leave, but at least a few letters."""
    return min(max(width - 9 - count * CELL, 14), 28)


def _cell(both: int, whole: int, *, own: bool) -> Content:
    if own:
        return Content.styled(right("■", CELL), "$quiet")
    if not both:
        return Content.styled(right(show.NONE, CELL), "$quiet")
    share = _share(both, whole)
    shade = _SHADES[min(int(share * len(_SHADES)), len(_SHADES) - 1)]
    text = "<1%" if share < LEAST else f"{share:.0%}"
    return Content.assemble(" ", (shade, "$lead"), right(text, CELL - 2))


def _draw_pair(pair: Pair, width: int) -> Content:
    names = f"{clean(pair.one.key)} · {clean(pair.other.key)}"
    shares = (show.percent(pair.both, item.size) for item in (pair.one, pair.other))
    return Content.assemble(
        fit(names, width - 34),
        (right(show.count(pair.both), 10), "bold"),
        *(right(share, 11) for share in shares),
        "  ",
    )
