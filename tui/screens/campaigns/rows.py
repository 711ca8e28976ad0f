"""A line of the list of campaigns: a chain, or a broadcast in the words of chains."""

from __future__ import annotations

from typing import Final

import msgspec
from textual.content import Content

from mautod import wire
from tui import draw, show
from tui.show import clean, right
from tui.words import tr

COLUMNS: Final = (("sent", 7), ("open", 7), ("click", 7), ("goal", 6), ("money", 12))
MONEY_FROM: Final = 76
"""Cells of a row under which the opens give way to the money."""
_BAR: Final = 10


def columns(width: int) -> tuple[tuple[str, int], ...]:
    """Names and widths of the columns that have room in `width` cells."""
    return COLUMNS if width >= MONEY_FROM else COLUMNS[:1] + COLUMNS[2:]


def heads(width: int) -> Content:
    """The names of the columns, each over its own, in the line of the frame."""
    names = "".join(f" {tr(name)}".rjust(cells, "─") for name, cells in columns(width))
    return Content.styled(names.lstrip("─ "), "$quiet")


def line(item: wire.Chain, sent: wire.Broadcast | None, width: int, whole: int) -> Content:
    """One campaign in `width` cells of a screen of `whole`; `sent` where it is a broadcast."""
    sign, color = draw.CHAIN_STATES.get(item.state, ("·", "$quiet"))
    figures = {
        "sent": show.short(item.sent),
        "open": show.percent(item.opened, item.sent),
        "click": show.percent(item.clicked, item.sent),
        "goal": show.short(item.goals),
        "money": draw.money(item.money, brief=True),
    }
    shown = columns(whole)
    end = (show.fit(f" v{item.version}", 6), "$quiet") if sent is None else progress(sent)
    name = width - sum(cells for _, cells in shown) - 2 - len(end[0]) - 2
    state = f" {tr(item.state)}" if item.state != "running" else ""
    state += f" {tr('test')}" if item.test else ""
    parts = [(right(figures[word], cells), _earned(word, item)) for word, cells in shown]
    label = show.fit(f"{clean(item.name)}{state}", name) if name > 0 else ""
    return Content.assemble((f"{sign} ", color), label, end, *parts)


def row_of(sent: wire.Broadcast) -> wire.Chain:
    """A broadcast in the words of chains."""
    return wire.Chain(
        key=sent.key,
        name=sent.name,
        state=sent.state,
        version=1,
        changed_at=sent.started_at or sent.asked_at,
        sent=sum(sent.states.get(state, 0) for state in ("sent", "delivered")),
        opened=sent.opened,
        clicked=sent.clicked,
        goals=sent.goals,
        money=sent.money,
    )


def progress(sent: wire.Broadcast) -> tuple[str, str]:
    """How many of its recipients are written to or never will be."""
    done = sent.recipients - sent.open
    bar = show.fit(show.bar(done, sent.recipients, _BAR), _BAR)
    return f"{bar}{right(show.percent(done, sent.recipients), 6)}", "$wait" if sent.open else ""


def changed(chain: wire.Chain, change: wire.ChainChange | None) -> wire.Chain:
    if change is None:
        return chain
    return msgspec.structs.replace(
        chain,
        state=change.state,
        version=change.version,
        active=change.active,
        entered=change.entered,
    )


def _earned(word: str, chain: wire.Chain) -> str:
    return "$good" if word in {"goal", "money"} and chain.goals else ""
