"""Say that two people are one, and that they are not after all."""

from __future__ import annotations

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, visible


@click.command()
@click.argument("person")
@click.argument("other")
@as_json
@click.pass_obj
def merge(place: Place, person: str, other: str, json_: bool) -> None:
    """Let PERSON absorb OTHER, each an id, a user id, an anonymous id or an email.

    What both know, PERSON knows better. The merge can be undone.
    """
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.merge(person, wire.MergeAsk(other))
    print_json(done) if json_ else click.echo(visible(done.text))


@click.command()
@click.argument("person")
@click.option("--merge", type=click.IntRange(1), help="The merge's number; by default the last.")
@as_json
@click.pass_obj
def unmerge(place: Place, person: str, merge: int | None, json_: bool) -> None:
    """Undo the last merge of PERSON, or one by its number in `people show`.

    Both are as they were; what came since stays with the one who absorbed the other, except that
    a no that was said since holds for both. PERSON may be the id that was absorbed.
    """
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.unmerge(person, wire.UnmergeAsk(merge))
    print_json(done) if json_ else click.echo(visible(done.text))
