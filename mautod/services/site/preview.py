"""A pop-up in a page of its own, to be looked at without a site."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import Final

from mautod.config import Settings
from mautod.core.files.definition import nearest
from mautod.core.files.popup_file import read
from mautod.errors import NotFound
from mautod.services.definitions.workspace import validate
from mautod.services.site.popups import Popups

_PAGE: Final = """<!doctype html>
<html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>body {{ font: 16px/1.6 system-ui, sans-serif; margin: 8vh auto;
max-width: 40rem; padding: 0 1rem; color: #444 }}</style></head>
<body><h1>{title}</h1><p>{words}</p>
<script>
const offer = {offer};
window.mautod = {{ base: location.href, key: "", on() {{}}, off() {{}}, tell() {{}}, track() {{}},
  identify() {{}}, id: () => "", user: () => "", proof: () => "",
  part: (name, made) => made.preview(offer) }};
</script>
<script>{script}</script></body></html>
"""
_WORDS: Final = "The page behind the pop-up. " * 30


def preview_page(settings: Settings, key: str, language: str, variant: str) -> str:
    """One HTML page that shows the pop-up as its file has it now.

    Raises:
        NotFound: there is no such pop-up.
        DefinitionErrors: the files have mistakes.
    """
    written = {
        each.key: each for each in validate(settings.workspace).written if each.kind == "popup"
    }
    if key not in written:
        raise NotFound(f"there is no pop-up {key!r}", hint=nearest(key, written))
    found = written[key]
    config = settings.config.workspace
    popup = read(found.body, found.file, key)
    offer = Popups(config.timezone, config.language).preview(popup, language, variant)
    # What stands in a script must not end it.
    told = json.dumps(offer).replace("<", "\\u003c")
    script = (files("mautod") / "web" / "popups.js").read_text(encoding="utf-8")
    return _PAGE.format(title=escape(popup.name), words=_WORDS, offer=told, script=script)
