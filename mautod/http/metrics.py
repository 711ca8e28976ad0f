"""`/metrics`: the installation's counts for Prometheus, to whoever holds the API key."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Iterable
from dataclasses import dataclass

from aiohttp import hdrs, web
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector, CollectorRegistry

from mautod import wire
from mautod.errors import Unauthorized
from mautod.services.desk import Desk
from mautod.store.group_commit import GroupCommit


@dataclass(frozen=True, slots=True)
class Metrics:
    """What Prometheus may ask; a scrape costs one `status` of the desk."""

    desk: Desk
    writer: GroupCommit
    key: str

    def mount(self, app: web.Application) -> None:
        """Add the route."""
        app.router.add_get("/metrics", self.scrape)

    async def scrape(self, request: web.Request) -> web.Response:
        """All counts in Prometheus's text format.

        Raises:
            Unauthorized: the bearer key is not the API key.
        """
        given = request.headers.get(hdrs.AUTHORIZATION, "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), self.key.encode()):
            raise Unauthorized("the API key is missing or wrong", hint="Authorization: Bearer …")
        status = await asyncio.to_thread(self.desk.status)
        registry = CollectorRegistry()
        registry.register(_Counts(status, self.writer.waiting))
        return web.Response(
            body=generate_latest(registry), headers={hdrs.CONTENT_TYPE: CONTENT_TYPE_LATEST}
        )


@dataclass(frozen=True, slots=True, eq=False)
class _Counts(Collector):
    status: wire.Status
    waiting: int

    def collect(self) -> Iterable[Metric]:
        status = self.status
        single = {
            "people": status.people,
            "events": status.events,
            "online": status.online,
            "journal_pending": status.journal.pending,
            "inbox_pending": status.inbox,
            "requests_waiting": self.waiting,
            "rejected": status.rejected,
        }
        for name, value in single.items():
            yield GaugeMetricFamily(f"mautod_{name}", name.replace("_", " "), value=value)
        yield _labelled("messages", "state", status.messages)
        yield _labelled("messages_not_sent", "reason", status.reasons)
        yield _labelled("runs", "state", status.runs)


def _labelled(name: str, label: str, counts: dict[str, int]) -> Metric:
    family = GaugeMetricFamily(f"mautod_{name}", f"{name} by {label}", labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family
