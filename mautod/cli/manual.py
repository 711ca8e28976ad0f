"""`mautod manual`: the pages that come with the program."""

from __future__ import annotations

import sys
from importlib.resources import files
from typing import Final

import click

from mautod.cli.remote import as_json
from mautod.cli.show import print_json, table

_PAGES: Final = files("mautod") / "manual"


@click.command()
@click.argument("page", default="")
@as_json
def manual(page: str, json_: bool) -> None:
    """Read PAGE of the manual; without one, list the pages."""
    titles = pages()
    if not page:
        if json_:
            print_json([{"page": name, "title": title} for name, title in titles.items()])
        else:
            table(("PAGE", "WHAT IT TELLS"), titles.items())
        return
    if page not in titles:
        from mautod.core.files.definition import nearest
        from mautod.errors import NotFound

        raise NotFound(f"there is no page {page!r}", field="page", hint=nearest(page, titles))
    _print(text(page))


def pages() -> dict[str, str]:
    """The titles of all pages by their names, in the order of the alphabet."""
    names = sorted(each.name.removesuffix(".md") for each in _PAGES.iterdir())
    return {name: text(name).partition("\n")[0].removeprefix("# ") for name in names}


def text(page: str) -> str:
    """One page, as Markdown; it begins with its title."""
    return (_PAGES / f"{page}.md").read_text(encoding="utf-8")


def _print(markdown: str) -> None:
    """Set for a terminal where there is one, as it is written elsewhere."""
    if not sys.stdout.isatty():
        click.echo(markdown)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(markdown))
