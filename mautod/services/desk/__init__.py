"""What operators see and do, in this process: the same methods as `mautod.client.Client`.

`http/control.py` serves these methods, and the CLI calls them in the local folder. Each takes and
answers shapes of `mautod.wire` and is one short read or one short transaction.
"""

from __future__ import annotations

from mautod.services.desk.alarms import AlarmsDesk
from mautod.services.desk.base import Tools
from mautod.services.desk.broadcasts import BroadcastsDesk
from mautod.services.desk.campaigns import CampaignsDesk
from mautod.services.desk.chats import ChatsDesk
from mautod.services.desk.consent import ConsentDesk
from mautod.services.desk.definitions import DefinitionsDesk
from mautod.services.desk.deliverability import DeliverabilityDesk
from mautod.services.desk.events import EventsDesk
from mautod.services.desk.imports import ImportsDesk
from mautod.services.desk.insights import InsightsDesk
from mautod.services.desk.people import PeopleDesk
from mautod.services.desk.popups import PopupsDesk
from mautod.services.desk.scores import ScoresDesk
from mautod.services.desk.segments import SegmentsDesk
from mautod.services.desk.servers import ServersDesk
from mautod.services.desk.system import SystemDesk
from mautod.services.desk.templates import TemplatesDesk
from mautod.services.desk.work import WorkDesk


class Desk(
    SystemDesk,
    EventsDesk,
    PeopleDesk,
    ImportsDesk,
    SegmentsDesk,
    ScoresDesk,
    CampaignsDesk,
    BroadcastsDesk,
    InsightsDesk,
    ConsentDesk,
    TemplatesDesk,
    DeliverabilityDesk,
    AlarmsDesk,
    PopupsDesk,
    ServersDesk,
    ChatsDesk,
    DefinitionsDesk,
    WorkDesk,
):
    """The operators' view of one workspace, each area in a module of its own."""


__all__ = ["Desk", "Tools"]
