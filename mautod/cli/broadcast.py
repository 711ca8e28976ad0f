"""`mautod broadcast send`, `list`, `status`, `recipients`, `pause`, `resume` and `cancel`."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import counts, facts, money, more, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire
    from mautod.services.desk import Desk

BAR_CELLS: Final = 30
PHASE: Final = "asking the gate"


@click.group()
def broadcast() -> None:
    """Write to everybody whom a rule or a segment finds, and follow it to the last of them."""


@broadcast.command()
@click.argument("template", required=False)
@click.option(
    "--file", type=click.Path(exists=True, dir_okay=False), help="A TOML file with these options."
)
@click.option("--to", metavar="RULE", default="", help="Everybody whom this rule finds.")
@click.option("--segment", metavar="KEY", default="", help="Everybody in this segment.")
@click.option("--topic", default="", help="What people unsubscribe from; else the template's.")
@click.option("--key", default="", help="What to call it; else the template with the day.")
@click.option("--name", default="", help="What it is called in reports.")
@click.option("--channel", default="email", show_default=True)
@click.option("--goal", metavar="EVENT", default="", help="What it is for.")
@click.option("--value", default="", help="The event's property that holds the money, or a sum.")
@click.option("--within", metavar="SPAN", default="", help="How long the goal counts.")
@click.option("--from", "counted_from", default="", help="Counted from sent, opened or clicked.")
@click.option("--leave", metavar="RULE", default="", help="Leave out whom this is true of then.")
@click.option(
    "--window", default="", help='Hours on the recipient\'s clock: "mon-fri 10:00-20:00".'
)
@click.option("--outside", default="", help="Outside these hours: wait or skip.")
@click.option("--cap", default="", help='At most so many: "2 per 1d".')
@click.option("--over-cap", default="", help="Over a cap: skip or wait.")
@click.option("--holdout", default="", help='The share that gets nothing, to compare: "10%".')
@click.option("--expires", metavar="SPAN", default="", help="Not sent any more so long after.")
@click.option("--when-unknown", default="", help="What to do about doubt: leave or resend.")
@click.option("--at", metavar="TIME", default="", help='Not before: "2026-12-01 10:00".')
@click.option("--local", is_flag=True, help="That time is on each recipient's own clock.")
@click.option("--late", default="", help="For whom that time has passed: send or skip.")
@click.option("--per-hour", type=click.IntRange(1), help="No faster than this.")
@click.option("--ramp", default="", help='"100 per hour, then double every day, at most 5000".')
@click.option("--variant", "variants", multiple=True, help="One of several letters to compare.")
@click.option("--test", default="", help="The share that the variants are tried on: 20%.")
@click.option("--winner-by", default="", help="What decides: goal, money, click or open.")
@click.option("--after", default="", help="How long each letter is watched: 4h.")
@click.option(
    "--decide", metavar="SPAN", default="", help="The best so far wins so long after all."
)
@click.option("--dry-run", is_flag=True, help="Only say to whom and what the gate would refuse.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def send(place: Place, /, template: str | None, json_: bool, **given: Any) -> None:
    """Send TEMPLATE, or several --variant letters, to people by a rule or a segment.

    It says how many people that is and how many the gate would refuse now, and asks. The audience
    is fixed then: who is counted is who is written to, and each is asked about at the gate once
    more when their letter leaves. A daemon that runs does it, and finishes it whatever happens.

    A --file has the options as keys, and the letter as `template`; what is given here besides
    counts before what it says.
    """
    from mautod.cli.broadcast_file import read_asked

    if path := given.pop("file"):
        template = _filled(given, read_asked(path), template)
    with open_desk(place) as desk:
        draft = desk.ask_broadcast(_ask(template, given))
        dry = given["dry_run"]
        try:
            seen = _check(desk, draft.key)
            if not json_:
                _say_draft(draft, seen)
            question = f"Send to {_number(draft.recipients)} people?"
            go = not dry and (given["yes"] or click.confirm(question, err=True))
        except BaseException:
            desk.drop_broadcast(draft.key)
            raise
        told = desk.start_broadcast(draft.key) if go else draft
        if not go:
            desk.drop_broadcast(draft.key)
        elif not json_ and not any(pump.alive for pump in desk.status().pumps):
            click.echo("no worker is running: it begins with mautod up", err=True)
    if json_:
        print_json({"broadcast": told, "gate": seen, "started": go})
    elif go:
        click.echo(f"started; follow it: mautod broadcast status {draft.key}")
    else:
        click.echo("nothing was sent")


def _filled(given: dict[str, Any], asked: dict[str, Any], template: str | None) -> str | None:
    """Fill `given` with what a file asks for and nobody gave; the letter's template."""
    from click.core import ParameterSource

    context = click.get_current_context()
    names = [*([template] if template else []), *given["variants"]]
    for name, value in asked.items():
        if name == "template":
            template = template if names else value
        elif name == "variants":
            given[name] = given[name] if names else tuple(value)
        elif context.get_parameter_source(name) is not ParameterSource.COMMANDLINE:
            given[name] = value
    return template


