"""A goal report as one HTML page that needs nothing else: no script, no request, light and dark."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Final, get_args

from mautod.cli.charts import COLOURS, Bar, Column, bars, columns, interval, legend, short
from mautod.cli.goals import effect_lines
from mautod.cli.show import cents, share
from mautod.core.reports.spans import By, span_days

if TYPE_CHECKING:
    from mautod import wire

OTHERS: Final = "others"
_NONE: Final = "\N{EN DASH}"
_LIGHT: Final = (
    "--paper:#fbfaf7;--card:#fff;--ink:#1d2433;--quiet:#667085;--line:#e4e2dc;--rail:#efede7;"
    "--good:#1a7f4e;--bad:#b3372f;--open:#8a7a3b;"
    "--c0:#3056d3;--c1:#e07a3f;--c2:#2a9d8f;--c3:#b4489b;--c4:#8c9a3b;--c5:#7d8597"
)
_DARK: Final = (
    "--paper:#12151c;--card:#1a1f2a;--ink:#e6e9ef;--quiet:#98a2b3;--line:#2c3342;--rail:#242b38;"
    "--good:#4cc38a;--bad:#f07167;--open:#d3bf6a;"
    "--c0:#7c9cff;--c1:#f4a261;--c2:#4fd1c5;--c3:#e07cc8;--c4:#b9c85e;--c5:#98a2b3"
)
_SERIES: Final = "".join(
    f".s{n}{{fill:var(--c{n})}}.k{n}{{background:var(--c{n})}}" for n in range(COLOURS)
)
_STYLE: Final = (
    f":root{{color-scheme:light dark;{_LIGHT}}}"
    f"@media(prefers-color-scheme:dark){{:root{{{_DARK}}}}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "main{max-width:940px;margin:0 auto;padding:36px 24px 64px}"
    "h1{font-size:26px;margin:0}h2{font-size:19px;margin:0}h3{font-size:14px;margin:22px 0 6px}"
    ".quiet{color:var(--quiet)}header p{margin:4px 0 22px}"
    "section{background:var(--card);border:1px solid var(--line);border-radius:10px;"
    "padding:20px 22px;margin:0 0 18px}"
    ".figures{display:flex;flex-wrap:wrap;gap:12px;margin:0 0 18px;padding:0;list-style:none}"
    ".figures li{flex:1 1 130px;background:var(--card);border:1px solid var(--line);"
    "border-radius:10px;padding:12px 16px}"
    ".figures b{display:block;font-size:22px;line-height:1.25;font-variant-numeric:tabular-nums}"
    ".figures span{color:var(--quiet);font-size:13px}"
    "svg{display:block;width:100%;height:auto;margin:8px 0}"
    "svg text{font-size:12px;fill:var(--quiet)}svg .tick,svg .name{text-anchor:end}"
    "svg .label{text-anchor:middle}svg .name,svg .words{fill:var(--ink)}"
    ".axis{stroke:var(--line)}.zero{stroke:var(--quiet)}.rail{fill:var(--rail)}"
    ".good{fill:var(--good)}.bad{fill:var(--bad)}.open{fill:var(--open)}.dot{fill:var(--ink)}"
    ".legend{margin:6px 0 0;font-size:13px;color:var(--quiet)}.legend span{margin-right:16px}"
    ".legend i{display:inline-block;width:10px;height:10px;border-radius:2px;margin-right:6px}"
    ".line{margin:2px 0;font-size:13px}.wide{overflow-x:auto}"
    "table{border-collapse:collapse;width:100%;font-size:12.5px;margin-top:8px}"
    "th,td{padding:6px 6px;text-align:right;border-bottom:1px solid var(--line);"
    "white-space:nowrap;font-variant-numeric:tabular-nums}"
    "th{color:var(--quiet);font-weight:500}th:first-child,td:first-child{text-align:left}"
    "tr:last-child td{border-bottom:0}.whole tr:last-child td{font-weight:600}"
    "@media print{section{break-inside:avoid}}" + _SERIES
)


def page(report: wire.GoalReport, title: str, made_at: int) -> str:
    """The whole page; all that comes from outside is escaped."""
    body = "".join(_body(report, title, made_at))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';'
        " style-src 'unsafe-inline'\">"
        f"<title>{escape(title)}: goals</title><style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>\n"
    )


def _body(report: wire.GoalReport, title: str, made_at: int) -> Iterator[str]:
    shared = f" · every goal read as {report.attribution} touch" if report.attribution else ""
    since = "from the beginning" if report.since is None else f"from {_date(report.since)}"
    yield f"<header><h1>{escape(title)}</h1>"
    yield (
        f'<p class="quiet">What campaigns reached and earned {since} to {_date(report.until)}'
        f"{escape(shared)} · made {_date(made_at)}</p></header>"
    )
    yield _summary(report)
    yield from _over_time(report)
    for chain in report.chains:
        if chain.total.entered or chain.total.sent or chain.total.goals:
            yield from _chain(report, chain)
    if not report.rows:
        yield '<section><p class="quiet">Nothing was sent in this time.</p></section>'


def _summary(report: wire.GoalReport) -> str:
    sent = sum(row.sent for row in report.rows)
    opened = sum(row.opened - row.machine_opened for row in report.rows)
    clicked = sum(row.clicked - row.machine_clicked for row in report.rows)
    figures = [
        (short(sent), "messages sent"),
        (_rate(opened, sent), "opened by people"),
        (_rate(clicked, sent), "clicked by people"),
        (_count(report.goals), "goals"),
        *((_amount(each), f"earned, {each.currency}") for each in report.money),
    ]
    items = "".join(f"<li><b>{escape(b)}</b><span>{escape(s)}</span></li>" for b, s in figures)
    return f'<ul class="figures">{items}</ul>'


def _over_time(report: wire.GoalReport) -> Iterator[str]:
    """Money by currency, and what was sent, all chains above each other."""
    if not report.spans or not report.by:
        return
    series = _series(report)
    yield f"<section><h2>By {escape(report.by)}</h2>"
    for code in sorted({each.currency for span in report.spans for each in span.money}):
        yield f"<h3>Money, {escape(code)}</h3>"
        yield columns(f"Money in {code}", _columns(report, series, code), series, code)
    yield "<h3>Messages sent</h3>"
    yield columns("Messages sent", _columns(report, series, ""), series)
    yield legend(series) + "</section>"


def _series(report: wire.GoalReport) -> list[str]:
    """The chains with the most messages have colours of their own."""
    sent: dict[str, int] = {}
    for span in report.spans:
        sent[span.chain] = sent.get(span.chain, 0) + span.sent
    names = sorted(sent, key=lambda name: (-sent[name], name))
    return names if len(names) <= COLOURS else [*names[: COLOURS - 1], OTHERS]


def _columns(report: wire.GoalReport, series: Sequence[str], code: str) -> list[Column]:
    """One column a span, the empty ones too."""
    heights: dict[str, dict[str, float]] = {}
    for span in report.spans:
        name = span.chain if span.chain in series else OTHERS
        parts = heights.setdefault(span.date, {})
        of_code = (float(each.amount) for each in span.money if each.currency == code)
        parts[name] = parts.get(name, 0.0) + (sum(of_code) if code else span.sent)
    by: By = next(each for each in get_args(By) if each == report.by)
    first, last = (_day(each) for each in (min(heights), max(heights)))
    return [
        Column(_label(date), heights.get(date, {}))
        for date in (_written(day) for day in span_days(first, last, by))
    ]


def _chain(report: wire.GoalReport, chain: wire.GoalChain) -> Iterator[str]:
    total = chain.total
    yield f"<section><h2>{escape(total.chain_name)}</h2>"
    goal = f" · goal {chain.goal}" if chain.goal else ""
    yield f'<p class="quiet">{escape(f"{total.chain} · {chain.state}{goal}")}</p>'
    yield bars(f"How far {total.chain} went", _ways(total))
    rows = [row for row in report.rows if row.chain == total.chain]
    yield _table([*rows, total] if len(rows) > 1 else rows, whole=len(rows) > 1)
    if chain.effect is not None:
        yield "<h3>Against those held out</h3>"
        yield from _effect(chain.effect)
    yield "</section>"


def _ways(total: wire.GoalRow) -> list[Bar]:
    most = max(total.entered, total.sent, 1)
    opened, clicked = total.opened - total.machine_opened, total.clicked - total.machine_clicked
    parts = [
        ("entered", float(total.entered), ""),
        ("sent", float(total.sent), ""),
        ("opened", float(opened), _rate(opened, total.sent)),
        ("clicked", float(clicked), _rate(clicked, total.sent)),
        ("goals", float(total.goals), f"{total.conversion:.1%}"),
    ]
    return [
        Bar(name, count / most, " · ".join(filter(None, (_count(count), rate))))
        for name, count, rate in parts
    ]


_HEADS: Final = (
    "step", "sent", "delivered", "bounced", "opened", "clicked", "machines", "replied",
    "unsub", "spam", "goals", "rate", "money", "each",
)  # fmt: skip
_IF_ANY: Final = {"delivered", "bounced", "replied", "spam"}
"""Columns that are left out where all is nothing."""


def _table(rows: Iterable[wire.GoalRow], *, whole: bool) -> str:
    lines = [_cells(row) for row in rows]
    kept = [
        number
        for number, name in enumerate(_HEADS)
        if name not in _IF_ANY or any(line[number] != "0" for line in lines)
    ]
    head = "".join(f"<th>{_HEADS[number]}</th>" for number in kept)
    body = "".join(
        "<tr>" + "".join(f"<td>{_lines(line[number])}</td>" for number in kept) + "</tr>"
        for line in lines
    )
    kind = ' class="whole"' if whole else ""
    return f'<div class="wide"><table{kind}><tr>{head}</tr>{body}</table></div>'


def _cells(row: wire.GoalRow) -> tuple[str | list[str], ...]:
    named = " · ".join(dict.fromkeys(filter(None, (row.step, row.template, row.variant))))
    return (
        named or "all",
        _count(row.sent),
        _count(row.delivered),
        _count(row.bounced),
        _count(row.opened - row.machine_opened),
        _count(row.clicked - row.machine_clicked),
        f"{row.machine_opened} / {row.machine_clicked}",
        _count(row.replied),
        _count(row.unsubscribed),
        _count(row.complained),
        _count(row.goals),
        f"{row.conversion:.1%}",
        [cents([each]) for each in row.money],
        [cents([each]) for each in row.per_message],
    )


def _lines(cell: str | list[str]) -> str:
    """A cell, with a line for each currency."""
    return escape(cell) if isinstance(cell, str) else "<br>".join(map(escape, cell)) or _NONE


def _count(number: float) -> str:
    return f"{share(number):,}".replace(",", " ").removesuffix(".0")


def _effect(effect: wire.Effect) -> Iterator[str]:
    if effect.rate is not None:
        words = f"{effect.rate.difference * 100:+.2f} points reach the goal"
        rate = effect.rate
        yield interval("Difference of goals", rate.low, rate.difference, rate.high, words)
    for each in effect.money:
        if each.difference is not None:
            found = each.difference
            words = f"{found.difference:+,.2f} {each.mean.currency} a run"
            yield interval("Difference of money", found.low, found.difference, found.high, words)
    for line in effect_lines(effect):
        yield f'<p class="quiet line">{escape(line)}</p>'


def _rate(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else _NONE


def _amount(money_: wire.Money) -> str:
    return f"{money_.amount.quantize(Decimal(1)):,}".replace(",", " ")


def _date(instant: int) -> str:
    return datetime.fromtimestamp(instant / 1000, UTC).astimezone().strftime("%-d %b %Y")


def _label(date: str) -> str:
    return datetime.fromisoformat(date).strftime("%-d %b")


def _day(date: str) -> int:
    moment = datetime.fromisoformat(date).replace(tzinfo=UTC)
    return int(moment.timestamp()) // 86_400


def _written(day: int) -> str:
    return datetime.fromtimestamp(day * 86_400, UTC).date().isoformat()
