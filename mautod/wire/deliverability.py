"""What happens to messages after they left: who visited them, and what their servers say."""

from __future__ import annotations

from mautod.wire.shape import Shape


class Visit(Shape, frozen=True):
    """Somebody opened a message or followed one of its links.

    `kind` is open, click or trap, `rule` names what gave a machine away, "" for a person; without
    `judged`, it is not known yet.
    """

    id: int
    kind: str
    at: int
    url: str
    agent: str
    address: str
    method: str
    rule: str
    judged: bool


class Visits(Shape, frozen=True):
    """The newest visits to one message, in the order of time."""

    items: list[Visit]


class RejudgeAsk(Shape, frozen=True):
    """From which instant on visits are judged anew."""

    since: int
