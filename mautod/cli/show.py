"""Answers on a terminal: tables that fit, times, money, and text that cannot take the screen."""

from __future__ import annotations

import shlex
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

from mautod.duration import DAY, HOUR, MINUTE, SECOND

NARROWEST: Final = 6
GAP: Final = "  "
_UNSAFE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
_FORMULA: Final = frozenset("=+-@\t\r")
_UNITS: Final = (("d", DAY), ("h", HOUR), ("m", MINUTE), ("s", SECOND))
_TELLING: Final = (
    "name", "product", "segment", "score", "level", "points", "chain", "step", "template",
    "outcome", "reason", "topic",
    "winner", "loser", "path", "url", "query", "order_id", "total", "price", "currency", "old",
    "new",
)  # fmt: skip


def print_json(answer: Any) -> None:
    """Any shape as indented JSON."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2).decode())


def print_csv(rows: Iterable[Iterable[Any]]) -> None:
    """Rows as CSV; text that a spreadsheet would take for a formula is written as text."""
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    for row in rows:
        writer.writerow([_harmless(cell) for cell in row])
    click.echo(out.getvalue(), nl=False)


def _harmless(cell: Any) -> Any:
    is_formula = isinstance(cell, str) and cell[:1] in _FORMULA
    return f"'{cell}" if is_formula else cell


def visible(text: str) -> str:
    """`text` on one line, with control and direction characters shown and not obeyed."""
    return "".join(_shown(char) for char in text)


def _shown(char: str) -> str:
    if unicodedata.category(char) not in _UNSAFE:
        return char
    code = ord(char)
    return chr(0x2400 + code) if code < 0x20 else f"\\u{code:04x}"  # noqa: PLR2004 - C0 pictures


def when(instant: int | None) -> str:
    """An instant on this machine's clock, to the second."""
    if instant is None:
        return ""
    return _local(instant).strftime("%Y-%m-%d %H:%M:%S")


def exactly(instant: int) -> str:
    """The same to the millisecond, where there is a part of a second."""
    return f"{when(instant)}.{instant % 1000:03}" if instant % 1000 else when(instant)


def clock_time(instant: int) -> str:
    """The time of day alone."""
    return _local(instant).strftime("%H:%M:%S")


def _local(instant: int) -> datetime:
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone()


def money(amounts: Iterable[Any]) -> str:
    """Amounts side by side, thousands apart: `1 250.00 RUB, 3.50 USD`."""
    return ", ".join(
        f"{format(each.amount, ',f').replace(',', ' ')} {each.currency}".strip() for each in amounts
    )


def lasting(length_ms: int | None) -> str:
    """A time in its two largest units: `2h 5m`, `3d 4h`; "" for None."""
    if length_ms is None:
        return ""
    rest, parts = length_ms, []
    for unit, size in _UNITS:
        count, rest = divmod(rest, size)
        if count:
            parts.append(f"{count}{unit}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0s"


def cents(amounts: Iterable[Any]) -> str:
    """The same to cents, for averages, which have no end."""
    return ", ".join(
        f"{each.amount:,.2f} {each.currency}".strip().replace(",", " ") for each in amounts
    )


def share(number: float) -> int | float:
    """A count that may be a fraction, to hundredths."""
    return round(number, 2)


def counts(numbers: Mapping[str, int]) -> str:
    """Counts by name, the largest first: `sent 12, queued 3`."""
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{visible(name) or '-'} {count}" for name, count in ordered)


def telling(props: Mapping[str, Any]) -> str:
    """What matters most of an event's properties, on one line."""
    told = [str(props[key]) for key in _TELLING if _is_plain(props.get(key))]
    return visible(" ".join(told))


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and value not in ("", True, False)


BARS: Final = "▁▂▃▄▅▆▇█"


def spark(values: Sequence[int], width: int) -> str:
    """The last `width` values as bars between the least and the greatest of them."""
    shown = list(values)[-width:]
    low = min(shown, default=0)
    room = max(max(shown, default=0) - low, 1)
    return "".join(BARS[(value - low) * (len(BARS) - 1) // room] for value in shown)


def gauge(value: int, top: int) -> str:
    """How full a measure of `top` is, as one bar; nothing is the least."""
    full = min(max(value, 0), top) * (len(BARS) - 1) // max(top, 1)
    return BARS[full]


def width_of(text: str) -> int:
    """How many cells `text` takes."""
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def cut(text: str, width: int) -> str:
    """`text` in at most `width` cells; what was cut ends in an ellipsis."""
    if width_of(text) <= width:
        return text
    kept = ""
    for char in text:
        if width_of(kept + char) > width - 1:
            break
        kept += char
    return f"{kept}…"


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, empty: str = "nothing") -> None:
    """Print rows under heads, in the width of the terminal; numbers stand to the right."""
    listed = list(rows)
    if not listed:
        click.echo(f"({empty})")
        return
    cells = [[visible("" if cell is None else str(cell)) for cell in row] for row in listed]
    right = [_are_numbers([row[i] for row in listed]) for i in range(len(heads))]
    widths = _fit([max(map(width_of, column)) for column in zip(heads, *cells, strict=True)])
    for row in ([*heads], *cells):
        line = (
            _padded(cut(cell, width), width, to_right=to_right)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        )
        click.echo(GAP.join(line).rstrip())


def _are_numbers(column: Sequence[Any]) -> bool:
    """Whether a column holds numbers, and gaps between them at most."""
    told = [cell for cell in column if cell != ""]
    return bool(told) and all(isinstance(cell, int | float) for cell in told)


def _padded(text: str, width: int, *, to_right: bool) -> str:
    space = " " * (width - width_of(text))
    return space + text if to_right else text + space


def _fit(widths: list[int]) -> list[int]:
    """`widths` with the widest narrowed until a line fits the terminal."""
    room = shutil.get_terminal_size((80, 24)).columns - len(GAP) * (len(widths) - 1)
    fitted = list(widths)
    while sum(fitted) > room and max(fitted) > NARROWEST:
        fitted[fitted.index(max(fitted))] -= 1
    return fitted


def facts(pairs: Iterable[tuple[str, Any]]) -> None:
    """Print names and values line by line; empty values are left out."""
    told = [(name, value) for name, value in pairs if value not in ("", None, [], {})]
    wide = max((len(name) for name, _ in told), default=0)
    for name, value in told:
        click.echo(f"{name:<{wide}}  {visible(str(value))}")


def more(next_: int | str | None) -> None:
    """Say how to see the following page."""
    if next_ is not None:
        click.echo(f"… more: --after {shlex.quote(visible(str(next_)))}")
