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
from mautod.store.rules.matching import edge
from mautod.store.rules.operators import admits_zero, against
from mautod.store.rules.values import Binder

_SEGMENT: Final = "(SELECT id FROM segment WHERE key = {key})"
# primary keys of member, stay and listed, index run_active_person; of all people at once the same
# tables from their other side: primary keys of member and listed, index stay_left, run_chain_state
_ONE: Final = "EXISTS (SELECT 1 FROM {table} x WHERE x.person_id = p.id AND {condition})"
_ALL: Final = "p.id IN (SELECT x.person_id FROM {table} x WHERE {condition})"

_CHAIN: Final = "(SELECT id FROM chain WHERE key = {key})"
_SCORE: Final = "(SELECT id FROM score WHERE key = {key})"
# primary key of person_score
_POINTS: Final = (
    "COALESCE((SELECT ps.points FROM person_score ps WHERE ps.person_id = p.id"
    " AND ps.score_id = {score}), 0) {amount}"
)
_IS_STAGE: Final = "(SELECT o.stage FROM segment o WHERE o.id = {segment}) IS NOT NULL"
# every stage further on, by the primary key of member
_FURTHER: Final = (
    "x.segment_id IN (SELECT s.id FROM segment s WHERE s.active = 1"
    " AND s.stage > (SELECT o.stage FROM segment o WHERE o.id = {segment}))"
)


def standing(leaf: Standing, bind: Binder, *, at_once: bool = False) -> str:
    """The condition under which the leaf is true of person `p`; best for all `at_once` if so."""
    shape = _ALL if at_once else _ONE
    match leaf:
        case InSegment(key):
            return shape.format(table="member", condition=f"x.segment_id = {_segment(key, bind)}")
        case InList(key):
            return shape.format(table="listed", condition=f"x.segment_id = {_segment(key, bind)}")
        case InChain(key):
            chain = _CHAIN.format(key=bind.constant(key))
            condition = f"x.state = 'active' AND x.chain_id = {chain}"
            return shape.format(table="run", condition=condition)
        case WasIn():
            return _was_in(leaf, bind, shape)
        case AtStage(key):
            return _at_stage(_segment(key, bind), shape)
        case Scored():
            return _scored(leaf, bind, at_once=at_once)


def _segment(key: str, bind: Binder) -> str:
    return _SEGMENT.format(key=bind.constant(key))


def _at_stage(segment: str, shape: str) -> str:
    present = shape.format(table="member", condition=f"x.segment_id = {segment}")
    further = shape.format(table="member", condition=_FURTHER.format(segment=segment))
    return f"({present} AND {_IS_STAGE.format(segment=segment)} AND NOT {further})"


def _scored(leaf: Scored, bind: Binder, *, at_once: bool) -> str:
    """Who has no row has no points: of all at once, those are told by who fails the comparison."""
    amount = leaf.amount
    compared = against(amount.op, amount.number, amount.most, bind)
    count = bind.points.get(leaf.key)
    if count is not None:
        return f"{count(bind)} {compared}"
    score = _SCORE.format(key=bind.constant(leaf.key))
    if not at_once:
        return _POINTS.format(score=score, amount=compared)
    if admits_zero(amount):
        condition = f"x.score_id = {score} AND NOT x.points {compared}"
        return f"NOT {_ALL.format(table='person_score', condition=condition)}"
    condition = f"x.score_id = {score} AND x.points {compared}"
    return _ALL.format(table="person_score", condition=condition)


def _was_in(leaf: WasIn, bind: Binder, shape: str) -> str:
    ours = f"x.segment_id = {_segment(leaf.key, bind)}"
    entered = _entered_by(leaf.window, "x.since", bind)
    present = shape.format(table="member", condition=ours + entered)
    until = _left_after(leaf.window, "x.left_at", bind)
    entered = _entered_by(leaf.window, "x.entered_at", bind)
    return f"({present} OR {shape.format(table='stay', condition=ours + until + entered)})"


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
