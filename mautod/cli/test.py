"""`mautod test`: what the tests beside the chains say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, finish, open_desk
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod import wire


PHASE = "tests run"


@click.command()
@click.argument("name", default="")
@as_json
@click.pass_obj
def test(place: Place, name: str, json_: bool) -> None:
    """Run the tests in workspace/tests, or only NAME, a file there without .toml.

    Exit 1 if one fails. They play the files as they are, applied or not; nobody is written to.
    With --url these are the files in the daemon's own folder.
    """
    from mautod import wire
    from mautod.cli.progress import Progress

    with Progress() as bars:

        def heard(done: int, total: int) -> None:
            bars.tell(PHASE, done, total)

        with open_desk(place, stored=False, heard=heard) as desk:
            results = finish(desk, desk.test(wire.SuiteAsk(name)), heard).tests or []
    for result in [] if json_ else results:
        _print(result)
    failed = sum(bool(result.differences) for result in results)
    if json_:
        print_json({"passed": len(results) - failed, "failed": failed, "tests": results})
    elif not results:
        click.echo("No tests yet: write workspace/tests/NAME.toml, see the README.")
    else:
        click.echo(f"\n{len(results) - failed} passed, {failed} failed.")
    sys.exit(1 if failed else 0)


def _print(result: wire.Tested) -> None:
    failed = bool(result.differences)
    word, colour = ("FAILED", "red") if failed else ("ok", "green")
    place = f"  ({visible(result.file)})" if failed else ""
    click.echo(f"{click.style(f'{word:<6}', fg=colour)}  {visible(result.name)}{place}")
    for one in result.differences:
        line = f"line {one.line}: " if one.line else ""
        click.echo(f"        {line}{visible(one.message)}")
