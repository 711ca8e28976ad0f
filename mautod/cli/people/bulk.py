"""One act on everybody whom a search finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table, visible, when
from mautod.errors import BadInput

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.desk import Desk

PHASE: Final = "people"


@click.command()
@click.argument("query", required=False)
@click.option("--tag", multiple=True, help="Put this tag on; several times for several.")
@click.option("--untag", multiple=True, help="Take this tag off.")
@click.option("--segment", metavar="KEY", help="Add to this static segment.")
@click.option("--unlist", metavar="KEY", help="Take off this static segment.")
@click.option("--chain", metavar="KEY", help="Start this chain for whom it takes.")
@click.option("--unsubscribe", metavar="TOPIC", help="Off this topic; * is every one.")
@click.option("--suppress", is_flag=True, help="Never write to their emails again.")
@click.option("--resume", type=int, metavar="ID", help="Go on with an act that was begun.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def bulk(place: Place, /, query: str | None, json_: bool, **given: Any) -> None:
    """Do one thing to everybody whom QUERY, words or a rule, finds.

    Who is counted is who is acted on. If it is cut off, the daemon finishes it, or --resume does.
    Without QUERY and --resume, the latest acts are listed.
    """
    with open_desk(place) as desk:
        if given["resume"] is not None:
            done = _run(desk, given["resume"])
        elif query is None:
            _list(desk, json_)
            return
        else:
            asked = desk.bulk(_ask(query, given))
            if not (given["yes"] or click.confirm(f"{visible(asked.text)}?", err=True)):
                click.echo("nothing was done")
                return
            done = _run(desk, asked.id)
    print_json(done) if json_ else click.echo(_said(done))


def _ask(query: str, given: dict[str, Any]) -> wire.BulkAsk:
    from mautod import wire

    tags = [f"+{tag}" for tag in given["tag"]] + [f"-{tag}" for tag in given["untag"]]
    topic = given["unsubscribe"]
    chosen = [
        *([("tag", " ".join(tags))] if tags else []),
        *([("unsubscribe", "" if topic == "*" else topic)] if topic is not None else []),
        *((act, given[act]) for act in ("segment", "unlist", "chain") if given[act]),
        *([("suppress", "")] if given["suppress"] else []),
    ]
    if len(chosen) != 1:
        hint = "Give --tag and --untag, or --segment, --unlist, --chain, --unsubscribe, --suppress."
        raise BadInput("one act at a time is expected", hint=hint)
    return wire.BulkAsk(*chosen[0], query)


def _run(desk: Desk, bulk_id: int) -> wire.Bulk:
    from mautod.cli.progress import Progress

    with Progress() as bars:
        done = desk.bulk_step(bulk_id)
        while done.state != "done":
            bars.tell(PHASE, done.done, done.total)
            done = desk.bulk_step(bulk_id)
        bars.tell(PHASE, done.done, done.total)
    return done


def _said(done: wire.Bulk) -> str:
    rest = done.total - done.changed
    return f"{visible(done.text)}: {done.changed} changed, {rest} were so already"


def _list(desk: Desk, json_: bool) -> None:
    page = desk.bulks()
    if json_:
        print_json(page)
        return
    rows = [
        (each.id, when(each.at), each.text, each.state, f"{each.done}/{each.total}", each.changed)
        for each in page.items
    ]
    table(("ID", "ASKED", "ACT", "STATE", "DONE", "CHANGED"), rows, empty="no bulk acts yet")
