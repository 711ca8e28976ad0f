"""`mautod goals report`."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import cents, money, print_csv, print_json, share, table, visible
from mautod.duration import DAY
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire
    from mautod.core.reports.spans import By

_SHORT: Final = 45
"""Days up to which a page shows each of them."""

_COUNTED: Final = (
    "entered", "sent", "delivered", "opened", "machine_opened", "clicked", "machine_clicked",
    "unsubscribed", "bounced", "complained", "replied", "goals", "people", "conversion",
)  # fmt: skip


@click.group()
def goals() -> None:
    """Report what chains reached and earned."""


@goals.command()
@click.option("--chain", default="", help="Only this chain.")
@click.option("--since", default="", help="A date or an instant, or a span back: 30d.")
@click.option("--until", default="", help="The same; its own instant is out.")
@click.option("--by", default="", metavar="SPAN", help="Over time too: day, week or month.")
@click.option(
    "--attribution", default="", metavar="HOW", help="Read goals as last, first or linear."
)
@click.option("--csv", "csv_", is_flag=True, help="Print CSV: by step, or with --by over time.")
@click.option(
    "--html", type=click.Path(path_type=Path), help="Write a page with charts to this file."
)
@as_json
@click.pass_obj
def report(
    place: Place,
    chain: str,
    since: str,
    until: str,
    by: str,
    attribution: str,
    csv_: bool,
    html: Path | None,
    json_: bool,
) -> None:
    """Say what each step of each chain reached and earned.

    Of opens and clicks those by machines alone are set apart. Against people who were held out, a
    chain is judged by all runs as they began, with 95 % bounds.
    """
    with open_desk(place) as desk:
        period = instant(since, "since"), instant(until, "until")
        found = desk.goals(chain, *period, by or (_span(period) if html else ""), attribution)
        title = desk.status().name if html else ""
    if html:
        _write(html, found, title)
    elif json_:
        print_json(found)
    elif csv_:
        print_csv(_spans_csv(found) if by else _rows_csv(found))
    else:
        _print(found)


def _span(period: tuple[int | None, int | None]) -> By:
    """What a page is drawn by, if nobody says: days for a month or so, else weeks."""
    from mautod.clock import now_ms

    since, until = period
    length = (now_ms() if until is None else until) - (since or 0)
    return "day" if length <= _SHORT * DAY else "week"


def _write(path: Path, found: wire.GoalReport, title: str) -> None:
    """Raises BadInput: the file cannot be written."""
    from mautod.cli.goals_page import page
    from mautod.clock import now_ms

    try:
        path.write_text(page(found, title, now_ms()), encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror}.", field="html") from error
    click.echo(f"{path}: {len(found.rows)} steps, {share(found.goals)} goals")


_COLUMNS: Final = (
    "CHAIN", "LETTER", "SENT", "DELIVERED", "BOUNCE", "OPEN", "CLICK", "MACHINE", "REPLY", "UNSUB",
    "SPAM", "GOALS", "RATE", "MONEY", "EACH",
)  # fmt: skip
_IF_ANY: Final = {"DELIVERED", "BOUNCE", "MACHINE", "REPLY", "UNSUB", "SPAM"}
"""Columns that are left out where all is nothing."""
_FROM: Final = {"DELIVERED": 120, "REPLY": 100, "MACHINE": 90, "UNSUB": 90, "EACH": 110}
"""Cells of a terminal from which these have room too."""


def _print(found: wire.GoalReport) -> None:
    lines = [line for chain in found.chains for line in _lines(found, chain)]
    width = shutil.get_terminal_size((80, 24)).columns
    kept = [
        number
        for number, name in enumerate(_COLUMNS)
        if width >= _FROM.get(name, 0)
        and (name not in _IF_ANY or any(line[number] for line in lines))
    ]
    rows = [[line[number] for number in kept] for line in lines]
    table([_COLUMNS[number] for number in kept], rows, empty="no chain sent anything")
    click.echo(f"together {share(found.goals)} goals, {money(found.money) or 'no money'}")
    for chain in found.chains:
        if chain.effect is not None:
            click.echo(f"\n{visible(chain.total.chain)} against those held out")
            for line in effect_lines(chain.effect):
                click.echo(f"  {line}")
    if found.by:
        click.echo()
        _print_spans(found)


def _lines(found: wire.GoalReport, chain: wire.GoalChain) -> Iterator[tuple[Any, ...]]:
    rows = [row for row in found.rows if row.chain == chain.total.chain]
    if rows or chain.total.entered:
        yield from _row(chain.total.chain, f"{chain.total.entered} entered", chain.total)
    for row in rows:
        yield from _row("", f"{row.template or row.step} {row.variant}".rstrip(), row)


def _row(chain: str, letter: str, row: wire.GoalRow) -> Iterator[tuple[Any, ...]]:
    """The figures of a row, with a line of its own for each further currency."""
    each = {part.currency: cents([part]) for part in row.per_message}
    earned = [(money([some]), each.get(some.currency, "")) for some in row.money] or [("", "")]
    yield (
        chain,
        letter,
        row.sent,
        row.delivered,
        row.bounced,
        row.opened - row.machine_opened,
        row.clicked - row.machine_clicked,
        row.machine_opened + row.machine_clicked,
        row.replied,
        row.unsubscribed,
        row.complained,
        share(row.goals),
        f"{row.conversion:.1%}",
        *earned[0],
    )
    for more in earned[1:]:
        yield ("",) * (len(_COLUMNS) - len(more)) + more


def effect_lines(effect: wire.Effect) -> Iterator[str]:
    """What a chain did, in words."""
    rate = effect.reached / effect.people if effect.people else 0.0
    held = effect.held_reached / effect.held
    yield (
        f"reached the goal: {rate:.2%} of {effect.people}, {held:.2%} of {effect.held} held out"
        f" → {_percent(effect.rate)}"
    )
    for each in effect.money:
        code = each.mean.currency
        yield (
            f"money a run: {cents([each.mean])}, {cents([each.held_mean])} held out"
            f" → {_bounds(each.difference, code)}"
        )
        if each.total is not None:
            yield f"money that it made: {cents([each.total])}"


def _percent(found: wire.Uplift | None) -> str:
    if found is None:
        return "n/a, under 30 in an arm"
    return f"{found.difference:+.2%} (95 %: {found.low:+.2%} to {found.high:+.2%})"


def _bounds(found: wire.Uplift | None, code: str) -> str:
    if found is None:
        return "n/a, under 30 in an arm"
    return f"{found.difference:+,.2f} {code} (95 %: {found.low:+,.2f} to {found.high:+,.2f})"


def _print_spans(found: wire.GoalReport) -> None:
    table(
        (found.by.upper(), "CHAIN", "SENT", "OPEN", "CLICK", "GOALS", "MONEY"),
        [
            (
                each.date, each.chain, each.sent, each.opened, each.clicked, share(each.goals),
                money(each.money),
            )
            for each in sorted(found.spans, key=lambda each: (each.date, each.chain))
        ],
        empty="nothing was sent",
    )  # fmt: skip


def _rows_csv(found: wire.GoalReport) -> Iterable[tuple[Any, ...]]:
    codes = _codes(row.money for row in found.rows)
    yield ("chain", "step", "template", "variant", *_COUNTED, *(f"money {c}" for c in codes))
    for row in found.rows:
        counted = (getattr(row, name) for name in _COUNTED)
        yield (row.chain, row.step, row.template, row.variant, *counted, *_by(codes, row.money))


def _spans_csv(found: wire.GoalReport) -> Iterable[tuple[Any, ...]]:
    codes = _codes(span.money for span in found.spans)
    yield (found.by, "chain", "sent", "opened", "clicked", "goals", *(f"money {c}" for c in codes))
    for each in found.spans:
        counted = each.sent, each.opened, each.clicked, each.goals
        yield (each.date, each.chain, *counted, *_by(codes, each.money))


def _codes(amounts: Iterable[Iterable[wire.Money]]) -> list[str]:
    return sorted({each.currency for some in amounts for each in some})


def _by(codes: list[str], amounts: Iterable[wire.Money]) -> list[Any]:
    found = {each.currency: each.amount for each in amounts}
    return [found.get(code, 0) for code in codes]


def instant(text: str, field: str) -> int | None:
    """UTC milliseconds of `30d` (so long ago) or of a date, on this machine's clock.

    Raises:
        BadInput: it is neither.
    """
    from mautod.clock import now_ms
    from mautod.duration import parse_duration

    if not text:
        return None
    if text[-1].isalpha() and text[0].isdigit():
        return now_ms() - parse_duration(text)
    try:
        return int(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no date", field=field, hint="Write 2026-01-31, or 30d for so long ago."
        ) from error
