"""Shapes of the control API: what `/api` answers and takes, what the TUI and the CLI show.

Instants are UTC milliseconds, `None` where it has not happened. Money is decimal with its currency
and travels as text. Text that came from visitors stands here as it came in; whoever shows it
escapes it. Pages carry `next`, the cursor to pass as `after` for the following page, `None` at the
end.
"""

from __future__ import annotations

from mautod.wire.campaigns import (
    MESSAGE_STATES,
    Chain,
    Chains,
    Decision,
    Message,
    MessagePage,
    Run,
    RunPage,
    Step,
)
from mautod.wire.events import (
    Accepted,
    Count,
    EventItem,
    EventName,
    EventNames,
    EventPage,
    NewEvent,
    NewEvents,
)
from mautod.wire.people import (
    ChangeAsk,
    Consent,
    Identity,
    Membership,
    Person,
    PersonPage,
    SuppressAsk,
    Suppression,
    Suppressions,
    UnsubscribeAsk,
)
from mautod.wire.reports import (
    Card,
    GoalReport,
    GoalRow,
    LivePage,
    Visitor,
    Why,
    WhyRun,
)
from mautod.wire.segments import (
    Explanation,
    Member,
    Preview,
    PreviewAsk,
    Reason,
    Segment,
    SegmentPage,
    Segments,
    Sql,
    SqlAsk,
)
from mautod.wire.shape import (
    Done,
    ErrorAnswer,
    Fault,
    Money,
    Shape,
)
from mautod.wire.stream import (
    BODIES,
    TOPICS,
    ChainChange,
    Link,
    SegmentSize,
    Update,
)
from mautod.wire.system import (
    Journal,
    Problem,
    Problems,
    Pump,
    Status,
)

__all__ = [
    "BODIES",
    "MESSAGE_STATES",
    "TOPICS",
    "Accepted",
    "Card",
    "Chain",
    "ChainChange",
    "Chains",
    "ChangeAsk",
    "Consent",
    "Count",
    "Decision",
    "Done",
    "ErrorAnswer",
    "EventItem",
    "EventName",
    "EventNames",
    "EventPage",
    "Explanation",
    "Fault",
    "GoalReport",
    "GoalRow",
    "Identity",
    "Journal",
    "Link",
    "LivePage",
    "Member",
    "Membership",
    "Message",
    "MessagePage",
    "Money",
    "NewEvent",
    "NewEvents",
    "Person",
    "PersonPage",
    "Preview",
    "PreviewAsk",
    "Problem",
    "Problems",
    "Pump",
    "Reason",
    "Run",
    "RunPage",
    "Segment",
    "SegmentPage",
    "SegmentSize",
    "Segments",
    "Shape",
    "Sql",
    "SqlAsk",
    "Status",
    "Step",
    "SuppressAsk",
    "Suppression",
    "Suppressions",
    "UnsubscribeAsk",
    "Update",
    "Visitor",
    "Why",
    "WhyRun",
]
