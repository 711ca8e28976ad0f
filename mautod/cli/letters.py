"""`mautod templates list`, `preview`, `test` and `check`: letters before they are sent."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table, visible

if TYPE_CHECKING:
    from mautod import wire

SHOWN_IN: Final = {"error": "red", "warning": "yellow", "note": "blue"}
_KILO: Final = 1024

whose = click.option("--person", default="", help="For them: an id, a user id or an email.")
language = click.option("--language", default="", help="In this language, as ru or pt-BR.")


@click.command("list")
@as_json
@click.pass_obj
def list_(place: Place, json_: bool) -> None:
    """List the templates in the files, and which differ from what runs."""
    with open_desk(place) as desk:
        found = desk.templates()
    if json_:
        print_json(found)
        return
    rows = [
        (
            one.key,
            one.state,
            ", ".join(one.languages),
            one.topic,
            visible(one.subject),
            ", ".join(one.chains),
        )
        for one in found.items
    ]
    table(("KEY", "FILES", "LANGUAGES", "TOPIC", "SUBJECT", "CHAINS"), rows)
    for error in found.errors:
        click.echo(error, err=True)


@click.command()
@click.argument("name")
@whose
@language
@click.option("--html", is_flag=True, help="Write the HTML into a file and say where it is.")
@click.option("--output", type=click.Path(path_type=Path), help="Into this file; implies --html.")
@as_json
@click.pass_obj
def preview(
    place: Place,
    name: str,
    person: str,
    language: str,
    html: bool,
    output: Path | None,
    json_: bool,
) -> None:
    """Show the letter NAME as somebody would get it; without --person, an invented one.

    Its links lead where they lead in the end, and nothing is counted.
    """
    with open_desk(place) as desk:
        found = desk.preview_template(name, person, language)
    if json_:
        print_json(found)
    elif html or output:
        _write(found, output)
    else:
        _show(found)


def _show(found: wire.TemplatePreview) -> None:
    heads = {
        "From": found.sender,
        "To": found.to,
        "Subject": found.subject,
        "Preheader": found.preheader,
        "Attached": ", ".join(found.attachments),
        "Size": f"{found.size_bytes / _KILO:.1f} KB, HTML {found.html_bytes / _KILO:.1f} KB",
    }
    for name, value in heads.items():
        if value:
            click.echo(f"{click.style(f'{name}:', bold=True):<12} {visible(value)}")
    click.echo()
    for line in found.text.split("\n"):
        click.echo(visible(line))
    click.echo("\nAs HTML: --html", err=True)


def _write(found: wire.TemplatePreview, output: Path | None) -> None:
    from mautod.cli.pages import written

    name = f"{found.template}.{found.language}" if found.language else found.template
    click.echo(written(found.html, output, f"mautod-{name}.html"))


@click.command()
@click.argument("name")
@click.option("--to", required=True, help="The address that it goes to.")
@whose
@language
@as_json
@click.pass_obj
def test(place: Place, name: str, to: str, person: str, language: str, json_: bool) -> None:
    """Send the letter NAME to --to, through the configured server, marked as a test.

    No ledger knows of it, no cap counts it; its links work, and count nothing.
    """
    from mautod import wire

    with open_desk(place) as desk:
        done = desk.test_template(name, wire.LetterTestAsk(to, person, language))
    print_json(done) if json_ else click.echo(visible(done.text))


@click.command()
@click.argument("name", required=False, default="")
@click.option(
    "--sample",
    type=click.IntRange(1, 500),
    default=50,
    show_default=True,
    help="Try it for so many of the newest people.",
)
@click.option("--notes/--no-notes", default=True, help="Say what only some programs mind.")
@as_json
@click.pass_obj
def check(place: Place, name: str, sample: int, notes: bool, json_: bool) -> None:
    """Look the letter NAME over, or all of them; exit 1 if there are errors.

    Broken files, links that lead nowhere, variables that are empty for real people, pictures
    without words, what Gmail cuts, what filters mind, what dark mode and Outlook make of it.
    """
    with open_desk(place) as desk:
        found = desk.check_templates(name, sample)
    if json_:
        print_json(found)
    else:
        _tell(found, notes=notes)
    sys.exit(1 if found.errors else 0)


def _tell(found: wire.TemplateChecks, *, notes: bool) -> None:
    for one in found.items:
        if one.level == "note" and not notes:
            continue
        place = f"{one.file}:{one.line}" if one.line else one.file
        level = click.style(one.level, fg=SHOWN_IN[one.level])
        click.echo(f"{click.style(f'{place}:', bold=True)} {level}: {visible(one.what)}")
        for line in [*one.picture.split("\n"), *one.todo.split("\n")]:
            if line.strip():
                click.echo(f"    {visible(line.removeprefix('    '))}")
    who = f"{found.people} people" if found.people else "an invented person"
    letters = "1 letter" if found.letters == 1 else f"{found.letters} letters"
    errors = "1 error" if found.errors == 1 else f"{found.errors or 'no'} errors"
    click.echo(f"{letters}, tried for {who}: {errors}.")
