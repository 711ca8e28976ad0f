"""`mautod popups list` and `preview`."""

from __future__ import annotations

from pathlib import Path

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, open_desk
from mautod.cli.show import print_json, table


@click.group()
def popups() -> None:
    """List pop-ups with what came of them, and look at one."""


@popups.command("list")
@click.option("--since", default="30d", help="A date, or 30d for so long ago.")
@as_json
@click.pass_obj
def list_(place: Place, since: str, json_: bool) -> None:
    """List pop-ups: how many people saw each, closed it, followed it, answered it."""
    from mautod.cli.goals import instant

    with open_desk(place) as desk:
        found = desk.popups(instant(since, "since") or 0)
    if json_:
        print_json(found)
        return
    rows = [
        (
            f"{each.key} {each.variant}".strip(), each.kind, each.when or "everybody", each.shown,
            each.closed, each.clicked, each.submitted,
            f"{each.submitted / each.shown:.0%}" if each.shown else "",
        )
        for each in found.items
    ]  # fmt: skip
    heads = ("POP-UP", "KIND", "FOR", "SHOWN", "CLOSED", "CLICKED", "ANSWERED", "RATE")
    table(heads, rows, empty="no pop-ups: write workspace/popups/KEY.toml")


@popups.command()
@click.argument("key")
@click.option("--language", default="", help="Its words in this language.")
@click.option("--variant", default="", help="Which of its variants.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="Where to write it.")
@click.pass_obj
def preview(place: Place, key: str, language: str, variant: str, out: Path | None) -> None:
    """Write KEY, as its file has it now, into a page that shows it in any browser."""
    import webbrowser

    from mautod.config import load
    from mautod.services.site.preview import preview_page

    page = preview_page(load(place.folder), key, language, variant)
    target = out or place.folder / f"popup-{key}.html"
    target.write_text(page, encoding="utf-8")
    click.echo(target)
    if out is None:
        webbrowser.open(target.resolve().as_uri())
