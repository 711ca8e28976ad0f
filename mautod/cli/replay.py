"""`mautod replay`: what a chain would have done with the history that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, finish, open_desk
from mautod.cli.show import counts, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

PHASE = "history goes by"


@click.command()
@click.argument("chain")
@click.option("--since", default="90d", show_default=True, help="How far back: 30d, 12h.")
@click.option(
    "--against", type=click.IntRange(1), help="Compare with this version that was applied."
)
@as_json
@click.pass_obj
def replay(place: Place, chain: str, since: str, against: int | None, json_: bool) -> None:
    """Lead the stored history through CHAIN as its file has it. Nobody is written to.

    Who would have got what, when, and what the gate would have said. People are as they are today;
    nobody opens or clicks; other chains' messages do not count against caps. With --url it is the
    daemon's chain and history.
    """
    from mautod import wire
    from mautod.cli.progress import Progress

    with Progress() as bars:

        def heard(done: int, total: int) -> None:
            bars.tell(PHASE, done, total)

        with open_desk(place, heard=heard) as desk:
            ask = wire.ReplayAsk(chain, since, against)
            found = finish(desk, desk.replay(ask), heard).replayed
    assert found is not None
    print_json(found) if json_ else _print(found)


def _print(found: wire.Replayed) -> None:
    from mautod.duration import show_roughly

    click.echo(
        f"{found.chain}: {found.events} events from {when(found.since)} to {when(found.until)},"
        f" exact to {show_roughly(found.stride_ms)}. People are as they are today."
    )
    _outcome(found.outcome)
    if found.against is not None and found.comparison is not None:
        _outcome(found.against)
        _comparison(found.comparison, found.against.version)


def _outcome(one: wire.Walked) -> None:
    click.echo(f"\n{one.version}: {one.entered} entered; {counts(one.ends) or 'nobody went on'}")
    steps = dict.fromkeys((came.step, came.template) for came in one.steps)
    rows = [
        (step, template, counts(_came(one, step, template)), counts(_said(one, step)))
        for step, template in steps
    ]
    table(("STEP", "MESSAGE", "CAME TO", "THE GATE SAID"), rows, empty="no messages")
    if one.sample:
        click.echo("\nthe first of them:")
        sample = [
            (when(each.at), each.person or each.person_id, each.step, each.template, _fate(each))
            for each in one.sample
        ]
        table(("WHEN", "PERSON", "STEP", "MESSAGE", "CAME TO"), sample)


def _came(one: wire.Walked, step: str, template: str) -> dict[str, int]:
    return {
        _fate(came): came.count
        for came in one.steps
        if (came.step, came.template) == (step, template)
    }


def _said(one: wire.Walked, step: str) -> dict[str, int]:
    return {
        f"{each.verdict} {each.reason}".strip(): each.count
        for each in one.verdicts
        if each.step == step
    }


def _fate(one: object) -> str:
    state, reason = getattr(one, "state", ""), getattr(one, "reason", "")
    return f"{state} {reason}".strip()


def _comparison(found: wire.Comparison, version: str) -> None:
    click.echo(
        f"\nthe files against {version}: {found.same} messages are the same,"
        f" {found.only_now} are sent by the files alone, {found.only_then} by {version} alone,"
        f" {found.later} at other times"
    )
    rows = [
        (each.person_id, each.template, when(each.now) or "not", when(each.then) or "not")
        for each in found.sample
    ]
    if rows:
        table(("PERSON", "MESSAGE", "BY THE FILES", f"BY {visible(version)}"), rows)
