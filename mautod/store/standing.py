"""Where a person stands, as SQL: leaves that ask neither about properties nor about events."""

from __future__ import annotations

from typing import Final

from mautod.core.consent import ALL
from mautod.core.rules.tree import (
    InChain,
    InList,
    InSegment,
    Last,
    Reachable,
    Since,
    SinceEntry,
    Span,
    Standing,
    Subscribed,
    WasIn,
    Window,
)
from mautod.store.consent import SALT_KEY
from mautod.store.matching import edge
from mautod.store.values import Binder

_SEGMENT: Final = "(SELECT id FROM segment WHERE key = {key})"
# primary key of member
_MEMBER: Final = (
    "EXISTS (SELECT 1 FROM member ms WHERE ms.person_id = p.id AND ms.segment_id = {segment}{when})"
)
# primary key of stay
_STAYED: Final = (
    "EXISTS (SELECT 1 FROM stay st WHERE st.person_id = p.id AND st.segment_id = {segment}{when})"
)
# primary key of listed
_LISTED: Final = (
    "EXISTS (SELECT 1 FROM listed l WHERE l.person_id = p.id AND l.segment_id = {segment})"
)
# index run_active_person
_RUNNING: Final = (
    "EXISTS (SELECT 1 FROM run ru WHERE ru.person_id = p.id AND ru.state = 'active'"
    " AND ru.chain_id = (SELECT id FROM chain WHERE key = {key}))"
)
# primary key of consent
_SAID_NO: Final = (
    "EXISTS (SELECT 1 FROM consent co WHERE co.person_id = p.id AND co.state <> 'subscribed'"
    " AND co.topic IN ({topics}){channels})"
)
# index optout_address
_ADDRESS_SAID_NO: Final = (
    "EXISTS (SELECT 1 FROM optout oo WHERE oo.address IN ({addresses})"
    " AND oo.topic IN ({topics}){channels})"
)
# primary key of suppression
_SUPPRESSED: Final = (
    "EXISTS (SELECT 1 FROM suppression su WHERE su.channel IN ({channels})"
    " AND su.address_hash = address_hash("
    "COALESCE((SELECT st.value FROM state st WHERE st.key = {salt}), ''), {address}))"
)


def standing(leaf: Standing, bind: Binder) -> str:
    """The condition under which the leaf is true of person `p`."""
    match leaf:
        case InSegment(key):
            return _MEMBER.format(segment=_segment(key, bind), when="")
        case InList(key):
            return _LISTED.format(segment=_segment(key, bind))
        case InChain(key):
            return _RUNNING.format(key=bind.constant(key))
        case WasIn():
            return _was_in(leaf, bind)
        case Subscribed(topic, channel):
            return f"NOT {_refused((topic, ALL), channel, bind)}"
        case Reachable(channel):
            return _reachable(channel, bind)


def _reachable(channel: str, bind: Binder) -> str:
    address = _address(channel)
    suppressed = _SUPPRESSED.format(
        channels=_list((channel, ALL), bind), salt=bind.constant(SALT_KEY), address=address
    )
    refused = _refused((ALL,), channel, bind)
    return f"({address} <> '' AND NOT {refused} AND NOT {suppressed})"


def _refused(topics: tuple[str, ...], channel: str | None, bind: Binder) -> str:
    """Whether the person, or somebody for their address, said no to one of `topics`."""
    about, only, addresses = _list(topics, bind), "", ", ".join(map(_address, ("email", "phone")))
    if channel is not None:
        only = f" AND {{}}.channel IN ({_list((channel, ALL), bind)})"
        addresses = _address(channel)
    said = _SAID_NO.format(topics=about, channels=only.format("co"))
    by_address = _ADDRESS_SAID_NO.format(
        addresses=addresses, topics=about, channels=only.format("oo")
    )
    return f"({said} OR {by_address})"


def _address(channel: str) -> str:
    """Where a channel reaches the person, as `address_key` writes it; empty if it cannot."""
    column = "email" if channel == "email" else "phone"
    return f"address_key(p.{column})"


def _list(values: tuple[str, ...], bind: Binder) -> str:
    return ", ".join(bind.constant(value) for value in values)


def _segment(key: str, bind: Binder) -> str:
    return _SEGMENT.format(key=bind.constant(key))


def _was_in(leaf: WasIn, bind: Binder) -> str:
    segment = _segment(leaf.key, bind)
    present = _MEMBER.format(segment=segment, when=_entered_by(leaf.window, "ms.since", bind))
    until = _left_after(leaf.window, "st.left_at", bind)
    past = _STAYED.format(
        segment=segment, when=until + _entered_by(leaf.window, "st.entered_at", bind)
    )
    return f"({present} OR {past})"


def _left_after(window: Window | None, column: str, bind: Binder) -> str:
    match window:
        case None:
            return ""
        case Last(span_ms):
            return f" AND {column} > {bind.ago(span_ms)}"
        case Since(date) | Span(date, _):
            return f" AND {column} > {edge(date, bind, 0)}"
        case SinceEntry():
            return f" AND {column} > r.entered_at"


def _entered_by(window: Window | None, column: str, bind: Binder) -> str:
    if not isinstance(window, Span):
        return ""
    return f" AND {column} <= {edge(window.high, bind, 1)}"
