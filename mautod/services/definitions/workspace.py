"""Read the definition files of a workspace folder and check them against each other.

All that is wrong is found in one go, each with file, line, key and what was expected.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mautod.channels import kinds
from mautod.core import capture
from mautod.core.arrange import Defined, Files, in_order, misplaced, missing, stages_of
from mautod.core.chains.definition import Chain, Ref, parse_chain
from mautod.core.codes import read_codes, read_pool
from mautod.core.files import popup_file
from mautod.core.files.definition import KEY, KEY_HINT, Table, nearest, read_toml
from mautod.core.files.rule_file import read_rule, texts_of, unknown, with_rules
from mautod.core.rules.checker import Names, on_score, on_segment
from mautod.core.rules.named import Texts, used
from mautod.core.scoring import MOST_SCORES, Score, read_score
from mautod.core.segments import Segment, read_segment
from mautod.core.sending.topics import Topic, read_topic
from mautod.core.templates.template import Template
from mautod.errors import DefinitionError, DefinitionErrors, NotFound
from mautod.services.definitions.letters import TEMPLATES, Letters, read_letters
from mautod.services.definitions.text import files_in, text_of
from mautod.store.db import from_json, to_json

CODES: Final = "codes.toml"
LISTS: Final = "codes"
"""The folder of the lists that `codes.toml` names."""
EVENTS: Final = "events.toml"
"""What the tracker tells of the site by itself."""
RULES: Final = "rules.toml"
SEGMENTS: Final = "segments.toml"
SCORING: Final = "scoring.toml"
TOPICS: Final = "topics.toml"
CHAINS: Final = "chains"
POPUPS: Final = "popups"
TESTS: Final = "tests"
"""Tests of chains; they are run by themselves and never applied."""
_FILES: Final = (
    CODES, LISTS, EVENTS, RULES, SEGMENTS, SCORING, TOPICS, CHAINS, POPUPS, TEMPLATES, TESTS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One definition as the files have it; `body` is what will be stored."""

    kind: str
    key: str
    file: str
    body: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder whose definitions fit together; `living` are segments and scores, each after those
    that it asks. `codes` are those of lists, by pool; `attached` what letters attach, by hash.
    """

    topics: tuple[Topic, ...]
    living: tuple[Defined, ...]
    templates: tuple[Template, ...]
    chains: tuple[Chain, ...]
    written: tuple[Written, ...]
    codes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    attached: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def segments(self) -> tuple[Segment, ...]:
        return tuple(each for each in self.living if isinstance(each, Segment))

    @property
    def scores(self) -> tuple[Score, ...]:
        return tuple(each for each in self.living if isinstance(each, Score))

    @property
    def rules(self) -> dict[str, str]:
        """The texts of the named rules."""
        written = (one for one in self.written if one.kind == "rule")
        return {one.key: from_json(one.body)["rule"] for one in written}

    @property
    def names(self) -> Names:
        """What is defined, by name."""
        return Names(
            segments=frozenset(each.key for each in self.segments),
            scores=frozenset(each.key for each in self.scores),
            stages=frozenset(each.key for each in self.segments if each.stage is not None),
            chains=frozenset(each.key for each in self.chains),
            templates=frozenset(each.key for each in self.templates),
            topics=frozenset(each.key for each in self.topics),
        )


def validate(
    folder: Path, instead: Mapping[str, str] | None = None, made: Collection[str] = ()
) -> Workspace:
    """All definitions under `folder`, the one that holds `segments.toml`.

    `instead` holds texts, by the names of files in it, that are read in place of what is written;
    `made` are keys of segments that are in no file, and may be asked for all that.

    Raises:
        NotFound: there is no such folder.
        DefinitionErrors: something is wrong; holds every error that was found.
    """
    if not folder.is_dir():
        raise NotFound(f"{folder} is not there.", hint="Make a workspace with: mautod init DIR")
    reader = _Reader(folder, instead or {}, made)
    workspace = reader.read()
    if reader.errors:
        raise DefinitionErrors(sorted(reader.errors, key=lambda e: (e.file, e.line)))
    return workspace


class _Reader:
    """One pass over a folder; gathers errors and goes on."""

    def __init__(self, folder: Path, instead: Mapping[str, str], made: Collection[str]) -> None:
        self.folder = folder
        self._made = made
        self._instead = instead
        self._rules: Texts = {}
        self._read_rules: dict[str, Table] = {}
        self.errors: list[DefinitionError] = []
        self._written: list[Written] = []
        self._known: dict[str, Collection[str] | None] = {"channel": kinds()}

    def read(self) -> Workspace:
        self._strangers()
        self._rules = self._named_rules()
        topics, living = self._topics(), self._living()
        (letters, templates), codes = self._templates(), self._codes()
        self._known["popup"] = {*letters.keys, *self._popups()}
        chains = self._chains()
        self._captures()
        self._check_rules()
        written = tuple(self._written)
        return Workspace(topics, living, templates, chains, written, codes, letters.attached)

    @contextmanager
    def _gathered(self) -> Iterator[None]:
        try:
            yield
        except DefinitionErrors as several:
            self.errors += several.errors
        except DefinitionError as error:
            self.errors.append(error)

    def _strangers(self) -> None:
        """A misspelt file must not be passed over in silence; notes and hidden files may be."""
        for path in sorted(self.folder.iterdir()):
            read = path.name in _FILES or path.name.startswith(".")
            if not read and (path.is_dir() or path.suffix == ".toml"):
                hint = nearest(path.name, _FILES)
                self.errors.append(
                    DefinitionError("is not read.", file=self._name(path), hint=hint)
                )

    def _codes(self) -> dict[str, tuple[str, ...]]:
        path, found = self.folder / CODES, dict[str, tuple[str, ...]]()
        table = self._table("pool", path)
        with self._gathered():
            for key, section in table.sections():
                with self._gathered():
                    pool = read_pool(key, section)
                    if pool.list_:
                        found[key] = self._list(pool.list_, section)
                    body = pool.body(found.get(key, ()))
                    self._keep("codes", key, path, to_json(body))
        return found

    def _captures(self) -> None:
        path = self.folder / EVENTS
        table = self._table("capture", path)
        with self._gathered():
            for number, (key, section) in enumerate(table.sections(), start=1):
                with self._gathered():
                    if number > capture.MOST:
                        raise section.error("", f"there are more than {capture.MOST} events.")
                    body = capture.body_of(key, section)
                    self._keep("capture", key, path, to_json(body))

    def _popups(self) -> list[str]:
        """Reads the pop-ups; the keys of those that chains send."""
        sent: list[str] = []
        html = {path.name: path for path in self._paths(POPUPS) if path.suffix == ".html"}
        for path in self._paths(POPUPS):
            with self._gathered():
                if path.suffix == ".html":
                    continue
                if path.suffix != ".toml" or not KEY.fullmatch(path.stem):
                    hint = f"Name it KEY.toml, or NAME.html. {KEY_HINT}"
                    raise DefinitionError("is no pop-up.", file=self._name(path), hint=hint)
                text, file = self._text(path), self._name(path)
                table = read_toml(text, file)
                files = {
                    name: self._text(html[name])
                    for name in popup_file.files_named(table)
                    if name in html
                }
                rules = used(popup_file.rules_named(table), self._rules)
                body = popup_file.whole(text, files, rules)
                popup = popup_file.read(body, file, path.stem)
                for topic in popup.topics:
                    self._check(Ref("topic", topic, file, 1, "topic"))
                self._keep("popup", path.stem, path, body)
                sent += [path.stem] if popup.by_chain else []
        return sent

    def _list(self, name: str, section: Table) -> tuple[str, ...]:
        path = self.folder / LISTS / name
        if not path.is_file():
            message = f"there is no file {self._name(path)}."
            raise section.error("list", message, "Write one code a line into it.")
        return read_codes(self._text(path), self._name(path))

    def _topics(self) -> tuple[Topic, ...]:
        path, found = self.folder / TOPICS, []
        table = self._table("topic", path)
        with self._gathered():
            for key, section in table.sections():
                with self._gathered():
                    topic = read_topic(key, section)
                    self._keep("topic", key, path, to_json(topic.body()))
                    found.append(topic)
        return tuple(found)

    def _named_rules(self) -> Texts:
        """The named rules; those with a mistake are reported and can be asked for all the same."""
        path, table = self.folder / RULES, self._table("rule", self.folder / RULES)
        texts: Texts = {}
        with self._gathered():
            sections = dict(table.sections())
            texts = texts_of(sections)
            for key, section in sections.items():
                with self._gathered():
                    rule = read_rule(key, section, texts)
                    self._keep("rule", key, path, to_json({"name": rule.name, "rule": rule.rule}))
                    self._read_rules[key] = section
        return texts

    def _check_rules(self) -> None:
        """What named rules ask for is there, though nobody asks for them."""
        segments = self._known["segment"]
        made = None if segments is None else {*segments, *self._made}
        known = {**self._known, "segment": made}
        for key, section in self._read_rules.items():
            found = unknown(self._rules[key], known)
            self.errors += (section.rule_error("rule", error) for error in found)

    def _living(self) -> tuple[Defined, ...]:
        """Segments and scores, which may ask each other."""
        files = Files(
            self._table("segment", self.folder / SEGMENTS),
            self._table("score", self.folder / SCORING),
        )
        found: list[Defined] = [*self._segments(files.segments), *self._scores(files.scores)]
        ordered: list[Defined] = []
        self._known["stage"] = {name.partition(" ")[2] for name in stages_of(found)}
        known = [*map(on_segment, (*files.segments.values, *self._made))]
        known += map(on_score, files.scores.values)
        if None not in (self._known["segment"], self._known["score"]):
            self.errors += missing(found, known, files)
            self.errors += misplaced(found, files)
        with self._gathered():
            ordered = in_order(found, files)
        for each in ordered:
            kind, file = ("segment", SEGMENTS) if isinstance(each, Segment) else ("score", SCORING)
            self._keep(kind, each.key, self.folder / file, to_json(each.body()))
        return tuple(ordered)

    def _segments(self, table: Table) -> Iterator[Segment]:
        with self._gathered():
            for key, section in table.sections():
                with self._gathered():
                    yield read_segment(key, section, self._rules)

    def _scores(self, table: Table) -> Iterator[Score]:
        with self._gathered():
            for number, (key, section) in enumerate(table.sections(), start=1):
                with self._gathered():
                    if number > MOST_SCORES:
                        raise section.error("", f"there are more than {MOST_SCORES} scores.")
                    yield read_score(key, section, self._rules)

    def _table(self, kind: str, path: Path) -> Table:
        """The tables of a file, empty if there is none; their keys become known."""
        table = Table(self._name(path), {})
        self._known[kind] = table.values.keys()
        if path.exists() or path.name in self._instead:
            self._known[kind] = None
            with self._gathered():
                table = read_toml(self._text(path), self._name(path))
                self._known[kind] = table.values.keys()
        return table

    def _templates(self) -> tuple[Letters, tuple[Template, ...]]:
        letters = read_letters(self.folder)
        self.errors += letters.errors
        self._known["template"] = letters.keys
        for variant, source in letters.found.items():
            template = source.template
            if template.topic:
                self._check(Ref("topic", template.topic, template.file, 1, "topic"))
            self._written.append(Written("template", variant, template.file, source.body))
        return letters, tuple(source.template for source in letters.found.values())

    def _chains(self) -> tuple[Chain, ...]:
        found = []
        self._known["chain"] = {path.stem for path in self._paths(CHAINS)}
        for path in self._paths(CHAINS):
            with self._gathered():
                file = self._name(path)
                if path.suffix != ".toml" or not KEY.fullmatch(path.stem):
                    hint = f"Name it KEY.toml. {KEY_HINT}"
                    raise DefinitionError("is no chain.", file=file, hint=hint)
                text = self._text(path)
                chain = parse_chain(text, file, path.stem)
                if chain.rules:
                    hint = "Named rules stand in rules.toml."
                    raise DefinitionError(
                        "there is no such key.", file=file, key="rules", hint=hint
                    )
                if chain.broadcast is not None:
                    raise DefinitionError(
                        "nobody ever enters this.", file=file, key="broadcast",
                        hint="A broadcast is no file: mautod broadcast send.",
                    )  # fmt: skip
                for ref in chain.refs:
                    self._check(ref)
                body = with_rules(text, self._named_by(chain))
                found.append(parse_chain(body, file, path.stem))
                self._keep("chain", path.stem, path, body)
        return tuple(found)

    def _named_by(self, chain: Chain) -> Texts:
        return used((ref.name for ref in chain.refs if ref.kind == "rule"), self._rules)

    def _check(self, ref: Ref) -> None:
        """What is named is there; nobody can tell where the file of that kind does not parse."""
        known = self._known[ref.kind]
        if ref.kind == "segment" and ref.name in self._made:
            return
        if known is not None and ref.name not in known:
            hint = nearest(ref.name, known) if known else f"There is no {ref.kind} at all yet."
            self.errors.append(ref.error(f"there is no {ref.kind} {ref.name!r}.", hint))

    def _keep(self, kind: str, key: str, path: Path, body: str) -> None:
        self._written.append(Written(kind, key, self._name(path), body))

    def _paths(self, folder: str) -> list[Path]:
        return files_in(self.folder / folder)

    def _name(self, path: Path) -> str:
        return path.relative_to(self.folder.parent).as_posix()

    def _text(self, path: Path) -> str:
        if path.parent == self.folder and path.name in self._instead:
            return self._instead[path.name]
        return text_of(path, self._name(path))
