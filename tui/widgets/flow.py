"""A chain as a picture: steps from left to right, ways that part, and how many are where.

`lay` is pure: steps in, boxes and strokes on a canvas of cells out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Region, Spacing
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from mautod import wire
from tui import show
from tui.show import clean
from tui.words import tr

WAYS: Final = {"then": "yes", "else": "no"}
ARROW: Final = " ─▶ "
END: Final = "end"
_LONGEST_TITLE: Final = 26
_INDENT: Final = 4
_LEAST_ROOM: Final = 24
_STRIDE: Final = 2
_SIGNS: Final = {"send": "✉ ", "exit": "■ ", "set": "✎ ", "await": "", "branch": ""}
"""Kinds of steps that a sign, or their place, tells; the others are named."""


@dataclass(frozen=True, slots=True)
class Box:
    """One step on the canvas; `step` is its index, -1 for the way in."""

    step: int
    x: int
    y: int
    title: str
    below: str

    @property
    def width(self) -> int:
        return max(cell_len(self.title), cell_len(self.below))


@dataclass(slots=True)
class Picture:
    """Boxes, strokes (x, y, text) between them, and the height in rows of cells."""

    boxes: list[Box] = field(default_factory=list)
    strokes: list[tuple[int, int, str]] = field(default_factory=list)
    height: int = 0

    def lines(self, cursor: int, *, lit: bool) -> list[Content]:
        """The canvas as text; the chosen step stands out."""
        rows: list[list[tuple[int, Content]]] = [[] for _ in range(self.height)]
        for x, y, text in self.strokes:
            rows[y].append((x, Content.styled(text, "$quiet")))
        for box in self.boxes:
            chosen = box.step == cursor
            style = ("bold reverse" if lit else "bold underline") if chosen else _tone(box)
            rows[box.y].append((box.x, Content.styled(box.title, style)))
            if box.below:
                rows[box.y + 1].append((box.x, Content.styled(box.below, "$quiet")))
        return [_row(row) for row in rows]


def _tone(box: Box) -> str:
    return "$lead" if box.step < 0 else ""


def _row(parts: list[tuple[int, Content]]) -> Content:
    line = Content("")
    for x, part in sorted(parts, key=lambda one: one[0]):
        if x < line.cell_length:
            continue
        line = Content.assemble(line, " " * (x - line.cell_length), part)
    return line


def words(step: wire.Step) -> tuple[str, str]:
    """Title of a step's box, and the line of counts under it."""
    named = step.title.removeprefix(f"{step.kind} ") if step.kind in _SIGNS else step.title
    title = _SIGNS.get(step.kind, "") + clean(step.template or named or step.id)
    if cell_len(title) > _LONGEST_TITLE:
        title = show.fit(title, _LONGEST_TITLE)
    parts = []
    if step.kind == "send":
        parts.append(f"{show.count(step.sent)} {tr('sent')}")
        if step.queued:
            parts.append(f"{show.count(step.queued)} {tr('wait')}")
    if step.here and not (step.kind == "send" and step.queued):
        parts.append(f"{show.count(step.here)} {tr('here')}")
    return title, " ".join(parts)


def lay(chain: wire.Chain, width: int) -> Picture:
    """Place every step of `chain` once, left to right, within `width` cells where it can be."""
    return _Layer(chain.steps, width).run(chain)


