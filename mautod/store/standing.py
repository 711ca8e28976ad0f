"""Where a person stands, as SQL: leaves that ask neither about properties nor about events."""

from __future__ import annotations

from typing import Final

from mautod.core.rules.tree import InList, InSegment, Standing
from mautod.store.values import Binder

_SEGMENT: Final = "(SELECT id FROM segment WHERE key = {key})"
# primary key of member
_MEMBER: Final = (
    "EXISTS (SELECT 1 FROM member ms WHERE ms.person_id = p.id AND ms.segment_id = {segment})"
)
# primary key of listed
_LISTED: Final = (
    "EXISTS (SELECT 1 FROM listed l WHERE l.person_id = p.id AND l.segment_id = {segment})"
)


def standing(leaf: Standing, bind: Binder) -> str:
    """The condition under which the leaf is true of person `p`."""
    match leaf:
        case InSegment(key):
            return _MEMBER.format(segment=_segment(key, bind))
        case InList(key):
            return _LISTED.format(segment=_segment(key, bind))


def _segment(key: str, bind: Binder) -> str:
    return _SEGMENT.format(key=bind.constant(key))
