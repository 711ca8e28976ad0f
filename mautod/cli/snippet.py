"""`mautod snippet`: what goes into the pages of the site."""

from __future__ import annotations

import click

from mautod.cli import Place

_TAG = '<script async src="{url}/mautod.js" data-key="{key}"></script>'
_CALLS = """\
<script>
  (window.mautod = window.mautod || []).push(["track", "Product Viewed", {name: "Oslo"}]);
</script>"""


@click.command()
@click.option("--source", default="", help="A public source of config.toml; the first one.")
@click.pass_obj
def snippet(place: Place, source: str) -> None:
    """Print the line that goes into the head of every page of the site."""
    from mautod.config import load
    from mautod.errors import BadInput

    settings = load(place.folder)
    public = [each for each in settings.config.source if not each.trusted]
    chosen = [each for each in public if source in {"", each.name}]
    if not chosen:
        known = ", ".join(each.name for each in public) or "none"
        raise BadInput(f"no public source {source!r}", field="source", hint=f"There is: {known}.")
    key = settings.secrets.get(chosen[0].key)
    click.echo(_TAG.format(url=settings.config.workspace.url.rstrip("/"), key=key))
    click.echo("\nCalls may come before it is loaded:", err=True)
    click.echo(_CALLS, err=True)
