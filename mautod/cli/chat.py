"""`mautod chat`: conversations with people."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, limit, open_desk
from mautod.cli.show import facts, more, print_json, table, visible, when

if TYPE_CHECKING:
    from mautod import wire

_MARKS: Final = {"in": "◀", "out": "▶", "note": "✎"}

number = click.argument("chat", type=click.IntRange(1))
operator = click.option(
    "--operator", default=None, metavar="NAME", help="Who says it; your login name if left out."
)


@click.group()
def chat() -> None:
    """Read and answer conversations with people."""


@chat.command("list")
@click.option("--state", type=click.Choice(["open", "snoozed", "closed"]), help="Only these.")
@click.option("--operator", default="", help="Only this operator's; - for nobody's.")
@click.option("--person", default="", help="Only those with this person.")
@click.option("--after", default="", help="Go on after this page's `next`.")
@limit
@as_json
@click.pass_obj
def list_(
    place: Place,
    state: str | None,
    operator: str,
    person: str,
    after: str,
    limit: int,
    json_: bool,
) -> None:
    """List conversations, what happened last first."""
    with open_desk(place) as desk:
        page = desk.chats(state or "", operator, person, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (each.id, _state(each), each.operator, each.person, each.subject, _last(each),
         when(each.changed_at))
        for each in page.items
    ]  # fmt: skip
    heads = ("ID", "STATE", "OPERATOR", "PERSON", "SUBJECT", "LAST", "CHANGED")
    table(heads, rows, empty="no conversations")
    more(page.next)


@chat.command()
@number
@as_json
@click.pass_obj
def show(place: Place, chat: int, json_: bool) -> None:
    """Show CHAT, a conversation's id, with all that was said."""
    with open_desk(place) as desk:
        thread = desk.chat(chat)
    if json_:
        print_json(thread)
        return
    found = thread.chat
    facts(
        [
            ("conversation", f"{found.id}: {found.subject}"),
            ("with", f"{found.person} (person {found.person_id}) by {found.channel}"),
            ("state", _state(found)),
            ("rests until", when(found.until) if found.state == "snoozed" else ""),
            ("operator", found.operator),
        ]
    )
    for part in thread.parts:
        click.echo()
        _print_part(part, found.person)


@chat.command()
@number
@click.argument("text", required=False)
@operator
@click.option("--ref", default="", help="A name for it: the same again is said once.")
@as_json
@click.pass_obj
def reply(
    place: Place, chat: int, text: str | None, operator: str | None, ref: str, json_: bool
) -> None:
    """Answer in CHAT with TEXT, or with what comes in on standard input."""
    with open_desk(place) as desk:
        _tell(desk.reply_chat(chat, _said(text, operator, ref)), json_)


@chat.command()
@number
@click.argument("text", required=False)
@operator
@click.option("--ref", default="", help="A name for it: the same again is noted once.")
@as_json
@click.pass_obj
def note(
    place: Place, chat: int, text: str | None, operator: str | None, ref: str, json_: bool
) -> None:
    """Leave TEXT, or standard input, in CHAT as a note that only colleagues see."""
    with open_desk(place) as desk:
        _tell(desk.note_chat(chat, _said(text, operator, ref)), json_)


@chat.command()
@number
@operator
@as_json
@click.pass_obj
def typing(place: Place, chat: int, operator: str | None, json_: bool) -> None:
    """Show in CHAT, for some seconds, that you type."""
    from mautod import wire

    with open_desk(place) as desk:
        ask = wire.TypingAsk(_login() if operator is None else operator)
        _tell(desk.typing_chat(chat, ask), json_)


@chat.command()
@number
@as_json
@click.pass_obj
def read(place: Place, chat: int, json_: bool) -> None:
    """Show in CHAT that you have read all of it."""
    with open_desk(place) as desk:
        _tell(desk.read_chat(chat), json_)


@chat.command()
@number
@click.argument("name", default="")
@as_json
@click.pass_obj
def assign(place: Place, chat: int, name: str, json_: bool) -> None:
    """Give CHAT to the operator NAME; to nobody without one."""
    from mautod import wire

    with open_desk(place) as desk:
        _tell(desk.give_chat(chat, wire.GiveAsk(name)), json_)


