"""`mautod demo`: the whole job, here and now."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from mautod.demo.play import Result, Show


@click.command()
@click.option("--once", is_flag=True, help="Ask nothing; exit 0 only if every number adds up.")
@click.option("--tui", "desk", is_flag=True, help="Open the terminal desk on the demo shop.")
def demo(once: bool, desk: bool) -> None:
    """Play a whole shop through a real daemon: real HTTP, real SMTP, seconds in place of hours.

    Everything lives in a temporary folder and is gone afterwards.
    """
    import asyncio

    holds = asyncio.run(_perform(once=once, desk=desk))
    sys.exit(0 if holds else 1)


async def _perform(*, once: bool, desk: bool) -> bool:
    from mautod.cli.progress import Progress
    from mautod.demo.play import show

    with Progress() as progress:
        async with show(progress.tell) as performance:
            if desk:
                progress.close()
                return await _with_desk(performance)
            result = await performance.play()
            progress.close()
            _print(result)
            if not once and sys.stdin.isatty() and click.confirm("Look at it in the desk?"):
                await _open_desk(performance)
            return result.holds


async def _with_desk(performance: Show) -> bool:
    import asyncio

    playing = asyncio.create_task(performance.play())
    await _open_desk(performance)
    playing.cancel()
    return True


async def _open_desk(performance: Show) -> None:
    from mautod.cli.tui import desk

    stage = performance.stage
    key = stage.secret("MAUTOD_API_KEY")
    await desk(performance.client, key, ("--url", stage.url)).run_async()


def _print(result: Result) -> None:
    from mautod.demo.story import story

    for line in story(result):
        click.echo(line)