class _Layer:
    """Lays strands: a strand goes on until it ends, meets a placed step, or parts."""

    def __init__(self, steps: Sequence[wire.Step], width: int) -> None:
        self._steps = steps
        self._index = {step.id: index for index, step in enumerate(steps)}
        self._width = width
        self._placed: set[int] = set()
        self._picture = Picture()
        self._y = 0

    def run(self, chain: wire.Chain) -> Picture:
        way = clean(chain.enter).removeprefix("event ").partition(" when ")[0]
        title = show.fit(way, _LONGEST_TITLE).rstrip() or "in"
        entry = Box(-1, 0, 0, title, f"{show.count(chain.entered)} {tr('in')}")
        self._picture.boxes.append(entry)
        self._strand(0 if self._steps else None, entry.width, ARROW)
        for index in range(len(self._steps)):  # what no arrow reaches still has to be seen
            if index not in self._placed:
                self._y += _STRIDE
                self._strand(index, 0, "")
        self._picture.height = self._y + _STRIDE
        return self._picture

    def _strand(self, index: int | None, x: int, lead: str) -> None:
        while True:
            if index is None or index in self._placed:
                self._stop(index, x, lead)
                return
            box = self._box(index, x, lead)
            self._placed.add(index)
            arrows = list(self._steps[index].arrows.items())
            x = box.x + box.width
            if len(arrows) > 1:
                self._part(arrows, x)
                return
            index, lead = self._target(arrows), ARROW

    def _target(self, arrows: list[tuple[str, str]]) -> int | None:
        return self._index.get(arrows[0][1]) if arrows else None

    def _box(self, index: int, x: int, lead: str) -> Box:
        title, below = words(self._steps[index])
        need = max(cell_len(title), cell_len(below))
        if x + cell_len(lead) + need > self._width and x > _INDENT:
            self._y += _STRIDE
            x, lead = _INDENT - 2, "╰▶ "
        self._stroke(x, lead)
        box = Box(index, x + cell_len(lead), self._y, title, below)
        self._picture.boxes.append(box)
        return box

    def _stroke(self, x: int, text: str) -> None:
        if text:
            self._picture.strokes.append((x, self._y, text))

    def _stop(self, index: int | None, x: int, lead: str) -> None:
        """The end, or the name of the step where the strand goes on."""
        step = None if index is None else self._steps[index]
        if step is None and x and self._picture.boxes[-1].title.startswith("■"):
            return
        title = tr(END) if step is None else f"↩ {words(step)[0].strip()}"
        if x + cell_len(lead) + cell_len(title) > self._width:
            self._y += _STRIDE
            x, lead = _INDENT - 2, "╰▶ "
        self._stroke(x, lead + title)

    def _part(self, arrows: list[tuple[str, str]], x: int) -> None:
        """The first way goes on in this row, each other one in a row of its own below."""
        fork, top = x + 2, self._y
        far = fork + _LEAST_ROOM > self._width
        for turn, (label, target) in enumerate(arrows):
            word = f" {tr(WAYS[label]) if label in WAYS else clean(label)} " if label else ""
            index = self._index.get(target)
            if far:
                self._y += _STRIDE
                sign = "└" if turn == len(arrows) - 1 else "├"
                if turn:
                    self._bars(_INDENT - 2, top + 1)
                top = self._y
                self._strand(index, _INDENT - 2, f"{sign}─{word}─▶ ")
            elif turn == 0:
                self._strand(index, x, f" ─┬─{word}▶ ")
            else:
                self._y += _STRIDE
                sign = "└" if turn == len(arrows) - 1 else "├"
                self._bars(fork, top + 1)
                self._strand(index, fork, f"{sign}─{word}▶ ")
                top = self._y

    def _bars(self, x: int, top: int) -> None:
        self._picture.strokes += [(x, y, "│") for y in range(top, self._y)]


class Flow(Widget, can_focus=True):
    """The picture of one chain with a cursor on its steps."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right,down,l,j", "move(1)", show=False),
        Binding("left,up,h,k", "move(-1)", show=False),
        Binding("home", "move(-1000)", show=False),
        Binding("end,G", "move(1000)", show=False),
        Binding("enter", "open", show=False),
    ]
    DEFAULT_CSS = "Flow { height: auto; width: 1fr; color: $ink; }"

    chain: reactive[wire.Chain | None] = reactive(None, layout=True)
    cursor: reactive[int] = reactive(0)

    class Moved(Message):
        """Another step is chosen."""

    class Opened(Message):
        def __init__(self, step: wire.Step) -> None:
            super().__init__()
            self.step = step

    @property
    def step(self) -> wire.Step | None:
        steps = self.chain.steps if self.chain else []
        return steps[self.cursor] if self.cursor < len(steps) else None

    def get_content_height(self, container: object, viewport: object, width: int) -> int:  # noqa: ARG002
        return lay(self.chain, width).height if self.chain else 1

    def render(self) -> Content:
        if self.chain is None:
            return Content("")
        picture = lay(self.chain, self.size.width)
        return Content("\n").join(picture.lines(self.cursor, lit=self.has_focus))

    def watch_chain(self, old: wire.Chain | None, new: wire.Chain | None) -> None:
        if (old.key if old else "") != (new.key if new else ""):
            self.cursor = 0
        self.post_message(self.Moved())

    def watch_cursor(self) -> None:
        self.post_message(self.Moved())
        box = self._find(self.cursor)
        if box is not None and self.is_attached and isinstance(self.parent, Widget):
            region = Region(0, box.y, 1, _STRIDE)
            self.parent.scroll_to_region(region, spacing=Spacing(1, 0, 1, 0), animate=False)

    def action_move(self, by: int) -> None:
        last = len(self.chain.steps) - 1 if self.chain else 0
        self.cursor = min(max(self.cursor + by, 0), max(last, 0))

    def action_open(self) -> None:
        if self.step is not None:
            self.post_message(self.Opened(self.step))

    def on_click(self, event: events.Click) -> None:
        for box in lay(self.chain, self.size.width).boxes if self.chain else ():
            if (
                box.x <= event.x < box.x + box.width
                and box.y <= event.y <= box.y + 1
                and box.step >= 0
            ):
                again = box.step == self.cursor
                self.cursor = box.step
                if again:
                    self.action_open()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def _find(self, step: int) -> Box | None:
        boxes = lay(self.chain, self.size.width).boxes if self.chain and self.size.width else []
        return next((box for box in boxes if box.step == step), None)
