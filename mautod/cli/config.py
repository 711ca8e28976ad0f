"""`mautod config`: what may stand in config.toml."""

from __future__ import annotations

import click

from mautod.services.definitions.example import example_config


@click.group()
def config() -> None:
    """What may stand in config.toml."""


@config.command()
def example() -> None:
    """Print config.toml with every key, its meaning and its default."""
    click.echo(example_config(), nl=False)
