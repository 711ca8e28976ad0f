"""What templates there are, in the files and in force."""

from __future__ import annotations

from collections import defaultdict

from mautod import wire
from mautod.core.templates.template import Template, name_of, parse_template
from mautod.errors import DefinitionError
from mautod.services.letters.study import Study
from mautod.store import catalog
from mautod.store.catalog import Definition


def listed(study: Study) -> wire.Templates:
    """All templates by key, and how the files differ from what is in force."""
    running: dict[str, dict[str, Definition]] = defaultdict(dict)
    for each in catalog.active(study.tx, "template"):
        running[name_of(each.file)[0]][each.key] = each
    written = study.letters.variants
    keys = sorted({*running, *study.letters.keys})
    items = [
        _told(study, key, written.get(key) or _parsed(running[key]), running[key]) for key in keys
    ]
    return wire.Templates(items, [str(error) for error in study.letters.errors])


def _told(
    study: Study, key: str, variants: dict[str, Template], running: dict[str, Definition]
) -> wire.Template:
    base = variants.get("") or next(iter(variants.values()), None)
    return wire.Template(
        key=key,
        state=_state(study, key, running),
        languages=sorted({one.language for one in variants.values() if one.language}),
        file=base.file if base else "",
        subject=base.subject if base else "",
        topic=base.topic if base else "",
        transactional=base.transactional if base else False,
        attachments=[each.name for each in base.attachments] if base else [],
        chains=sorted(study.chains(key)),
    )


def _state(study: Study, key: str, running: dict[str, Definition]) -> str:
    there = {k: s.body for k, s in study.letters.found.items() if s.template.key == key}
    if key not in study.letters.keys:
        return "removed"
    if not there or study.own_errors(key):
        return "wrong"
    if not running:
        return "new"
    return "same" if there == {k: d.body for k, d in running.items()} else "changed"


def _parsed(running: dict[str, Definition]) -> dict[str, Template]:
    """What is in force of a template whose files are gone or wrong."""
    found: dict[str, Template] = {}
    for each in running.values():
        key, language = name_of(each.file)
        try:
            found[language] = parse_template(each.body, each.file, key, language)
        except DefinitionError:
            continue
    return found