@chat.command()
@number
@as_json
@click.pass_obj
def close(place: Place, chat: int, json_: bool) -> None:
    """Close CHAT until its person writes again."""
    with open_desk(place) as desk:
        _tell(desk.close_chat(chat), json_)


@chat.command()
@number
@click.argument("until")
@as_json
@click.pass_obj
def snooze(place: Place, chat: int, until: str, json_: bool) -> None:
    """Let CHAT rest UNTIL a time, as 2h, 3d or 2026-12-01T09:00, or until its person writes."""
    from mautod import wire

    instant = _instant(until)
    with open_desk(place) as desk:
        _tell(desk.snooze_chat(chat, wire.SnoozeAsk(instant)), json_)


@chat.command("open")
@number
@as_json
@click.pass_obj
def open_(place: Place, chat: int, json_: bool) -> None:
    """Open CHAT again, closed or at rest."""
    with open_desk(place) as desk:
        _tell(desk.open_chat(chat), json_)


@chat.command("do")
@number
@click.argument("line")
@operator
@click.option("--ref", default="", help="A name for it: the same again is done once.")
@as_json
@click.pass_obj
def do_(place: Place, chat: int, line: str, operator: str | None, ref: str, json_: bool) -> None:
    """Do in CHAT what LINE says, as "/snooze 2h"; `mautod chat commands` lists what there is."""
    from mautod import wire
    from mautod.clock import new_id

    who = _login() if operator is None else operator
    with open_desk(place) as desk:
        ran = desk.do_chat(chat, wire.LineAsk(line, who, ref or new_id()))
    print_json(ran) if json_ else click.echo(visible(ran.text))


@chat.command()
@as_json
@click.pass_obj
def commands(place: Place, json_: bool) -> None:
    """List the slash commands of conversations."""
    with open_desk(place) as desk:
        found = desk.slashes()
    if json_:
        print_json(found)
        return
    table(("COMMAND", "WHAT IT DOES"), [(each.usage, each.help) for each in found.items])


def _said(text: str | None, operator: str | None, ref: str) -> wire.SayAsk:
    from mautod import wire
    from mautod.clock import new_id

    if text is None:
        if sys.stdin.isatty():
            raise click.UsageError("What shall be said? Give TEXT, or pipe it in.")
        text = sys.stdin.read()
    return wire.SayAsk(text, _login() if operator is None else operator, ref or new_id())


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _instant(text: str) -> int:
    from mautod.clock import now_ms
    from mautod.core.times.instants import read_instant
    from mautod.duration import parse_duration
    from mautod.errors import BadInput

    try:
        return now_ms() + parse_duration(text)
    except BadInput:
        found = read_instant(text)
    if found is None:
        raise BadInput(f"{text!r} is no time", field="until", hint="As 2h, 3d, 2026-12-01T09:00.")
    return found


def _state(chat: wire.Chat) -> str:
    waits = ", waits" if chat.waits and chat.state == "open" else ""
    there = ", writes" if chat.writes else ", online" if chat.online else ""
    return f"{chat.state}{waits}{there}"


def _last(chat: wire.Chat) -> str:
    return f"{_MARKS['in' if chat.waits else 'out']} {chat.last}"


def _print_part(part: wire.ChatPart, person: str) -> None:
    who = person if part.direction == "in" else part.author or "mautod"
    state = f" ({part.state})" if part.state else ""
    head = f"{_MARKS[part.direction]} {when(part.at)} {who}{state}"
    click.echo(click.style(visible(head), bold=True))
    if not part.text and part.message is not None:
        click.echo(visible(f"  message {part.message}: {part.template}"))
    for line in part.text.split("\n") if part.text else ():
        click.echo(f"  {visible(line)}")
    for each in part.files:
        click.echo(visible(f"  file {each.id}: {each.name} ({each.type}, {each.size} bytes)"))


def _tell(done: wire.Done, json_: bool) -> None:
    print_json(done) if json_ else click.echo(visible(done.text))