def _ask(template: str | None, given: dict[str, Any]) -> wire.BroadcastAsk:
    from mautod import wire
    from mautod.errors import BadInput

    if given["per_hour"] and given["ramp"]:
        raise BadInput("--per-hour and --ramp both say how fast", field="ramp", hint="Give one.")
    templates = [*([template] if template else []), *given["variants"]]
    if not templates:
        raise BadInput("no letter is named", hint="mautod broadcast send TEMPLATE --to 'RULE'")
    ramp = f"{given['per_hour']} per hour" if given["per_hour"] else given["ramp"]
    left_out = {"per_hour", "variants", "dry_run", "yes", "ramp"}
    same = {name: value for name, value in given.items() if name not in left_out}
    return wire.BroadcastAsk(templates=templates, ramp=ramp, **same)


def _check(desk: Desk, key: str) -> dict[str, Any]:
    """What the gate would say of all of them, part by part."""
    from mautod.cli.progress import Progress

    whole: dict[str, Any] = {"looked": 0, "fit": 0, "late": 0, "sharing": 0}
    refused: Counter[str] = Counter()
    postponed: Counter[str] = Counter()
    total = desk.broadcast(key).recipients
    with Progress() as bars:
        piece: int | None = 0
        while piece is not None:
            part = desk.check_broadcast(key, piece)
            for name in whole:
                whole[name] += getattr(part, name)
            refused.update(part.refused)
            postponed.update(part.postponed)
            piece = part.next
            if total > whole["looked"]:
                bars.tell(PHASE, whole["looked"], total)
    return {**whole, "refused": dict(refused), "postponed": dict(postponed)}


def _say_draft(draft: wire.Broadcast, seen: dict[str, Any]) -> None:
    refused, postponed = seen["refused"], seen["postponed"]
    facts(
        [
            ("broadcast", f"{draft.key}, {draft.name}"),
            ("to", f"{_number(draft.recipients)} people: {draft.query}"),
            *_wishes(draft),
            (
                "late",
                f"{_number(seen['late'])} for whom that time has passed" if seen["late"] else "",
            ),
            ("same address", _number(seen["sharing"]) if seen["sharing"] else ""),
            ("fit now", _number(seen["fit"])),
            ("refused now", counts(refused)),
            ("wait now for", counts(postponed)),
        ]
    )


def _wishes(found: wire.Broadcast) -> list[tuple[str, str]]:
    """What was asked for, as far as it was."""
    topic = f", topic {found.topic}" if found.topic else ", transactional"
    return [
        ("letter", f"{' against '.join(found.templates)} by {found.channel}{topic}"),
        ("test", f"{found.test} first, the others get the better" if found.test else ""),
        ("when", found.at or "at once"),
        ("pace", found.ramp),
        ("window", found.window),
        ("cap", found.cap),
        ("holdout", found.holdout),
        ("leave", found.leave),
        ("goal", found.goal),
    ]


def _number(number: int) -> str:
    return f"{number:,}".replace(",", " ")


@broadcast.command("list")
@after
@limit
@as_json
@click.pass_obj
def list_(place: Place, after: int | None, limit: int, json_: bool) -> None:
    """List broadcasts, the latest first."""
    with open_desk(place) as desk:
        page = desk.broadcasts(after, limit)
    if json_:
        print_json(page)
        return
    heads = ("KEY", "STATE", "STARTED", "PEOPLE", "LEFT", "SENT", "CLICK", "GOALS", "MONEY")
    rows = [
        (
            each.key,
            each.state,
            when(each.started_at),
            each.recipients,
            each.open,
            _sent(each),
            each.clicked,
            each.goals,
            money(each.money),
        )
        for each in page.items
    ]
    table(heads, rows, empty="no broadcasts yet: mautod broadcast send")
    more(page.next)


def _sent(found: wire.Broadcast) -> int:
    return sum(found.states.get(state, 0) for state in ("sent", "delivered"))


