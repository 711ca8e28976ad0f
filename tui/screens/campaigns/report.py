"""What a chain came to, step by step, and its effect against those held out. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from textual.content import Content

from mautod import wire
from tui import draw, show
from tui.show import clean, fit, right
from tui.words import tr

_NAME: Final = 24
_CELLS: Final = (8, 8, 8, 8, 8, 14)


def report(found: wire.GoalReport) -> Content:
    """A table of the steps, the whole, and the effect; nothing sent is said so."""
    if not found.rows and not found.chains:
        return Content.styled(tr("Nothing was sent yet."), "$quiet")
    heads = (tr("sent"), tr("open"), tr("click"), tr("goals"), tr("left"), tr("money"))
    titles = "".join(right(head, cells) for head, cells in zip(heads, _CELLS, strict=True))
    lines = [Content.styled(f"{' ' * _NAME}{titles}", "$quiet"), *map(_row, found.rows)]
    for chain in found.chains:
        lines += [
            Content.styled("─" * (_NAME + sum(_CELLS)), "$line"),
            _row(chain.total, whole=True),
        ]
        if chain.goal:
            lines += [
                Content(""),
                Content.assemble((f"{tr('goal')}  ", "$quiet"), clean(chain.goal)),
            ]
        lines += _effect(chain.effect)
    return Content("\n").join(lines)


def _row(row: wire.GoalRow, *, whole: bool = False) -> Content:
    variant = f" · {clean(row.variant)}" if row.variant else ""
    name = tr("all") if whole else f"{clean(row.template or row.step)}{variant}"
    figures = (
        show.short(row.sent), show.percent(row.opened, row.sent),
        show.percent(row.clicked, row.sent), show.short(row.goals), show.short(row.unsubscribed),
    )  # fmt: skip
    cells = [right(each, width) for each, width in zip(figures, _CELLS, strict=False)]
    money = right(draw.money(row.money, brief=True), _CELLS[-1])
    style = "$good" if row.goals else "$quiet"
    return Content.assemble((fit(name, _NAME), "bold" if whole else ""), *cells, (money, style))


def _effect(effect: wire.Effect | None) -> Iterator[Content]:
    if effect is None:
        return
    yield Content("")
    yield Content.assemble(
        (f"{tr('against the holdout')}  ", "$quiet"),
        f"{_share(effect.reached, effect.people)} / {_share(effect.held_reached, effect.held)}",
    )
    if effect.rate is None:
        yield Content.styled(tr("Too few people yet to say more."), "$quiet")
        return
    low, high = (f"{100 * bound:+.1f} %" for bound in (effect.rate.low, effect.rate.high))
    style = "$good" if effect.rate.low > 0 else "$bad" if effect.rate.high < 0 else "$wait"
    change = f"{100 * effect.rate.difference:+.1f} %"
    yield Content.assemble(
        (change, f"bold {style}"), f"  {tr('95 % of the time between')} {low} … {high}"
    )
    for each in effect.money:
        if each.total is not None:
            total = show.money(each.total.amount, each.total.currency)
            yield Content.assemble((total, style), f" {tr('more than without it')}")


def _share(part: int, whole: int) -> str:
    return f"{show.count(part)} {tr('of')} {show.count(whole)} ({show.percent(part, whole)})"
