"""`mautod why`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.decisions import print_decisions
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible, when

if TYPE_CHECKING:
    from mautod import wire

_MARKS: Final = {"passed": "✓", "here": "◷", "perhaps": "?", "ahead": "·", "not taken": "-"}


@click.command()
@click.argument("person")
@click.argument("name", metavar="TEMPLATE|CHAIN")
@click.option(
    "--chain", "is_chain", is_flag=True, help="The chain, if a template is called so too."
)
@as_json
@click.pass_obj
def why(place: Place, person: str, name: str, is_chain: bool, json_: bool) -> None:
    """Say why PERSON did or did not get TEMPLATE, or walk CHAIN, from what was stored at the time.

    Of a chain also each condition of entering it, as it is now.
    """
    with open_desk(place) as desk:
        found = desk.why(person, chain=name) if is_chain else desk.why(person, name)
    if json_:
        print_json(found)
        return
    about = visible(found.chain or found.template)
    click.echo(f"{visible(found.person.label)}, {about}: {visible(found.text)}")
    for run in found.runs:
        _run(run, whole=bool(found.chain))
    if found.entry:
        _entry(found.entry)


def _run(told: wire.WhyRun, *, whole: bool) -> None:
    click.echo()
    if told.trigger is not None:
        click.echo(f"{when(told.trigger.ts)}  {visible(told.trigger.name)}")
    if told.run is not None:
        state = told.run.outcome or told.run.state
        click.echo(f"{when(told.run.entered_at)}  entered {told.run.chain}, now {visible(state)}")
    for step in told.steps:
        _step(step, whole=whole)
    if told.message is not None:
        click.echo(f"{when(told.message.queued_at)}  queued as message {told.message.id}")
    print_decisions(told.decisions)
    click.echo(f"→ {visible(told.text)}")


def _step(step: wire.WhyStep, *, whole: bool) -> None:
    """One line, and for a whole chain all decisions about its message."""
    title = visible(step.title)
    named = f"{visible(step.id)}: " if not step.id.isdecimal() else ""
    click.echo(f"{'':21}{_MARKS.get(step.mark, ' ')} {named}{title}  {visible(step.text)}".rstrip())
    if whole and step.message is not None:
        print_decisions(step.message.decisions)


def _entry(entry: list[wire.Hurdle]) -> None:
    click.echo("\nto enter now:")
    for hurdle in entry:
        click.echo(f"  {'✓' if hurdle.holds else '✗'} {visible(hurdle.text)}")
        if hurdle.change:
            click.echo(f"      lacks: {visible(hurdle.change)}")