@broadcast.command()
@click.argument("broadcast")
@as_json
@click.pass_obj
def status(place: Place, broadcast: str, json_: bool) -> None:
    """Say what became of each recipient of BROADCAST, a key; the numbers add up to all of them."""
    with open_desk(place) as desk:
        found = desk.broadcast(broadcast)
    if json_:
        print_json(found)
        return
    final = found.recipients - found.open
    click.echo(f"{_bar(final, found.recipients)}  {_progress(found, final)}")
    facts(
        [
            ("broadcast", f"{found.key}, {found.name}"),
            ("to", f"{_number(found.recipients)} people: {found.query}"),
            *_wishes(found),
            ("started", when(found.started_at)),
            ("begins", when(found.begins_at)),
            ("ended", when(found.ended_at)),
            ("lately", _pace(found)),
            ("opened", _number(found.opened)),
            ("clicked", _number(found.clicked)),
            ("goals", f"{found.goals} {money(found.money)}".strip()),
            ("winner", _winner(found)),
            ("proof", _proof(found)),
        ]
    )
    if found.trial is not None:
        click.echo()
        _say_trial(found.trial)


def _bar(done: int, total: int) -> str:
    full = BAR_CELLS * done // total if total else 0
    return "█" * full + "░" * (BAR_CELLS - full)


def _progress(found: wire.Broadcast, final: int) -> str:
    parts = [
        f"{state} {_number(number)}{_why(found.reasons.get(state, {}))}"
        for state, number in found.states.items()
    ]
    numbers = f"{_number(final)} of {_number(found.recipients)} are final"
    return f"{found.state}: {numbers}: {', '.join(parts)}"


def _why(reasons: dict[str, int]) -> str:
    return f" ({counts(reasons)})" if reasons else ""


def _pace(found: wire.Broadcast) -> str:
    if found.ended_at is not None:
        return ""
    end = f", about until {when(found.ends_at)}" if found.ends_at else ""
    return f"{_number(found.per_minute)} in the last minute{end}"


def _winner(found: wire.Broadcast) -> str:
    if found.winner:
        forced = found.trial is not None and found.trial.evidence.get("time was up")
        return f"{found.winner}, {'the best when the time was up' if forced else 'certain'}"
    return f"by {when(found.decide_at)} at the latest" if found.decide_at else ""


def _proof(found: wire.Broadcast) -> str:
    whole = sum(found.states.values())
    return (
        f"counted one by one now: {_number(whole)} recipients,"
        f" {_number(found.open)} of whom are not final"
    )


def _say_trial(trial: wire.Experiment) -> None:
    rows = [
        (
            each.name,
            each.people,
            each.sent,
            each.opened,
            each.clicked,
            each.goals,
            money(each.money),
            "" if each.chance is None else f"{each.chance:.0%}",
        )
        for each in trial.variants
    ]
    heads = ("VARIANT", "PEOPLE", "SENT", "OPEN", "CLICK", "GOALS", "MONEY", "BEST")
    table(heads, rows)


@broadcast.command()
@click.argument("broadcast")
@click.option("--state", default="", help="waiting, queued, sent, refused, failed, left …")
@after
@limit
@as_json
@click.pass_obj
def recipients(
    place: Place, broadcast: str, state: str, after: int | None, limit: int, json_: bool
) -> None:
    """List the recipients of BROADCAST one by one, in the order in which they are written to."""
    with open_desk(place) as desk:
        page = desk.recipients(broadcast, state, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (
            each.run,
            each.person,
            each.state,
            each.reason,
            each.template,
            when(each.due_at),
            when(each.done_at),
        )
        for each in page.items
    ]
    heads = ("RUN", "PERSON", "STATE", "REASON", "LETTER", "DUE", "DONE")
    table(heads, rows, empty="nobody")
    more(page.next)


@broadcast.command()
@click.argument("broadcast")
@as_json
@click.pass_obj
def pause(place: Place, broadcast: str, json_: bool) -> None:
    """Send nothing more of BROADCAST until it is resumed."""
    with open_desk(place) as desk:
        done = desk.pause_broadcast(broadcast)
    print_json(done) if json_ else click.echo(visible(done.text))


@broadcast.command()
@click.argument("broadcast")
@as_json
@click.pass_obj
def resume(place: Place, broadcast: str, json_: bool) -> None:
    """Let BROADCAST go on where it was: nobody twice, and no faster than asked for."""
    with open_desk(place) as desk:
        done = desk.resume_broadcast(broadcast)
    print_json(done) if json_ else click.echo(visible(done.text))


@broadcast.command()
@click.argument("broadcast")
@click.option("--yes", is_flag=True, help="Do not ask.")
@as_json
@click.pass_obj
def cancel(place: Place, broadcast: str, yes: bool, json_: bool) -> None:
    """Let whoever has not been written to by BROADCAST get nothing; it cannot be taken back."""
    with open_desk(place) as desk:
        found = desk.broadcast(broadcast)
        number = f"{_number(found.open)} of {_number(found.recipients)} people"
        question = f"{number} have not been written to. Let them get nothing?"
        if not (yes or click.confirm(question, err=True)):
            click.echo("nothing was changed")
            return
        done = desk.cancel_broadcast(broadcast)
    print_json(done) if json_ else click.echo(visible(done.text))
