"""Look the definition files over for what is well formed and wrong all the same."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mautod.config import Settings
from mautod.core.chains.definition import Chain
from mautod.core.files.definition import Table, nearest, read_toml
from mautod.core.lint.chain import Around, lint_chain
from mautod.core.lint.finding import Finding
from mautod.core.lint.logic import never
from mautod.core.rules.checker import Names
from mautod.core.rules.parser import parse
from mautod.core.templates.liquid import fields_of
from mautod.core.templates.template import Template
from mautod.errors import DefinitionErrors, MautodError
from mautod.services.definitions.letters import PIECE, TEMPLATES
from mautod.services.definitions.made import made_segments
from mautod.services.definitions.templates import LETTERS
from mautod.services.definitions.text import text_of
from mautod.services.definitions.workspace import RULES, SEGMENTS, Workspace, validate
from mautod.services.delivery.admit import NO_TERMS, terms_of
from mautod.services.segments.refresh import warnings
from mautod.store.db import Database
from mautod.store.health import DAMAGE
from mautod.store.reports import stats
from mautod.store.rules.names import known_names


def lint(settings: Settings, most_a_week: int) -> list[Finding]:
    """All that is found, by file and line; what `apply` would refuse is found as well.

    Raises:
        NotFound: there is no workspace folder.
    """
    try:
        workspace = validate(settings.workspace, made=made_segments(settings))
    except DefinitionErrors as errors:
        return [Finding(e.file, e.line, _told(e.field, e.message), e.hint) for e in errors.errors]
    terms = terms_of(settings.config)
    topics = {topic.key: topic.caps for topic in workspace.topics}
    found: list[Finding] = [*_segments(settings, workspace)]
    for chain in workspace.chains:
        table = _table(workspace, chain)
        own = terms.channels.get(chain.channel, NO_TERMS)
        caps = (*terms.caps, *own.caps, *topics.get(chain.topic, ()))
        windows = (*terms.windows, *own.windows)
        around = Around(windows, caps, workspace.templates, most_a_week)
        found += lint_chain(chain, table, around)
    found += _letters(workspace)
    found += _rules(settings, workspace)
    found += _seen(settings, workspace)
    return sorted(set(found))


def _told(field: str, message: str) -> str:
    return f"{field}: {message}" if field else message


def _table(workspace: Workspace, chain: Chain) -> Table:
    written = next(one for one in workspace.written if (one.kind, one.key) == ("chain", chain.key))
    return read_toml(written.body, written.file)


def _segments(settings: Settings, workspace: Workspace) -> Iterator[Finding]:
    path = settings.workspace / SEGMENTS
    file = f"{settings.workspace.name}/{SEGMENTS}"
    table = read_toml(text_of(path, file), file) if path.is_file() else Table(file, {})
    for segment in workspace.segments:
        reason = never(segment.tree())
        if reason is not None:
            what = f"nobody is ever in segment {segment.key}: {reason}."
            yield Finding(file, table.line_of(segment.key, "rule"), what, "Correct the rule.")


def _letters(workspace: Workspace) -> Iterator[Finding]:
    """Letters that stand for ready-made ones, and lack the link that they are sent for."""
    for template in workspace.templates:
        url = LETTERS.get(template.key)
        parts = (template.html, template.text or template.html)
        if url is None or (not template.marketing and all(url in part for part in parts)):
            continue
        what = f"{template.key} is the letter of mautod's own and {{{{ {url} }}}} is its only use."
        hint = f"Write transactional: true above, and a link to {{{{ {url} }}}} in every part."
        yield Finding(template.file, 1, what, hint)


def _rules(settings: Settings, workspace: Workspace) -> Iterator[Finding]:
    """Named rules that hold for nobody."""
    for key, rule in workspace.rules.items():
        reason = never(parse(rule))
        if reason is not None:
            what = f"rule {key} is true of nobody: {reason}."
            yield Finding(*_place_of(settings, key), what, "Correct the rule.")


def _place_of(settings: Settings, key: str) -> tuple[str, int]:
    file = f"{settings.workspace.name}/{RULES}"
    return file, read_toml(text_of(settings.workspace / RULES, file), file).line_of(key, "rule")


def _seen(settings: Settings, workspace: Workspace) -> Iterator[Finding]:
    """Names in named rules, and variables of templates, that nobody ever had; silent while there
    is nobody.
    """
    path = settings.data / "mautod.db"
    if not path.is_file():
        return
    database = Database(path)
    try:
        tx = database.open().read()
        if stats.people(tx) == 0:
            return
        events = {name for chain in workspace.chains for name in chain.enter.events}
        names = known_names(tx, events)
        doubts = {
            key: warnings(tx, parse(rule), workspace.names) for key, rule in workspace.rules.items()
        }
    except (MautodError, *DAMAGE):
        return
    finally:
        database.close()
    for key, said in doubts.items():
        place = _place_of(settings, key) if said else ("", 0)
        for doubt in said:
            stop = "" if doubt.endswith("?") else "."
            yield Finding(*place, f"rule {key}: {doubt}{stop}", "Correct the name.")
    for template in workspace.templates:
        yield from _of_template(settings, workspace, template, names)


def _of_template(
    settings: Settings, workspace: Workspace, template: Template, names: Names
) -> Iterator[Finding]:
    supplied = _supplied(workspace, template, names)
    parts = (template.subject, template.preheader, template.html, template.text)
    for root, name in sorted({each for part in parts for each in fields_of(part)}):
        known = supplied.get(root)
        if known is not None and name not in known:
            whose = "no person has" if root == "person" else "no event that starts its chain has"
            what = f"{root}.{name} is empty: {whose} ever had {name!r}."
            file, line = _place(settings, template, root, name)
            yield Finding(file, line, what, nearest(name, known))


def _supplied(workspace: Workspace, template: Template, names: Names) -> dict[str, frozenset[str]]:
    """What variables may hold; without `event` where it cannot be known."""
    events = {
        name
        for chain in workspace.chains
        for ref in chain.refs
        if ref.kind == "template" and ref.name == template.key
        for name in chain.enter.events or ("",)
    }
    props = [names.event_props.get(name, frozenset()) for name in events]
    found = {"person": names.props}
    if props and all(props):
        found["event"] = frozenset().union(*props)
    return found


def _place(settings: Settings, template: Template, root: str, name: str) -> tuple[str, int]:
    """Where a variable is written: in the template itself, or in a piece that it includes."""
    written = re.compile(rf"\b{root}(\.|\[['\"]){re.escape(name)}\b")
    own = settings.folder / template.file
    pieces = sorted((settings.workspace / TEMPLATES).glob(f"{PIECE}*"))
    for path in (own, *pieces):
        file = path.relative_to(settings.folder).as_posix()
        for number, line in enumerate(text_of(path, file).splitlines(), 1):
            if written.search(line):
                return file, number
    return template.file, 1
