"""`mautod mail`: letters to us, those about nobody known, and the files that came with them."""

from __future__ import annotations

from pathlib import Path

import click

from mautod.cli import Place
from mautod.cli.remote import after, as_json, limit, open_desk
from mautod.cli.show import counts, facts, more, print_json, table, visible, when

number = click.argument("mail", type=click.IntRange(1))


@click.group()
def mail() -> None:
    """Look at mail that is about nobody known, and at files that came with mail."""


@mail.group()
def unmatched() -> None:
    """Mail that is about nobody known: it is kept until you say what becomes of it."""


@unmatched.command("list")
@click.option("--kind", default="", help="reply, bounce, complaint, automatic, unclear, delayed.")
@after
@limit
@as_json
@click.pass_obj
def list_(place: Place, kind: str, after: int | None, limit: int, json_: bool) -> None:
    """List unmatched mail, newest first. A sender may be forged; a guess is no more than that."""
    with open_desk(place) as desk:
        page = desk.unmatched_mail(kind, after, limit)
    if json_:
        print_json(page)
        return
    rows = [
        (each.id, each.kind, each.sender, each.guess, each.subject or each.detail, when(each.at))
        for each in page.items
    ]
    heads = ("ID", "KIND", "SAYS IT IS FROM", "PERHAPS", "SUBJECT", "CAME")
    table(heads, rows, empty="no unmatched mail")
    more(page.next)
    if page.counts:
        click.echo(f"unmatched: {counts(page.counts)}")


@unmatched.command()
@number
@as_json
@click.pass_obj
def show(place: Place, mail: int, json_: bool) -> None:
    """Show MAIL, an id, with what it says."""
    with open_desk(place) as desk:
        found = desk.unmatched_letter(mail)
    if json_:
        print_json(found)
        return
    told = found.mail
    facts(
        [
            ("mail", f"{told.id}: {told.kind}"),
            ("says it is from", told.sender),
            ("perhaps", f"{told.guess} (person {told.guess_id})" if told.guess_id else ""),
            ("subject", told.subject),
            ("came", when(told.at)),
            ("detail", told.detail),
            ("left out", f"{found.left_out} files, too large or too many" * bool(found.left_out)),
        ]
    )
    for each in found.files:
        click.echo(visible(f"file {each.id}: {each.name} ({each.type}, {each.size} bytes)"))
    if found.text:
        click.echo()
        for line in found.text.split("\n"):
            click.echo(visible(line))


@unmatched.command()
@number
@click.argument("person")
@as_json
@click.pass_obj
def assign(place: Place, mail: int, person: str, json_: bool) -> None:
    """File MAIL in a conversation with PERSON: an id, a user id, an anonymous id or an email."""
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.assign_mail(mail, wire.MailAsk(person))
    print_json(done) if json_ else click.echo(visible(done.text))


@unmatched.command()
@number
@as_json
@click.pass_obj
def drop(place: Place, mail: int, json_: bool) -> None:
    """Forget what MAIL says."""
    with open_desk(place) as desk:
        done = desk.drop_mail(mail)
    print_json(done) if json_ else click.echo(visible(done.text))


@mail.command()
@click.argument("file", type=click.IntRange(1))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where to write it.")
@click.pass_obj
def file(place: Place, file: int, out: Path) -> None:
    """Write FILE, the id of one that came with a mail, to a path. It may hold anything."""
    from mautod.errors import Conflict

    with open_desk(place) as desk:
        found = desk.mail_file(file)
    try:
        with out.open("xb") as written:
            written.write(found.content)
    except FileExistsError as error:
        raise Conflict(f"{out} is there already", hint="Name another path.") from error
    kind = f"{found.file.type}, {found.file.size} bytes"
    click.echo(visible(f"{found.file.name} ({kind}) is in {out}."))
