"""`mautod why`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.decisions import print_decisions
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible, when

if TYPE_CHECKING:
    from mautod import wire


@click.command()
@click.argument("person")
@click.argument("template")
@as_json
@click.pass_obj
def why(place: Place, person: str, template: str, json_: bool) -> None:
    """Say why PERSON did or did not get TEMPLATE, from what was stored at the time."""
    with open_desk(place) as desk:
        found = desk.why(person, template)
    if json_:
        print_json(found)
        return
    click.echo(f"{visible(found.person.label)}, {found.template}: {visible(found.text)}")
    for run in found.runs:
        _run(run)


def _run(told: wire.WhyRun) -> None:
    click.echo()
    if told.trigger is not None:
        click.echo(f"{when(told.trigger.ts)}  {visible(told.trigger.name)}")
    if told.run is not None:
        state = told.run.outcome or told.run.state
        click.echo(f"{when(told.run.entered_at)}  entered {told.run.chain}, now {visible(state)}")
    if told.message is not None:
        click.echo(f"{when(told.message.queued_at)}  queued as message {told.message.id}")
    print_decisions(told.decisions)
    click.echo(f"→ {visible(told.text)}")
