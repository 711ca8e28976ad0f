"""`mautod messages list`, `show`, `visits`, `rejudge`, `export` and `servers`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.decisions import print_decisions
from mautod.cli.exporting import PAGE, Form, Told, form, whole
from mautod.cli.exporting import export as write
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import facts, money, more, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

USUAL: Final = (
    "id", "person_id", "person", "channel", "address", "template", "topic", "state", "reason",
    "chain", "step", "queued_at", "due_at", "done_at", "opened_at", "clicked_at", "money",
)  # fmt: skip


@click.group()
def messages() -> None:
    """List messages with their states and reasons."""


@messages.command("list")
@click.option("--state", default="", help="queued, sent, refused …")
@click.option("--reason", default="", help="Why it was refused or failed.")
@click.option("--chain", default="", help="Only those of this chain.")
@click.option("--person", default="", help="Only those to this person.")
@after
@limit
@as_json
@click.pass_obj
def list_(
    place: Place,
    state: str,
    reason: str,
    chain: str,
    person: str,
    after: int | None,
    limit: int,
    json_: bool,
) -> None:
    """List messages, newest first."""
    with open_desk(place) as desk:
        to = desk.person(person).person.id if person else None
        page = desk.messages(state, reason, chain, to, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (each.id, each.person, each.template, each.state, each.reason, when(each.due_at))
        for each in page.items
    ]
    table(("ID", "PERSON", "TEMPLATE", "STATE", "REASON", "DUE"), rows, empty="no messages")
    more(page.next)


@messages.command()
@click.option("--state", default="", help="queued, sent, refused …")
@click.option("--reason", default="", help="Why it was refused or failed.")
@click.option("--chain", default="", help="Only those of this chain.")
@click.option("--person", default="", help="Only those to this person.")
@form
@click.pass_obj
def export(
    place: Place, /, person: str, format_: str, columns: str, out: Path | None, **sought: str
) -> None:
    """Write messages, newest first."""
    with open_desk(place) as desk:
        to = desk.person(person).person.id if person else None

        def page(after: int | None) -> tuple[Iterable[Told], int | None]:
            found = desk.messages(**sought, person=to, after=after, limit=PAGE)
            return map(_told, found.items), found.next

        write(page, Form(format_, columns, USUAL, out), "messages", 0)


def _told(message: wire.Message) -> Told:
    """Without decisions, which a listing does not have; money as it is said."""
    told = {**whole(message), "money": money(message.money)}
    del told["decisions"]
    return told


def _tries(message: wire.Message) -> str:
    """How often it was tried, and by which schedule it is tried again."""
    again = f", again as {message.schedule}" if message.schedule else ""
    return f"{message.attempt}{again if message.state == 'queued' else ''}"


@messages.command()
@click.argument("message", type=click.IntRange(1))
@as_json
@click.pass_obj
def show(place: Place, message: int, json_: bool) -> None:
    """Show MESSAGE, an id, with every decision about it."""
    with open_desk(place) as desk:
        found = desk.message(message)
    if json_:
        print_json(found)
        return
    facts(
        [
            ("message", f"{found.id}: {found.template} by {found.channel}"),
            ("to", f"{found.person} (person {found.person_id}) {found.address}"),
            ("chain", f"{found.chain} {found.step}".strip()),
            ("state", f"{found.state} {found.reason}".strip()),
            ("detail", found.detail),
            ("server", f"{found.server} {found.code}".strip()),
            ("tries", _tries(found)),
            ("queued", when(found.queued_at)),
            ("due", when(found.due_at)),
            ("done", when(found.done_at)),
            ("opened", when(found.opened_at)),
            ("clicked", when(found.clicked_at)),
            ("earned", money(found.money)),
        ]
    )
    click.echo()
    print_decisions(found.decisions)
    if not found.decisions:
        click.echo("(no decisions yet)")


@messages.command()
@click.argument("message", type=click.IntRange(1))
@as_json
@click.pass_obj
def visits(place: Place, message: int, json_: bool) -> None:
    """List who opened MESSAGE, an id, and followed its links, people and programs."""
    with open_desk(place) as desk:
        found = desk.visits(message)
    if json_:
        print_json(found)
        return
    rows = [
        (when(each.at), each.kind, _who(each), each.address, each.url or each.agent)
        for each in found.items
    ]
    table(("AT", "WHAT", "WHO", "FROM", "URL OR PROGRAM"), rows, empty="nobody was there")


def _who(visit: wire.Visit) -> str:
    if not visit.judged:
        return "not known yet"
    return f"machine: {visit.rule}" if visit.rule else "person"


@messages.command()
@click.option("--since", default="30d", help="A date, or 30d for so long ago.")
@as_json
@click.pass_obj
def rejudge(place: Place, since: str, json_: bool) -> None:
    """Judge visits anew whether people or machines made them.

    By the rules and by `machines` in config.toml as they are now. What chains decided stays
    decided; reports and events say what is known now.
    """
    from mautod import wire
    from mautod.cli.goals import instant

    ask = wire.RejudgeAsk(instant(since, "since") or 0)
    with open_desk(place) as desk:
        done = desk.rejudge(ask)
    print_json(done) if json_ else click.echo(done.text)


@messages.command()
@as_json
@click.pass_obj
def servers(place: Place, json_: bool) -> None:
    """List the mail servers: state, rate, warm-up, last error, and the last 24 hours."""
    with open_desk(place) as desk:
        found = desk.servers()
    if json_:
        print_json(found)
        return
    table(
        ("SERVER", "STATE", "A SECOND", "WARM-UP", "TIME", "SENT", "DEFERRED", "BOUNCED"),
        [_server(one) for one in found.items],
        empty="no servers yet; they show when the worker has run: mautod up",
    )
    for one in found.items:
        for line in _trouble(one):
            click.echo(line)


def _server(one: wire.MailServer) -> tuple[str, ...]:
    rate = f"{one.per_s:.1f}" + (f" of {one.rate_per_s:g}" if one.rate_per_s else "")
    warm = "" if one.day_limit is None else f"{one.sent_today} of {one.day_limit}"
    took = "" if one.accept_ms is None else f"{one.accept_ms:.0f} ms"
    counts = (one.accepted, one.deferred, one.bounced + one.refused)
    return (one.name, one.state, rate, warm, took, *map(str, counts))


def _trouble(one: wire.MailServer) -> Iterator[str]:
    """What somebody should know of a server beside its numbers."""
    if one.state == "open":
        yield f"{one.name} is left alone until {when(one.until)}"
    if one.day_limit is not None:
        yield f"{one.name} warms up: day {one.day}"
    if one.error:
        yield visible(f"{one.name} failed last on {when(one.error_at)}: {one.error}")


@messages.command()
@after
@limit
@as_json
@click.pass_obj
def alarms(place: Place, after: int | None, limit: int, json_: bool) -> None:
    """List alarms about letters that come back, newest first, and what waits because of them."""
    with open_desk(place) as desk:
        page = desk.alarms(after, limit)
    if json_:
        print_json(page)
        return
    table(
        ("ID", "BEGAN", "OVER", "WHERE", "KIND", "BACK", "OF", "LIMIT", "PAUSED"),
        [_alarm(each) for each in page.items],
        empty="no alarms",
    )
    more(page.next)
    for held in page.held:
        since = f"Marketing by {held.channel} is paused since {when(held.at)}: {held.why}."
        click.echo(visible(f"{since} To go on: mautod messages resume {held.channel}"))


def _alarm(one: wire.Alarm) -> tuple[object, ...]:
    where = one.chain or one.channel
    paused = "yes" if one.paused_at else ""
    began, over = when(one.begun_at), when(one.ended_at)
    return (one.id, began, over, where, one.kind, one.came_back, one.sent, one.limit, paused)


@messages.command()
@click.argument("channel")
@as_json
@click.pass_obj
def pause(place: Place, channel: str, json_: bool) -> None:
    """Let all marketing by CHANNEL wait until it is resumed; receipts and the like go on."""
    with open_desk(place) as desk:
        done = desk.pause_channel(channel)
    print_json(done) if json_ else click.echo(done.text)


@messages.command()
@click.argument("channel")
@as_json
@click.pass_obj
def resume(place: Place, channel: str, json_: bool) -> None:
    """Let marketing by CHANNEL go on; alarms count what leaves from now on."""
    with open_desk(place) as desk:
        done = desk.resume_channel(channel)
    print_json(done) if json_ else click.echo(done.text)


@messages.command()
@click.option("--by", default="domain", help="domain, server, code or hour.", show_default=True)
@click.option("--since", default="7d", help="A date, or 7d for so long ago.", show_default=True)
@as_json
@click.pass_obj
def domains(place: Place, by: str, since: str, json_: bool) -> None:
    """Show how letters fared: taken, deferred, bounced, and how long servers took to say so."""
    from mautod.cli.goals import instant

    with open_desk(place) as desk:
        found = desk.landed(by, instant(since, "since"))
    if json_:
        print_json(found)
        return
    rows = [_landed(found.by, row) for row in found.items]
    table(
        (by.upper(), "ACCEPTED", "DEFERRED", "BOUNCED", "REFUSED", "UNKNOWN", "MEAN", "LONGEST"),
        rows,
        empty="no letter was tried",
    )
    if found.sent:
        click.echo(
            f"Of {found.sent} marketing letters {found.bounced} came back"
            f" ({found.bounced / found.sent:.2%}), {found.complained} were complained about"
            f" ({found.complained / found.sent:.2%})."
        )


def _landed(by: str, row: wire.LandedRow) -> tuple[str, ...]:
    key = when(int(row.key)) if by == "hour" else visible(row.key) or "-"
    counts = (row.accepted, row.deferred, row.bounced, row.refused, row.unknown)
    took = "" if row.accept_ms is None else f"{row.accept_ms:.0f} ms"
    longest = "" if row.accept_ms is None else f"{row.longest_ms} ms"
    return (key, *map(str, counts), took, longest)
