"""Where a person stands, as SQL: leaves that ask neither about properties nor about events."""

from __future__ import annotations

from typing import Final

from mautod.core.rules.tree import (
    AtStage,
    InChain,
    InList,
    InSegment,
    Last,
    Scored,
    Since,
    SinceEntry,
    Span,
    Standing,
    WasIn,
    Window,
)
from mautod.store.matching import edge
from mautod.store.operators import against
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
# primary key of segment; every stage further on, by the primary key of member
_AT_STAGE: Final = (
    "({present} AND EXISTS (SELECT 1 FROM segment o WHERE o.id = {segment} AND o.stage IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM segment s CROSS JOIN member mt WHERE s.active = 1"
    " AND s.stage > o.stage AND mt.segment_id = s.id AND mt.person_id = p.id)))"
)
# primary key of person_score
_POINTS: Final = (
    "COALESCE((SELECT ps.points FROM person_score ps WHERE ps.person_id = p.id"
    " AND ps.score_id = (SELECT id FROM score WHERE key = {key})), 0)"
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
        case AtStage(key):
            segment = _segment(key, bind)
            present = _MEMBER.format(segment=segment, when="")
            return _AT_STAGE.format(present=present, segment=segment)
        case Scored(key, amount):
            count = bind.points.get(key)
            points = _POINTS.format(key=bind.constant(key)) if count is None else count(bind)
            return f"{points} {against(amount.op, amount.number, amount.most, bind)}"


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
