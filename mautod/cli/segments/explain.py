"""Why somebody is in a segment, or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import exactly, print_json, visible, when

if TYPE_CHECKING:
    from mautod import wire


@click.command()
@click.argument("segment")
@click.argument("person")
@as_json
@click.pass_obj
def explain(place: Place, segment: str, person: str, json_: bool) -> None:
    """Say why PERSON is in SEGMENT or is not, and when time alone will turn it."""
    with open_desk(place) as desk:
        found = desk.explain(segment, person)
    if json_:
        print_json(found)
        return
    _headline(found)
    _tree(found.rule, "")


def _headline(found: wire.Explanation) -> None:
    who, name = visible(found.person.label), visible(found.segment.name)
    stands = "is not in" if found.since is None else f"has been since {when(found.since)} in"
    click.echo(f"{who} {stands} {name}")
    if found.matches is (found.since is None):
        becomes = "enters" if found.matches else "leaves"
        click.echo(f"{becomes} at the next event or sweep")
    if found.segment.error:
        click.echo(f"the segment is not kept up to date: {visible(found.segment.error)}")
    if found.turns_at is not None:
        click.echo(f"the whole rule {_turns(found.rule.holds, found.turns_at)}")


def _turns(holds: bool, at: int) -> str:
    return f"turns {'false' if holds else 'true'} at {exactly(at)} if nothing happens"


def _tree(reason: wire.Reason, indent: str) -> None:
    click.echo(f"{indent}{'✓' if reason.holds else '✗'} {_said(reason)}")
    for text in _details(reason):
        click.echo(f"{indent}    {text}")
    for part in reason.parts:
        _tree(part, f"{indent}  ")


def _said(reason: wire.Reason) -> str:
    if reason.kind in ("leaf", "rule"):
        return visible(reason.rule)
    words = {"and": "all of", "or": "any of", "not": "not"}[reason.kind]
    return f"{words} ({reason.why})" if reason.why else words


def _details(reason: wire.Reason) -> list[str]:
    if reason.kind != "leaf":
        return []
    first, last = reason.first_at, reason.last_at
    told = [visible(reason.why)]
    if last is not None:
        told.append(f"last at {when(last)}")
    elif first is not None:
        told.append(f"since {when(first)}")
    turns = "" if reason.turns_at is None else _turns(reason.holds, reason.turns_at)
    return [line for line in (", ".join(filter(None, told)), turns) if line]
