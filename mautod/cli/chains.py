"""`mautod chains list`, `show`, `steps`, `runs`, `pause`, `resume` and `stop`."""

from __future__ import annotations

from textwrap import indent
from typing import TYPE_CHECKING

import click
from click.formatting import wrap_text

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import counts, facts, money, more, print_json, share, table, visible, when

if TYPE_CHECKING:
    from mautod import wire


@click.group()
def chains() -> None:
    """List, show, pause, resume and stop chains."""


@chains.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List chains with what they came to."""
    with open_desk(place) as desk:
        found = desk.chains()
    if json_:
        print_json(found)
        return
    heads = ("KEY", "STATE", "V", "ACTIVE", "SENT", "OPEN", "CLICK", "GOALS", "MONEY")
    rows = [
        (
            each.key,
            f"{each.state}, test" if each.test else each.state,
            each.version,
            each.active,
            each.sent,
            each.opened,
            each.clicked,
            share(each.goals),
            money(each.money),
        )
        for each in found.items
    ]
    table(heads, rows, empty="no chains: mautod apply")


@chains.command()
@click.argument("chain")
@as_json
@click.pass_obj
def show(place: Place, chain: str, json_: bool) -> None:
    """Show CHAIN, a key, step by step."""
    with open_desk(place) as desk:
        found = desk.chain(chain)
    if json_:
        print_json(found)
        return
    facts(_facts(found))
    click.echo()
    table(("STEP", "WHAT", "HERE", "SENT", "OPEN", "CLICK", "GOALS", "NOT SENT"), _steps(found))
    for step in found.steps:
        if step.experiment is not None:
            click.echo()
            _experiment(step.id, step.experiment)


def _experiment(step: str, found: wire.Experiment) -> None:
    click.echo(f"split {step}, compared by {found.by}: {_verdict(found)}")
    heads = ("VARIANT", "WEIGHT", "PEOPLE", "SENT", "OPEN", "CLICK", "GOALS", "MONEY", "JUDGED",
             "OF THEM", "CHANCE")  # fmt: skip
    table(heads, [_variant(each) for each in found.variants])


def _verdict(found: wire.Experiment) -> str:
    """How it stands, in words."""
    if found.winner:
        p_value = float(found.evidence.get("p_value", found.p_value))
        return f"{found.winner} has won, {when(found.decided_at)}, p = {p_value:.2g}"
    if found.currencies:
        return f"earned in {', '.join(found.currencies)}, which are not added; nothing can win"
    if not found.confidence:
        return f"p = {found.p_value:.2g}, nothing is to win"
    fewest = min((each.judged for each in found.variants), default=0)
    if fewest < found.least:
        return f"too early, {fewest} of {found.least} people judged"
    return f"open, p = {found.p_value:.2g}, to be {1 - found.confidence:.2g}"


def _variant(each: wire.Variant) -> tuple[object, ...]:
    return (
        each.name,
        each.weight,
        each.people,
        each.sent,
        each.opened,
        each.clicked,
        each.goals,
        money(each.money),
        each.judged,
        each.successes,
        "" if each.chance is None else f"{each.chance:.1%}",
    )


def _facts(chain: wire.Chain) -> list[tuple[str, object]]:
    return [
        ("chain", f"{chain.key} v{chain.version}, {chain.name}"),
        ("state", f"{chain.state} since {when(chain.changed_at)}"),
        ("topic", f"{chain.topic} on {chain.channel}"),
        ("enter", chain.enter),
        ("leave", chain.leave),
        ("goal", chain.goal),
        ("window", chain.window),
        ("cap", chain.cap),
        ("holdout", chain.holdout),
        *((name.replace("_", " "), value) for name, value in chain.policies.items()),
        ("test", f"writes to nobody but {chain.test}" if chain.test else ""),
        ("people", f"{chain.entered} entered, {chain.active} are under way"),
        ("ended", counts(chain.outcomes)),
        ("earned", money(chain.money)),
    ]


def _steps(chain: wire.Chain) -> list[tuple[object, ...]]:
    return [
        (
            step.id,
            step.title,
            step.here,
            step.sent,
            step.opened,
            step.clicked,
            share(step.goals),
            counts(step.refused),
        )
        for step in chain.steps
    ]


@chains.command()
@click.argument("chain", default="")
@click.option("--state", default="", help="Only waiting, done or failed ones.")
@after
@limit
@as_json
@click.pass_obj
def calls(place: Place, chain: str, state: str, after: int | None, limit: int, json_: bool) -> None:
    """List webhooks and notes to operators of CHAIN, or of all, newest first."""
    with open_desk(place) as desk:
        page = desk.calls(chain, state, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (
            each.id,
            each.chain,
            each.step,
            each.person,
            each.kind,
            each.state,
            each.attempt,
            when(each.done_at or each.due_at),
            each.detail,
        )
        for each in page.items
    ]
    heads = ("ID", "CHAIN", "STEP", "PERSON", "KIND", "STATE", "TRIES", "WHEN", "DETAIL")
    table(heads, rows, empty="no calls")
    more(page.next)


@chains.command()
@as_json
@click.pass_obj
def codes(place: Place, json_: bool) -> None:
    """List pools of promo codes: how many were given, how many are left."""
    with open_desk(place) as desk:
        found = desk.codes()
    if json_:
        print_json(found)
        return
    rows = [
        (each.key, each.pattern or each.file, each.given, "" if each.left is None else each.left)
        for each in found.items
    ]
    table(("POOL", "CODES", "GIVEN", "LEFT"), rows, empty="no pools: workspace/codes.toml")


@chains.command()
@click.argument("kind", default="")
@as_json
def steps(kind: str, json_: bool) -> None:
    """Explain the kinds of steps, or KIND alone: what it does, its keys, an example."""
    from mautod.core.chains.handbook import handbook
    from mautod.core.files.definition import nearest
    from mautod.errors import NotFound

    pages = handbook()
    known = [page.kind for page in pages]
    if kind and kind not in known:
        raise NotFound(f"there is no kind of step {kind!r}", hint=nearest(kind, known))
    found = [page for page in pages if kind in ("", page.kind)]
    if json_:
        print_json(found)
        return
    for number, page in enumerate(found):
        click.echo("\n" if number else "", nl=False)
        click.echo(page.summary)
        if page.text:
            click.echo(wrap_text(page.text, initial_indent="  ", subsequent_indent="  "))
        wide = max(map(len, page.keys))
        for name, words in page.keys.items():
            click.echo(f"    {name:<{wide}}  {words}")
        click.echo(f"\n{indent(page.example, '      ')}")


@chains.command()
@click.argument("chain", default="")
@click.option("--state", default="", help="Only active ones, or done ones.")
@click.option("--step", default="", help="Only those at this step.")
@after
@limit
@as_json
@click.pass_obj
def runs(
    place: Place,
    chain: str,
    state: str,
    step: str,
    after: int | None,
    limit: int,
    json_: bool,
) -> None:
    """List people on their way through CHAIN, or through all, newest first."""
    with open_desk(place) as desk:
        page = desk.runs(chain, state, step, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (
            each.id,
            each.chain,
            each.person,
            f"{each.outcome or each.state}{', held out' if each.holdout else ''}",
            each.title,
            when(each.wake_at),
        )
        for each in page.items
    ]
    table(("ID", "CHAIN", "PERSON", "STATE", "STEP", "WAKES"), rows, empty="no runs")
    more(page.next)


@chains.command()
@click.argument("chain")
@as_json
@click.pass_obj
def pause(place: Place, chain: str, json_: bool) -> None:
    """Hold CHAIN: who enters waits, nobody goes on, nothing of it is sent."""
    with open_desk(place) as desk:
        done = desk.pause(chain)
    print_json(done) if json_ else click.echo(done.text)


@chains.command()
@click.argument("chain")
@click.option("--shift", is_flag=True, help="Make every wait as much longer as it was paused.")
@as_json
@click.pass_obj
def resume(place: Place, chain: str, shift: bool, json_: bool) -> None:
    """Let a paused CHAIN go on; waits that ran out meanwhile are taken at once.

    A CHAIN that was stopped takes people in again.
    """
    with open_desk(place) as desk:
        done = desk.shift(chain) if shift else desk.resume(chain)
    print_json(done) if json_ else click.echo(done.text)


@chains.command()
@click.argument("chain")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def stop(place: Place, chain: str, yes: bool, json_: bool) -> None:
    """End CHAIN and every run under way in it, for good; asks with their number.

    What is queued is not sent. `mautod chains resume` lets new people in again.
    """
    with open_desk(place) as desk:
        found = desk.chain(chain)
        question = f"End {found.key} for the {found.active} people who are under way in it?"
        if not (yes or click.confirm(visible(question), err=True)):
            click.echo("nothing was done")
            return
        done = desk.stop(chain)
    print_json(done) if json_ else click.echo(done.text)
