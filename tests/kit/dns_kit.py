"""A DNS server on loopback that answers from a zone: dnslib's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dnslib import RR
from dnslib.server import BaseResolver, DNSLogger, DNSServer
from smtp_kit import free_port


class Zone(BaseResolver):
    """Answers what `text`, a zone file, says."""

    def __init__(self, text: str) -> None:
        self.write(text)

    def write(self, text: str) -> None:
        self.records = RR.fromZone(text)

    def resolve(self, request, handler):
        reply = request.reply()
        asked = request.q
        same = [r for r in self.records if str(r.rname).lower() == str(asked.qname).lower()]
        for record in same:
            if record.rtype == asked.qtype:
                reply.add_answer(record)
        if not same:
            reply.header.rcode = 3
        return reply


@contextmanager
def dns_server(text: str) -> Iterator[tuple[str, Zone]]:
    """Serve `text`: (address with its port, the zone)."""
    port, zone = free_port(), Zone(text)
    quiet = DNSLogger("-request,-reply,-truncated,-error", prefix=False)
    server = DNSServer(zone, port=port, address="127.0.0.1", logger=quiet)
    server.start_thread()
    try:
        yield f"127.0.0.1:{port}", zone
    finally:
        server.stop()
        server.server.server_close()
