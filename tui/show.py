"""How values look: times, counts, money, sparklines, and visitors' text made harmless.

Pure: instants are UTC milliseconds, `now` and the zone are arguments.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.cells import cell_len, set_cell_size

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR

NONE: Final = "\N{EN DASH}"
"""What stands where there is nothing to show."""

BARS: Final = "▁▂▃▄▅▆▇█"
CURRENCIES: Final = {"RUB": "₽", "USD": "$", "EUR": "€", "GBP": "£", "KZT": "₸", "UAH": "₴"}

_MILLION: Final = 1_000_000
_TEN_THOUSAND: Final = 10_000


def _visible() -> dict[int, str]:
    """Characters that a terminal would obey or hide → something one can see."""
    table = {code: chr(0x2400 + code) for code in range(32)}
    table[0x7F] = "␡"
    table |= {code: f"⟨{code:X}⟩" for code in range(0x80, 0xA0)}
    hidden = (*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xAD, 0x61C)
    table |= {code: f"⟨{code:X}⟩" for code in (*hidden, 0xFEFF, *range(0xE0000, 0xE0080))}
    table |= dict.fromkeys(range(55296, 57344), "�")
    return table


_VISIBLE: Final = _visible()


def clean(text: object) -> str:
    """`text` on one line with every control, invisible and direction character shown."""
    return str(text).translate(_VISIBLE)


def clean_lines(text: str) -> str:
    """As `clean`, but line breaks stay."""
    return "\n".join(clean(line) for line in text.replace("\r\n", "\n").split("\n"))


def fit(text: str, width: int) -> str:
    """`text` in exactly `width` cells: padded, or cut with an ellipsis."""
    if width <= 0:
        return ""
    if cell_len(text) <= width:
        return set_cell_size(text, width)
    cut = set_cell_size(text, width - 1).rstrip() + "…"
    return cut + " " * (width - cell_len(cut))


def right(text: str, width: int) -> str:
    """`text` at the right edge of `width` cells."""
    return fit(text, width) if cell_len(text) >= width else " " * (width - cell_len(text)) + text


def span(length_ms: int) -> str:
    """A length of time in its largest unit: `4m`, `3h`, `12d`."""
    for unit, name in ((DAY, "d"), (HOUR, "h"), (MINUTE, "m")):
        if length_ms >= unit:
            return f"{length_ms // unit}{name}"
    return f"{max(length_ms, 0) // SECOND}s"


def ago(then: int | None, now: int) -> str:
    """How long ago `then` was; `now` within two seconds, a dash for never."""
    if then is None:
        return NONE
    past = now - then
    if past < -SECOND:
        return f"in {span(-past)}"
    return "now" if past < 2 * SECOND else span(past)


def local(at: int, zone: tzinfo | None) -> datetime:
    """The instant `at` on the wall clock of `zone` (None: this terminal's own)."""
    return datetime.fromtimestamp(at / 1000, tz=UTC).astimezone(zone)


def clock(at: int, zone: tzinfo | None, *, seconds: bool = True) -> str:
    """`23:14:02`."""
    return local(at, zone).strftime("%H:%M:%S" if seconds else "%H:%M")


def day(at: int, now: int, zone: tzinfo | None) -> str:
    """`12 Oct`, with the year when it is another one."""
    then = local(at, zone)
    year = "" if then.year == local(now, zone).year else f" {then.year}"
    return f"{then.day} {then:%b}{year}"


def moment(at: int | None, now: int, zone: tzinfo | None) -> str:
    """The absolute time, as short as it can be: `23:14` today, else `12 Oct 23:14`."""
    if at is None:
        return NONE
    time = clock(at, zone, seconds=False)
    if local(at, zone).date() == local(now, zone).date():
        return time
    return f"{day(at, now, zone)} {time}"


def wall(now: int, name: str | None) -> str:
    """What a person's own clock shows now, empty when the zone is not known."""
    try:
        return local(now, ZoneInfo(name)).strftime("%H:%M") if name else ""
    except (ValueError, OSError, KeyError):
        return ""


def count(number: float) -> str:
    """Thousands apart, fractions to hundredths: `1 204`, `0.33`."""
    return f"{round(number, 2):,}".replace(",", " ")


def short(number: float) -> str:
    """At most five characters: `1 204`, `18 k`, `1.86 M`."""
    if abs(number) >= _MILLION:
        return f"{number / _MILLION:.2f} M"
    if abs(number) >= _TEN_THOUSAND:
        return f"{number / 1000:.0f} k"
    return count(round(number))


def decimal(number: float) -> Decimal:
    """The decimal that `number` is written as."""
    return Decimal(str(number))


def money(amount: Decimal, currency: str, *, brief: bool = False) -> str:
    """`42 300 ₽`, cents only when there are any; brief: `1.86 M ₽`."""
    sign = CURRENCIES.get(currency, clean(currency))
    if brief:
        return f"{short(float(amount))} {sign}".rstrip()
    whole = int(abs(amount))
    cents = round((abs(amount) - whole) * 100)
    rest = f".{cents:02}" if cents else ""
    return f"{'-' if amount < 0 else ''}{count(whole)}{rest} {sign}".rstrip()


def percent(part: int, whole: int) -> str:
    """`48 %`, or a dash when there is nothing to divide by."""
    return f"{100 * part / whole:.0f} %" if whole else NONE


def gauge(value: int, top: int) -> str:
    """How full a measure of `top` is, as one bar; nothing is the least."""
    return BARS[min(max(value, 0), top) * (len(BARS) - 1) // max(top, 1)]


def spark(values: Sequence[float], width: int) -> str:
    """The last `width` values as bars against their own maximum; all stay low when all are 0."""
    shown = list(values)[-width:]
    top = max(shown, default=0)
    if top <= 0:
        return BARS[0] * len(shown)
    return "".join(BARS[min(int(value / top * (len(BARS) - 1) + 0.5), 7)] for value in shown)


def bar(part: float, whole: float, width: int) -> str:
    """A horizontal bar of `part` in `whole`, with eighths."""
    if whole <= 0 or part <= 0:
        return ""
    eighths = max(1, round(min(part / whole, 1) * width * 8))
    full, rest = divmod(eighths, 8)
    return "█" * full + (" ▏▎▍▌▋▊▉"[rest] if rest else "")


def value(thing: Any) -> str:
    """A property's value on one line, harmless."""
    if thing is None:
        return NONE
    if isinstance(thing, bool):
        return "yes" if thing else "no"
    if isinstance(thing, float):
        return f"{thing:g}"
    if isinstance(thing, Mapping):
        return "{" + ", ".join(f"{clean(k)}: {value(v)}" for k, v in thing.items()) + "}"
    if isinstance(thing, (list, tuple)):
        return ", ".join(value(one) for one in thing)
    return clean(thing)
