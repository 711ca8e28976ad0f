"""`mautod goals report`."""

from __future__ import annotations

from datetime import datetime

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import money, print_json, share, table
from mautod.errors import BadInput


@click.group()
def goals() -> None:
    """Report what chains reached and earned."""


@goals.command()
@click.option("--chain", default="", help="Only this chain.")
@click.option("--since", default="", help="A date or an instant, or a span back: 30d.")
@click.option("--until", default="", help="The same; its own instant is out.")
@as_json
@click.pass_obj
def report(place: Place, chain: str, since: str, until: str, json_: bool) -> None:
    """Say what each step of each chain reached and earned."""
    with open_desk(place) as desk:
        found = desk.goals(chain, _instant(since, "since"), _instant(until, "until"))
    if json_:
        print_json(found)
        return
    rows = [
        (
            each.chain,
            each.step,
            each.template,
            each.sent,
            each.opened,
            each.clicked,
            share(each.goals),
            each.people,
            money(each.money),
        )
        for each in found.rows
    ]
    heads = ("CHAIN", "STEP", "TEMPLATE", "SENT", "OPEN", "CLICK", "GOALS", "PEOPLE", "MONEY")
    table(heads, rows, empty="nothing was sent")
    click.echo(f"together {share(found.goals)} goals, {money(found.money) or 'no money'}")


def _instant(text: str, field: str) -> int | None:
    """UTC milliseconds of `30d` (so long ago) or of a date, on this machine's clock."""
    from mautod.clock import now_ms
    from mautod.duration import parse_duration

    if not text:
        return None
    if text[-1].isalpha() and text[0].isdigit():
        return now_ms() - parse_duration(text)
    try:
        return int(datetime.fromisoformat(text).astimezone().timestamp() * 1000)
    except ValueError as error:
        raise BadInput(
            f"{text!r} is no date", field=field, hint="Write 2026-01-31, or 30d for so long ago."
        ) from error
