"""A workspace in files, and persons who try it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mautod.config import Settings, load
from mautod.services.simulate.log import Entry, Log
from mautod.services.simulate.run import simulate

CONFIG = """
[workspace]
name = "Oslo sofas"
timezone = "UTC"
[channels.email]
url = "smtp://user:${MAUTOD_SMTP_PASSWORD}@mail.shop.test:587"
sender = "Shop <shop@shop.test>"
"""
TOPICS = '[offers]\nname = "Offers"\n[news]\nname = "News"\n'
SEGMENTS = """
[sleeping]
rule = 'email is known and last_seen before 30d ago'
"""
LETTER = """---
subject: Hello {{ person.name }}, %s
---
<p>Dear {{ person.name }},</p>
<a href="https://shop.test/cart">Cart</a> <a href="https://shop.test/home">Home</a>
<a href="{{ unsubscribe_url }}">Unsubscribe</a>
"""
CART = """
name   = "Cart"
topic  = "offers"
enter  = { event = "Product Added", when = 'email is known', again = "per 7d" }
leave  = 'did "Product Removed" since entry'
goal   = { event = "Order Completed", value = "total", within = "3d" }
window = "mon-sun 10:00-20:00"
[[step]]
wait = "1h"
[[step]]
id   = "first"
send = "cart-1"
[[step]]
await = { event = "Message Clicked", for = "1d", else = "second" }
[[step]]
exit = "clicked"
[[step]]
id   = "second"
send = "cart-2"
"""
ANNA = """
[person]
email = "anna@example.com"
name  = "Anna"
[[event]]
at    = "+1h"
name  = "Product Added"
props = { name = "Mug" }
"""


@dataclass(frozen=True)
class Files:
    """A workspace folder that was never run."""

    folder: Path

    @classmethod
    def new(cls, folder: Path) -> Files:
        files = cls(folder)
        files.write("config.toml", CONFIG)
        for name, text in {
            "topics.toml": TOPICS,
            "segments.toml": SEGMENTS,
            "chains/cart.toml": CART,
            "templates/cart-1.liquid": LETTER % "first",
            "templates/cart-2.liquid": LETTER % "second",
        }.items():
            files.write(f"workspace/{name}", text)
        return files

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def edit(self, name: str, old: str, new: str) -> None:
        path = self.folder / "workspace" / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    @property
    def settings(self) -> Settings:
        return load(self.folder)

    def simulate(self, person: str = ANNA, chain: str = "cart") -> Log:
        return simulate(self.settings, chain, person, "anna.toml")


def of(log: Log, *kinds: str) -> list[Entry]:
    return [entry for entry in log.entries if entry.kind in kinds]


def hours(log: Log, at: int) -> float:
    """Hours after the start."""
    return (at - log.start) / 3_600_000


def sent(log: Log) -> list[tuple[float, str]]:
    return [(hours(log, entry.at), entry.what) for entry in of(log, "sent")]


def words(log: Log, *kinds: str) -> list[Any]:
    return [entry.what for entry in of(log, *kinds)]
