"""`mautod init`: a workspace folder, ready to run."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

import click

from mautod.cli import Place

_NEXT = """
Next:
{enter}  {mautod} up

and in another terminal, in the same folder:
  curl -u "$(sed -n 's/^MAUTOD_WRITE_KEY=//p' .env):" http://127.0.0.1:8484/v1/batch \\
    -H 'Content-Type: application/json' -d '{{"batch": [
      {{"type": "identify", "userId": "anna",
       "traits": {{"email": "anna@example.com", "name": "Anna"}}}},
      {{"type": "track", "userId": "anna", "event": "Product Added",
       "properties": {{"name": "Stoneware mug", "price": 14.5, "currency": "USD"}}}}]}}'
  {mautod} status
  {mautod} tui

The site's pages tell what people do with one line in their head: {mautod} snippet
Letters go to outbox/ until config.toml names a mail server.
After a change in workspace/: {mautod} apply"""


@click.command()
@click.argument("folder", metavar="DIR", default=".", type=click.Path(path_type=Path))
@click.option("--template", default="empty", metavar="NAME", help="empty, shop or a scenario.")
@click.pass_obj
def init(place: Place, folder: Path, template: str) -> None:
    """Make DIR a workspace: config.toml, .env with fresh secrets, workspace/.

    Overwrites nothing.
    """
    from mautod.services.definitions.scenarios import begin

    made = place.folder / folder
    click.echo("\n  ".join(["Made:", *begin(made, template)]))
    enter = "" if made.resolve() == Path.cwd() else f"  cd {shlex.quote(str(made))}\n"
    click.echo(_NEXT.format(enter=enter, mautod=_command()))


def _command() -> str:
    """`mautod` as it can be called from another folder."""
    called = Path(sys.argv[0])
    if shutil.which("mautod") or called.name != "mautod":
        return "mautod"
    return shlex.quote(str(called.resolve()))
