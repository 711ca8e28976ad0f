"""A person's card: who it is, what is known, and what happened, in sections."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, ClassVar, Final

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from mautod import wire
from tui import draw, keys, show
from tui.asking import Asking
from tui.draw import Now
from tui.show import clean
from tui.widgets.listing import Listing
from tui.widgets.pane import Foot, Pane
from tui.words import tr

SECTIONS: Final = ("Timeline", "Messages", "Chains", "Properties")
_MOST_SEGMENTS: Final = 8
_MOST_SCORES: Final = 4
_FRAME: Final = 4

Row = tuple[str, Any]
"""(section, item): an event, a message, a run, or a (name, value) pair."""


class Facts(Static):
    """The upper part of the card; as high as it needs to be, never higher than half."""

    DEFAULT_CSS = "Facts { height: auto; padding: 0 1; color: $ink; }"


class Card(Asking, Vertical):
    """All about one person; empty until `put`."""

    BINDINGS: ClassVar[list[BindingType]] = [*keys.bindings(keys.CARD)]
    DEFAULT_CSS = "Card { width: 1fr; height: 1fr; }"

    class EventOpened(Message):
        def __init__(self, item: wire.EventItem) -> None:
            super().__init__()
            self.item = item

    class MessageOpened(Message):
        def __init__(self, item: wire.Message) -> None:
            super().__init__()
            self.item = item

    class MoreWanted(Message):
        """Older events, before the last one of the card."""

        def __init__(self, person_id: int, after: int) -> None:
            super().__init__()
            self.person_id = person_id
            self.after = after

    class WhyWanted(Message):
        """Why this template, or ask which when it is empty."""

        def __init__(self, card: wire.Card, template: str) -> None:
            super().__init__()
            self.card = card
            self.template = template

    class Copied(Message):
        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.card: wire.Card | None = None
        self._section = 0
        self._older: list[wire.EventItem] = []
        self._more: int | None = None
        self._facts = Facts("", markup=False)
        self.rows: Listing[Row] = Listing(self._draw, self._key, follow=True)
        self._who = Pane("", self._facts, top=True, classes="-auto")
        self._what = Pane("", self.rows)

    def compose(self) -> ComposeResult:
        yield self._who
        yield self._what
        yield Foot()

    def on_mount(self) -> None:
        self.say("")

    # --- what it shows

    def say(self, text: str) -> None:
        """Show no card but these words."""
        self.card = None
        self._who.name_it(Content.styled(tr("Card"), "$quiet"))
        self._facts.update(Content.styled(text or tr("Choose somebody to see the card."), "$quiet"))
        self._older, self._more = [], None
        self.rows.say(Content(""))
        self.rows.put([])
        self._titles()

    def put(self, card: wire.Card) -> None:
        """Show `card`; a newer one of the same person keeps section, cursor and older events."""
        if self.card is None or self.card.person.id != card.person.id:
            self._older, self._more = [], card.timeline[-1].id if card.timeline else None
        self.card = card
        self._fill()

    def add_older(self, page: wire.EventPage) -> None:
        """Further events at the end of the timeline."""
        self._older += page.items
        self._more = page.next
        self._fill()

    def tick(self) -> None:
        """Relative times went on."""
        if self.card is not None:
            self._head(self.card)
        self.rows.redraw()

    def _fill(self) -> None:
        card = self.card
        if card is None:
            return
        self._head(card)
        self._titles()
        section = SECTIONS[self._section]
        self.rows.say(Content.styled(_nothing(section), "$quiet"))
        self.rows.put(
            self._rows(card, section), more=section == "Timeline" and self._more is not None
        )

    def _rows(self, card: wire.Card, section: str) -> list[Row]:
        if section == "Timeline":
            known = {item.id for item in card.timeline}
            return [
                (section, item)
                for item in (*card.timeline, *(i for i in self._older if i.id not in known))
            ]
        if section == "Messages":
            return [(section, item) for item in card.messages]
        if section == "Chains":
            return [(section, item) for item in card.runs]
        pairs = [
            *card.props.items(),
            *card.shop.items(),
            *card.origin.items(),
            *((i.kind, i.value) for i in card.identities),
        ]
        return [(section, pair) for pair in pairs]

    def _titles(self) -> None:
        card = self.card
        counts = (
            (
                card.events,
                len(card.messages),
                len(card.runs),
                len(card.props) + len(card.shop) + len(card.origin),
            )
            if card
            else (0, 0, 0, 0)
        )
        labels = [
            f"{tr(name)} {show.count(number)}" if card else tr(name)
            for name, number in zip(SECTIONS, counts, strict=True)
        ]
        if len(" · ".join(labels)) > self.size.width - _FRAME:
            labels = [tr(name) for name in SECTIONS]
        parts = [
            Content.styled(label, "bold underline" if index == self._section else "$quiet")
            for index, label in enumerate(labels)
        ]
        self._what.name_it(Content(" · ").join(parts))

    def _head(self, card: wire.Card) -> None:
        person = card.person
        title = Content.assemble(("● " if person.online else "", "$good"), clean(person.label))
        asked = f"absorbed #{card.asked_id}" if card.asked_id != person.id else f"#{person.id}"
        self._who.name_it(title, Content.styled(asked, "$quiet"))
        width = max(self._facts.size.width, 30)
        self._facts.update(
            Content("\n").join(facts(card, self.desk.now(), self.desk.currency, width))
        )

    def on_resize(self) -> None:
        if self.card is not None:
            self.call_after_refresh(self._head, self.card)
            self.call_after_refresh(self._titles)

    # --- rows

    def _key(self, row: Row) -> Any:
        section, item = row
        return (section, item[0] if isinstance(item, tuple) else item.id)

    def _draw(self, row: Row, width: int) -> Content:
        _, item = row
        now: Now = self.desk.now()
        if isinstance(item, wire.EventItem):
            return draw.timeline(item, width, now, self.desk.currency)
        if isinstance(item, wire.Message):
            return draw.message(item, width, now)
        if isinstance(item, wire.Run):
            return draw.walk(item, width, now)
        name, thing = item
        return Content.assemble((show.fit(clean(name), 18), "$quiet"), " ", show.value(thing))

    def action_section(self, by: int) -> None:
        """Show the next section; its cursor starts at the top."""
        self._section = (self._section + by) % len(SECTIONS)
        self.rows.put([])
        self._fill()
        self.rows.action_edge(0)

    @on(Listing.Opened)
    def _open(self, event: Listing.Opened) -> None:
        event.stop()
        row: Any = event.item
        item = row[1]
        if isinstance(item, wire.EventItem):
            self.post_message(self.EventOpened(item))
        elif isinstance(item, wire.Message):
            self.post_message(self.MessageOpened(item))

    @on(Listing.NearEnd)
    def _near_end(self, event: Listing.NearEnd) -> None:
        event.stop()
        if self.card is not None and self._more is not None:
            self.post_message(self.MoreWanted(self.card.person.id, self._more))

    @on(Listing.Chosen)
    def _chosen(self, event: Listing.Chosen) -> None:
        event.stop()

    def action_why(self) -> None:
        if self.card is None:
            return
        item = self.rows.chosen[1] if self.rows.chosen else None
        template = item.template if isinstance(item, wire.Message) else ""
        self.post_message(self.WhyWanted(self.card, template))

    def action_copy(self) -> None:
        item = self.rows.chosen[1] if self.rows.chosen else None
        if isinstance(item, wire.EventItem):
            self.post_message(self.Copied(f"{clean(item.name)} {show.value(item.props)}"))
        elif isinstance(item, wire.Message):
            self.post_message(self.Copied(clean(item.address or item.template)))
        elif item is not None:
            self.post_message(self.Copied(show.value(item[1])))


def _nothing(section: str) -> str:
    return {
        "Timeline": tr("Nothing happened yet."),
        "Messages": tr("No message yet. Chains write here what they sent, and why they did not."),
        "Chains": tr("On no chain yet."),
        "Properties": tr("Nothing is known yet. Identify calls and the shop fill this in."),
    }[section]


def facts(card: wire.Card, now: Now, currency: str, width: int) -> list[Content]:
    """The upper part of a card, line by line."""
    stage = [Content.assemble(("stage ", "$quiet"), clean(card.stage))] if card.stage else []
    seen = [*_scores(card.scores), *stage, *_seen(card, now)]
    groups = (_reach(card.person, now), seen, _shop(card, currency))
    lines = [line for some in groups for line in _pack(some, width)]
    pieces: list[tuple[str, list[Content]]] = [
        ("segments", [Content(clean(one.key)) for one in card.segments[:_MOST_SEGMENTS]]),
        ("topics", [_consent(one, now) for one in card.consent]),
        ("chains", [Content(draw.run(one, now)) for one in card.runs if one.state != "done"]),
        ("merged", [_merge(one, now) for one in card.merges if one.undone_at is None]),
        (
            "never",
            [
                Content.styled(f"✗ {clean(k)}: {clean(v)}", "$bad")
                for k, v in card.suppressed.items()
            ],
        ),
    ]
    for name, some in pieces:
        if some:
            lines += _flow(name, some, width)
    return lines


def _reach(person: wire.Person, now: Now) -> list[Content]:
    there = show.wall(now.ms, person.timezone)
    where = " ".join(part for part in (clean(person.country), clean(person.language)) if part)
    parts = [clean(person.email), clean(person.phone), where, f"{there} there" if there else ""]
    known = [Content(part) for part in parts if part]
    return known if any(parts[:2]) else [Content.styled(tr("no address yet"), "$quiet"), *known]


def _scores(scores: list[wire.PersonScore]) -> list[Content]:
    """The only score as `score 31 ▆`, several by their keys; those without points are left out."""
    return [
        Content.assemble(
            (f"{clean(each.key) if len(scores) > 1 else 'score'} ", "$quiet"),
            (str(each.points), "bold"),
            (f" {show.gauge(each.points, each.top)}", "$lead"),
            f" {clean(each.level)}" if each.level else "",
        )
        for each in scores
        if each.points
    ][:_MOST_SCORES]


def _seen(card: wire.Card, now: Now) -> list[Content]:
    person = card.person
    first = show.day(person.first_seen, now.ms, now.zone) if person.first_seen else show.NONE
    word = "session" if person.sessions == 1 else "sessions"
    seen = [Content.assemble(("first ", "$quiet"), first), Content(f"{person.sessions} {word}")]
    if person.online:
        return [*seen, Content.styled(f"on {draw.path(person.page) or '/'}", "$good")]
    return [*seen, Content(f"seen {_past(person.last_seen, now)}")]


def _past(at: int | None, now: Now) -> str:
    past = show.ago(at, now.ms)
    return past if past in {"now", show.NONE} else f"{past} ago"


def _shop(card: wire.Card, currency: str) -> list[Content]:
    shop = card.shop
    parts = [
        _fact("revenue", _amount(shop.get("revenue"), currency)),
        _fact("orders", show.value(shop["orders_count"]) if shop.get("orders_count") else ""),
        _fact("cart", _amount(shop.get("cart_amount"), currency)),
        _fact("earned", draw.money(card.earned) if card.earned else ""),
    ]
    return [part for part in parts if part]


def _amount(amount: Any, currency: str) -> str:
    if isinstance(amount, bool) or not isinstance(amount, (int, float, str)) or not amount:
        return ""
    try:
        return show.money(Decimal(str(amount)), currency)
    except ArithmeticError:
        return clean(amount)


def _fact(name: str, text: str) -> Content:
    style = "$good" if name == "earned" else "bold"
    return Content.assemble((f"{name} ", "$quiet"), (text, style)) if text else Content("")


def _consent(item: wire.Consent, now: Now) -> Content:
    topic = "all" if item.topic == "*" else clean(item.topic)
    if item.state in {"in", "yes", "subscribed", "granted"}:
        return Content.assemble(f"{topic} ", ("✓", "$good"))
    if item.state == "pending":
        return Content.assemble(f"{topic} ", (tr("… to confirm"), "$quiet"))
    return Content.assemble(
        f"{topic} ", ("✗", "$bad"), f" since {show.day(item.at, now.ms, now.zone)}"
    )


def _merge(item: wire.Merge, now: Now) -> Content:
    other = Content(f"#{item.loser} {show.day(item.at, now.ms, now.zone)}")
    return Content.assemble(other, (f" {clean(item.reason)}", "$quiet"))


def _pack(some: list[Content], width: int) -> list[Content]:
    """As many parts in a line as fit, none of them torn."""
    lines: list[Content] = []
    for part in some:
        if lines and lines[-1].cell_length + 3 + part.cell_length <= width:
            lines[-1] = Content.assemble(lines[-1], "   ", part)
        else:
            lines.append(part)
    return [line.truncate(width, ellipsis=True) for line in lines]


def _flow(name: str, some: list[Content], width: int) -> list[Content]:
    """`name  a · b · c`, continued below itself."""
    indent = 10
    lines = [Content.styled(show.fit(name, indent), "$quiet")]
    for index, part in enumerate(some):
        dot = Content(" · ") if index and lines[-1].cell_length > indent else Content("")
        if lines[-1].cell_length + dot.cell_length + cell_len(part.plain) > width and dot:
            lines.append(Content(" " * indent))
            dot = Content("")
        lines[-1] = Content.assemble(lines[-1], dot, part)
    return [line.truncate(width, ellipsis=True) for line in lines]
