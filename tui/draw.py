"""Lines of lists, from the shapes of the control API. Pure; all foreign text goes through `clean`.

Each takes the cells that it may fill and answers exactly one line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, Final
from urllib.parse import urlsplit

from rich.cells import cell_len
from textual.content import Content

from mautod import wire
from tui import show
from tui.show import clean, fit, right
from tui.words import tr

OURS: Final = "mautod"
IMPORT: Final = "import"
"""Source of the daemon's own events; only theirs are drawn with signs, anyone may use the names."""

VIEWS: Final = frozenset({"Page Viewed", "Screen Viewed"})

STATES: Final[dict[str, tuple[str, str]]] = {
    "queued": ("◷", "$wait"),
    "sending": ("↗", "$wait"),
    "sent": ("✓", "$good"),
    "delivered": ("✓", "$good"),
    "refused": ("✗", "$bad"),
    "failed": ("✗", "$bad"),
    "expired": ("⌛", "$quiet"),
    "unknown": ("?", "$wait"),
}
PLAIN: Final = frozenset({"queued", "sending", "sent", "delivered"})
"""States that what became of the message tells anyway."""

CHAIN_STATES: Final = {
    "running": ("▶", "$good"),
    "paused": ("⏸", "$wait"),
    "stopped": ("■", "$quiet"),
    "starting": ("▶", "$good"),
    "scheduled": ("◷", "$wait"),
    "testing": ("▶", "$good"),
    "sending": ("▶", "$good"),
    "finished": ("✓", "$good"),
    "cancelling": ("■", "$wait"),
    "cancelled": ("■", "$quiet"),
}
"""Of chains and of broadcasts."""
_LEAST_NAME: Final = 12
_MOST_NAME: Final = 22
_SHOWN_PROPS: Final = 3


@dataclass(frozen=True, slots=True)
class Now:
    """The instant and the zone of the wall clock that times are shown in."""

    ms: int
    zone: tzinfo | None


@dataclass(frozen=True, slots=True)
class Said:
    """What an event says in a line: a sign, words, and the sign's meaning as a colour."""

    sign: str
    words: str
    color: str = ""


