"""A list that never jumps: the chosen row stays chosen, and stays where it is on the screen.

Rows are drawn when they are seen, so ten thousand cost as much as forty. More are asked for, page
after page, when the cursor comes near the end.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.style import Style
from textual.visual import Visual

T = TypeVar("T")

AHEAD: Final = 30
"""Rows before the end at which the next page is asked for."""

Draw = Callable[[T, int], Content]
"""(item, cells) → its line, without the cursor column."""


class Listing(ScrollView, Generic[T], can_focus=True):
    """Rows of one line each, chosen by `key`; `marked` says which bear a mark.

    Without the keyboard, a `follow` list shows its newest (first) rows; with it, the chosen row
    keeps its place while others arrive above it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", show=False),
        Binding("down,j", "move(1)", show=False),
        Binding("pageup,ctrl+b", "page(-1)", show=False),
        Binding("pagedown,ctrl+f", "page(1)", show=False),
        Binding("home", "edge(0)", show=False),
        Binding("end,G", "edge(-1)", show=False),
        Binding("enter", "open", show=False),
    ]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"listing--row", "listing--cursor"}
    DEFAULT_CSS = """
    Listing {
        height: 1fr; scrollbar-size-vertical: 1; overflow-x: hidden; overflow-y: auto;
        scrollbar-gutter: auto; background: transparent;
        & .listing--row { color: $ink; }
        & .listing--cursor { color: $ink; background: $cursor-rest; }
        &:focus .listing--cursor { color: $ink; background: $cursor; text-style: bold; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Chosen(Message):
        """The cursor stands on another item; `item` is None when the list is empty."""

        listing: Listing[object]
        item: object

        @property
        def control(self) -> Listing[object]:
            return self.listing

    @dataclass
    class Opened(Message):
        """Enter, or a click on the chosen row."""

        listing: Listing[object]
        item: object

        @property
        def control(self) -> Listing[object]:
            return self.listing

    @dataclass
    class NearEnd(Message):
        """The cursor comes near the end and there is a further page."""

        listing: Listing[object]

        @property
        def control(self) -> Listing[object]:
            return self.listing

    def __init__(
        self,
        draw: Draw[T],
        key: Callable[[T], Hashable],
        *,
        follow: bool = False,
        marked: Callable[[T], bool] | None = None,
        id: str | None = None,  # noqa: A002 - Textual's own name
    ) -> None:
        super().__init__(id=id)
        self._draw = draw
        self._key = key
        self._follow = follow
        self._marked = marked
        self._touched = False
        self._items: list[T] = []
        self._empty = Content("")
        self._more = False
        self._asked = False
        self._unseen = 0
        self._wish: Hashable = None

    # --- what it holds

    @property
    def items(self) -> Sequence[T]:
        return self._items

    @property
    def chosen(self) -> T | None:
        return self._items[self.cursor] if self.cursor < len(self._items) else None

    @property
    def unseen(self) -> int:
        """Rows that arrived above the first visible one."""
        return self._unseen if self.scroll_offset.y else 0

    def say(self, empty: Content) -> None:
        """What stands here while there is no row."""
        self._empty = Content("\n").join([Content.assemble(" ", line) for line in empty.split()])
        self.refresh()

    def put(self, items: Sequence[T], *, more: bool = False) -> None:
        """Show `items`; the chosen one stays chosen and where it is while it is among them."""
        before = self.chosen
        row = self.cursor - self.scroll_offset.y
        grown = self._grown(items)
        self._items = list(items)
        self._more, self._asked = more, False
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._items))
        self._keep(before, row)
        self._unseen += grown
        self.refresh()
        if self._wish is not None:
            self.choose(self._wish)
        if self._key_of(before) != self._key_of(self.chosen):
            self.post_message(self.Chosen(self, self.chosen))  # type: ignore[arg-type]

    def choose(self, key: Hashable) -> None:
        """Put the cursor on the item of `key`, or do so when it comes with the next `put`."""
        found = self._find(key)
        self._wish = key if found is None else None
        if found is not None:
            self._go(found)

    def _find(self, key: Hashable) -> int | None:
        return next((i for i, item in enumerate(self._items) if self._key(item) == key), None)

    def redraw(self) -> None:
        """Draw again: relative times went on."""
        self.refresh()

    def _key_of(self, item: T | None) -> Hashable:
        return None if item is None else self._key(item)

    def _grown(self, items: Sequence[T]) -> int:
        """How many new items stand above what was the first one."""
        if not self._items:
            return 0
        first = self._key(self._items[0])
        return next((i for i, item in enumerate(items) if self._key(item) == first), 0)

    def _keep(self, before: T | None, row: int) -> None:
        """Find the chosen item again and scroll so that it stands in the same row."""
        last = max(len(self._items) - 1, 0)
        if before is None or (self._follow and not self._touched):
            self.set_reactive(Listing.cursor, 0 if self._follow else min(self.cursor, last))
            return
        found = self._find(self._key(before))
        self.set_reactive(Listing.cursor, min(self.cursor, last) if found is None else found)
        if found is not None and row >= 0 and self._touched:
            self.scroll_to(y=max(self.cursor - row, 0), animate=False, immediate=True, force=True)

    # --- moving

    def watch_cursor(self, old: int, new: int) -> None:
        self.refresh_line(old)
        self.refresh_line(new)
        self.post_message(self.Chosen(self, self.chosen))  # type: ignore[arg-type]
        if self._more and not self._asked and self.cursor >= len(self._items) - AHEAD:
            self._asked = True
            self.post_message(self.NearEnd(self))  # type: ignore[arg-type]

    def _go(self, index: int) -> None:
        if not self._items:
            return
        self._touched = True
        self.cursor = min(max(index, 0), len(self._items) - 1)
        region = Region(0, self.cursor, 1, 1)
        self.scroll_to_region(region, animate=False, immediate=True, force=True)
        if self.scroll_offset.y == 0:
            self._unseen = 0

    def action_move(self, by: int) -> None:
        self._go(self.cursor + by)

    def action_page(self, by: int) -> None:
        self._go(self.cursor + by * max(self.size.height - 1, 1))

    def action_edge(self, index: int) -> None:
        self._go(len(self._items) - 1 if index < 0 else 0)
        if index == 0 and self._follow:
            self._touched = False

    def action_open(self) -> None:
        if self.chosen is not None:
            self._touched = True
            self.post_message(self.Opened(self, self.chosen))  # type: ignore[arg-type]

    def on_click(self, event: events.Click) -> None:
        index = self.scroll_offset.y + event.y
        if index >= len(self._items):
            return
        again = index == self.cursor and self.has_focus
        self._go(index)
        if again or event.chain > 1:
            self.action_open()

    def on_focus(self) -> None:
        """Whoever looks at a row wants it to stay."""
        self._touched = True
        self.refresh()

    def on_blur(self) -> None:
        if self._follow and self.cursor == 0:
            self._touched = False
        self.refresh()

    def on_resize(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, len(self._items))
        if self._items and self._touched:
            region = Region(0, self.cursor, 1, 1)
            self.scroll_to_region(region, animate=False, immediate=True, force=True)

    # --- drawing

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if not self._items:
            return self._empty_line(y, width)
        index = self.scroll_offset.y + y
        if index >= len(self._items):
            return Strip.blank(width, self.rich_style)
        return self._row(index, width)

    def _row(self, index: int, width: int) -> Strip:
        following = self._follow and not self._touched
        chosen = index == self.cursor and (self.has_focus or not following)
        style = self.get_visual_style("listing--cursor" if chosen else "listing--row")
        item = self._items[index]
        marked = self._marked is not None and self._marked(item)
        lead = f"{'▸' if chosen else ' '}{'■' if marked else ' '}"
        line = Content.assemble(
            (lead, "$mark" if chosen or marked else ""), self._draw(item, width - 2)
        )
        return self._strip(line, width, style)

    def _strip(self, line: Content, width: int, style: Style) -> Strip:
        line = line.truncate(width, ellipsis=True)
        strips = Visual.to_strips(self, line, width, 1, style, pad=True)
        return strips[0] if strips else Strip.blank(width)

    def _empty_line(self, y: int, width: int) -> Strip:
        style = self.get_visual_style("listing--row")
        strips = Visual.to_strips(self, self._empty, width, None, style, pad=True)
        return strips[y - 1] if 0 < y <= len(strips) else Strip.blank(width, style.rich_style)
