"""Charts as inline SVG, without scripts: colours are the page's, words are escaped here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

WIDTH: Final = 860
COLOURS: Final = 6
"""Series that have a colour of their own; what is beyond shares the last."""

_HEIGHT: Final = 220
_LEFT: Final = 64
_TOP: Final = 12
_BOTTOM: Final = 26
_TICKS: Final = 4
_LEAST: Final = 1e-4
"""The smallest unit of money; no scale is finer."""
_MOST_LABELS: Final = 12
_NICE: Final = (1, 2, 2.5, 5, 10)
_THOUSANDS: Final = ((1_000_000_000, "G"), (1_000_000, "M"), (1000, "k"))


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart: its label, and the height of each series from the bottom up."""

    label: str
    parts: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of a chart of shares: `share` of the width, and the words to its right."""

    label: str
    share: float
    words: str


def columns(title: str, shown: Sequence[Column], series: Sequence[str], unit: str = "") -> str:
    """Stacked columns over a scale; what is below nothing hangs below the line."""
    top = max((sum(v for v in each.parts.values() if v > 0) for each in shown), default=0.0)
    low = min((sum(v for v in each.parts.values() if v < 0) for each in shown), default=0.0)
    scale = _Scale(min(low, 0.0), max(top, 0.0))
    inner = [*_grid(scale), *_stacks(shown, series, scale, unit), *_labels(shown)]
    return _svg(title, _HEIGHT, inner)


def bars(title: str, shown: Sequence[Bar]) -> str:
    """Lines of bars from the left, the words beside each."""
    left, right, line = 150, 210, 26
    room = WIDTH - left - right
    inner = []
    for number, bar in enumerate(shown):
        y = number * line + 4
        width = max(room * min(max(bar.share, 0.0), 1.0), 1.0)
        inner += [
            f'<text class="name" x="{left - 10}" y="{y + 13}">{escape(bar.label)}</text>',
            f'<rect class="rail" x="{left}" y="{y}" width="{room}" height="18" rx="3"/>',
            (
                f'<rect class="s{number % COLOURS}" x="{left}" y="{y}" width="{width:.1f}"'
                ' height="18" rx="3"/>'
            ),
            f'<text class="words" x="{left + room + 10}" y="{y + 13}">{escape(bar.words)}</text>',
        ]
    return _svg(title, line * len(shown) + 6, inner)


def interval(title: str, low: float, middle: float, high: float, words: str) -> str:
    """A difference with its bounds, on a line with nothing in its middle."""
    reach = max(abs(low), abs(high), 1e-9) * 1.15
    centre, half = 300.0, 290.0

    def x(value: float) -> float:
        return centre + half * value / reach

    sign = "good" if low > 0 else "bad" if high < 0 else "open"
    return _svg(
        title,
        44,
        [
            '<line class="axis" x1="10" x2="590" y1="22" y2="22"/>',
            f'<line class="zero" x1="{centre}" x2="{centre}" y1="6" y2="38"/>',
            (
                f'<rect class="{sign}" x="{x(low):.1f}" y="17"'
                f' width="{max(x(high) - x(low), 1.0):.1f}" height="10" rx="5"/>'
            ),
            f'<circle class="dot" cx="{x(middle):.1f}" cy="22" r="6"/>',
            f'<text class="words" x="610" y="26">{escape(words)}</text>',
        ],
    )


def legend(series: Sequence[str]) -> str:
    """Which colour is whose."""
    items = (
        f'<span><i class="k{min(number, COLOURS - 1)}"></i>{escape(name)}</span>'
        for number, name in enumerate(series)
    )
    return f'<p class="legend">{"".join(items)}</p>'


def short(number: float) -> str:
    """A number as axes have it: `1.2 M`, `18 k`, `0.5`."""
    for size, letter in _THOUSANDS:
        if abs(number) >= size:
            return f"{number / size:.3g} {letter}"
    return f"{number:.3g}"


@dataclass(frozen=True, slots=True)
class _Scale:
    """From the lowest to the highest value, in steps that people count in."""

    low: float
    high: float

    @property
    def step(self) -> float:
        span = max(self.high - self.low, _LEAST)
        rough = span / _TICKS
        size = 10.0 ** floor(log10(rough))
        return next(nice * size for nice in _NICE if nice * size >= rough * 0.999)

    @property
    def ticks(self) -> list[float]:
        first, last = floor(self.low / self.step), -floor(-self.high / self.step)
        return [number * self.step for number in range(first, max(last, first + 1) + 1)]

    def y(self, value: float) -> float:
        ticks = self.ticks
        share = (value - ticks[0]) / (ticks[-1] - ticks[0])
        return _HEIGHT - _BOTTOM - share * (_HEIGHT - _BOTTOM - _TOP)


def _svg(title: str, height: int, inner: Sequence[str]) -> str:
    head = f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{escape(title)}">'
    return f"{head}<title>{escape(title)}</title>{''.join(inner)}</svg>"


def _grid(scale: _Scale) -> Iterator[str]:
    for tick in scale.ticks:
        y = scale.y(tick)
        kind = "zero" if tick == 0 else "axis"
        yield f'<line class="{kind}" x1="{_LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}">{short(tick)}</text>'


def _stacks(
    shown: Sequence[Column], series: Sequence[str], scale: _Scale, unit: str
) -> Iterator[str]:
    slot = (WIDTH - _LEFT) / max(len(shown), 1)
    width = min(slot * 0.78, 42.0)
    for number, column in enumerate(shown):
        x = _LEFT + slot * number + (slot - width) / 2
        up = down = 0.0
        for index, name in enumerate(series):
            value = column.parts.get(name, 0.0)
            if not value:
                continue
            base = up if value > 0 else down
            first, last = sorted((scale.y(base), scale.y(base + value)))
            up, down = (base + value, down) if value > 0 else (up, base + value)
            said = f"{column.label} · {name}: {value:,.2f} {unit}".replace(".00 ", " ").strip()
            yield (
                f'<rect class="s{min(index, COLOURS - 1)}" x="{x:.1f}" y="{first:.1f}"'
                f' width="{width:.1f}" height="{max(last - first, 0.5):.1f}">'
                f"<title>{escape(said)}</title></rect>"
            )


def _labels(shown: Sequence[Column]) -> Iterator[str]:
    slot = (WIDTH - _LEFT) / max(len(shown), 1)
    every = -(-len(shown) // _MOST_LABELS) or 1
    for number, column in enumerate(shown):
        if number % every == 0:
            x = _LEFT + slot * (number + 0.5)
            yield (
                f'<text class="label" x="{x:.1f}" y="{_HEIGHT - 8}">{escape(column.label)}</text>'
            )
