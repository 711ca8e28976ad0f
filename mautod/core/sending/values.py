"""The variables that the words of a message are filled with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mautod.core.sending.links import Links
from mautod.core.sending.message import Draft


def values_of(draft: Draft, links: Links, workspace: Mapping[str, str], now: int) -> dict[str, Any]:
    """The variables of one message, without those that only one channel has; `now` in UTC ms."""
    moment = datetime.fromtimestamp(now / 1000, UTC)
    return {
        "person": draft.person,
        "event": draft.event,
        "run": draft.run,
        "code": draft.code,
        "recommended": draft.recommended,
        "message": {"id": draft.message_id, "template": draft.template, "topic": draft.topic},
        "workspace": workspace,
        "now": moment,
        "today": moment,
        "unsubscribe_url": links.unsubscribe(draft.message_id),
    }