def name_cells(width: int) -> int:
    """How wide a person's name is in a list of `width` cells."""
    return min(max(width // 3, _LEAST_NAME), _MOST_NAME)


def say(event: wire.EventItem) -> Said:
    """An event in words."""
    if event.source in {OURS, IMPORT}:
        own = _own(event.name, event.props)
        if own is not None:
            return own
    return Said("", clean(event.name), _earning(event))


def _earning(event: wire.EventItem) -> str:
    return "$good" if event.name in {"Order Completed", "Order Paid"} else ""


def _own(name: str, props: Mapping[str, Any]) -> Said | None:
    def get(key: str) -> str:
        return clean(props.get(key, ""))

    reason = f": {get('reason')}" if get("reason") else ""
    words: dict[str, Said] = {
        "Segment Entered": Said("→", f"segment {get('segment')}", "$lead"),
        "Segment Left": Said("←", f"segment {get('segment')}", "$quiet"),
        "Chain Started": Said("▶", f"chain {get('chain')} asked for by an operator", "$quiet"),
        "Chain Entered": Said("▶", f"chain {get('chain')}", "$lead"),
        "Chain Ended": Said("■", f"chain {get('chain')} {get('outcome')}".rstrip(), "$quiet"),
        "Message Sent": Said("✉", f"sent {get('template')}", "$good"),
        "Message Opened": Said("✉", f"opened {get('template')}", "$good"),
        "Message Clicked": Said("✉", f"clicked {get('template')}", "$good"),
        "Message Refused": Said("✗", f"refused {get('template')}{reason}", "$bad"),
        "Message Failed": Said("✗", f"failed {get('template')}{reason}", "$bad"),
        "Score Reached": Said(
            "★", f"{get('score')} {get('points')}: {get('level')} from {get('threshold')}", "$lead"
        ),
        "Person Imported": Said("↓", f"imported from {get('file')}", "$quiet"),
        "Unsubscribed": Said("✗", f"unsubscribed {_all(get('topic'))}", "$bad"),
    }
    return words.get(name)


def _all(topic: str) -> str:
    return tr("from all") if topic in {"", "*"} else topic


def about(event: wire.EventItem, currency: str) -> str:
    """The properties of an event that matter most, in a few words."""
    props = event.props
    if "new" in props and event.name.endswith(" Changed"):
        return f"{show.value(props.get('old'))} → {show.value(props['new'])}"
    if event.source in {OURS, IMPORT}:
        return _link(props)
    if event.name in VIEWS and _page(props):
        return _page(props)
    parts = [_thing(props), _price(props, currency)]
    said = " ".join(part for part in parts if part)
    return said or _page(props) or _rest(props)


def _link(props: Mapping[str, Any]) -> str:
    return path(str(props["url"])) if props.get("url") else ""


def _thing(props: Mapping[str, Any]) -> str:
    for key in ("product", "name", "product_name", "category"):
        if isinstance(props.get(key), str):
            return clean(props[key])
    goods = props.get("products")
    if isinstance(goods, list) and goods:
        return (
            f"{len(goods)} products"
            if len(goods) > 1
            else _thing(goods[0])
            if isinstance(goods[0], dict)
            else ""
        )
    return ""


def _price(props: Mapping[str, Any], currency: str) -> str:
    for key in ("total", "revenue", "value", "price"):
        amount = props.get(key)
        if isinstance(amount, (int, float)) and not isinstance(amount, bool):
            code = props.get("currency")
            return show.money(show.decimal(amount), code if isinstance(code, str) else currency)
    return ""


def _page(props: Mapping[str, Any]) -> str:
    for key in ("path", "url"):
        if isinstance(props.get(key), str):
            return path(props[key])
    return clean(props["title"]) if isinstance(props.get("title"), str) else ""


def _rest(props: Mapping[str, Any]) -> str:
    some = list(props.items())[:_SHOWN_PROPS]
    return " ".join(f"{clean(key)}={show.value(thing)}" for key, thing in some)


def path(url: str) -> str:
    """The part of an address that differs from page to page."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return clean(url)
    return (
        clean((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if parts.netloc
        else clean(url)
    )


def visitor(item: wire.Visitor, width: int, now: Now) -> Content:
    """`Anna Petrova      /cart            direct   4m  RU`."""
    name = name_cells(width)
    known = bool(item.person.name or item.person.email)
    tail = (
        f" {right(show.ago(item.since, now.ms), 4)}  {fit(clean(item.person.country) or '··', 2)} "
    )
    source = 10 if width >= 46 else 0  # noqa: PLR2004 - below it the page needs the room
    page = width - name - len(tail) - source - 1
    return Content.assemble(
        (fit(clean(item.person.label), name), "" if known else "$quiet"),
        " ",
        fit(path(item.page) if item.page else show.NONE, page),
        (fit(f" {clean(item.source) or 'direct'}", source), "$quiet"),
        tail,
    )


def event(item: wire.EventItem, width: int, now: Now, currency: str) -> Content:
    """`23:14:02 Anna Petrova   Product Added   Oslo 12 999 ₽`."""
    name = name_cells(width - 9)
    who = (fit(clean(item.person), name), "")
    head = Content.assemble((show.clock(item.ts, now.zone), "$quiet"), " ", who, " ")
    return Content.assemble(head, _words(item, width - 10 - name, currency))


def timeline(item: wire.EventItem, width: int, now: Now, currency: str) -> Content:
    """The same without the person, the time relative."""
    head = Content.assemble((right(show.ago(item.ts, now.ms), 4), "$quiet"), "  ")
    return Content.assemble(head, _words(item, width - 6, currency))


def _words(item: wire.EventItem, width: int, currency: str) -> Content:
    said = say(item)
    more = about(item, currency)
    sign = Content.assemble((f"{said.sign} ", said.color)) if said.sign else Content("")
    words = said.words if said.sign else _name_column(said.words, width, more)
    left = width - sign.cell_length - cell_len(words) - 1
    rest = fit(more, left) if left > 0 else ""
    return Content.assemble(sign, (words, said.color), " ", (rest, "$quiet" if said.sign else ""))


def _name_column(words: str, width: int, more: str) -> str:
    """Names of events in a column, so that what follows stands one below the other."""
    column = 15 if width >= 26 else 0  # noqa: PLR2004 - narrower there is no room for a column
    return fit(words, column) if more and cell_len(words) <= column else words


def person(item: wire.Person, width: int, now: Now) -> Content:
    """`● Anna Petrova     anna@example.com      4m RU`."""
    name = name_cells(width)
    dot = ("●", "$good") if item.online else ("·", "$quiet")
    tail = f" {right(show.ago(item.last_seen, now.ms), 4)}  {fit(clean(item.country) or '··', 2)} "
    reach = item.email or item.phone or item.user_id
    if reach == item.label:
        reach = item.phone if item.email else ""
    return Content.assemble(
        dot,
        " ",
        fit(clean(item.label), name),
        " ",
        (fit(clean(reach), width - name - len(tail) - 3), "$quiet"),
        tail,
    )


def message(item: wire.Message, width: int, now: Now, *, whom: bool = False) -> Content:
    """`✓ sent  cart-1   opened · clicked   4m`, or why it did not go."""
    sign, color = STATES.get(item.state, ("·", "$quiet"))
    time = right(show.ago(item.done_at or item.sending_at or item.queued_at, now.ms), 4)
    wide = width >= 60  # noqa: PLR2004 - under it the state has no column of its own
    state = f" {fit(tr(item.state), 9)}" if wide else ""
    told = (
        fate(item, now) if wide or item.state in PLAIN else f"{tr(item.state)}: {fate(item, now)}"
    )
    title = fit(clean(item.person), name_cells(width)) if whom else fit(clean(item.template), 14)
    head = Content.assemble((f"{sign}{state} ", color), title, " ")
    left = width - head.cell_length - 5
    return Content.assemble(head, (fit(told, left), "$quiet"), " ", time)


def fate(item: wire.Message, now: Now) -> str:
    """What became of a message, in words."""
    if item.state in {"refused", "failed", "expired", "unknown"}:
        return clean(" ".join(part for part in (item.reason, item.detail) if part))
    if item.state == "queued":
        why = f"{clean(item.reason)}, " if item.reason else ""
        return f"{why}due {show.moment(item.due_at, now.ms, now.zone)}"
    done = [word for word, at in (("opened", item.opened_at), ("clicked", item.clicked_at)) if at]
    earned = [show.money(one.amount, one.currency) for one in item.money]
    return " · ".join(done + earned) or tr("not opened yet")


def run(item: wire.Run, now: Now) -> str:
    """`abandoned-cart: wait 1h → 00:14`, or how it ended."""
    name = f"{clean(item.chain)}, held out" if item.holdout else clean(item.chain)
    if item.state == "done":
        return f"{name}: ended {clean(item.outcome)} {show.ago(item.ended_at, now.ms)}"
    until = f" → {show.moment(item.wake_at, now.ms, now.zone)}" if item.wake_at else ""
    return f"{name}: {clean(item.title or item.step)}{until}"


def walk(item: wire.Run, width: int, now: Now) -> Content:
    """`▶ abandoned-cart: wait 1h → 00:14     since 2 Nov`; one that ended is quiet."""
    since = show.day(item.entered_at, now.ms, now.zone)
    tail = f" since {since} "
    sign, style = ("■", "$quiet") if item.state == "done" else ("▶", "")
    words = show.fit(f"{sign} {run(item, now)}", width - len(tail))
    return Content.assemble((words, style), (tail, "$quiet"))


def money(items: list[wire.Money], *, brief: bool = False) -> str:
    """Amounts, each in its own currency; brief: the first, and how many currencies more."""
    if brief and len(items) > 1:
        return f"{show.money(items[0].amount, items[0].currency, brief=True)} +{len(items) - 1}"
    return (
        " + ".join(show.money(one.amount, one.currency, brief=brief) for one in items) or show.NONE
    )
