"""`mautod bench`: speed, measured on this machine beside its limit."""

from __future__ import annotations

import sys

import click

NAMES = (
    "ingest", "digest", "rules", "people", "chains",
    "latency", "delivery", "broadcast", "email", "receive",
    "replay", "idle", "live",
)  # fmt: skip


@click.command()
@click.argument("names", nargs=-1, type=click.Choice(NAMES))
@click.option("--large", is_flag=True, help="digest, rules, people and broadcast: 1 M people.")
@click.option("--rate", default=70.0, help="email: letters a second to keep to.", show_default=True)
def bench(names: tuple[str, ...], large: bool, rate: float) -> None:
    """Measure NAMES (all without one), each beside a limit taken in the same run.

    Exits 1 when a goal is missed. Nothing outside a temporary folder is touched.
    """
    from importlib import import_module
    from typing import Any

    sizes: dict[str, dict[str, Any]] = {"email": {"rate": rate}}
    if large:
        sizes |= {
            "digest": {"people": 1_000_000, "stored": 10_000_000},
            "rules": {"people": 1_000_000, "events": 10_000_000},
            "people": {"people": 1_000_000},
            "broadcast": {"people": 1_000_000, "sending_s": 240},
        }
    met = [
        import_module(f"mautod.bench.{name}").run(**sizes.get(name, {})) for name in names or NAMES
    ]
    sys.exit(0 if all(met) else 1)
