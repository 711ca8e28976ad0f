"""`mautod test`: what the tests beside the chains say."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from mautod.cli import Place
from mautod.cli.remote import as_json, in_folder
from mautod.cli.show import print_json, visible

if TYPE_CHECKING:
    from mautod.services.simulate.suite import Result


@click.command()
@click.argument("name", default="")
@as_json
@click.pass_obj
def test(place: Place, name: str, json_: bool) -> None:
    """Run the tests in workspace/tests, or only NAME, a file there without .toml.

    Exit 1 if one fails. They play the files as they are, applied or not; nobody is written to.
    """
    from mautod import config
    from mautod.services.simulate.suite import run_tests

    results = []
    for result in run_tests(config.load(in_folder(place)), name):
        results.append(result)
        if not json_:
            _print(result)
    failed = sum(not result.passed for result in results)
    if json_:
        print_json({"passed": len(results) - failed, "failed": failed, "tests": results})
    elif not results:
        click.echo("No tests yet: write workspace/tests/NAME.toml, see the README.")
    else:
        click.echo(f"\n{len(results) - failed} passed, {failed} failed.")
    sys.exit(1 if failed else 0)


def _print(result: Result) -> None:
    word, colour = ("ok", "green") if result.passed else ("FAILED", "red")
    place = "" if result.passed else f"  ({result.file})"
    click.echo(f"{click.style(f'{word:<6}', fg=colour)}  {visible(result.name)}{place}")
    for one in result.differences:
        line = f"line {one.line}: " if one.line else ""
        click.echo(f"        {line}{visible(one.message)}")
