"""The control API's typed client: one method a call, and the stream.

The TUI and the CLI's remote mode use nothing else. Every failure is one of `mautod.errors`: what
the daemon raised is raised here again; a daemon that does not answer is `Unavailable`.
"""

from __future__ import annotations

from mautod.client.alarms import AlarmsClient
from mautod.client.broadcasts import BroadcastsClient
from mautod.client.campaigns import CampaignsClient
from mautod.client.chats import ChatsClient
from mautod.client.consent import ConsentClient
from mautod.client.definitions import DefinitionsClient
from mautod.client.deliverability import DeliverabilityClient
from mautod.client.events import EventsClient
from mautod.client.http import failure
from mautod.client.imports import ImportsClient
from mautod.client.insights import InsightsClient
from mautod.client.people import PeopleClient
from mautod.client.popups import PopupsClient
from mautod.client.scores import ScoresClient
from mautod.client.segments import SegmentsClient
from mautod.client.servers import ServersClient
from mautod.client.stream import StreamClient
from mautod.client.system import SystemClient
from mautod.client.templates import TemplatesClient


class Client(
    SystemClient,
    EventsClient,
    PeopleClient,
    ImportsClient,
    SegmentsClient,
    ScoresClient,
    CampaignsClient,
    BroadcastsClient,
    InsightsClient,
    ConsentClient,
    TemplatesClient,
    DeliverabilityClient,
    AlarmsClient,
    PopupsClient,
    ServersClient,
    ChatsClient,
    DefinitionsClient,
    StreamClient,
):
    """A daemon's control API at `url`, opened with `key`; use as `async with Client(…) as desk`."""


__all__ = ["Client", "failure"]
